//! Which route a request takes.
//!
//! Selection: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::template::{RouteKey, Segment};

/// A route to a function.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) key: RouteKey,
    /// The function's name.
    pub(super) function: String,
    pub(super) timeout: Duration,
}

/// The routes, the most specific one first.
#[derive(Debug)]
pub(super) struct Routes(Vec<Route>);

/// What the variables of a path stand for.
pub(super) type Variables = BTreeMap<String, String>;

impl FromIterator<Route> for Routes {
    fn from_iter<T: IntoIterator<Item = Route>>(routes: T) -> Self {
        let mut routes: Vec<_> = routes.into_iter().collect();
        routes.sort_by(|a, b| specific_first(&a.key, &b.key));
        Self(routes)
    }
}

impl Routes {
    /// The most specific route for a request; `path` is decoded.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<(&Route, Variables)> {
        self.0
            .iter()
            .find_map(|route| Some((route, route.key.matches(method, path)?)))
    }
}

impl RouteKey {
    fn matches(&self, asked: &str, path: &str) -> Option<Variables> {
        let mut variables = Variables::new();
        let Self::Path { method, segments } = self else {
            return Some(variables);
        };
        if method.as_ref().is_some_and(|method| method != asked) {
            return None;
        }
        let mut rest = Some(path.strip_prefix('/').unwrap_or(path));
        for segment in segments {
            let here = rest?;
            let (first, after) = match here.split_once('/') {
                Some((first, after)) => (first, Some(after)),
                None => (here, None),
            };
            match segment {
                Segment::Literal(text) if text == first => {}
                Segment::Literal(_) => return None,
                Segment::Variable(_) | Segment::Greedy(_) if here.is_empty() || first.is_empty() => return None,
                Segment::Variable(name) => {
                    variables.insert(name.clone(), first.to_owned());
                }
                Segment::Greedy(name) => {
                    variables.insert(name.clone(), here.to_owned());
                    return Some(variables);
                }
            }
            rest = after;
        }
        rest.is_none().then_some(variables)
    }
}

/// Segment by segment from the left, a literal before a variable before a greedy one; then a method of its own before
/// any method; the default route last.
fn specific_first(a: &RouteKey, b: &RouteKey) -> Ordering {
    fn rank(segment: &Segment) -> u8 {
        match segment {
            Segment::Literal(_) => 0,
            Segment::Variable(_) => 1,
            Segment::Greedy(_) => 2,
        }
    }
    match (a, b) {
        (RouteKey::Default, RouteKey::Default) => Ordering::Equal,
        (RouteKey::Default, RouteKey::Path { .. }) => Ordering::Greater,
        (RouteKey::Path { .. }, RouteKey::Default) => Ordering::Less,
        (
            RouteKey::Path { method, segments },
            RouteKey::Path {
                method: other_method,
                segments: other_segments,
            },
        ) => {
            let (ranks, others) = (segments.iter().map(rank), other_segments.iter().map(rank));
            ranks.cmp(others).then(method.is_none().cmp(&other_method.is_none()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> RouteKey {
        match text.split_once(' ') {
            None => RouteKey::Default,
            Some((method, path)) => RouteKey::parse(method, path).unwrap(),
        }
    }

    fn routes(keys: &[&str]) -> Routes {
        keys.iter()
            .map(|text| Route {
                key: key(text),
                function: String::new(),
                timeout: Duration::ZERO,
            })
            .collect()
    }

    fn found(routes: &Routes, request: &str) -> Option<(String, Vec<String>)> {
        let (method, path) = request.split_once(' ').unwrap();
        let (route, variables) = routes.find(method, path)?;
        let variables = variables.iter().map(|(name, value)| format!("{name}={value}"));
        Some((route.key.to_string(), variables.collect()))
    }

    /// The table of the page on top, and what it leaves to be concluded.
    #[test]
    fn the_most_specific_route_is_taken() {
        let routes = routes(&[
            "$default",
            "ANY /{proxy+}",
            "GET /pets/{proxy+}",
            "ANY /pets/dog/{id}",
            "GET /pets/dog/{id}",
            "GET /pets/dog/1",
            "POST /",
            "GET /shops/{shop}/pets/{pet}",
        ]);
        for (request, route, variables) in [
            ("GET /pets/dog/1", "GET /pets/dog/1", vec![]),
            ("GET /pets/dog/2", "GET /pets/dog/{id}", vec!["id=2"]),
            ("PUT /pets/dog/2", "ANY /pets/dog/{id}", vec!["id=2"]),
            ("GET /pets/cat/1", "GET /pets/{proxy+}", vec!["proxy=cat/1"]),
            ("GET /pets/dog/1/x", "GET /pets/{proxy+}", vec!["proxy=dog/1/x"]),
            ("GET /pets", "ANY /{proxy+}", vec!["proxy=pets"]),
            ("GET /pets/", "ANY /{proxy+}", vec!["proxy=pets/"]),
            ("POST /test/5", "ANY /{proxy+}", vec!["proxy=test/5"]),
            ("POST /", "POST /", vec![]),
            ("GET /", "$default", vec![]),
            (
                "GET /shops/north side/pets/7",
                "GET /shops/{shop}/pets/{pet}",
                vec!["pet=7", "shop=north side"],
            ),
        ] {
            let variables = variables.into_iter().map(str::to_owned).collect();
            assert_eq!(
                found(&routes, request),
                Some((route.to_owned(), variables)),
                "{request}"
            );
        }
    }

    #[test]
    fn what_no_route_is_for_is_not_found() {
        let routes = routes(&[
            "GET /providers",
            "GET /providers/{name}/status",
            "ANY /sms-gateway/{proxy+}",
        ]);
        for request in [
            "GET /",
            "POST /providers",
            "get /providers",
            "GET /providers/",
            "GET /providers//status",
            "GET /providers/twilio/status/x",
            "GET /Providers",
            "POST /sms-gateway",
            "POST /sms-gateway/",
        ] {
            assert_eq!(found(&routes, request), None, "{request}");
        }
    }
}
