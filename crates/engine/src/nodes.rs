//! One file per node kind: settings, compile, run, tests.

pub mod agent;
pub mod answer;
pub mod assign;
pub mod branch;
pub mod chat;
pub mod classify;
pub mod code;
pub mod document;
pub mod each;
pub mod extract;
pub mod http;
pub mod human;
pub mod leave;
pub mod list;
pub mod merge;
pub mod note;
pub mod output;
pub mod repeat;
pub mod retrieve;
pub mod start;
pub mod subflow;
pub mod template;
pub mod tool;
