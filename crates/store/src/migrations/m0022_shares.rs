//! Shares of flows, and which runs their visitors asked for. A token is kept hashed, to be found by,
//! and sealed, to be shown to those who may edit flows.

pub(super) const UP: &[&str] = &[
    "create table shares (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        flow_id text not null references flows(id) on delete cascade,
        enabled bigint not null, settings text not null,
        token_hash text not null unique, token {blob} not null, generation bigint not null,
        created_at bigint not null, updated_at bigint not null)",
    "create index shares_by_workspace on shares (workspace_id, id)",
    "create index shares_by_flow on shares (flow_id)",
    // A share that is gone leaves its runs, and what they count for.
    "create table shared_runs (
        run_id text primary key references runs(id) on delete cascade,
        workspace_id text not null, share_id text not null, visitor text not null,
        created_at bigint not null)",
    "create index shared_runs_by_time on shared_runs (share_id, created_at)",
];
