//! The vocabulary of Headwater: types, rules and ports. No IO, no async runtime, no clock.
//!
//! Every other crate stands on this floor; see `ARCHITECTURE.md` for the plan of the house.

pub mod access;
pub mod clock;
pub mod conversation;
pub mod error;
pub mod flow;
pub mod id;
pub mod identity;
pub mod job;
pub mod knowledge;
pub mod monitor;
pub mod operations;
pub mod page;
pub mod ports;
pub mod price;
pub mod prompt;
pub mod provider;
pub mod run;
pub mod secret;
pub mod share;
pub mod tool;
pub mod trace;
pub mod trigger;
pub mod usage;

pub use clock::{Clock, Timestamp};
pub use error::{Code, Error, Result};
