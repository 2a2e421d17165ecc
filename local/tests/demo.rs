//! The demonstration, played through every provider as `cargo run -- demo --provider NAME` does.

use std::path::PathBuf;

use local::demo;
use local::provider::ChosenProvider;
use local::stack::{Options, Stack};

async fn play(provider: Option<ChosenProvider>) -> (Result<(), demo::StoryError>, String) {
    let stack = Stack::start(Options {
        provider: provider.map(|it| it.name().to_owned()),
        function_executable: Some(PathBuf::from(env!("CARGO_BIN_EXE_shiftline"))),
        template: std::fs::read_to_string("/tmp/template.yaml").unwrap(),
        parameters: local::stack::local_parameters(),
        ..Options::default()
    })
    .await
    .unwrap();
    let mut told = Vec::new();
    let played = demo::play(&stack, &mut told).await;
    if played.is_err() {
        for l in stack.logs() {
            println!("{} {}", l.function, l.text);
        }
    }
    stack.stop().await;
    (played, String::from_utf8(told).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_plays_the_story_to_its_end() {
    let mut unfinished = Vec::new();
    for provider in [None].into_iter().chain(ChosenProvider::ALL.map(Some)) {
        let (played, told) = play(provider).await;
        println!("{told}");
        if let Err(error) = played {
            unfinished.push(format!("{provider:?}: {error}"));
        }
    }
    assert!(unfinished.is_empty(), "{unfinished:#?}");
}
