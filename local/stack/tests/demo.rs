//! The demonstration, played through every provider as `cargo run -- demo --provider NAME` does, and each of its stories
//! as `--story NAME` does.

use std::error::Error;
use std::path::PathBuf;

use local_stack::chosen_provider::ChosenProvider;
use local_stack::demo::{self, Story, StoryError};
use local_stack::stack::{Options, Stack};

/// Its exit and its output.
async fn play(
    story: Story,
    provider: Option<ChosenProvider>,
) -> Result<(Result<(), StoryError>, Vec<u8>), Box<dyn Error>> {
    let stack = Stack::start(Options {
        clock: Some("2026-11-25T12:00:00Z".parse().expect("the time is one")),
        provider: provider.map(|it| it.name().to_owned()),
        schedule_speed: story.schedule_speed(),
        function_executable: Some(PathBuf::from(env!("CARGO_BIN_EXE_shiftline"))),
        ..Options::default()
    })
    .await?;
    demo::load(&stack).await?;
    let mut told = Vec::new();
    let played = story.play(&stack, &mut told).await;
    stack.stop().await;
    Ok((played, told))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_plays_the_story_to_its_end() -> Result<(), Box<dyn Error>> {
    let mut unfinished = Vec::new();
    for provider in [None].into_iter().chain(ChosenProvider::all().map(Some)) {
        let (played, told) = play(Story::Shifts, provider).await?;
        if let Err(error) = played {
            unfinished.push(format!("{provider:?}: {error}"));
            continue;
        }
        let chosen = provider.unwrap_or(ChosenProvider::END_USER_MESSAGING);
        let sum = format!("12 announcements through {}:", chosen.name());
        assert!(String::from_utf8(told)?.contains(&sum), "{sum}");
    }
    assert!(unfinished.is_empty(), "{unfinished:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_story_is_played_to_its_end() -> Result<(), Box<dyn Error>> {
    for story in Story::ALL {
        let (played, told) = play(story, None).await?;
        played.map_err(|error| format!("{}: {error}\n{}", story.name(), String::from_utf8_lossy(&told)))?;
    }
    Ok(())
}
