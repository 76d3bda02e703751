//! Decorators: each wraps a `Chat` and is one.

pub mod budget;
pub mod retry;

pub use budget::Budget;
pub use retry::Retrying;
