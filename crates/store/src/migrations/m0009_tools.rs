//! Tools of workspaces.

pub(super) const UP: &[&str] = &["create table tools (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        name text not null, description text not null, kind text not null, settings text not null,
        enabled bigint not null, version bigint not null, created_at bigint not null,
        updated_at bigint not null, unique (workspace_id, name))"];
