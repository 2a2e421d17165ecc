//! The provider in memory keeps the contract of providers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use domain::message::{Message, Refusal, RefusalKind};
use messaging::conformance::{Arrival, Bench, Remote, UNWANTED, Verdict, WAIT};
use messaging::provider::memory::Memory;
use messaging::{Capabilities, Outcome, Provider, Redacting};

use crate::wire_bench::{assert_conforms, echo};

struct MemoryBench {
    memory: Memory,
    within_reach: AtomicBool,
}

impl MemoryBench {
    fn new(memory: Memory) -> Self {
        Self {
            memory,
            within_reach: AtomicBool::new(true),
        }
    }
}

#[async_trait]
impl Bench for MemoryBench {
    async fn stage(&self, remote: Remote) -> Result<Arc<dyn Provider>, &'static str> {
        let memory = &self.memory;
        memory.clear();
        let within_reach = !matches!(remote, Remote::Unreachable | Remote::Deaf);
        self.within_reach.store(within_reach, Ordering::Relaxed);
        match remote {
            Remote::Accepts => {}
            Remote::Refuses(kind @ (RefusalKind::Throttled | RefusalKind::Unavailable)) => {
                memory.answer_next(Outcome::refused_for_now(kind, echo()));
            }
            Remote::Refuses(kind) => memory.answer_next(Outcome::refused_for_good(kind, echo())),
            Remote::AsksToWait => memory.answer_next(Outcome::Refused(Refusal {
                kind: RefusalKind::Throttled,
                retryable: true,
                not_before: Some(WAIT),
                detail: echo(),
            })),
            Remote::RefusesSome => return Err("it takes one message at a time"),
            Remote::Breaks
            | Remote::Mumbles
            | Remote::ShowsAPage
            | Remote::CutsShort
            | Remote::HangsUp
            | Remote::Stalls => memory.answer_next(Outcome::Unknown { detail: echo() }),
            Remote::Unreachable | Remote::Deaf => {
                memory.answer_next(Outcome::refused_for_now(RefusalKind::Unavailable, echo()));
            }
        }
        Ok(Arc::new(Redacting::new(Arc::new(memory.clone()))))
    }

    fn calls(&self) -> Vec<Vec<Arrival>> {
        if !self.within_reach.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let arrived = |message: Message| {
            vec![Arrival {
                message_id: Some(message.id.to_string()),
                to: message.to.map(|to| to.as_str().to_owned()),
                body: Some(message.body),
                rehearsal: false,
            }]
        };
        self.memory.sent().into_iter().map(arrived).collect()
    }
}

#[tokio::test]
async fn conforms_with_each_claim() {
    assert_conforms(&MemoryBench::new(Memory::new())).await;
    let idempotent = Capabilities {
        idempotent: true,
        receipts: false,
        ..Memory::new().capabilities()
    };
    assert_conforms(&MemoryBench::new(Memory::with(idempotent))).await;
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

        async fn send(&self, message: &Message) -> Outcome {
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
            Ok(Arc::new(Careless(self.0.memory.clone())))
        }

        fn calls(&self) -> Vec<Vec<Arrival>> {
            self.0.calls()
        }
    }

    let report = messaging::conformance::suite(&CarelessBench(MemoryBench::new(Memory::new()))).await;
    let text = report.to_string();
    assert!(text.contains("the remote side was asked 2 times"), "{text}");
    assert!(text.contains("the detail tells of person or text"), "{text}");
}

#[tokio::test]
async fn a_provider_that_mixes_up_its_batch_is_found_out() {
    /// Takes whole batches without what nobody wants, and may answer in the wrong order.
    #[derive(Debug, Clone)]
    struct Batching {
        memory: Memory,
        in_order: bool,
    }

    #[async_trait]
    impl Provider for Batching {
        fn name(&self) -> &'static str {
            "batching"
        }

        fn capabilities(&self) -> Capabilities {
            self.memory.capabilities()
        }

        async fn send(&self, message: &Message) -> Outcome {
            if message.body.contains(UNWANTED) {
                return Outcome::refused_for_good(RefusalKind::Content, "nobody wants it");
            }
            self.memory.send(message).await
        }

        async fn send_all(&self, messages: &[Message]) -> Vec<Outcome> {
            let mut outcomes = Vec::new();
            for message in messages {
                outcomes.push(self.send(message).await);
            }
            if !self.in_order {
                outcomes.reverse();
            }
            outcomes
        }
    }

    struct BatchingBench {
        bench: MemoryBench,
        in_order: bool,
    }

    #[async_trait]
    impl Bench for BatchingBench {
        async fn stage(&self, remote: Remote) -> Result<Arc<dyn Provider>, &'static str> {
            let remote = match remote {
                Remote::RefusesSome => Remote::Accepts,
                other => other,
            };
            self.bench.stage(remote).await?;
            Ok(Arc::new(Redacting::new(Arc::new(Batching {
                memory: self.bench.memory.clone(),
                in_order: self.in_order,
            }))))
        }

        fn calls(&self) -> Vec<Vec<Arrival>> {
            self.bench.calls()
        }
    }

    let ten = Capabilities {
        batch: 10,
        ..Capabilities::TEXTS
    };
    for in_order in [true, false] {
        let bench = BatchingBench {
            bench: MemoryBench::new(Memory::with(ten)),
            in_order,
        };
        let report = messaging::conformance::suite(&bench).await;
        let expected: &[&str] = match in_order {
            true => &[],
            false => &["a batch with mixed results keeps its order"],
        };
        assert_eq!(report.failures(), expected, "\n{report}");
        let full = report.verdict("a full batch arrives in calls that fit");
        assert_eq!(full, Some(&Verdict::Passed));
    }
}
