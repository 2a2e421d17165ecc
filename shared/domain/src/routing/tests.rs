//! Which provider is tried first, next, and not at all.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::message::{Cause, Kind};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

fn message() -> Message {
    let cause = Cause::Inbound { inbound_id: "i1" };
    Message::queued(&cause, Kind::Reply, Some(number("+12025550101")), "text".into(), at(0))
}

fn passing_over(providers: &[(&str, ExcludedProvider)]) -> Message {
    let excluded_providers = providers.iter().map(|(name, until)| ((*name).to_owned(), *until));
    Message {
        excluded_providers: excluded_providers.collect(),
        ..message()
    }
}

/// Outcomes of the last minute.
fn health(good: u32, bad: u32) -> Health {
    let counts = HealthCounts {
        good,
        bad,
        ..HealthCounts::default()
    };
    Health::new(vec![Window { start: at(-10), counts }])
}

fn candidate(provider: &str, health: Health) -> Candidate {
    Candidate {
        provider: provider.into(),
        health,
    }
}

/// Providers without known failures.
fn healthy(providers: &[&str]) -> Vec<Candidate> {
    providers
        .iter()
        .map(|provider| candidate(provider, Health::default()))
        .collect()
}

/// Which of the candidates take how much, over the whole range of `spread`.
fn shares(candidates: &[Candidate], now: Timestamp) -> BTreeMap<String, f64> {
    const STEPS: u32 = 10_000;
    let mut shares = BTreeMap::new();
    for step in 0..STEPS {
        let spread = f64::from(step) / f64::from(STEPS);
        let choice = choose(&message(), candidates, now, spread).unwrap();
        *shares.entry(choice.provider).or_default() += 1.0 / f64::from(STEPS);
    }
    shares
}

fn share(shares: &BTreeMap<String, f64>, provider: &str) -> f64 {
    shares.get(provider).copied().unwrap_or_default()
}

#[test]
fn the_longest_beginning_that_fits_counts() {
    let routes = Routes::new([
        ("*".to_owned(), vec!["world".to_owned()]),
        ("+9".to_owned(), vec!["nine".to_owned()]),
        ("+91".to_owned(), vec!["india".to_owned(), "world".to_owned()]),
        ("+9198".to_owned(), vec!["one-operator".to_owned()]),
    ])
    .unwrap();
    let cases = [
        ("+12025550101", "world"),
        ("+97699112233", "nine"),
        ("+919176543210", "india"),
        ("+919876543210", "one-operator"),
    ];
    for (to, first) in cases {
        assert_eq!(routes.for_number(&number(to))[0], first, "{to}");
    }
    let only_india = Routes::new([("+91".to_owned(), vec!["india".to_owned()])]).unwrap();
    assert!(only_india.for_number(&number("+12025550101")).is_empty());
    assert!(Routes::default().for_number(&number("+12025550101")).is_empty());
    assert_eq!(
        Routes::to_all(["a", "b"]).for_number(&number("+12025550101")),
        ["a", "b"]
    );
    assert_eq!(routes.providers().count(), 5);
}

#[test]
fn a_table_that_cannot_be_used_says_why() {
    let row = |prefix: &str, providers: &[&str]| {
        let providers = providers.iter().map(|provider| (*provider).to_owned()).collect();
        Routes::new([(prefix.to_owned(), providers)])
    };
    for prefix in ["", "+", "91", "++91", "+91*", "+9x", "**", "+٩١", " *"] {
        assert_eq!(row(prefix, &["a"]), Err(RoutesError::Prefix(prefix.into())));
    }
    assert_eq!(row("+91", &[]), Err(RoutesError::Empty("+91".into())));
    assert_eq!(
        row("*", &["a", "b", "a"]),
        Err(RoutesError::Twice("*".into(), "a".into()))
    );
    assert!(row("*", &["a"]).is_ok() && row("+1", &["a", "b"]).is_ok());
}

/// Its name, the message, who could carry it, where it falls between the shares, and the reason that is recorded.
type Case = (&'static str, Message, Vec<Candidate>, f64, Option<&'static str>);

