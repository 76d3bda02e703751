//! `headwater migrate`: the database's schema.

use std::sync::Arc;

use clap::Args;
use headwater_platform::clock::SystemClock;
use headwater_store::Store;
use serde_json::json;

use super::Global;
use super::terminal::Terminal;
use crate::problem::Result;

/// Whether to look or to do.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Only say whether a migration is needed (exit code 1 when it is), and change nothing
    #[arg(long)]
    pub check: bool,
}

impl Migrate {
    pub async fn run(self, global: &Global, terminal: &Terminal) -> Result<u8> {
        let config = global.load()?.store();
        let pending = headwater_store::migrations::pending(&config).await?;
        if self.check || pending.is_empty() {
            let sentence = if pending.is_empty() {
                "The database is up to date.".to_owned()
            } else {
                format!(
                    "To be applied, by `headwater migrate` or the next start: {}.",
                    pending.join(", ")
                )
            };
            terminal.result(&json!({ "pending": pending }), sentence)?;
            return Ok(u8::from(!pending.is_empty()));
        }
        let store = Store::open(&config, Arc::new(SystemClock)).await?;
        store.close().await;
        terminal.result(
            &json!({ "applied": pending }),
            format!("Applied: {}.", pending.join(", ")),
        )?;
        Ok(0)
    }
}
