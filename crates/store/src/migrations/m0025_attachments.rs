//! Files and pictures that questions carry.

pub(super) const UP: &[&str] = &[
    // `owner` is `Caller::label`, `object` the name of the bytes. `about` is JSON and never changes;
    // messages have it, too, so that they are told without asking here. What was sent and has no
    // conversation any more is swept.
    "create table attachments (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        owner text not null, conversation_id text references conversations(id) on delete set null,
        object text not null, about text not null, text text,
        created_at bigint not null, sent_at bigint)",
    "create index attachments_by_conversation on attachments (conversation_id)",
    "create index attachments_waiting on attachments (created_at) where conversation_id is null",
    "create index attachments_by_owner on attachments (workspace_id, owner, sent_at)",
    "alter table messages add column attachments text",
];
