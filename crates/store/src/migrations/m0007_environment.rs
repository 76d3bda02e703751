//! What workspaces set in place of their flows' environment values.

pub(super) const UP: &[&str] = &["create table environment_values (
        workspace_id text not null references workspaces(id) on delete cascade,
        name text not null, value text not null, updated_at bigint not null,
        primary key (workspace_id, name))"];
