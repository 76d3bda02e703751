//! The life of a server: start, one clear line, drain on the first signal, abort on the second.

use std::io::IsTerminal as _;

use headwater_model::Result;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::telemetry;
use crate::wire::House;

/// Serves until told to stop; 0 after a clean drain.
pub async fn serve(config: Config, listen: Option<String>) -> Result<u8> {
    telemetry::install(&config.log)?;
    allow_many_files();
    let listen = listen.unwrap_or_else(|| config.server.listen.clone());
    let mut terminate =
        signal(SignalKind::terminate()).map_err(headwater_model::Error::internal)?;
    let mut interrupt =
        signal(SignalKind::interrupt()).map_err(headwater_model::Error::internal)?;
    let mut running = House::open(config).await?.serve(&listen).await?;
    running.announce()?;
    running.keep_time();
    announce(&running.url, running.setup_code.as_deref());
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: streams may finish; a second signal stops at once");
    let drain = running.stop();
    tokio::select! {
        () = drain => {
            tracing::info!("stopped");
            Ok(0)
        }
        _ = terminate.recv() => Ok(abort()),
        _ = interrupt.recv() => Ok(abort()),
    }
}

/// Every connection is an open file, and shells allow few of those unless one asks for more.
fn allow_many_files() {
    match rlimit::increase_nofile_limit(rlimit::INFINITY) {
        Ok(files) => tracing::debug!(files, "open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}

/// What is acknowledged is in the database already; the next start picks it up.
#[expect(
    clippy::disallowed_methods,
    reason = "a second signal asks for exactly this"
)]
fn abort() -> u8 {
    tracing::warn!("stopping at once");
    std::process::exit(130)
}

/// One clear line for people, on standard output.
#[expect(clippy::print_stdout, reason = "the line people wait for")]
fn announce(url: &str, code: Option<&str>) {
    let shown = url.replace("127.0.0.1", "localhost");
    if std::io::stdout().is_terminal() {
        println!("\n  Headwater is ready: \x1b[1m{shown}\x1b[0m\n");
    } else {
        println!("Headwater is ready: {shown}");
    }
    if let Some(code) = code {
        println!("  Set-up asks for this one-time code: {code}\n");
    }
}
