//! Secrets of a workspace, sealed. `sealed` is bound to the workspace and the name.

pub(super) const UP: &[&str] = &["create table secrets (
        workspace_id text not null references workspaces(id) on delete cascade,
        name text not null, sealed {blob} not null, updated_at bigint not null, updated_by text not null,
        primary key (workspace_id, name))"];
