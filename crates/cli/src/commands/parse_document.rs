//! `headwater parse-document`: the child process in which documents are parsed.

use clap::Args;
use headwater_knowledge::parse::isolated;
use headwater_model::Code;

use crate::problem::{Problem, Result};

/// Takes its order from standard input.
#[derive(Debug, Args)]
pub struct ParseDocument {}

impl ParseDocument {
    pub fn run(self) -> Result<u8> {
        if isolated::serve_stdin_stdout() {
            return Ok(0);
        }
        Err(Problem::new(
            Code::Invalid,
            "This command is for the server; use `headwater kb add` to add documents.",
        ))
    }
}
