//! `headwater`: opens the house. The only room that reads the environment and signals.

mod client;
mod commands;
mod config;
mod lifecycle;
mod memory;
mod problem;
mod telemetry;
mod wire;

use clap::Parser as _;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    memory::give_back_at_once();
    commands::run(commands::Cli::parse()).await
}
