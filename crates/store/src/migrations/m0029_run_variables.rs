//! What a conversation remembers after a run, for those who converse with a draft.

pub(super) const UP: &[&str] = &[
    // JSON; absent when the run changed nothing.
    "alter table runs add column variables text",
];
