//! The apps that can be pushed to.

use domain::device::{Device, DeviceToken, Platform};
use domain::phone_number::PhoneNumber;
use futures_util::future::{join_all, try_join_all};
use jiff::Timestamp;

use super::{Bench, at, person};

fn token(text: &str) -> DeviceToken {
    DeviceToken::parse(text).unwrap()
}

fn device(text: &str, owner: u32) -> Device {
    Device {
        token: token(text),
        platform: Platform::Android,
        owner: person(owner),
        last_seen_at: at(0),
    }
}

async fn put(bench: &dyn Bench, device: &Device) {
    bench.devices().put(device).await.unwrap();
}

/// A person's devices, in the order of their tokens.
async fn of(bench: &dyn Bench, owner: &PhoneNumber) -> Vec<Device> {
    let mut devices = bench.devices().of(owner).await.unwrap();
    devices.sort_by(|a, b| a.token.cmp(&b.token));
    devices
}

pub(super) async fn a_persons_devices_read_back(bench: &dyn Bench) {
    let phone = device("APA91b:x", 1);
    let browser = Device {
        platform: Platform::Web,
        last_seen_at: at(7),
        ..device("web", 1)
    };
    for device in [&phone, &browser, &device("other", 2)] {
        put(bench, device).await;
    }
    assert_eq!(of(bench, &person(1)).await, [phone, browser]);
    assert_eq!(of(bench, &person(3)).await, []);
}

pub(super) async fn a_device_is_registered_once(bench: &dyn Bench) {
    put(bench, &device("a", 1)).await;
    let seen_again = Device {
        last_seen_at: at(60),
        ..device("a", 1)
    };
    put(bench, &seen_again).await;
    assert_eq!(of(bench, &person(1)).await, [seen_again]);
}

pub(super) async fn a_device_moves_to_its_new_owner(bench: &dyn Bench) {
    for text in ["a", "b"] {
        put(bench, &device(text, 1)).await;
    }
    put(bench, &device("a", 2)).await;
    assert_eq!(of(bench, &person(1)).await, [device("b", 1)]);
    assert_eq!(of(bench, &person(2)).await, [device("a", 2)]);
    put(bench, &device("a", 1)).await;
    assert_eq!(of(bench, &person(1)).await, [device("a", 1), device("b", 1)]);
    assert_eq!(of(bench, &person(2)).await, []);
}

pub(super) async fn a_forgotten_device_is_gone(bench: &dyn Bench) {
    for device in [device("a", 1), device("b", 1), device("a", 2)] {
        put(bench, &device).await;
    }
    for _ in 0..2 {
        bench.devices().remove(&token("a")).await.unwrap();
        assert_eq!(of(bench, &person(1)).await, [device("b", 1)]);
        assert_eq!(of(bench, &person(2)).await, []);
    }
    put(bench, &device("a", 1)).await;
    assert_eq!(of(bench, &person(1)).await.len(), 2);
}

pub(super) async fn a_device_registered_at_once_has_one_owner(bench: &dyn Bench) {
    join_all((1..=3).map(async |owner| put(bench, &device("a", owner)).await)).await;
    let mut owners = 0;
    for owner in 1..=3 {
        owners += of(bench, &person(owner)).await.len();
    }
    assert_eq!(owners, 1);
    bench.devices().remove(&token("a")).await.unwrap();
    for owner in 1..=3 {
        assert_eq!(of(bench, &person(owner)).await, []);
    }
}

/// Those not seen after `since`, in all buckets.
async fn unseen(bench: &dyn Bench, since: Timestamp) -> Vec<Device> {
    let devices = bench.devices();
    let buckets = (0..devices.buckets()).map(|bucket| devices.unseen(bucket, since, 9));
    let mut unseen = try_join_all(buckets).await.unwrap().concat();
    unseen.sort_by_key(|device| device.last_seen_at);
    unseen
}

pub(super) async fn a_device_unseen_for_long_is_found_and_removed(bench: &dyn Bench) {
    let seen = |text: &str, second: i64| Device {
        last_seen_at: at(second),
        ..device(text, 1)
    };
    let (old, older, new) = (seen("old", 20), seen("older", 10), seen("new", 60));
    for device in [&old, &older, &new] {
        put(bench, device).await;
    }
    assert_eq!(unseen(bench, at(20)).await, [older.clone(), old.clone()]);
    // Opened in the meantime.
    put(bench, &seen("old", 90)).await;
    assert!(!bench.devices().remove_unseen(&old).await.unwrap());
    assert!(bench.devices().remove_unseen(&older).await.unwrap());
    assert!(!bench.devices().remove_unseen(&older).await.unwrap());
    assert_eq!(unseen(bench, at(20)).await, []);
    assert_eq!(of(bench, &person(1)).await, [new, seen("old", 90)]);
}
