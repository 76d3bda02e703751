//! The whole product through its doors, on SQLite and on Postgres: one file per resource, each test
//! a story with a claim for a name.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may take short cuts"
)]

mod access;
mod access_table;
mod agents;
mod attachments;
mod branches;
mod buckets;
mod caching;
mod chunks;
mod citing;
mod cli;
mod code;
mod commands;
mod conversation_files;
mod conversations;
mod crash;
mod embeddings;
mod evaluation;
mod evaluations;
mod examples;
mod feedback;
mod flows;
mod formats;
mod forms;
mod health;
mod ingest_crash;
mod ingest_faults;
mod ingestion;
mod journey;
mod judging;
mod knowledge;
mod limits;
mod mcp;
mod monitor;
mod outside;
mod prices;
mod prompts;
mod providers;
mod qdrant_index;
mod question_sets;
mod ranking;
mod recovery;
mod runs;
mod schedules;
mod secrets;
mod setup_and_session;
mod shared_index;
mod shares;
mod shares_bounds;
mod snapshots;
mod sources;
mod sources_kinds;
mod sources_stops;
mod spans;
mod strangers;
mod streams;
mod tools;
mod triggers;
mod uploads;
mod waits;
mod webhooks;
mod words;
