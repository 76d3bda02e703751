//! `headwater serve`: the server, until it is told to stop.

use clap::Args;

use super::Global;
use crate::lifecycle;
use crate::problem::Result;

/// How to serve.
#[derive(Debug, Args)]
#[command(
    after_help = "The first SIGTERM or Ctrl-C lets streams finish; the second stops at once."
)]
pub struct Serve {
    /// Listen here instead of where the configuration says, such as 0.0.0.0:3000
    #[arg(long, value_name = "ADDRESS", value_parser = crate::config::address)]
    pub listen: Option<String>,
}

impl Serve {
    pub async fn run(self, global: &Global) -> Result<u8> {
        Ok(lifecycle::serve(global.load()?, self.listen).await?)
    }
}
