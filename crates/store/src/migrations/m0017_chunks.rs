//! How documents are cut, what people change about chunks, and how far ingestions are.

pub(super) const UP: &[&str] = &[
    "alter table knowledge_bases add column chunking text",
    // JSON of typed values, and of the stages of the latest ingestion.
    "alter table documents add column metadata text",
    "alter table documents add column stages text",
    // The name of its bytes, when it is not the document's own.
    "alter table documents add column object text",
    // `live` answers, `staged` is to answer, `left` has lost its source and keeps what people changed.
    "alter table chunks add column state text not null default 'live'",
    // What the document says, where somebody changed the text.
    "alter table chunks add column source_text text",
    // What is given when it is found: this, else its section, else its text.
    "alter table chunks add column given text",
    "alter table chunks add column section bigint",
    "alter table chunks add column tokens bigint",
    "alter table chunks add column disabled bigint not null default 0",
    "alter table chunks add column added bigint not null default 0",
    "alter table chunks add column keywords text",
    "alter table chunks add column metadata text",
    // Until now a document's own status kept its chunks from answers.
    "update chunks set state = 'staged'
        where document_id in (select id from documents where status <> 'ready')",
    "create table sections (
        workspace_id text not null,
        document_id text not null references documents(id) on delete cascade,
        position bigint not null, text text not null, answer bigint not null,
        primary key (document_id, position))",
];
