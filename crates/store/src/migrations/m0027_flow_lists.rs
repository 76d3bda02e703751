//! What lists of flows show besides names: tags, and each flow's last runs.

pub(super) const UP: &[&str] = &[
    // The draft's, as JSON; drafts of before have none.
    "alter table flows add column tags text not null default '[]'",
    // A flow's runs, newest first; ids are in order of time.
    "create index runs_by_flow on runs (workspace_id, flow_id, id)",
];
