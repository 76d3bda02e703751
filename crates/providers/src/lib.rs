//! Calls the outside: the one egress client, the vendors' protocols, and the built-in model.
//!
//! Nothing else in the house opens a connection to a stranger.

pub mod decorate;
pub mod egress;
mod exchange;
pub mod extractive;
mod fault;
pub mod fetch;
pub mod mcp;
pub mod otlp;
pub mod prices;
pub mod registry;
mod sse;
pub mod tools;

mod anthropic;
mod openai;

pub use egress::{Egress, EgressConfig};
pub use extractive::Extractive;
pub use fault::Cause;
pub use fetch::Fetcher;
pub use registry::{Connection, Secret, Vendor, connect};