#[test]
fn who_is_chosen_and_why() {
    use ExcludedProvider::{ForGood, ForNow};
    let held = |provider: &str| Message {
        held_by: Some(provider.into()),
        ..message()
    };
    let via = |provider: &str| message().answering_through(Some(provider.into()));
    let both = || healthy(&["a", "b"]);
    let (ailing, failing) = (|| health(50, 50), || health(0, 20));
    let cases: Vec<Case> = vec![
        ("nobody", message(), vec![], 0.0, None),
        (
            "the only one",
            message(),
            healthy(&["a"]),
            0.9,
            Some("a: the only provider for this number"),
        ),
        (
            "the only one, and it fails",
            message(),
            vec![candidate("a", failing())],
            0.9,
            Some("a: the only provider for this number"),
        ),
        (
            "the first of two",
            message(),
            both(),
            0.99,
            Some("a: first choice, given 100 % of its texts"),
        ),
        (
            "half of the first",
            message(),
            vec![candidate("a", ailing()), candidate("b", Health::default())],
            0.2,
            Some("a: first choice, given 25 % of its texts"),
        ),
        (
            "the other half",
            message(),
            vec![candidate("a", ailing()), candidate("b", Health::default())],
            0.3,
            Some("b: choice 2 for this number"),
        ),
        (
            "refused for now",
            passing_over(&[("a", ForNow)]),
            both(),
            0.0,
            Some("b: the last one that has not refused the message"),
        ),
        (
            "refused for good",
            passing_over(&[("a", ForGood)]),
            both(),
            0.0,
            Some("b: the last one that has not refused the message"),
        ),
        (
            "refused by the first of three",
            passing_over(&[("a", ForNow)]),
            healthy(&["a", "b", "c"]),
            0.0,
            Some("b: choice 2 for this number"),
        ),
        (
            "refused by all",
            passing_over(&[("a", ForNow), ("b", ForGood)]),
            both(),
            0.0,
            None,
        ),
        (
            "held",
            held("b"),
            both(),
            0.0,
            Some("b: it may hold the message already"),
        ),
        (
            "held by one that fails",
            held("a"),
            vec![candidate("a", failing()), candidate("b", Health::default())],
            0.0,
            Some("a: it may hold the message already"),
        ),
        ("held by one that is gone", held("c"), both(), 0.0, None),
        (
            "an answer",
            via("b"),
            both(),
            0.0,
            Some("b: it brought the text that this answers"),
        ),
        (
            "an answer through one that is gone",
            via("c"),
            both(),
            0.0,
            Some("a: first choice, given 100 % of its texts"),
        ),
        (
            "an answer that was refused there",
            Message {
                via: Some("b".into()),
                ..passing_over(&[("b", ForGood)])
            },
            both(),
            0.0,
            Some("a: the last one that has not refused the message"),
        ),
        (
            "held, whichever provider brought the text",
            Message {
                via: Some("a".into()),
                ..held("b")
            },
            both(),
            0.0,
            Some("b: it may hold the message already"),
        ),
        (
            "the first fails",
            message(),
            vec![candidate("a", failing()), candidate("b", Health::default())],
            0.0,
            Some("b: choice 2 for this number"),
        ),
    ];
    for (name, message, candidates, spread, expected) in cases {
        let choice = choose(&message, &candidates, at(0), spread);
        assert_eq!(choice.as_ref().map(|choice| choice.reason.as_str()), expected, "{name}");
        if let Some(choice) = choice {
            assert!(choice.reason.starts_with(&format!("{}: ", choice.provider)), "{name}");
        }
    }
}

#[test]
fn the_next_provider_has_not_refused() {
    use ExcludedProvider::{ForGood, ForNow};
    let held = Message {
        held_by: Some("a".into()),
        ..message()
    };
    let cases = [
        (message(), vec!["a"], false),
        (message(), vec!["a", "b"], true),
        (passing_over(&[("b", ForNow)]), vec!["a", "b"], false),
        (passing_over(&[("b", ForGood)]), vec!["a", "b", "c"], true),
        (held, vec!["a", "b"], false),
    ];
    for (message, candidates, expected) in cases {
        let found = has_alternative(&message, &healthy(&candidates), "a");
        assert_eq!(found, expected, "{:?} {candidates:?}", message.excluded_providers);
    }
}

