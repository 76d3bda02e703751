//! The server's side of one worker.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use headwater_model::{Code, Error, Result};
use serde::de::DeserializeOwned;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::frame::{self, Hello, Setup};
use super::pool::PoolConfig;

/// How long a new worker may take until it greets.
const GREETING: Duration = Duration::from_secs(10);

/// A process that runs programs. Dropping it kills it.
pub struct Worker {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
    /// Whether the kernel filters its system calls.
    pub filtered: bool,
    /// How many jobs it has done.
    pub jobs: u32,
}

impl Worker {
    /// Starts a worker that has given up everything and waits for orders.
    pub async fn start(config: &PoolConfig) -> Result<Self> {
        let setup = Setup {
            memory_bytes: config.memory_bytes,
            cpu_seconds: config.cpu_seconds(),
        };
        let setup = frame::encode(&setup).map_err(Error::internal)?;
        let mut worker = Self::spawn(config).map_err(not_started)?;
        let hello = tokio::time::timeout(GREETING, worker.ask::<Hello>(&setup, 4096)).await;
        let hello = hello
            .unwrap_or_else(|late| Err(late.into()))
            .map_err(not_started)?;
        worker.filtered = hello.filtered;
        Ok(worker)
    }

    fn spawn(config: &PoolConfig) -> io::Result<Self> {
        // Empty, and nothing can be made in it.
        std::fs::create_dir_all(&config.directory)?;
        let mut child = Command::new(&config.exe)
            .args(&config.args)
            .env_clear()
            // The allocator would set aside a gigabyte of addresses, which the limit counts.
            .env("MIMALLOC_ARENA_RESERVE", "0")
            .current_dir(&config.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C on the terminal is for the server, which drains.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a worker without pipes"));
        };
        Ok(Self {
            child,
            to,
            from,
            filtered: false,
            jobs: 0,
        })
    }

    /// Sends a frame and waits for the answer, of at most so many bytes.
    pub async fn ask<T: DeserializeOwned>(&mut self, frame: &[u8], most: usize) -> io::Result<T> {
        frame::exchange(&mut self.to, &mut self.from, frame, most).await
    }

    /// The process's id.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether it still runs; the system may have ended it while it waited.
    pub fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// How it ended; killed first when it did not.
    pub async fn end(mut self) -> io::Result<ExitStatus> {
        let _ = self.child.start_kill();
        self.child.wait().await
    }
}

fn not_started(error: io::Error) -> Error {
    Error::new(
        Code::Unavailable,
        "The worker that runs code could not be started. Try again in a moment.",
    )
    .with_source(error)
}
