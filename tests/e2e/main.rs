//! The whole product through its doors, on SQLite and on Postgres: one file per resource, each test
//! a story with a claim for a name.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may take short cuts"
)]

mod access;
mod cli;
mod code;
mod conversations;
mod flows;
mod health;
mod journey;
mod knowledge;
mod limits;
mod prices;
mod providers;
mod recovery;
mod runs;
mod setup_and_session;
mod spans;
mod streams;
mod waits;
mod words;
