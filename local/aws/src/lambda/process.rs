//! A function's process: how it is started, and its output.

use std::io;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::{Deployed, Launch};
use crate::log::Logs;

/// A running process; dropping it kills it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Open as long as this process lives, by which the other one knows that it does.
    _alive: Option<ChildStdin>,
}

impl Process {
    pub(super) fn start(
        deployed: &Deployed,
        launch: &Launch,
        session: &str,
        runtime_api: SocketAddr,
    ) -> io::Result<Self> {
        let function = &deployed.function;
        let mut command = Command::new(&launch.executable);
        command
            .args(["function", &function.package])
            .env_clear()
            .envs(lambda_variables(deployed, launch))
            // Every process has credentials of its own, by which the endpoint knows which of them calls.
            .env("AWS_SESSION_TOKEN", session)
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string())
            .envs(&function.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // An interrupt typed in the terminal is for the stack, which ends its functions itself.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        forward(child.stdout.take(), &launch.logs, &function.name);
        forward(child.stderr.take(), &launch.logs, &function.name);
        Ok(Self {
            _alive: child.stdin.take(),
            child,
        })
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    pub(super) async fn exited(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => describe(status),
            Err(error) => error.to_string(),
        }
    }

    pub(super) async fn kill(&mut self) {
        // It may have ended by itself meanwhile.
        let _ = self.child.kill().await;
    }
}

/// The variables that Lambda itself sets
/// ([list](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html)), and the address to use instead of AWS.
fn lambda_variables<'a>(deployed: &'a Deployed, launch: &'a Launch) -> Vec<(&'static str, String)> {
    let function = &deployed.function;
    let region = &launch.account.region;
    vec![
        ("AWS_REGION", region.clone()),
        ("AWS_DEFAULT_REGION", region.clone()),
        // Every function has a role, and so credentials, of its own: the endpoint knows the caller by them.
        ("AWS_ACCESS_KEY_ID", function.logical_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_ENDPOINT_URL", launch.endpoint_url.clone()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_megabytes.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("CLOCK_FILE", launch.clock_file.to_string_lossy().into_owned()),
    ]
}

fn forward(output: Option<impl AsyncRead + Send + Unpin + 'static>, logs: &Logs, function: &str) {
    let Some(output) = output else { return };
    let (logs, function) = (logs.clone(), function.to_owned());
    tokio::spawn(async move {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).await.is_ok_and(|bytes| bytes > 0) {
            logs.write(&function, String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    });
}

/// In Lambda's words: `signal: killed`, `exit status 1`.
fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return if signal == 9 {
            "signal: killed".to_owned()
        } else {
            format!("signal: {signal}")
        };
    }
    status
        .code()
        .map_or_else(|| status.to_string(), |code| format!("exit status {code}"))
}
