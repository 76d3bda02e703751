//! The command line: its words, and what each of them does.

mod ask;
mod completions;
mod config;
mod doctor;
mod env;
mod eval;
mod flow;
mod kb;
mod key;
mod migrate;
mod model;
mod parse_document;
mod provider;
mod run;
mod run_code;
mod runs;
mod secret;
mod serve;
mod share;
mod stream;
mod terminal;
mod tool;
mod trigger;
mod user;
mod waits;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::client::{Client, Destination};
use crate::problem::Result;
use terminal::Terminal;

/// One binary that runs LLM applications: flows, knowledge, conversations, streamed and cited.
#[derive(Debug, Parser)]
#[command(
    name = "headwater",
    version = concat!(env!("CARGO_PKG_VERSION"), " (", env!("HEADWATER_COMMIT"), ")"),
    max_term_width = 100,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Commands talk to the server that runs on the data directory, or to the one given \
                  with --url;\nwithout a server they open the data directory themselves."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The data directory [env: HEADWATER_DATA] [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A configuration file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HEADWATER_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// Talk to the server at this address instead
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "HEADWATER_URL",
        hide_env_values = true
    )]
    pub url: Option<String>,
    /// The API key for the server given with --url
    #[arg(
        long,
        global = true,
        value_name = "KEY",
        env = "HEADWATER_API_KEY",
        hide_env_values = true
    )]
    pub key: Option<String>,
    /// Work in this workspace (its id); the first one when absent
    #[arg(long, global = true, value_name = "ID")]
    pub workspace: Option<String>,
    /// Print JSON for scripts; errors are JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
}

/// What the command line can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server
    Serve(serve::Serve),
    /// Ask a question; the answer streams, with its citations below
    Ask(ask::Ask),
    /// Run a flow from a file or by its slug
    Run(run::Run),
    /// Runs: find, pause, resume, cancel, retry, replay, rate, annotate
    #[command(subcommand)]
    Runs(runs::Runs),
    /// Questions that runs ask people
    #[command(subcommand)]
    Waits(waits::Waits),
    /// Knowledge bases: create, fill, search
    #[command(subcommand)]
    Kb(kb::Kb),
    /// Measure how well questions find documents, on a test collection
    Eval(eval::Eval),
    /// Users and members
    #[command(subcommand)]
    User(user::User),
    /// API keys
    #[command(subcommand)]
    Key(key::Key),
    /// Providers of models
    #[command(subcommand)]
    Provider(provider::Provider),
    /// Models: which there are, which is the default, which run on this server
    #[command(subcommand, visible_alias = "models")]
    Model(model::Model),
    /// Flows
    #[command(subcommand)]
    Flow(flow::Flow),
    /// Tools: what models and flows may call
    #[command(subcommand)]
    Tool(tool::Tool),
    /// Triggers: webhooks, schedules and form pages that start runs
    #[command(subcommand)]
    Trigger(trigger::Trigger),
    /// Shares: published flows on pages for people without an account
    #[command(subcommand)]
    Share(share::Share),
    /// Environment values of the workspace, which flows read
    #[command(subcommand)]
    Env(env::Env),
    /// Secrets of the workspace, which flows and tools send and nobody sees
    #[command(subcommand)]
    Secret(secret::Secret),
    /// Check the installation and name the fix for whatever is wrong
    Doctor,
    /// The configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Bring the database to this version's schema
    Migrate(migrate::Migrate),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Parse one document from standard input (used by the server, in a process of its own)
    #[command(hide = true)]
    ParseDocument(parse_document::ParseDocument),
    /// Run programs from standard input (used by the server, in processes of their own)
    #[command(hide = true)]
    RunCode(run_code::RunCode),
}

impl Command {
    /// Whether it is a process of the server's that answers on its standard output, with one thread.
    pub fn is_alone(&self) -> bool {
        matches!(self, Self::ParseDocument(_) | Self::RunCode(_))
    }
}

impl Global {
    /// Where commands find their server.
    fn destination(&self) -> Destination {
        Destination {
            url: self.url.clone(),
            key: self.key.clone(),
            workspace: self.workspace.clone(),
        }
    }

    /// The configuration in effect.
    fn load(&self) -> Result<crate::config::Config> {
        Ok(crate::config::load(
            self.config.as_deref(),
            self.data.as_deref(),
        )?)
    }

    /// The server, or the house opened for this command.
    async fn connect(&self) -> Result<Client> {
        Client::connect(&self.destination(), || self.load()).await
    }
}

/// Does what the command line asks; problems are told on standard error.
pub async fn run(cli: Cli) -> ExitCode {
    let terminal = Terminal::new(cli.global.json);
    match dispatch(cli, &terminal).await {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            terminal.problem(&problem);
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli, terminal: &Terminal) -> Result<u8> {
    let global = &cli.global;
    match cli.command {
        Command::Serve(serve) => serve.run(global).await,
        Command::Doctor => doctor::run(global, terminal).await,
        Command::Config(config) => config.run(global, terminal),
        Command::Migrate(migrate) => migrate.run(global, terminal).await,
        Command::Eval(eval) => eval.run(global, terminal).await,
        Command::Completions(completions) => completions.run(terminal),
        Command::ParseDocument(parse) => parse.run(),
        Command::Flow(flow::Flow::Validate { files }) => flow::files::validate(&files, terminal),
        Command::RunCode(run) => run.run(),
        Command::Ask(_)
        | Command::Run(_)
        | Command::Runs(_)
        | Command::Waits(_)
        | Command::Kb(_)
        | Command::User(_)
        | Command::Key(_)
        | Command::Provider(_)
        | Command::Model(_)
        | Command::Flow(_)
        | Command::Tool(_)
        | Command::Trigger(_)
        | Command::Share(_)
        | Command::Env(_)
        | Command::Secret(_) => {
            let client = global.connect().await?;
            let result = with_server(cli.command, &client, terminal).await;
            client.close().await;
            result
        }
    }
}

/// The commands that are a conversation with a server.
async fn with_server(command: Command, client: &Client, terminal: &Terminal) -> Result<u8> {
    match command {
        Command::Ask(ask) => ask.run(client, terminal).await,
        Command::Run(run) => run.run(client, terminal).await,
        Command::Runs(runs) => runs.run(client, terminal).await,
        Command::Waits(waits) => waits.run(client, terminal).await,
        Command::Kb(kb) => kb.run(client, terminal).await,
        Command::User(user) => user.run(client, terminal).await,
        Command::Key(key) => key.run(client, terminal).await,
        Command::Provider(provider) => provider.run(client, terminal).await,
        Command::Model(model) => model.run(client, terminal).await,
        Command::Flow(flow) => flow.run(client, terminal).await,
        Command::Tool(tool) => tool.run(client, terminal).await,
        Command::Trigger(trigger) => trigger.run(client, terminal).await,
        Command::Share(share) => share.run(client, terminal).await,
        Command::Env(env) => env.run(client, terminal).await,
        Command::Secret(secret) => secret.run(client, terminal).await,
        _ => Ok(0),
    }
}

#[cfg(test)]
mod tests;
