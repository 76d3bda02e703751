//! What the tests of the whole product share.

#![allow(clippy::unwrap_used)]

pub mod vendor;
