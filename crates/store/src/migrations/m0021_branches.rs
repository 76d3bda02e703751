//! Conversations with branches, pins and folders, and the words they are found by.

pub(super) const UP: &[&str] = &[
    // What a branch's next run finds in the conversation's variables, with the answer that set them.
    "alter table messages add column variables text",
    "update messages set variables = (select c.variables from conversations c where c.id = messages.conversation_id)
     where id in (select head from conversations where variables is not null)",
    "create table conversation_folders (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        owner text not null, name text not null, created_at bigint not null)",
    "create unique index conversation_folders_by_name on conversation_folders (workspace_id, owner, name)",
    "alter table conversations add column pinned_at bigint",
    "alter table conversations add column folder_id text references conversation_folders(id) on delete set null",
    "create index conversations_by_folder on conversations (folder_id) where folder_id is not null",
    // How often what can be found in it changed, and up to which change its words are kept.
    "alter table conversations add column changes bigint not null default 1",
    "alter table conversations add column searched bigint not null default 0",
    "create index conversations_unsearched on conversations (workspace_id, owner, id) where changes > searched",
    "alter table messages add column searched bigint not null default 0",
    "create index messages_unsearched on messages (conversation_id, id) where searched = 0",
    "{postgres}alter table conversations add column words tsvector",
    "{postgres}create index conversations_by_word on conversations using gin (words)",
    "{postgres}alter table messages add column words tsvector",
    "{postgres}create index messages_by_word on messages using gin (words)",
    // The full-text table knows numbers only; this is whose they are. Without a message: a title.
    "{sqlite}create table text_places (
        place integer primary key,
        conversation_id text not null references conversations(id) on delete cascade,
        message_id text references messages(id) on delete cascade)",
    "{sqlite}create index text_places_by_conversation on text_places (conversation_id)",
    "{sqlite}create index text_places_by_message on text_places (message_id)",
    "{sqlite}create virtual table text_words using fts5(
        owner, words, content='', contentless_delete=1, detail=column, tokenize='ascii')",
    "{sqlite}create trigger text_places_gone after delete on text_places
     begin delete from text_words where rowid = old.place; end",
];