#[test]
fn shares_follow_health_in_order() {
    let now = at(0);
    for (good, bad) in [(100, 0), (90, 10), (50, 50), (20, 80)] {
        let first = health(good, bad);
        let weight = first.share(now);
        let taken = shares(&[candidate("a", first), candidate("b", Health::default())], now);
        assert!((share(&taken, "a") - weight).abs() < 0.001, "{good}/{bad}: {taken:?}");
        assert!(
            (share(&taken, "b") - (1.0 - weight)).abs() < 0.001,
            "{good}/{bad}: {taken:?}"
        );
    }
    // A quarter for the first; of what is left a quarter for the second; the rest for the third.
    let three = [
        candidate("a", health(50, 50)),
        candidate("b", health(50, 50)),
        candidate("c", Health::default()),
    ];
    let taken = shares(&three, now);
    for (provider, expected) in [("a", 0.25), ("b", 0.1875), ("c", 0.5625)] {
        assert!((share(&taken, provider) - expected).abs() < 0.001, "{taken:?}");
    }
    // Two that ail alike are as good as two that are well.
    let alike = [candidate("a", health(50, 50)), candidate("b", health(50, 50))];
    assert!((share(&shares(&alike, now), "a") - 1.0).abs() < 0.001);
}

#[test]
fn a_failing_provider_changes_no_other_share() {
    // Its errors are older than a minute, so it would have its whole share back, if it did not fail entirely.
    let failing = Health::new(vec![
        Window {
            start: at(-100),
            counts: HealthCounts {
                bad: 20,
                ..HealthCounts::default()
            },
        },
        Window {
            start: at(-10),
            counts: HealthCounts::BAD,
        },
    ]);
    assert!(failing.fails_entirely(at(0)) && !failing.wants_a_probe(at(0)));
    let candidates = [
        candidate("a", health(50, 50)),
        candidate("b", health(80, 20)),
        candidate("c", failing),
    ];
    let taken = shares(&candidates, at(0));
    let expected = health(50, 50).share(at(0)) / health(80, 20).share(at(0));
    assert!((share(&taken, "a") - expected).abs() < 0.001, "{taken:?}");
    assert!((share(&taken, "b") - (1.0 - expected)).abs() < 0.001, "{taken:?}");
}

#[test]
fn where_all_fail_somebody_is_still_asked() {
    let candidates = [candidate("a", health(0, 20)), candidate("b", health(0, 20))];
    let choice = choose(&message(), &candidates, at(0), 0.5).unwrap();
    assert_eq!(
        (choice.provider.as_str(), choice.reason.as_str()),
        ("a", "a: all providers for this number fail")
    );
}

/// A sender of texts through `a`, or else `b`, at a constant rate, with its knowledge of their health.
struct Run {
    candidates: Vec<Candidate>,
    second: i64,
    /// Where the next text falls between the shares: an even sequence, so that no run is luckier than another.
    spread: f64,
}

impl Run {
    const A_SECOND: u32 = 20;

    fn new() -> Self {
        Self {
            candidates: healthy(&["a", "b"]),
            second: 0,
            spread: 0.0,
        }
    }

    /// Runs for `seconds`, with `errors_of_a` failures in a hundred texts of `a`; returns the share of texts given to
    /// `a` first.
    fn seconds(&mut self, seconds: i64, errors_of_a: u32) -> f64 {
        let (mut of_a, mut all) = (0_u32, 0_u32);
        for _ in 0..seconds {
            for _ in 0..Self::A_SECOND {
                self.spread = (self.spread + 0.618_033_988_75) % 1.0;
                let choice = choose(&message(), &self.candidates, at(self.second), self.spread).unwrap();
                let is_a = choice.provider == "a";
                all += 1;
                of_a += u32::from(is_a);
                let fails = is_a && (of_a * 37) % 100 < errors_of_a;
                let counts = if fails { HealthCounts::BAD } else { HealthCounts::GOOD };
                let chosen = self.candidates.iter_mut().find(|one| one.provider == choice.provider);
                chosen.unwrap().health.count(at(self.second), counts);
            }
            self.second += 1;
        }
        f64::from(of_a) / f64::from(all)
    }
}

#[test]
fn health_declines_and_recovers_gradually() {
    let mut run = Run::new();
    assert_eq!(run.seconds(60, 0), 1.0);
    let declining: Vec<f64> = (0..6).map(|_| run.seconds(10, 50)).collect();
    assert!(
        declining.windows(2).all(|pair| pair[1] <= pair[0] + 0.05),
        "{declining:?}"
    );
    assert!(declining[0] > 0.5, "a few errors do not empty it: {declining:?}");
    let settled = run.seconds(60, 50);
    assert!((0.1..0.4).contains(&settled), "{settled}");
    let recovering: Vec<f64> = (0..8).map(|_| run.seconds(10, 0)).collect();
    assert!(
        recovering.windows(2).all(|pair| pair[1] >= pair[0] - 0.05),
        "{recovering:?}"
    );
    assert!(recovering[0] < 0.6, "not all at once: {recovering:?}");
    assert_eq!(recovering[7], 1.0, "{recovering:?}");
}

