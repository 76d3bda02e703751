//! What people say of a workspace's runs.

use std::collections::HashMap;

use headwater_model::id::{AnnotationId, ConversationId, RunId, WorkspaceId};
use headwater_model::run::Run;
use headwater_model::run::feedback::{Annotation, By, Feedback, Marks, NewAnnotation, NewFeedback};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::{FromQueryResult, Value};

use crate::audit::{self, AuditDraft};
use crate::{Store, json, values};

/// What is said of a workspace's runs.
pub struct RunFeedback<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// What people say of the runs of a workspace.
    pub fn feedback(&self, workspace: WorkspaceId) -> RunFeedback<'_> {
        RunFeedback {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    run_id: String,
    rater: String,
    name: Option<String>,
    rating: String,
    reasons: String,
    comment: String,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read(self, caller: &str) -> Result<Feedback> {
        Ok(Feedback {
            run_id: self.run_id.parse()?,
            mine: self.rater == caller,
            by: By {
                id: self.rater,
                name: self.name,
            },
            rating: json::named(&self.rating)?,
            reasons: json::read(&self.reasons)?,
            comment: self.comment,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

#[derive(FromQueryResult)]
struct AnnotationRow {
    id: String,
    run_id: String,
    answer: String,
    note: String,
    created_by: String,
    created_name: Option<String>,
    created_at: i64,
    updated_by: String,
    updated_name: Option<String>,
    updated_at: i64,
}

impl AnnotationRow {
    fn read(self) -> Result<Annotation> {
        Ok(Annotation {
            id: self.id.parse()?,
            run_id: self.run_id.parse()?,
            answer: self.answer,
            note: self.note,
            created_by: By {
                id: self.created_by,
                name: self.created_name,
            },
            created_at: Timestamp::from_millis(self.created_at),
            updated_by: By {
                id: self.updated_by,
                name: self.updated_name,
            },
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

#[derive(FromQueryResult)]
struct Counted {
    run_id: String,
    what: String,
    n: i64,
}

const FEEDBACK: &str = "select f.run_id, f.rater, u.name, f.rating, f.reasons, f.comment,
    f.created_at, f.updated_at from feedback f left join users u on u.id = f.rater";

impl RunFeedback<'_> {
    /// The ratings of a run, the latest first; `caller` says whose are their own.
    pub async fn ratings(&self, run: RunId, caller: &str) -> Result<Vec<Feedback>> {
        let sql = format!(
            "{FEEDBACK} where f.workspace_id = $1 and f.run_id = $2
             order by f.updated_at desc, f.rater"
        );
        let rows: Vec<Row> = self.store.db().all(&sql, self.of(run)).await?;
        rows.into_iter().map(|row| row.read(caller)).collect()
    }

    /// The ratings that `caller` gave the runs of a conversation.
    pub async fn given_in(
        &self,
        conversation: ConversationId,
        caller: &str,
    ) -> Result<Vec<Feedback>> {
        let sql = format!(
            "{FEEDBACK} join runs r on r.id = f.run_id
             where f.workspace_id = $1 and r.conversation_id = $2 and f.rater = $3 order by f.run_id"
        );
        let values = values![self.workspace.to_string(), conversation.to_string(), caller];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        rows.into_iter().map(|row| row.read(caller)).collect()
    }

    /// Keeps somebody's rating of a run in place of the one they gave before.
    pub async fn rate(&self, run: RunId, new: NewFeedback, by: &str) -> Result<Feedback> {
        let (workspace, now, rater) = (self.workspace, self.store.now(), by.to_owned());
        let draft = AuditDraft::new(by, "feedback.set", run).detail(new.rating.as_str());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let values = values![
                        run.to_string(),
                        rater,
                        workspace.to_string(),
                        new.rating.as_str(),
                        json::write(&new.reasons)?,
                        new.comment,
                        now.as_millis()
                    ];
                    tx.exec(
                        "insert into feedback (run_id, rater, workspace_id, rating, reasons, comment, created_at, updated_at)
                         values ($1, $2, $3, $4, $5, $6, $7, $7)
                         on conflict (run_id, rater) do update set rating = excluded.rating,
                         reasons = excluded.reasons, comment = excluded.comment, updated_at = excluded.updated_at",
                        values,
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        let sql =
            format!("{FEEDBACK} where f.workspace_id = $1 and f.run_id = $2 and f.rater = $3");
        let values = values![self.workspace.to_string(), run.to_string(), by];
        let row: Option<Row> = self.store.db().one(&sql, values).await?;
        row.ok_or_else(|| Error::not_found("rating"))?.read(by)
    }

    /// Takes somebody's rating of a run back.
    pub async fn unrate(&self, run: RunId, by: &str) -> Result<()> {
        let (workspace, now, rater) = (self.workspace, self.store.now(), by.to_owned());
        let draft = AuditDraft::new(by, "feedback.remove", run);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from feedback where workspace_id = $1 and run_id = $2 and rater = $3";
                    let values = values![workspace.to_string(), run.to_string(), rater];
                    if tx.exec(sql, values).await? == 0 {
                        return Err(Error::not_found("rating"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// What a run should have answered, if somebody said so.
    pub async fn annotation(&self, run: RunId) -> Result<Option<Annotation>> {
        let sql = "select a.id, a.run_id, a.answer, a.note, a.created_by, c.name as created_name,
            a.created_at, a.updated_by, u.name as updated_name, a.updated_at from annotations a
            left join users c on c.id = a.created_by left join users u on u.id = a.updated_by
            where a.workspace_id = $1 and a.run_id = $2";
        let row: Option<AnnotationRow> = self.store.db().one(sql, self.of(run)).await?;
        row.map(AnnotationRow::read).transpose()
    }

    /// Keeps what a run should have answered, in place of what was said before.
    pub async fn annotate(&self, run: RunId, new: NewAnnotation, by: &str) -> Result<Annotation> {
        let (workspace, now, caller) = (self.workspace, self.store.now(), by.to_owned());
        let id = self.store.fresh(AnnotationId::new);
        let draft = AuditDraft::new(by, "annotation.set", run);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let values = values![
                        id.to_string(),
                        run.to_string(),
                        workspace.to_string(),
                        new.answer,
                        new.note,
                        caller,
                        now.as_millis()
                    ];
                    tx.exec(
                        "insert into annotations (id, run_id, workspace_id, answer, note, created_by, created_at, updated_by, updated_at)
                         values ($1, $2, $3, $4, $5, $6, $7, $6, $7)
                         on conflict (run_id) do update set answer = excluded.answer, note = excluded.note,
                         updated_by = excluded.updated_by, updated_at = excluded.updated_at",
                        values,
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        let kept = self.annotation(run).await?;
        kept.ok_or_else(|| Error::not_found("annotation"))
    }

    /// Takes back what a run should have answered.
    pub async fn unannotate(&self, run: RunId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "annotation.remove", run);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from annotations where workspace_id = $1 and run_id = $2";
                    let values = values![workspace.to_string(), run.to_string()];
                    if tx.exec(sql, values).await? == 0 {
                        return Err(Error::not_found("annotation"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Puts the marks on runs that have some.
    pub async fn mark(&self, runs: &mut [Run]) -> Result<()> {
        if runs.is_empty() {
            return Ok(());
        }
        let places: Vec<String> = (0..runs.len()).map(|at| format!("${}", at + 2)).collect();
        let places = places.join(", ");
        let sql = format!(
            "select run_id, rating as what, count(*) as n from feedback
             where workspace_id = $1 and run_id in ({places}) group by run_id, rating
             union all select run_id, 'annotated' as what, 1 as n from annotations
             where workspace_id = $1 and run_id in ({places})"
        );
        let mut values: Vec<Value> = values![self.workspace.to_string()];
        values.extend(runs.iter().map(|run| Value::from(run.id.to_string())));
        let rows: Vec<Counted> = self.store.db().all(&sql, values).await?;
        let mut marks: HashMap<String, Marks> = HashMap::new();
        for row in rows {
            let mark = marks.entry(row.run_id).or_default();
            let count = u32::try_from(row.n).unwrap_or(u32::MAX);
            match row.what.as_str() {
                "up" => mark.up = count,
                "down" => mark.down = count,
                _ => mark.annotated = true,
            }
        }
        for run in runs {
            run.marks = marks.remove(&run.id.to_string());
        }
        Ok(())
    }

    fn of(&self, run: RunId) -> Vec<Value> {
        values![self.workspace.to_string(), run.to_string()]
    }
}
