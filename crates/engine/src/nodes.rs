//! One file per node kind: settings, compile, run, tests.

pub mod answer;
pub mod branch;
pub mod chat;
pub mod output;
pub mod retrieve;
pub mod start;
pub mod template;
