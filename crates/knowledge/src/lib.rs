//! Documents to passages: parsing, chunking, and making passages of what a search found.
//!
//! No SQL, no HTTP: bytes come in, text goes out.

pub mod chunk;
mod format;
pub mod highlight;
mod outline;
pub mod parse;
mod reading;
pub mod retrieve;
