//! A message as a call of the gateway, in the words of its profile.

use domain::message::{Message, RefusalKind};
use domain::phone_number::PhoneNumber;
use domain::segment::{self, Encoding};
use serde_json::{Map, Value};

use super::MONGOLIA;
use super::profile::{Method, NumberForm};
use super::settings::Settings;
use super::template::Name;
use crate::contract::Outcome;
use crate::http::{self, Call, percent};

/// The call, or why the message cannot be sent.
pub(super) fn of(message: &Message, to: &PhoneNumber, settings: &Settings) -> Result<Call, Outcome> {
    let Some(local) = local(to) else {
        let detail = "no number of Mongolia: 8 digits after +976";
        return Err(Outcome::refused_for_good(RefusalKind::Recipient, detail));
    };
    let number = match settings.profile.number {
        NumberForm::Local8 => local.to_owned(),
        NumberForm::CountryCode => format!("976{local}"),
        NumberForm::E164 => to.as_str().to_owned(),
    };
    let value = |name| match name {
        Name::To => number.clone(),
        Name::Text => message.body.clone(),
        Name::Id => message.id.as_str().to_owned(),
        setting => settings.value(setting).to_owned(),
    };
    let further = match segment::count(&message.body).encoding {
        Encoding::Gsm7 => [].as_slice(),
        Encoding::Ucs2 => &settings.profile.unicode_fields,
    };
    let fields = settings.profile.fields.iter().chain(further);
    let fields: Vec<(&str, String)> = fields.map(|(name, text)| (name.as_str(), text.fill(value))).collect();
    let url = settings.url.as_str();
    let call = match settings.profile.method {
        Method::Get => Call::new(http::Method::GET, with_query(url, &fields)),
        Method::PostForm => {
            let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
            Call::new(http::Method::POST, url).form(fields)
        }
        Method::PostJson => {
            let fields: Map<String, Value> = fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            Call::new(http::Method::POST, url).json(&fields.into())
        }
    };
    let headers = settings.headers.iter().cloned();
    Ok(headers.fold(call, |call, (name, value)| call.header(name, value)))
}

/// The eight digits by which people in Mongolia know a number.
fn local(to: &PhoneNumber) -> Option<&str> {
    to.as_str().strip_prefix(MONGOLIA).filter(|digits| digits.len() == 8)
}

fn with_query(url: &str, fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{}", fields.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_eight_digits_of_mongolia() {
        let cases = [
            ("+97699112233", Some("99112233")),
            ("+97672001234", Some("72001234")),
            ("+9769911223", None),
            ("+976991122334", None),
            ("+919876543210", None),
        ];
        for (number, expected) in cases {
            let number = PhoneNumber::parse(number).unwrap();
            assert_eq!(local(&number), expected, "{}", number.as_str());
        }
    }

    #[test]
    fn a_query_is_percent_encoded_and_joins_what_is_there() {
        let fields = [("to", "+976".to_owned()), ("text", "Сайн a+b&c ~".to_owned())];
        let encoded = "to=%2B976&text=%D0%A1%D0%B0%D0%B9%D0%BD%20a%2Bb%26c%20~";
        assert_eq!(
            with_query("http://host/send", &fields),
            format!("http://host/send?{encoded}")
        );
        assert_eq!(
            with_query("http://host/send?key=k", &fields),
            format!("http://host/send?key=k&{encoded}")
        );
    }
}
