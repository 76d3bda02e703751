//! Evaluations of a workspace: question sets asked of their knowledge bases, question by question.

mod progress;

use headwater_model::id::{EvaluationId, KnowledgeBaseId, QuestionSetId, WorkspaceId};
use headwater_model::knowledge::evaluation::{
    EvaluatedQuestion, Evaluation, EvaluationSettings, EvaluationStatus,
};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, json, queue, values};

pub use progress::ToAsk;

/// The kind of the job that asks a question set.
pub const EVALUATE: &str = "evaluate";

/// A workspace's evaluations.
pub struct Evaluations<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The evaluations of a workspace.
    pub fn evaluations(&self, workspace: WorkspaceId) -> Evaluations<'_> {
        Evaluations {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    knowledge_base_id: String,
    question_set_id: String,
    question_set_name: String,
    status: String,
    settings: String,
    report: Option<String>,
    error_code: Option<String>,
    error_message: Option<String>,
    questions: i64,
    done: i64,
    created_at: i64,
    finished_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Evaluation> {
        let error = self.error_message.map(|message| Failure {
            code: self
                .error_code
                .and_then(|code| json::named(&code).ok())
                .unwrap_or(Code::Internal),
            message,
            limit: None,
        });
        Ok(Evaluation {
            id: self.id.parse()?,
            knowledge_base_id: self.knowledge_base_id.parse()?,
            question_set_id: self.question_set_id.parse()?,
            question_set_name: self.question_set_name,
            status: json::named(&self.status)?,
            settings: json::read(&self.settings)?,
            questions: u64::try_from(self.questions).unwrap_or(0),
            done: u64::try_from(self.done).unwrap_or(0),
            report: json::read_option(self.report.as_ref())?,
            error,
            created_at: Timestamp::from_millis(self.created_at),
            finished_at: self.finished_at.map(Timestamp::from_millis),
        })
    }
}

#[derive(FromQueryResult)]
struct QuestionRow {
    question_id: String,
    position: i64,
    text: String,
    labels: String,
    reference_answer: Option<String>,
    result: Option<String>,
}

impl QuestionRow {
    fn read(self) -> Result<EvaluatedQuestion> {
        Ok(EvaluatedQuestion {
            question_id: self.question_id.parse()?,
            position: u64::try_from(self.position).unwrap_or(0),
            question: self.text,
            relevant: json::read(&self.labels)?,
            reference_answer: self.reference_answer,
            result: json::read_option(self.result.as_ref())?,
        })
    }
}

const SELECT: &str =
    "select e.id, e.knowledge_base_id, e.question_set_id, s.name as question_set_name,
    e.status, e.settings, e.report, e.error_code, e.error_message,
    (select count(*) from evaluated_questions q where q.evaluation_id = e.id) as questions,
    (select count(*) from evaluated_questions q
        where q.evaluation_id = e.id and q.result is not null) as done,
    e.created_at, e.finished_at
    from evaluations e join question_sets s on s.id = e.question_set_id where e.workspace_id = $1";

