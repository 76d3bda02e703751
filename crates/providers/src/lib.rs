//! Calls the outside: the one egress client, the vendors' protocols, and the built-in model.
//!
//! Nothing else in the house opens a connection to a stranger.

pub mod decorate;
pub mod egress;
pub mod embed;
mod exchange;
pub mod extractive;
mod fault;
pub mod fetch;
pub mod local;
pub mod mcp;
pub mod otlp;
mod prefix;
pub mod prices;
pub mod qdrant;
pub mod registry;
pub mod rerank;
mod sse;
pub mod tools;

mod anthropic;
mod cohere;
mod jina;
mod ollama;
mod openai;
mod tei;

pub use egress::{Egress, EgressConfig};
pub use extractive::Extractive;
pub use fault::Cause;
pub use fetch::Fetcher;
pub use local::LocalModels;
pub use qdrant::QdrantServer;
pub use registry::{Connection, Secret, Vendor, connect};
