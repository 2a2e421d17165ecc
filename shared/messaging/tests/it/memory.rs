use std::sync::Arc;

use async_trait::async_trait;
use messaging::conformance::{Arrival, Bench, Remote};
use messaging::provider::memory::Memory;
use messaging::{Capabilities, Outcome, Provider, Redacting};

use domain::message::RefusalKind;

use crate::wire_bench::{assert_conforms, echo};

struct MemoryBench(Memory);

#[async_trait]
impl Bench for MemoryBench {
    async fn stage(&self, remote: Remote) -> Result<Arc<dyn Provider>, &'static str> {
        self.0.clear();
        match remote {
            Remote::Accepts => {}
            Remote::Refuses(kind @ (RefusalKind::Throttled | RefusalKind::Unavailable)) => {
                self.0.answer_next(Outcome::refused_for_now(kind, echo()));
            }
            Remote::Refuses(kind) => self.0.answer_next(Outcome::refused_for_good(kind, echo())),
            Remote::Breaks | Remote::Mumbles | Remote::HangsUp | Remote::Stalls => {
                self.0.answer_next(Outcome::NotKnown { detail: echo() });
            }
            Remote::Unreachable => return Err("memory is always within reach"),
        }
        Ok(Arc::new(Redacting::new(Arc::new(self.0.clone()))))
    }

    fn arrivals(&self) -> Vec<Arrival> {
        let arrived = |message: domain::message::Message| Arrival {
            message_id: Some(message.id.to_string()),
            to: message.to.map(|to| to.as_str().to_owned()),
            body: Some(message.body),
        };
        self.0.sent().into_iter().map(arrived).collect()
    }
}

#[tokio::test]
async fn conforms_with_each_claim() {
    assert_conforms(&MemoryBench(Memory::new())).await;
    let idempotent = Capabilities {
        idempotent: true,
        receipts: false,
        ..Memory::new().capabilities()
    };
    assert_conforms(&MemoryBench(Memory::with(idempotent))).await;
}

#[tokio::test]
async fn a_provider_that_repeats_or_tells_too_much_is_found_out() {
    /// Sends everything twice and repeats its message in what it says.
    #[derive(Debug)]
    struct Careless(Memory);

    #[async_trait]
    impl Provider for Careless {
        fn name(&self) -> &'static str {
            "careless"
        }

        fn capabilities(&self) -> Capabilities {
            self.0.capabilities()
        }

        async fn send(&self, message: &domain::message::Message) -> Outcome {
            let outcome = self.0.send(message).await;
            self.0.send(message).await;
            outcome
        }
    }

    struct CarelessBench(MemoryBench);

    #[async_trait]
    impl Bench for CarelessBench {
        async fn stage(&self, remote: Remote) -> Result<Arc<dyn Provider>, &'static str> {
            self.0.stage(remote).await?;
            Ok(Arc::new(Careless(self.0.0.clone())))
        }

        fn arrivals(&self) -> Vec<Arrival> {
            self.0.arrivals()
        }
    }

    let report = messaging::conformance::suite(&CarelessBench(MemoryBench(Memory::new()))).await;
    let text = report.to_string();
    assert!(text.contains("the remote side was asked 2 times"), "{text}");
    assert!(text.contains("the detail tells of person or text"), "{text}");
}
