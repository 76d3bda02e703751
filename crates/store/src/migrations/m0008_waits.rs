//! Runs wait for people, leave memory while they do, and take commands wherever they are worked on.

pub(super) const UP: &[&str] = &[
    "create table waits (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        run_id text not null references runs(id) on delete cascade, seq bigint not null,
        step_id text, node text, path text, form text not null, deadline bigint,
        created_at bigint not null, answer text, answered_at bigint, resumed_seq bigint, closed_at bigint)",
    "create index waits_by_run on waits (run_id, seq)",
    "create index waits_open on waits (workspace_id, id) where closed_at is null and answered_at is null",
    "create index waits_due on waits (deadline) where closed_at is null and answered_at is null",
    "create index waits_answered on waits (run_id) where closed_at is null and answered_at is not null",
    "alter table runs add column next_seq bigint",
    "alter table runs add column paused_at bigint",
    "alter table runs add column paused_ms bigint not null default 0",
    "alter table runs add column command text",
    "alter table runs add column command_by text",
    "create index runs_commanded on runs (lease_owner) where command is not null and finished_at is null",
];
