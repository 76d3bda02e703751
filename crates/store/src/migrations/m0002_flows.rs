//! Flows, their revisions, runs and their steps, conversations and their messages.

pub(super) const UP: &[&str] = &[
    "create table flows (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        slug text not null, name text not null, kind text not null,
        draft text not null, draft_version bigint not null, published bigint,
        created_at bigint not null, updated_at bigint not null, unique (workspace_id, slug))",
    "create table revisions (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        flow_id text references flows(id) on delete cascade, number bigint not null,
        document text not null, digest text, created_at bigint not null,
        unique (flow_id, number), unique (workspace_id, digest))",
    "create table conversations (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        owner text not null, flow_id text not null references flows(id) on delete cascade,
        title text not null, head text, created_at bigint not null, updated_at bigint not null)",
    "create index conversations_by_owner on conversations (workspace_id, owner, updated_at)",
    "create table runs (
        id text primary key, workspace_id text not null references workspaces(id) on delete cascade,
        flow_id text, flow_name text not null, revision_id text not null, revision bigint not null,
        conversation_id text, message_id text, status text not null, input text not null,
        outputs text not null, reply text not null, citations text not null, error text,
        input_tokens bigint not null, output_tokens bigint not null, model text, end_seq bigint,
        created_at bigint not null, started_at bigint, finished_at bigint,
        lease_owner text, lease_until bigint, idempotency_key text, request_hash text,
        unique (workspace_id, idempotency_key))",
    "create index runs_by_workspace on runs (workspace_id, id)",
    "create index runs_live on runs (lease_until) where finished_at is null",
    "create table steps (
        run_id text not null references runs(id) on delete cascade, seq bigint not null,
        id text not null, node text not null, kind text not null, status text not null,
        attempt bigint not null, inputs text not null, outputs text not null, handle text, error text,
        input_tokens bigint not null, output_tokens bigint not null, model text,
        started_at bigint not null, finished_at bigint not null, primary key (run_id, seq))",
    "create table messages (
        id text primary key, workspace_id text not null,
        conversation_id text not null references conversations(id) on delete cascade,
        parent_id text, role text not null, text text not null, citations text not null,
        status text not null, error text, run_id text, model text,
        input_tokens bigint, output_tokens bigint, created_at bigint not null)",
    "create index messages_by_conversation on messages (conversation_id, id)",
];