#[test]
fn a_failed_provider_is_probed_and_readmitted() {
    let mut run = Run::new();
    run.seconds(30, 0);
    run.seconds(60, 100);
    // Ten minutes of nothing but errors cost a text every twenty seconds.
    let probes = run.seconds(600, 100) * 600.0 * f64::from(Run::A_SECOND);
    assert!((20.0..=60.0).contains(&probes), "{probes}");
    run.seconds(90, 0);
    assert_eq!(run.seconds(10, 0), 1.0);
}

fn any_health() -> impl Strategy<Value = Health> {
    let window = (0..400_i64, 0..30_u32, 0..30_u32, 0..10_u32).prop_map(|(ago, good, bad, slow)| Window {
        start: Health::window_of(at(-ago)),
        counts: HealthCounts { good, bad, slow },
    });
    prop::collection::vec(window, 0..8).prop_map(Health::new)
}

fn any_candidates() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec(any_health(), 0..5).prop_map(|healths| {
        let named = ["a", "b", "c", "d", "e"].into_iter().zip(healths);
        named.map(|(provider, health)| candidate(provider, health)).collect()
    })
}

fn any_message() -> impl Strategy<Value = Message> {
    let name = || prop::sample::select(vec!["a", "b", "c", "d", "e"]).prop_map(ToOwned::to_owned);
    let until = prop::sample::select(vec![ExcludedProvider::ForNow, ExcludedProvider::ForGood]);
    (
        prop::collection::btree_map(name(), until, 0..4),
        prop::option::weighted(0.2, name()),
        prop::option::weighted(0.2, name()),
    )
        .prop_map(|(excluded_providers, held_by, via)| Message {
            excluded_providers,
            held_by,
            via,
            ..message()
        })
}

proptest! {
    #[test]
    fn nobody_is_asked_who_may_not_be(
        message in any_message(),
        candidates in any_candidates(),
        spread in -0.5..1.5_f64,
    ) {
        let chosen = choose(&message, &candidates, at(0), spread).map(|choice| choice.provider);
        let known = |provider: &String| candidates.iter().any(|candidate| candidate.provider == *provider);
        match (&message.held_by, chosen) {
            (Some(holder), Some(chosen)) => prop_assert_eq!(holder, &chosen),
            (Some(holder), None) => prop_assert!(!known(holder)),
            (None, Some(chosen)) => {
                prop_assert!(known(&chosen));
                prop_assert!(!message.excluded_providers.contains_key(&chosen));
            }
            (None, None) => {
                let refused = |candidate: &Candidate| message.excluded_providers.contains_key(&candidate.provider);
                prop_assert!(candidates.iter().all(refused), "somebody was left");
            }
        }
    }

    #[test]
    fn every_provider_is_asked_at_most_once(candidates in any_candidates(), spread in 0.0..1.0_f64) {
        let mut message = message();
        let mut asked = Vec::new();
        while let Some(choice) = choose(&message, &candidates, at(0), spread) {
            prop_assert!(!asked.contains(&choice.provider));
            let elsewhere = has_alternative(&message, &candidates, &choice.provider);
            asked.push(choice.provider.clone());
            message.excluded_providers.insert(choice.provider, ExcludedProvider::ForNow);
            prop_assert_eq!(elsewhere, asked.len() < candidates.len());
        }
        prop_assert_eq!(asked.len(), candidates.len());
        prop_assert!(after_a_pause(&message.excluded_providers).is_empty());
    }

    #[test]
    fn a_share_is_a_share(health in any_health(), later in 0..1000_i64) {
        let share = health.share(at(later));
        prop_assert!((0.05..=1.0).contains(&share));
        prop_assert!(later <= 310 || share == 1.0, "what is long past still counts");
        let forgotten = at(0) + SignedDuration::from_secs(later);
        prop_assert!(later <= 310 || !health.fails_entirely(forgotten));
    }
}
