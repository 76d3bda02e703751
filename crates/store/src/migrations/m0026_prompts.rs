//! Prompts that people use again; runs by who asked for them, and when their answers began.

pub(super) const UP: &[&str] = &[
    // `owner` is `Caller::label`, or empty for a prompt of all members. `words` is what searches look
    // in, in lower case, and `place` sorts lists.
    "create table prompts (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        owner text not null, name text not null, text text not null, words text not null,
        place text not null, created_by text not null,
        created_at bigint not null, updated_at bigint not null,
        unique (workspace_id, owner, name))",
    // When the first piece of the reply came.
    "alter table runs add column first_token_at bigint",
    // Somebody's runs, newest first; ids are in order of time.
    "create index runs_by_caller on runs (workspace_id, caller, id)",
];
