//! Documents to passages: parsing, chunking, ranking what searches found, and measuring it.
//!
//! No SQL, no HTTP: bytes come in, text goes out.

pub mod boost;
mod budget;
pub mod chunk;
pub mod diversify;
pub mod evaluate;
mod format;
pub mod fuse;
pub mod highlight;
pub mod listing;
mod outline;
pub mod parse;
pub mod picture;
pub mod rank;
mod reading;
pub mod retrieve;
mod structure;
