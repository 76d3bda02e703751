//! Steps inside containers say where they ran; conversations keep their variables.

pub(super) const UP: &[&str] = &[
    "alter table steps add column path text",
    "alter table conversations add column variables text",
];
