//! Revisions say who published them, why, and what they brought back.

pub(super) const UP: &[&str] = &[
    "alter table revisions add column author text",
    "alter table revisions add column message text",
    "alter table revisions add column restores bigint",
    // The revisions of other flows that it calls, by slug.
    "alter table revisions add column pins text",
];
