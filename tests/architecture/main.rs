//! The walls of the house, checked. Each file is one kind of wall; what they allow is written
//! as a table at the top of it, and each table names its reason in `ARCHITECTURE.md`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod bans;
mod dependencies;
mod documents;
mod licences;
mod sources;
mod tree;
