//! The metrics that CloudWatch would read out of the functions' lines in the embedded metric format.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;

/// The metrics of the running stack; all clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    statistics: BTreeMap<MetricId, Statistics>,
    malformed: Vec<String>,
}

/// The identity of a metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricId {
    pub namespace: String,
    pub name: String,
    pub dimensions: BTreeMap<String, String>,
}

/// All values of a metric since the stack was started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    pub samples: u64,
    pub sum: f64,
    pub maximum: f64,
}

impl Metrics {
    /// Every metric that has a value.
    #[must_use]
    pub fn all(&self) -> BTreeMap<MetricId, Statistics> {
        self.0.lock().statistics.clone()
    }

    /// Lines that announce metrics and do not hold them, each with its reason. `CloudWatch` drops them.
    #[must_use]
    pub fn malformed(&self) -> Vec<String> {
        self.0.lock().malformed.clone()
    }

    /// Forgets every value.
    pub fn reset(&self) {
        *self.0.lock() = Inner::default();
    }

    /// Reads a line of a function; most are no metrics.
    pub(crate) fn read(&self, line: &str) {
        if !line.starts_with('{') || !line.contains("\"_aws\"") {
            return;
        }
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            return;
        };
        if line.get("_aws").is_none() {
            return;
        }
        let mut inner = self.0.lock();
        match values(&line) {
            Some(values) => {
                for (id, value) in values {
                    let statistics = inner.statistics.entry(id).or_default();
                    statistics.samples += 1;
                    statistics.sum += value;
                    statistics.maximum = statistics.maximum.max(value);
                }
            }
            None => inner.malformed.push(line.to_string()),
        }
    }
}

/// One value for each metric in each set of dimensions; `None` where the line promises one that it does not hold.
fn values(line: &Value) -> Option<Vec<(MetricId, f64)>> {
    line["_aws"]["Timestamp"].as_u64()?;
    let mut values = Vec::new();
    for directive in line["_aws"]["CloudWatchMetrics"].as_array()? {
        for names in directive["Dimensions"].as_array()? {
            let names = names.as_array()?.iter();
            let dimensions: BTreeMap<String, String> = names
                .map(|name| Some((name.as_str()?.to_owned(), line[name.as_str()?].as_str()?.to_owned())))
                .collect::<Option<_>>()?;
            for metric in directive["Metrics"].as_array()? {
                let name = metric["Name"].as_str()?;
                let id = MetricId {
                    namespace: directive["Namespace"].as_str()?.to_owned(),
                    name: name.to_owned(),
                    dimensions: dimensions.clone(),
                };
                values.push((id, line[name].as_f64()?));
            }
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"_aws":{"Timestamp":1795197600500,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["Stack"],["Stack","Reason"]],"Metrics":[{"Name":"Refused","Unit":"Count"}]}]},"Stack":"s","Reason":"quota","Refused":2}"#;

    #[test]
    fn a_value_counts_in_each_set_of_dimensions() {
        let metrics = Metrics::default();
        metrics.read(LINE);
        metrics.read(&LINE.replace("\"Refused\":2", "\"Refused\":5"));
        metrics.read(r#"{"level":"INFO","message":"_aws"}"#);
        metrics.read("no JSON with \"_aws\"");
        let all = metrics.all();
        let expected = Statistics {
            samples: 2,
            sum: 7.0,
            maximum: 5.0,
        };
        assert_eq!(all.values().copied().collect::<Vec<_>>(), [expected, expected]);
        let dimensions: Vec<_> = all.keys().map(|id| id.dimensions.len()).collect();
        assert_eq!(dimensions, [2, 1]);
        assert_eq!(metrics.malformed(), Vec::<String>::new());
    }

    #[test]
    fn a_line_without_what_it_promises_is_malformed() {
        for broken in [
            LINE.replace("\"Refused\":2", "\"Refused\":\"two\""),
            LINE.replace("\"Reason\":\"quota\",", ""),
            LINE.replace("1795197600500", "\"now\""),
        ] {
            let metrics = Metrics::default();
            metrics.read(&broken);
            assert_eq!((metrics.malformed().len(), metrics.all().len()), (1, 0), "{broken}");
        }
    }
}
