//! Results of calls that stand for calling again, and which steps took one.

pub(super) const UP: &[&str] = &[
    "create table result_cache (
        workspace_id text not null references workspaces(id) on delete cascade,
        key text not null, value text not null, bytes bigint not null,
        created_at bigint not null, expires_at bigint not null,
        primary key (workspace_id, key))",
    "create index result_cache_by_age on result_cache (workspace_id, created_at)",
    "create index result_cache_by_end on result_cache (expires_at)",
    "alter table steps add column cached text",
];
