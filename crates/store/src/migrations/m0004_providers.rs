//! Providers, their sealed credentials, and each workspace's default model.

pub(super) const UP: &[&str] = &[
    "create table credentials (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        sealed {blob} not null, created_at bigint not null)",
    "create table providers (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        kind text not null, name text not null, base_url text not null,
        credential_id text references credentials(id), models text not null,
        models_at bigint, created_at bigint not null, unique (workspace_id, name))",
    "create table workspace_settings (
        workspace_id text primary key references workspaces(id) on delete cascade,
        default_model text)",
    "create table vault_checks (id text primary key, sealed {blob} not null)",
];
