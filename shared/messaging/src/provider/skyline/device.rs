//! What the device says of itself and its ports: `goip_get_status.html`.

use serde_json::Value;

use super::status::refused_at_the_door;
use super::value;
use crate::contract::{Outcome, PortStatus, ProviderStatus};
use crate::http::{Answer, NoAnswer};

/// A state of a port in words, and whether it can send.
fn state(code: i64) -> Option<(&'static str, bool)> {
    Some(match code {
        0 => ("no SIM card", false),
        1 => ("SIM card present, idle", false),
        2 => ("registering", false),
        3 => ("registered", true),
        // It sends when the call has ended.
        4 => ("call connected", true),
        5 => ("no balance or alarm", false),
        6 => ("registration failed", false),
        7 => ("SIM card locked by the device", false),
        8 => ("SIM card locked by the operator", false),
        9 => ("SIM card not recognised", false),
        11 => ("card detected", false),
        12 => ("locked by the user", false),
        13 => ("inter-calling", false),
        14 => ("inter-calling, holding", false),
        15 => ("accessing the mobile network", false),
        16 => ("module time-out", false),
        _ => return None,
    })
}

/// What an operator can see in the answer to the status call.
pub(super) fn status(answer: Result<Answer, NoAnswer>) -> ProviderStatus {
    let answer = match answer {
        Ok(answer) => answer,
        Err(no_answer) => return not_reached(no_answer.detail()),
    };
    if let Some(Outcome::Refused(refusal)) = refused_at_the_door(&answer) {
        return not_reached(&refusal.detail);
    }
    if !answer.is_success() {
        return not_reached(&format!("HTTP {}", answer.status));
    }
    let body: Value = answer.json().unwrap_or_default();
    let Some(rows) = body["status"].as_array() else {
        let code = value::integer(&body["code"]);
        return not_reached(&code.map_or_else(
            || "an answer that cannot be read".to_owned(),
            |code| format!("code {code} in place of the device's state"),
        ));
    };
    let ports: Vec<PortStatus> = rows.iter().filter_map(port).collect();
    let usable = ports.iter().filter(|port| port.usable).count();
    ProviderStatus {
        reachable: Some(true),
        detail: Some(format!("{usable} of {} ports can send", ports.len())),
        ports,
    }
}

fn not_reached(detail: &str) -> ProviderStatus {
    ProviderStatus {
        reachable: Some(false),
        detail: Some(detail.to_owned()),
        ..ProviderStatus::default()
    }
}

/// One port; empty slots send only a few fields.
fn port(row: &Value) -> Option<PortStatus> {
    let filled = |key: &str| value::text(&row[key]).filter(|text| !text.is_empty());
    let code = value::leading_integer(&row["st"]).or_else(|| value::leading_integer(&row["status"]));
    let (state, usable) = match code {
        Some(code) => match state(code) {
            Some((words, usable)) => (words.to_owned(), usable),
            None => (format!("state {code}"), false),
        },
        None => ("not said".to_owned(), false),
    };
    Some(PortStatus {
        port: filled("port")?.into_owned(),
        state,
        usable,
        operator: filled("opr").and_then(|operator| operator_name(&operator)),
        balance: filled("bal").map(|balance| balance.into_owned()),
        signal: value::integer(&row["sig"]),
    })
}

/// `46001 CHINA UNICOM GSM` without the network's code; `0 ` is none.
fn operator_name(operator: &str) -> Option<String> {
    let name = operator
        .trim_start_matches(|character: char| character.is_ascii_digit())
        .trim();
    match (name, operator.trim()) {
        ("", "0") => None,
        ("", code) => Some(code.to_owned()),
        (name, _) => Some(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(status_code: u16, body: impl ToString) -> ProviderStatus {
        status(Ok(Answer {
            status: status_code,
            retry_after: None,
            body: body.to_string(),
        }))
    }

    /// The vendor's own example of an answer, with ports as other firmware writes them added.
    #[test]
    fn every_way_to_write_a_port_is_read() {
        let status = read(
            200,
            json!({"type": "dev-status", "seq": 3, "expires": -1, "mac": "00-30-f1-00-6c-55", "max-ports": 32,
                "max-slot": 4, "status": [
                {"port": "1.01", "sim": "", "seq": 8, "st": 3, "imei": "898610599441327", "opr": "46001 CHINA UNICOM GSM",
                 "bal": "0.00", "sig": 15, "tot_dur": "0/-1"},
                {"port": "2B", "status": "8 locked", "opr": "0 ", "bal": 1.5, "sig": "7"},
                {"port": 3, "sim": "", "seq": 1, "st": 0},
                {"port": "4.01", "st": "4"},
                {"port": "5.01", "st": 10},
                {"port": "6.01"},
                {"st": 3},
                "7.01",
            ]}),
        );
        assert_eq!(
            (status.reachable, status.detail.as_deref()),
            (Some(true), Some("2 of 6 ports can send"))
        );
        let port = |port: &str, state: &str, usable| PortStatus {
            port: port.to_owned(),
            state: state.to_owned(),
            usable,
            operator: None,
            balance: None,
            signal: None,
        };
        let expected = [
            PortStatus {
                operator: Some("CHINA UNICOM GSM".to_owned()),
                balance: Some("0.00".to_owned()),
                signal: Some(15),
                ..port("1.01", "registered", true)
            },
            PortStatus {
                balance: Some("1.5".to_owned()),
                signal: Some(7),
                ..port("2B", "SIM card locked by the operator", false)
            },
            port("3", "no SIM card", false),
            port("4.01", "call connected", true),
            port("5.01", "state 10", false),
            port("6.01", "not said", false),
        ];
        assert_eq!(status.ports, expected);
    }

    #[test]
    fn only_what_is_registered_can_send() {
        let usable: Vec<i64> = (0..20)
            .filter(|code| state(*code).is_some_and(|(_, usable)| usable))
            .collect();
        assert_eq!(usable, [3, 4]);
        assert_eq!(state(10), None);
    }

    #[test]
    fn without_the_devices_state_it_is_not_reached_and_says_why() {
        for (status_code, body, expected) in [
            (
                200,
                json!({"code": 401, "reason": "Unauthorized"}).to_string(),
                "code 401",
            ),
            (200, "<html><form>Login</form></html>".to_owned(), "a login page"),
            (200, "OK".to_owned(), "cannot be read"),
            (401, String::new(), "HTTP 401"),
            (302, String::new(), "HTTP 302"),
            (502, String::new(), "HTTP 502"),
        ] {
            let status = read(status_code, body);
            assert_eq!(status.reachable, Some(false));
            let detail = status.detail.unwrap();
            assert!(detail.contains(expected), "{detail}");
        }
        let no_answer = NoAnswer::NotSent("no connection".to_owned());
        assert_eq!(status(Err(no_answer)).detail.as_deref(), Some("no connection"));
    }
}
