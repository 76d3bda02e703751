//! Knowledge bases, documents, chunks, what an index has yet to learn, and queued jobs.

pub(super) const UP: &[&str] = &[
    "create table knowledge_bases (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        name text not null, slug text not null, description text not null,
        created_at bigint not null, seq bigint not null default 0,
        unique (workspace_id, slug))",
    "create table documents (
        id text primary key, workspace_id text not null,
        knowledge_base_id text not null references knowledge_bases(id) on delete cascade,
        name text not null, media_type text not null, bytes bigint not null,
        status text not null, progress double precision not null,
        error_code text, error_message text,
        chunks bigint not null default 0, attempts bigint not null default 0,
        created_at bigint not null, updated_at bigint not null)",
    "create index documents_by_base on documents (knowledge_base_id, id)",
    "create index documents_by_status on documents (workspace_id, status)",
    "create table chunks (
        id text primary key, workspace_id text not null,
        document_id text not null references documents(id) on delete cascade,
        position bigint not null, text text not null, heading text, page bigint,
        unique (document_id, position))",
    "create table index_changes (
        workspace_id text not null,
        knowledge_base_id text not null references knowledge_bases(id) on delete cascade,
        document_id text not null, seq bigint not null,
        primary key (knowledge_base_id, document_id))",
    "create index index_changes_by_seq on index_changes (knowledge_base_id, seq)",
    "create table jobs (
        id text primary key, workspace_id text not null, kind text not null, target text not null,
        payload text not null, status text not null, attempts bigint not null,
        run_at bigint not null, lease_owner text, lease_until bigint, last_error text,
        created_at bigint not null)",
    "create index jobs_by_status on jobs (status, run_at)",
    "create index jobs_by_target on jobs (workspace_id, target)",
];
