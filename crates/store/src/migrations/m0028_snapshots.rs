//! Conversations as they were, for whoever has the address. A token is kept hashed, to be found by, and
//! sealed, to be shown to whom the conversation belongs to.

pub(super) const UP: &[&str] = &[
    "create table snapshots (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        conversation_id text not null references conversations(id) on delete cascade, owner text not null,
        token_hash text not null unique, token {blob} not null, title text not null,
        messages bigint not null, page text not null, expires_at bigint, created_at bigint not null)",
    "create index snapshots_by_conversation on snapshots (conversation_id, id)",
];