impl Evaluations<'_> {
    /// A knowledge base's evaluations, newest first; of one set when it is given.
    pub async fn list(
        &self,
        base: KnowledgeBaseId,
        set: Option<QuestionSetId>,
        page: &PageRequest,
    ) -> Result<Page<Evaluation>> {
        let sql = format!(
            "{SELECT} and e.knowledge_base_id = $2 and ($3 = '' or e.question_set_id = $3)
                and e.id < $4 order by e.id desc limit $5"
        );
        let values = values![
            self.workspace.to_string(),
            base.to_string(),
            set.map(|id| id.to_string()).unwrap_or_default(),
            page.after.clone().unwrap_or_else(|| "~".to_owned()),
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let rows: Vec<Evaluation> = rows.into_iter().map(Row::read).collect::<Result<_>>()?;
        Ok(Page::from_rows(rows, page.limit, |one| one.id.to_string()))
    }

    /// One evaluation.
    pub async fn get(&self, id: EvaluationId) -> Result<Evaluation> {
        let sql = format!("{SELECT} and e.id = $2");
        let values = values![self.workspace.to_string(), id.to_string()];
        let row: Option<Row> = self.store.db().one(&sql, values).await?;
        row.ok_or_else(|| Error::not_found("evaluation"))?.read()
    }

    /// Queues an evaluation with the set's questions as they are now.
    pub async fn create(
        &self,
        base: KnowledgeBaseId,
        set: QuestionSetId,
        settings: &EvaluationSettings,
        by: &str,
    ) -> Result<Evaluation> {
        let (workspace, now) = (self.workspace, self.store.now());
        let id = self.store.fresh(EvaluationId::new);
        let draft = AuditDraft::new(by, "evaluation.create", id).detail(format!("of {set}"));
        let settings = json::write(settings)?;
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    insert(tx, workspace, (id, base, set), settings, now).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.get(id).await
    }

    /// Ends an evaluation that waits or is under way; what was asked so far stays.
    pub async fn cancel(&self, id: EvaluationId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "evaluation.cancel", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    queue::forget(tx, workspace, &id.to_string()).await?;
                    let sql = "update evaluations set status = 'cancelled', finished_at = $3
                        where workspace_id = $1 and id = $2 and status in ('queued', 'running')";
                    let values = values![workspace.to_string(), id.to_string(), now.as_millis()];
                    if tx.exec(sql, values).await? == 0 {
                        return Err(Error::conflict(
                            "Only an evaluation that waits or is under way can be cancelled; this one is not.",
                        ));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Deletes an evaluation with its results.
    pub async fn delete(&self, id: EvaluationId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "evaluation.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    queue::forget(tx, workspace, &id.to_string()).await?;
                    let sql = "delete from evaluations where workspace_id = $1 and id = $2";
                    let key = values![workspace.to_string(), id.to_string()];
                    if tx.exec(sql, key).await? == 0 {
                        return Err(Error::not_found("evaluation"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Its questions and what became of them, in order.
    pub async fn questions(
        &self,
        id: EvaluationId,
        page: &PageRequest,
    ) -> Result<Page<EvaluatedQuestion>> {
        let after: i64 = match &page.after {
            None => -1,
            Some(text) => text
                .parse()
                .map_err(|_| Error::invalid("after", "Pass the `next` of the page before."))?,
        };
        let sql = "select question_id, position, text, labels, reference_answer, result
            from evaluated_questions where workspace_id = $1 and evaluation_id = $2
                and position > $3 order by position limit $4";
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            after,
            i64::from(page.limit) + 1
        ];
        let rows: Vec<QuestionRow> = self.store.db().all(sql, values).await?;
        let rows: Vec<EvaluatedQuestion> = rows
            .into_iter()
            .map(QuestionRow::read)
            .collect::<Result<_>>()?;
        Ok(Page::from_rows(rows, page.limit, |one| {
            one.position.to_string()
        }))
    }
}

async fn insert(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    (id, base, set): (EvaluationId, KnowledgeBaseId, QuestionSetId),
    settings: String,
    now: Timestamp,
) -> Result<()> {
    let status = json::name(&EvaluationStatus::Queued)?;
    let values = values![
        id.to_string(),
        workspace.to_string(),
        base.to_string(),
        set.to_string(),
        status,
        settings,
        now.as_millis()
    ];
    let sql =
        "insert into evaluations (id, workspace_id, knowledge_base_id, question_set_id, status,
        settings, created_at) values ($1, $2, $3, $4, $5, $6, $7)";
    tx.exec(sql, values).await?;
    let sql = "insert into evaluated_questions (evaluation_id, position, workspace_id, question_id,
            text, labels, reference_answer, filter)
        select $3, position, workspace_id, id, text, labels, reference_answer, filter
            from questions where workspace_id = $1 and question_set_id = $2";
    let values = values![workspace.to_string(), set.to_string(), id.to_string()];
    if tx.exec(sql, values).await? == 0 {
        return Err(Error::conflict(
            "There is no question in this set yet. Add some, or import a file.",
        ));
    }
    let payload = serde_json::json!({ "evaluation": id });
    queue::enqueue(tx, workspace, EVALUATE, &id.to_string(), &payload, now).await
}
