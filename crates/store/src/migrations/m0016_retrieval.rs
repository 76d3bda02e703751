//! How knowledge bases are searched, and the vectors of their chunks.

pub(super) const UP: &[&str] = &[
    "alter table knowledge_bases add column embedding_model text",
    "alter table knowledge_bases add column searched_model text",
    "alter table knowledge_bases add column retrieval text",
    "create table chunk_vectors (
        workspace_id text not null,
        chunk_id text not null references chunks(id) on delete cascade,
        model text not null, vector {blob} not null,
        primary key (chunk_id, model))",
];
