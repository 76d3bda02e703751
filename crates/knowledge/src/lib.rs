//! Documents to passages: parsing, chunking, and making passages of what a search found.
//!
//! No SQL, no HTTP: bytes come in, text goes out.

pub mod chunk;
pub mod highlight;
pub mod parse;
pub mod retrieve;
