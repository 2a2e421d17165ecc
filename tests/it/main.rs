//! The product from outside, in one binary.

mod booking;
mod layering;
mod template;

/// A product without data, schedules or faults.
async fn product() -> tests::Product {
    tests::Product::start(tests::options(FUNCTION)).await
}

/// What the stacks under test start as a function's process.
const FUNCTION: &str = env!("CARGO_BIN_EXE_shiftline-function");
