//! Files on their way in, whose pieces outlive connections and servers.

pub(super) const UP: &[&str] = &[
    // `document_id` is what the document or its bytes will be called, so that it cannot come about twice.
    "create table uploads (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        knowledge_base_id text not null references knowledge_bases(id) on delete cascade,
        name text not null, media_type text not null, bytes bigint not null, received bigint not null,
        replaces text, document_id text not null, finished_at bigint, held_until bigint not null,
        created_at bigint not null, expires_at bigint not null)",
    "create index uploads_by_end on uploads (expires_at)",
    "create index uploads_by_workspace on uploads (workspace_id, finished_at)",
    "create table upload_pieces (
        upload_id text not null references uploads(id) on delete cascade,
        begins bigint not null, workspace_id text not null, bytes bigint not null, object text not null,
        primary key (upload_id, begins))",
];
