//! Runs programs nobody trusts, in worker processes that can do nothing but compute.
//!
//! The server keeps a [`Pool`] of workers: the same binary, started as `headwater run-code`. A worker
//! gives up everything it could do harm with before it reads its first order, answers one order at a
//! time, and is killed when it does not answer in time. An interpreter can be made to crash; then a
//! worker is gone and one node has an error.
//!
//! The two sides speak frames over standard input and output: a length, then JSON.

#[cfg(target_os = "linux")]
mod confine;
mod frame;
mod javascript;
mod pool;
mod process;
mod python;
mod worker;

pub use pool::{Pool, PoolConfig};
pub use worker::serve;

/// The subcommand that makes the binary a worker.
pub const SUBCOMMAND: &str = "run-code";

const MIB: u64 = 1024 * 1024;
