//! Revisions say who published them, why, what they brought back and what they call; workspaces set
//! environment values.

pub(super) const UP: &[&str] = &[
    "alter table revisions add column author text",
    "alter table revisions add column message text",
    "alter table revisions add column restores bigint",
    // The revisions of other flows that it calls, by slug.
    "alter table revisions add column pins text",
    "create table environment_values (
        workspace_id text not null references workspaces(id) on delete cascade,
        name text not null, value text not null, updated_at bigint not null,
        primary key (workspace_id, name))",
];
