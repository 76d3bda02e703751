//! Vectors of texts, so that what was embedded once is not embedded again.

pub(super) const UP: &[&str] = &[
    // `model` says which model, as it was then; `vector` is 32-bit floats, little-endian.
    "create table embeddings (
        workspace_id text not null references workspaces(id) on delete cascade,
        model text not null, purpose text not null, text_hash {blob} not null,
        vector {blob} not null, bytes bigint not null, used_at bigint not null,
        primary key (workspace_id, model, purpose, text_hash))",
    "create index embeddings_by_use on embeddings (workspace_id, used_at)",
];
