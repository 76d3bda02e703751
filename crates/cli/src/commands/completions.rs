//! `headwater completions`: for the shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use super::terminal::Terminal;
use crate::problem::Result;

/// Which shell.
#[derive(Debug, Args)]
#[command(after_help = "For bash, put `source <(headwater completions bash)` into ~/.bashrc.")]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

impl Completions {
    pub fn run(self, terminal: &Terminal) -> Result<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "headwater", &mut script);
        terminal.write(&String::from_utf8_lossy(&script))?;
        Ok(0)
    }
}
