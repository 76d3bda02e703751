//! Triggers and their firings. What a firing is for (a time of a schedule, a delivery, a proof that
//! was used) is unique for its trigger, so whoever comes second finds it taken.

pub(super) const UP: &[&str] = &[
    "create table triggers (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        flow_id text not null references flows(id) on delete cascade,
        name text not null, kind text not null, enabled bigint not null, revision bigint,
        input text not null, settings text not null,
        secret {blob}, old_secret {blob}, old_secret_until bigint, next_at bigint,
        created_at bigint not null, updated_at bigint not null)",
    "create index triggers_by_workspace on triggers (workspace_id, id)",
    "create index triggers_by_flow on triggers (flow_id)",
    "create index triggers_due on triggers (next_at) where next_at is not null",
    "create table trigger_firings (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        trigger_id text not null references triggers(id) on delete cascade,
        at bigint not null, due_at bigint, delivery text, proof text, asked text,
        outcome text not null, run_id text, detail text not null,
        unique (trigger_id, due_at), unique (trigger_id, delivery), unique (trigger_id, proof))",
    "create index trigger_firings_by_trigger on trigger_firings (trigger_id, id)",
    "create index trigger_firings_by_time on trigger_firings (at)",
];
