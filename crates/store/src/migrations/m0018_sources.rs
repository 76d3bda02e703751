//! Sources of knowledge bases, what they have, and the syncs that keep the two in step.

pub(super) const UP: &[&str] = &[
    "alter table documents add column source_id text",
    "alter table documents add column source_url text",
    "create index documents_by_source on documents (source_id) where source_id is not null",
    "create index documents_by_change on documents (knowledge_base_id, updated_at)",
    "create table sources (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        knowledge_base_id text not null references knowledge_bases(id) on delete cascade,
        name text not null, settings text not null, schedule text,
        paused bigint not null default 0, next_at bigint,
        created_at bigint not null, updated_at bigint not null)",
    "create index sources_by_base on sources (knowledge_base_id, id)",
    "create index sources_due on sources (next_at) where next_at is not null",
    // What of a source is in the knowledge base, and how to tell that it changed.
    "create table source_items (
        source_id text not null references sources(id) on delete cascade,
        address text not null, document_id text not null,
        etag text, modified text, hash text not null, links text,
        primary key (source_id, address))",
    "create index source_items_by_document on source_items (document_id)",
    "create table syncs (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        source_id text not null references sources(id) on delete cascade,
        knowledge_base_id text not null, status text not null, asked_by text not null,
        remove_many bigint not null default 0, removed bigint not null default 0,
        listed bigint not null default 0, cut_off bigint not null default 0,
        report text, error_code text, error_message text,
        created_at bigint not null, started_at bigint, finished_at bigint)",
    "create index syncs_by_source on syncs (source_id, id)",
    "create index syncs_by_base on syncs (knowledge_base_id, id)",
    "create unique index syncs_under_way on syncs (source_id) where finished_at is null",
    // What a sync that is under way has to look at, and what came of it.
    "create table sync_items (
        sync_id text not null references syncs(id) on delete cascade,
        address text not null, position bigint not null, depth bigint not null, hops bigint not null,
        attempts bigint not null default 0, canonical bigint not null default 0, data text,
        outcome text, reason text,
        primary key (sync_id, address))",
    "create index sync_items_waiting on sync_items (sync_id, position) where outcome is null",
];
