//! `headwater`: opens the house. The only room that reads the environment and signals.

mod client;
mod commands;
mod config;
mod lifecycle;
mod problem;
mod telemetry;
mod wire;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    commands::run(commands::Cli::parse()).await
}
