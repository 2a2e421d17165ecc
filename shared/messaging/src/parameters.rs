//! Reads the settings of one provider out of named parameters, and collects everything that is wrong with them.

use std::collections::BTreeMap;
use std::fmt;

use domain::pace::Rate;
use serde::de::DeserializeOwned;

/// All parameters of a stack, by their names below `/{stack}/{stage}/`.
pub type Values = BTreeMap<String, String>;

/// The parameters below one path, such as `gsm` of `/{stack}/{stage}/gsm/base-url`.
pub struct Parameters<'a> {
    path: &'a str,
    values: &'a Values,
    problems: Vec<String>,
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl<'a> Parameters<'a> {
    pub fn new(path: &'a str, values: &'a Values) -> Self {
        Self {
            path,
            values,
            problems: Vec::new(),
        }
    }

    /// Whether there is any parameter below the path.
    pub fn any(&self) -> bool {
        let prefix = format!("{}/", self.path);
        self.values.keys().any(|name| name.starts_with(&prefix))
    }

    fn full_name(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// The value of a parameter, `None` where it is absent or blank.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        let value = self.values.get(&self.full_name(name))?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The value of a parameter that must be there.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problem(name, "is missing");
            String::new()
        })
    }

    /// The value of a parameter that is one of `choices`, and the first of them where it is absent.
    pub fn choice<T: Clone>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let Some(value) = self.optional(name) else {
            return choices.first().map(|(_, choice)| choice.clone());
        };
        let chosen = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(&value));
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.problem(name, &format!("must be one of {}", words.join(", ")));
        }
        chosen.map(|(_, choice)| choice.clone())
    }

    /// `true` or `false`, and `otherwise` where it is absent.
    pub fn switch(&mut self, name: &str, otherwise: bool) -> bool {
        let words = [("true", true), ("false", false), ("yes", true), ("no", false)];
        match self.optional(name) {
            None => otherwise,
            Some(_) => self.choice(name, &words).unwrap_or(otherwise),
        }
    }

    /// An address with its scheme, without the slash at its end.
    pub fn url(&mut self, name: &str, otherwise: Option<&str>) -> String {
        let value = match otherwise {
            Some(otherwise) => self.optional(name).unwrap_or_else(|| otherwise.to_owned()),
            None => self.required(name),
        };
        let is_url = ["http://", "https://"].iter().any(|scheme| {
            value
                .strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        });
        if !value.is_empty() && !is_url {
            self.problem(name, "must be an address that begins with http:// or https://");
        }
        value.trim_end_matches('/').to_owned()
    }

    pub fn rate(&mut self, name: &str) -> Option<Rate> {
        let value = self.optional(name)?;
        value
            .parse()
            .map_err(|error| self.problem(name, &format!("cannot be used: {error}")))
            .ok()
    }

    /// A value in JSON.
    pub fn json<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.optional(name)?;
        serde_json::from_str(&value)
            // The message of the error may repeat what stands there, which may be a secret.
            .map_err(|error| {
                let (line, column) = (error.line(), error.column());
                let why = match error.classify() {
                    serde_json::error::Category::Data => "is JSON of another shape than it must have",
                    _ => "is not JSON",
                };
                self.problem(name, &format!("{why} (line {line}, column {column})"));
            })
            .ok()
    }

    /// Notes something that is wrong; never the value, which may be a secret. `what` follows the parameter's name.
    pub fn problem(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{} {what}", self.full_name(name)));
    }

    /// Everything that was found wrong.
    pub fn problems(self) -> Vec<String> {
        self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn everything_that_is_wrong_is_collected_and_no_value_is_repeated() {
        let values = values(&[
            ("gsm/base-url", "gateway.secret"),
            ("gsm/is-enabled", "perhaps-secret"),
            ("gsm/rate", "secret"),
            ("gsm/ports", "{secret"),
            ("gsm/templates", "\"secret\""),
        ]);
        let mut gsm = Parameters::new("gsm", &values);
        assert!(gsm.any());
        assert_eq!(gsm.required("password"), "");
        gsm.url("base-url", None);
        assert!(gsm.switch("is-enabled", true));
        assert_eq!(gsm.rate("rate"), None);
        assert_eq!(gsm.json::<BTreeMap<String, String>>("ports"), None);
        assert_eq!(gsm.json::<Vec<String>>("templates"), None);
        assert_eq!(
            gsm.problems(),
            [
                "gsm/password is missing",
                "gsm/base-url must be an address that begins with http:// or https://",
                "gsm/is-enabled must be one of true, false, yes, no",
                "gsm/rate cannot be used: a rate is parts a second or a minute, such as 10/s or 30/min",
                "gsm/ports is not JSON (line 1, column 2)",
                "gsm/templates is JSON of another shape than it must have (line 1, column 8)",
            ]
        );
        assert!(!Parameters::new("g", &values).any());
    }

    #[test]
    fn an_address_loses_the_slash_at_its_end() {
        let values = values(&[("gsm/base-url", " https://gateway.example/ ")]);
        let mut gsm = Parameters::new("gsm", &values);
        assert_eq!(gsm.url("base-url", None), "https://gateway.example");
        assert_eq!(gsm.url("other", Some("http://a/b")), "http://a/b");
        assert!(gsm.problems().is_empty());
    }
}
