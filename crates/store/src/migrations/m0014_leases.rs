//! Each taking of a run has a number, so that what an earlier holder still writes is told apart.

pub(super) const UP: &[&str] =
    &["alter table runs add column lease_epoch bigint not null default 0"];
