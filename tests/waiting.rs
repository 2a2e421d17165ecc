//! Rows of the table of records that wait for their time, as the product itself has written them by then.

use domain::digest::digest;
use serde_json::{Value, json};

use crate::stage::employee;

/// The clock at which the rows are due.
pub const NOW: &str = "2027-03-10T12:00:00Z";

/// When people were notified of what waits.
const TOLD_AT: &str = "2027-03-01T12:00:00.000Z";

/// That time in milliseconds.
const REVISION: u64 = 1_803_902_400_000;

/// A row long after [`NOW`].
const LATER: &str = "2027-06-01T09:00:00.000Z";

/// Spread as the product spreads them.
const BUCKETS: usize = 8;

fn appointment(n: usize, (starts_at, ends_at): (&str, &str), (sweep, due_at): (&str, &str)) -> Value {
    let customer = employee(n);
    let notified = json!({ "M": {
        "customer": { "S": customer }, "name": { "S": customer }, "place": { "S": "Salon Nord" },
        "starts_at": { "S": format!("{starts_at}+00:00[UTC]") }, "ends_at": { "S": ends_at },
        "cancelled": { "BOOL": false }, "confirmation": { "S": "pending" }, "at": { "S": TOLD_AT },
    } });
    json!({
        "pk": format!("appointment#{sweep}-{n:06}"), "sk": "appointment", "customer": customer, "place": "Salon Nord",
        "starts_at": format!("{starts_at}Z"), "revision": REVISION, "notified": notified,
        "due_bucket": format!("{sweep}#{}", n % BUCKETS), "due_at": due_at,
    })
}

/// An appointment that is over.
pub fn review(n: usize) -> Value {
    let hours = ("2027-03-10T09:00:00", "2027-03-10T10:00:00.000Z");
    appointment(n, hours, ("reviews", "2027-03-10T11:00:00.000Z"))
}

/// One that is not, for long.
pub fn review_later(n: usize) -> Value {
    let hours = ("2027-06-01T07:00:00", "2027-06-01T08:00:00.000Z");
    appointment(n, hours, ("reviews", LATER))
}

/// An appointment tomorrow.
pub fn confirmation(n: usize) -> Value {
    let hours = ("2027-03-11T09:00:00", "2027-03-11T10:00:00.000Z");
    appointment(n, hours, ("confirmations", "2027-03-10T09:00:00.000Z"))
}

/// A bill that nobody has paid, or a contract that ends soon.
pub fn notice(n: usize) -> Value {
    let (customer, due_bucket) = (employee(n), format!("notices#{}", n % BUCKETS));
    let due_at = "2027-03-09T09:00:00.000Z";
    if n.is_multiple_of(2) {
        return json!({
            "pk": format!("contract#{n:06}"), "sk": "contract", "customer": customer, "title": "Lease",
            "ends_on": "2027-03-14", "due_bucket": due_bucket, "due_at": due_at,
        });
    }
    let notified = json!({ "M": {
        "customer": { "S": customer }, "title": { "S": "Water" }, "minor": { "N": "10000" },
        "currency": { "S": "USD" }, "due_on": { "S": "2027-03-08" }, "standing": { "S": "open" },
        "overdue": { "BOOL": false },
    } });
    json!({
        "pk": format!("bill#{n:06}"), "sk": "bill", "customer": customer, "title": "Water", "amount": "100 USD",
        "due_on": "2027-03-08", "notified": notified, "revision": REVISION, "due_bucket": due_bucket, "due_at": due_at,
    })
}

/// A shift that begins this evening.
pub fn shift(n: usize) -> Value {
    json!({
        "shift_id": format!("FLOW{n}"), "shift_status": "taken", "shift_info": "Wed 6-11 pm", "employee": employee(n),
        "starts_at": "2027-03-10T18:00:00.000Z",
    })
}

/// That somebody has booked it.
pub fn booking(n: usize) -> Value {
    let shift_id = format!("FLOW{n}");
    json!({
        "pk": format!("employee#{}", employee(n)), "sk": format!("booking#{shift_id}"), "shift_id": shift_id,
        "info": "Wed 6-11 pm", "starts_at": "2027-03-10T18:00:00.000Z", "booked_at": TOLD_AT, "revision": REVISION,
        "due_bucket": format!("bookings#{}", n % BUCKETS), "due_at": "2027-03-10T06:00:00.000Z",
    })
}

/// Both rows of an app that nobody has opened this year.
pub fn device(n: usize) -> [Value; 2] {
    let (token, owner, last_seen_at) = (format!("token-{n}"), employee(n), "2026-12-31T12:00:00.000Z");
    let key = format!("device#{}", digest(&[&token]));
    let row = |pk: &str, sk: &str| {
        json!({
            "pk": pk, "sk": sk, "token": token, "platform": "android", "owner": owner, "last_seen_at": last_seen_at,
        })
    };
    let mut own = row(&key, "device");
    own["due_bucket"] = json!(format!("devices#{}", n % BUCKETS));
    own["due_at"] = json!(last_seen_at);
    [own, row(&format!("employee#{owner}"), &key)]
}
