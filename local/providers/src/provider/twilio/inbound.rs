//! People's texts, posted to the webhook of the number that was texted.

use md5::{Digest, Md5};
use uuid::Uuid;

use super::opt_out::Keyword;
use super::{ACCOUNT_SID, API_VERSION, NAME, Service};
use crate::phone_simulator::{InboundText, Segments, Text};

pub(super) fn receive(service: &Service, text: &InboundText) {
    let keyword = Keyword::of(&text.body).filter(|_| service.switches.get().opt_out_handling);
    if let Some(keyword) = keyword.filter(|_| !text.repeated) {
        obey(service, text, keyword);
    }
    let Some(service) = service.myself.upgrade() else {
        return;
    };
    let mut fields = fields(text);
    if let Some(keyword) = keyword {
        fields.push(("OptOutType", keyword.as_str().to_owned()));
    }
    tokio::spawn(async move { service.callbacks.post(&service.inbound_url, &fields).await });
}

fn obey(service: &Service, text: &InboundText, keyword: Keyword) {
    let pair = (text.from.clone(), text.to.clone());
    match keyword {
        Keyword::Stop => drop(service.opted_out.lock().insert(pair)),
        Keyword::Start => drop(service.opted_out.lock().remove(&pair)),
        Keyword::Help => {}
    }
    service.simulator.phones().deliver(Text {
        provider: NAME,
        from: text.to.clone(),
        to: text.from.clone(),
        body: keyword.answer().to_owned(),
        segments: Segments::of(keyword.answer()).count,
        message_id: format!("SM{}", Uuid::new_v4().simple()),
    });
}

/// In the order in which they come from Twilio. A person's location is given where it is known, here only for America.
fn fields(text: &InboundText) -> Vec<(&'static str, String)> {
    let sid = sid(&text.id);
    let country = |number: &str| if number.starts_with("+1") { "US" } else { "" }.to_owned();
    vec![
        ("ToCountry", country(&text.to)),
        ("ToState", String::new()),
        ("SmsMessageSid", sid.clone()),
        ("NumMedia", "0".to_owned()),
        ("ToCity", String::new()),
        ("FromZip", String::new()),
        ("SmsSid", sid.clone()),
        ("FromState", String::new()),
        ("SmsStatus", "received".to_owned()),
        ("FromCity", String::new()),
        ("Body", text.body.clone()),
        ("FromCountry", country(&text.from)),
        ("To", text.to.clone()),
        ("ToZip", String::new()),
        ("NumSegments", Segments::of(&text.body).count.to_string()),
        ("MessageSid", sid),
        ("AccountSid", ACCOUNT_SID.to_owned()),
        ("From", text.from.clone()),
        ("ApiVersion", API_VERSION.to_owned()),
    ]
}

/// The same for the same text, however often it is brought.
fn sid(inbound_id: &str) -> String {
    let digest = Md5::digest(inbound_id.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest);
    format!("SM{}", Uuid::from_bytes(bytes).simple())
}
