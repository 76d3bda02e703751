//! `headwater`: opens the house. The only room that reads the environment and signals.

mod client;
mod commands;
mod config;
mod lifecycle;
mod memory;
mod problem;
mod telemetry;
mod wire;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    memory::give_back_at_once();
    let cli = commands::Cli::parse();
    if cli.command.is_alone() {
        // A runtime is threads, and a worker that locks itself in must have no other.
        return futures::executor::block_on(commands::run(cli));
    }
    with_runtime(cli)
}

#[tokio::main]
async fn with_runtime(cli: commands::Cli) -> ExitCode {
    commands::run(cli).await
}
