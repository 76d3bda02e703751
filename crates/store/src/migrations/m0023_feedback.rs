//! What people say of runs: ratings, and the answers there should have been.

pub(super) const UP: &[&str] = &[
    // `rater` is `Caller::label`; `reasons` is JSON of words.
    "create table feedback (
        run_id text not null references runs(id) on delete cascade, rater text not null,
        workspace_id text not null references workspaces(id) on delete cascade,
        rating text not null, reasons text not null, comment text not null,
        created_at bigint not null, updated_at bigint not null, primary key (run_id, rater))",
    "create index feedback_by_rating on feedback (workspace_id, rating, run_id)",
    "create table annotations (
        id text primary key, run_id text not null unique references runs(id) on delete cascade,
        workspace_id text not null references workspaces(id) on delete cascade,
        answer text not null, note text not null,
        created_by text not null, created_at bigint not null,
        updated_by text not null, updated_at bigint not null)",
    "create index annotations_by_workspace on annotations (workspace_id, run_id)",
];
