//! Labelled questions of knowledge bases, and what came of asking them.

pub(super) const UP: &[&str] = &[
    "create table question_sets (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        knowledge_base_id text not null references knowledge_bases(id) on delete cascade,
        name text not null, description text not null,
        created_at bigint not null, updated_at bigint not null,
        unique (knowledge_base_id, name))",
    // `labels` is JSON of what is relevant, `filter` of a condition.
    "create table questions (
        id text primary key, workspace_id text not null,
        question_set_id text not null references question_sets(id) on delete cascade,
        position bigint not null, name text, text text not null, labels text not null,
        reference_answer text, filter text,
        created_at bigint not null, updated_at bigint not null,
        unique (question_set_id, position), unique (question_set_id, name))",
    // Settings and report are JSON.
    "create table evaluations (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        knowledge_base_id text not null references knowledge_bases(id) on delete cascade,
        question_set_id text not null references question_sets(id) on delete cascade,
        status text not null, settings text not null, report text,
        error_code text, error_message text,
        created_at bigint not null, finished_at bigint)",
    "create index evaluations_by_base on evaluations (knowledge_base_id, id)",
    // The questions as they were when it began; `result` is JSON, and null until one was asked.
    "create table evaluated_questions (
        evaluation_id text not null references evaluations(id) on delete cascade,
        position bigint not null, workspace_id text not null, question_id text not null,
        text text not null, labels text not null, reference_answer text, filter text, result text,
        primary key (evaluation_id, position))",
];
