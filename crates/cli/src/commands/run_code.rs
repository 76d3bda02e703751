//! `headwater run-code`: the process in which the programs of `code` nodes run.

use clap::Args;
use headwater_engine::sandbox;
use headwater_model::Code;

use crate::problem::{Problem, Result};

/// Takes its orders from standard input.
#[derive(Debug, Args)]
pub struct RunCode {}

impl RunCode {
    pub fn run(self) -> Result<u8> {
        if sandbox::serve() {
            return Ok(0);
        }
        Err(Problem::new(
            Code::Invalid,
            "This command is for the server; use a `code` node to run a program in a flow.",
        ))
    }
}
