//! The key of a route: which requests of an HTTP API it is for.

use std::fmt;

/// A method with the pattern of a path, or all that no other route is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteKey {
    Default,
    Path {
        /// `None` is every method.
        method: Option<String>,
        segments: Vec<Segment>,
    },
}

/// What stands between two slashes of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Literal(String),
    /// `{name}`: one segment, whatever it is.
    Variable(String),
    /// `{name+}`: the rest of the path, and at least one segment.
    Greedy(String),
}

impl RouteKey {
    /// Reads the method and the path of an event; the error says what is wrong with the path.
    pub(crate) fn parse(method: &str, path: &str) -> Result<Self, String> {
        let path = path
            .strip_prefix('/')
            .ok_or_else(|| format!("{path:?} does not begin with a slash"))?;
        let segments: Vec<Segment> = path.split('/').map(Segment::parse).collect();
        let mut before_the_last = segments.iter().rev().skip(1);
        if let Some(greedy) = before_the_last.find(|it| matches!(it, Segment::Greedy(_))) {
            return Err(format!("{greedy} is not at the end of its path"));
        }
        let any = ["ANY", "x-amazon-apigateway-any-method"];
        let is_any = any.iter().any(|it| it.eq_ignore_ascii_case(method));
        Ok(Self::Path {
            method: (!is_any).then(|| method.to_ascii_uppercase()),
            segments,
        })
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => Self::Literal(text.to_owned()),
            Some(name) => match name.strip_suffix('+') {
                None => Self::Variable(name.to_owned()),
                Some(name) => Self::Greedy(name.to_owned()),
            },
        }
    }
}

/// As AWS writes it: `GET /providers/{name}/status`, `ANY /sms-gateway/{proxy+}`, `$default`.
impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("$default"),
            Self::Path { method, segments } => {
                write!(f, "{} ", method.as_deref().unwrap_or("ANY"))?;
                segments.iter().try_for_each(|segment| write!(f, "/{segment}"))
            }
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::Variable(name) => write!(f, "{{{name}}}"),
            Self::Greedy(name) => write!(f, "{{{name}+}}"),
        }
    }
}
