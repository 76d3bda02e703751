//! `headwater config`: what is in effect, and what can be set.

use clap::Subcommand;
use serde_json::{Value, json};

use super::Global;
use super::terminal::{Terminal, text};
use crate::problem::Result;

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the configuration in effect, with secrets hidden
    Show {
        /// Print the reference of all keys instead
        #[arg(long)]
        reference: bool,
    },
}

impl ConfigCommand {
    pub fn run(self, global: &Global, terminal: &Terminal) -> Result<u8> {
        let Self::Show { reference } = self;
        if reference {
            terminal.write(&crate::config::reference())?;
            return Ok(0);
        }
        let entries: Vec<Value> = global
            .load()?
            .entries()
            .into_iter()
            .map(|entry| json!({ "key": entry.key, "value": entry.value, "source": entry.source }))
            .collect();
        terminal.list(
            &entries,
            "There are no keys.",
            &[
                ("key", |e| text(e, "key")),
                ("value", |e| text(e, "value")),
                ("from", |e| text(e, "source")),
            ],
        )?;
        Ok(0)
    }
}
