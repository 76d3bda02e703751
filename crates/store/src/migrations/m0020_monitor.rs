//! Who asked for runs, each call of a model, what servers measured minute by minute, and what is said
//! when a figure is too high.

pub(super) const UP: &[&str] = &[
    // A user's, key's or trigger's id, or `operator`.
    "alter table runs add column caller text",
    // Everything the monitor asks of runs is in the index, so that their texts are not read.
    "create index runs_ended on runs (workspace_id, finished_at, status, flow_id, caller,
        started_at, paused_ms, input_tokens, output_tokens, cost) where finished_at is not null",
    "create index runs_unfinished on runs (workspace_id, status) where finished_at is null",
    // `number` counts the calls of a step from 0; `cost` in billionths of a US dollar, null when it is
    // not known; `first_token_ms` from the question to the first piece of the answer.
    "create table model_calls (
        run_id text not null references runs(id) on delete cascade, seq bigint not null,
        number bigint not null, workspace_id text not null, at bigint not null, model text not null,
        failed bigint not null, input_tokens bigint not null, output_tokens bigint not null,
        cost bigint, first_token_ms bigint, primary key (run_id, seq, number))",
    "create index model_calls_by_time on model_calls (workspace_id, at, model, first_token_ms, failed,
        input_tokens, output_tokens, cost)",
    // `minute` counts from 1970; `sample` is JSON.
    "create table server_minutes (
        minute bigint not null, server text not null, sample text not null,
        primary key (minute, server))",
    "create table thresholds (
        workspace_id text not null references workspaces(id) on delete cascade,
        figure text not null, most double precision not null, updated_at bigint not null,
        primary key (workspace_id, figure))",
    "create table alerts (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        figure text not null, most double precision not null, value double precision not null,
        worst double precision not null, since bigint not null, ended_at bigint)",
    "create unique index alerts_open on alerts (workspace_id, figure) where ended_at is null",
    "create index alerts_by_time on alerts (workspace_id, since)",
];
