//! What models cost, what runs came to, and how their steps got there.

pub(super) const UP: &[&str] = &[
    // Billionths of a US dollar per million tokens.
    "create table model_prices (
        workspace_id text not null references workspaces(id) on delete cascade, model text not null,
        input bigint not null, output bigint not null, cached bigint, set_at bigint not null,
        primary key (workspace_id, model))",
    // Billionths of a US dollar; null when it is not known.
    "alter table runs add column cost bigint",
    "alter table runs add column cached_tokens bigint not null default 0",
    "alter table runs add column estimated bigint not null default 0",
    "alter table steps add column cost bigint",
    "alter table steps add column cached_tokens bigint not null default 0",
    "alter table steps add column estimated bigint not null default 0",
    // Attempts and model calls, as JSON.
    "alter table steps add column trace text",
    "alter table messages add column cost bigint",
    "alter table messages add column cached_tokens bigint",
    "alter table messages add column estimated bigint",
];
