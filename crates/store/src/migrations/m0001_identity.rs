//! Workspaces, people, sessions, keys and the audit trail.

pub(super) const UP: &[&str] = &[
    "create table workspaces (
        id text primary key, name text not null, created_at bigint not null)",
    "create table users (
        id text primary key, email text not null unique, name text not null,
        password_hash text not null, created_at bigint not null)",
    "create table members (
        workspace_id text not null references workspaces(id) on delete cascade,
        user_id text not null references users(id) on delete cascade,
        role text not null, created_at bigint not null,
        primary key (workspace_id, user_id))",
    "create index members_by_user on members (user_id)",
    "create table sessions (
        id text primary key, user_id text not null references users(id) on delete cascade,
        secret_hash text not null unique, created_at bigint not null, expires_at bigint not null)",
    "create index sessions_by_user on sessions (user_id)",
    "create table api_keys (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        name text not null, prefix text not null, secret_hash text not null unique,
        scopes text not null, created_at bigint not null, last_used_at bigint, expires_at bigint)",
    "create index api_keys_by_workspace on api_keys (workspace_id, id)",
    "create table audit_entries (
        id text primary key, workspace_id text not null, at bigint not null, caller text not null,
        action text not null, target text not null, detail text not null)",
    "create index audit_by_workspace on audit_entries (workspace_id, id)",
];
