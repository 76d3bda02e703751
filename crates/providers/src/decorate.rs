//! Decorators: each wraps a `Chat` and is one.

pub mod retry;

pub use retry::Retrying;
