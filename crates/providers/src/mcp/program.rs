//! An MCP server that is a program on this machine, as the operator declared it.

use std::collections::BTreeMap;
use std::process::Stdio;

use headwater_model::{Code, Error, Result};
use rmcp::ServiceExt as _;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{ChildStderr, Command};
use tokio::task::JoinSet;

use super::session::{Listener, Opened};

/// The longest message a program may write, in bytes.
const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// How much of one line of complaints is logged, in bytes.
const LONGEST_COMPLAINT: u64 = 2_000;
/// How many lines of complaints of one start are logged.
const COMPLAINTS: usize = 500;
/// Values of the environment shorter than this are not taken out of complaints.
const SHORTEST_SECRET: usize = 6;

/// How to start it. Its environment is this one and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Program {
    /// A path; a name is looked for in the `PATH` of `env`.
    pub command: String,
    pub args: Vec<String>,
    pub env: BTreeMap<String, String>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What the environment says may be secret.
        let env: Vec<&String> = self.env.keys().collect();
        f.debug_struct("Program")
            .field("command", &self.command)
            .field("args", &self.args)
            .field("env", &env)
            .finish()
    }
}

/// Starts the program and opens a session with it.
pub(super) async fn start(name: &str, program: &Program) -> Result<Opened> {
    let failed = |why: String| Error::new(Code::Unavailable, why);
    let mut child = Command::new(&program.command)
        .args(&program.args)
        .env_clear()
        .envs(&program.env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Signals for the server are not for it; it ends when its input does.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            failed(format!(
                "The MCP server “{name}” could not be started. Ask an operator."
            ))
            .with_source(format!("{}: {error}", program.command))
        })?;
    let (Some(input), Some(output), Some(complaints)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(Error::internal("a child process without pipes"));
    };
    let mut reading = JoinSet::new();
    let secrets = program.env.values().filter(|v| v.len() >= SHORTEST_SECRET);
    reading.spawn(log(name.to_owned(), complaints, secrets.cloned().collect()));
    let transport = AsyncRwTransport::new_client(output, input).with_max_line_length(LONGEST_LINE);
    let service = Listener::default().serve(transport).await.map_err(|error| {
        failed(format!(
            "The program of the MCP server “{name}” did not answer as one does. Its complaints are in the log."
        ))
        .with_source(error.to_string())
    })?;
    tracing::info!(server = name, pid = child.id(), "started an MCP server");
    Ok(Opened {
        service,
        program: Some((child, reading)),
    })
}

/// Writes a program's complaints to the log, without values of its environment, up to a limit.
async fn log(server: String, complaints: ChildStderr, secrets: Vec<String>) {
    let mut reader = BufReader::new(complaints);
    let mut line = Vec::new();
    for count in 0.. {
        line.clear();
        let read = (&mut reader)
            .take(LONGEST_COMPLAINT)
            .read_until(b'\n', &mut line)
            .await;
        if !matches!(read, Ok(bytes) if bytes > 0) {
            return;
        }
        if count < COMPLAINTS {
            let text = String::from_utf8_lossy(&line);
            let text = secrets
                .iter()
                .fold(text.trim_end().to_owned(), |text, secret| {
                    text.replace(secret, "[secret]")
                });
            tracing::info!(server, "{text}");
        } else if count == COMPLAINTS {
            tracing::warn!(
                server,
                "it writes too much to its log; the rest is not kept"
            );
        }
    }
}
