//! Limits of the answers to one person, so that neither a machine nor a person makes us text without end.
//!
//! Only answers to texts that change nothing count: what books, drops, answers a question, opts out or in is always
//! served.

use jiff::{SignedDuration, Timestamp};

/// The limits of one stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerLimits {
    /// Answers to texts that change nothing, in ten minutes.
    pub in_ten_minutes: usize,
    /// The same, in 24 hours.
    pub a_day: usize,
    /// Answers to texts that we could not make sense of, until a text that we could, or an hour without any.
    pub unhelpful: usize,
    /// Answers to HELP, in 24 hours.
    pub help_a_day: usize,
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self {
            in_ten_minutes: 10,
            a_day: 40,
            unhelpful: 5,
            help_a_day: 5,
        }
    }
}

const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The answers that one person was given lately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerCounts {
    /// When texts that change nothing were answered, within the last 24 hours, the oldest first.
    pub answered: Vec<Timestamp>,
    /// When HELP was answered, likewise.
    pub helped: Vec<Timestamp>,
    /// Texts in a row that we could not make sense of.
    pub unhelpful: usize,
    /// When the last of them came.
    pub unhelpful_at: Option<Timestamp>,
    /// The end of the pause in answers that the person was notified of.
    pub paused_until: Option<Timestamp>,
}

/// The kind of answer to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answering {
    /// The text changes something, or is a plain question such as REQUEST.
    Useful,
    /// We could not make sense of the text.
    Unhelpful,
    Help,
}

/// Whether a text that changes nothing is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Answer,
    /// Not any more, and the person is notified this once.
    SayLimit {
        for_the_day: bool,
    },
    Silence,
}

impl AnswerCounts {
    /// The counts once something was changed by a text: a person is there.
    #[must_use]
    pub fn after_a_change(&self) -> Self {
        Self {
            unhelpful: 0,
            unhelpful_at: None,
            ..self.clone()
        }
    }

    /// Decides about an answer to a text that changes nothing, and counts it.
    #[must_use]
    pub fn after_an_answer(&self, now: Timestamp, kind: Answering, limits: &AnswerLimits) -> (Self, Verdict) {
        let mut counts = self.clone();
        let within = |at: &Timestamp, time: SignedDuration| now.duration_since(*at) < time;
        counts.answered.retain(|at| within(at, DAY));
        counts.helped.retain(|at| within(at, DAY));
        if counts.unhelpful_at.is_none_or(|at| !within(&at, HOUR)) || kind != Answering::Unhelpful {
            counts.unhelpful = 0;
            counts.unhelpful_at = None;
        }
        if kind == Answering::Unhelpful {
            counts.unhelpful = (counts.unhelpful + 1).min(limits.unhelpful + 1);
            counts.unhelpful_at = Some(now);
            if counts.unhelpful > limits.unhelpful {
                return (counts, Verdict::Silence);
            }
        }
        // A request for help is answered, whatever else the person has texted.
        if kind == Answering::Help {
            if counts.helped.len() >= limits.help_a_day {
                return (counts, Verdict::Silence);
            }
            counts.helped.push(now);
            return (counts, Verdict::Answer);
        }
        if counts.paused_until.is_some_and(|until| now < until) {
            return (counts, Verdict::Silence);
        }
        counts.paused_until = None;
        let lately = counts.answered.iter().filter(|at| within(at, TEN_MINUTES)).count();
        let for_the_day = counts.answered.len() >= limits.a_day;
        if for_the_day || lately >= limits.in_ten_minutes {
            let pause = if for_the_day { DAY } else { HOUR };
            counts.paused_until = now.checked_add(pause).ok();
            return (counts, Verdict::SayLimit { for_the_day });
        }
        counts.answered.push(now);
        (counts, Verdict::Answer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// How many of these texts, by second and kind, are answered, and how often the limit notice is sent.
    fn answered(texts: impl IntoIterator<Item = (i64, Answering)>) -> (usize, usize) {
        let limits = AnswerLimits::default();
        let mut counts = AnswerCounts::default();
        let (mut answers, mut said) = (0, 0);
        for (second, kind) in texts {
            let (next, verdict) = counts.after_an_answer(at(second), kind, &limits);
            counts = next;
            answers += usize::from(verdict == Verdict::Answer);
            said += usize::from(matches!(verdict, Verdict::SayLimit { .. }));
        }
        (answers, said)
    }

    #[test]
    fn k12_a_machine_gets_five_answers_whatever_it_says() {
        assert_eq!(answered((0..40).map(|n| (n, Answering::Unhelpful))), (5, 0));
        assert_eq!(answered((0..400).map(|n| (n * 150, Answering::Unhelpful))), (5, 0));
        // An hour of silence, or a text that says something, and it may be a person again.
        let pause = (0..6).chain(4000..4006).map(|n| (n, Answering::Unhelpful));
        assert_eq!(answered(pause), (10, 0));
        let useful = (0..6).map(|n| (n, Answering::Unhelpful));
        let useful = useful.chain([(7, Answering::Useful), (8, Answering::Unhelpful)]);
        assert_eq!(answered(useful), (7, 0));
    }

    #[test]
    fn k13_lists_stop_at_ten_a_minute() {
        assert_eq!(answered((0..40).map(|n| (n, Answering::Useful))), (10, 1));
        // Again in an hour, as announced.
        let again = (0..40).chain(3700..3740).map(|n| (n, Answering::Useful));
        assert_eq!(answered(again), (20, 2));
        // Every three minutes: forty a day, and the limit of the day once.
        assert_eq!(answered((0..400).map(|n| (n * 180, Answering::Useful))), (40, 1));
    }

    #[test]
    fn help_is_answered_five_times_a_day() {
        assert_eq!(answered((0..20).map(|n| (n, Answering::Help))), (5, 0));
        assert_eq!(
            answered((0..20).chain(86_500..86_520).map(|n| (n, Answering::Help))),
            (10, 0)
        );
    }

    #[test]
    fn a_change_shows_that_somebody_is_there() {
        let limits = AnswerLimits::default();
        let mut counts = AnswerCounts::default();
        for n in 0..9 {
            counts = counts.after_an_answer(at(n), Answering::Unhelpful, &limits).0;
        }
        let (_, verdict) = counts
            .after_a_change()
            .after_an_answer(at(10), Answering::Unhelpful, &limits);
        assert_eq!(verdict, Verdict::Answer);
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_the_limits(
            texts in prop::collection::vec((0_i64..200, prop::sample::select(vec![
                Answering::Useful, Answering::Unhelpful, Answering::Help,
            ])), 0..300)
        ) {
            let limits = AnswerLimits::default();
            let mut counts = AnswerCounts::default();
            let (mut now, mut answers) = (0, Vec::new());
            for (pause, kind) in texts {
                now += pause;
                let (next, verdict) = counts.after_an_answer(at(now), kind, &limits);
                counts = next;
                if verdict == Verdict::Answer && kind != Answering::Help {
                    answers.push(now);
                }
                let within = |seconds| answers.iter().filter(|at| now - **at < seconds).count();
                prop_assert!(within(600) <= limits.in_ten_minutes && within(86_400) <= limits.a_day);
                prop_assert!(counts.answered.len() <= limits.a_day && counts.helped.len() <= limits.help_a_day);
            }
        }
    }
}
