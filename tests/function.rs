//! The process that a stack under test starts for each function.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let package = std::env::args().nth(2).unwrap_or_default();
    match local_stack::function::run(&package).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, package, "function not started");
            ExitCode::FAILURE
        }
    }
}
