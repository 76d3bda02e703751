//! What the worker that asks the questions reads and writes.

use headwater_model::id::{DocumentId, EvaluationId, JobId, KnowledgeBaseId, QuestionId};
use headwater_model::knowledge::evaluation::{EvaluationReport, QuestionResult};
use headwater_model::knowledge::filter::Filter;
use headwater_model::knowledge::question_set::Label;
use headwater_model::run::Failure;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::Evaluations;
use crate::{Tx, json, queue, values};

/// A question that was not asked yet.
#[derive(Clone, Debug, PartialEq)]
pub struct ToAsk {
    pub position: u64,
    pub question_id: QuestionId,
    pub question: String,
    pub relevant: Vec<Label>,
    pub reference_answer: Option<String>,
    pub filter: Option<Filter>,
}

#[derive(FromQueryResult)]
struct Row {
    position: i64,
    question_id: String,
    text: String,
    labels: String,
    reference_answer: Option<String>,
    filter: Option<String>,
}

#[derive(FromQueryResult)]
struct Named {
    id: String,
    name: String,
}

impl Evaluations<'_> {
    /// Notes that it is under way, and gives up to `limit` questions that were not asked yet;
    /// `conflict` when the job is another worker's by now.
    pub async fn to_ask(
        &self,
        id: EvaluationId,
        (job, owner): (JobId, &str),
        limit: u32,
    ) -> Result<Vec<ToAsk>> {
        let (workspace, owner) = (self.workspace, owner.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    held(tx, job, &owner).await?;
                    let sql = "update evaluations set status = 'running'
                        where workspace_id = $1 and id = $2 and status = 'queued'";
                    tx.exec(sql, values![workspace.to_string(), id.to_string()])
                        .await?;
                    Ok(())
                })
            })
            .await?;
        let sql = "select position, question_id, text, labels, reference_answer, filter
            from evaluated_questions where workspace_id = $1 and evaluation_id = $2
                and result is null order by position limit $3";
        let values = values![self.workspace.to_string(), id.to_string(), i64::from(limit)];
        let rows: Vec<Row> = self.store.db().all(sql, values).await?;
        rows.into_iter()
            .map(|row| {
                Ok(ToAsk {
                    position: u64::try_from(row.position).unwrap_or(0),
                    question_id: row.question_id.parse()?,
                    question: row.text,
                    relevant: json::read(&row.labels)?,
                    reference_answer: row.reference_answer,
                    filter: json::read_option(row.filter.as_ref())?,
                })
            })
            .collect()
    }

    /// Keeps what a question came to; once only, and only while the job is this worker's.
    pub async fn keep_result(
        &self,
        id: EvaluationId,
        (job, owner): (JobId, &str),
        position: u64,
        result: &QuestionResult,
    ) -> Result<()> {
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            i64::try_from(position).unwrap_or(i64::MAX),
            json::write(result)?
        ];
        let owner = owner.to_owned();
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    held(tx, job, &owner).await?;
                    let sql = "update evaluated_questions set result = $4 where workspace_id = $1
                        and evaluation_id = $2 and position = $3 and result is null";
                    tx.exec(sql, values).await.map(drop)
                })
            })
            .await
    }

    /// Ends an evaluation, and its job with it.
    pub async fn finish(
        &self,
        id: EvaluationId,
        (job, owner): (JobId, &str),
        report: &EvaluationReport,
    ) -> Result<()> {
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            json::write(report)?,
            self.store.now().as_millis()
        ];
        let owner = owner.to_owned();
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    queue::complete(tx, job, &owner).await?;
                    let sql = "update evaluations set status = 'done', report = $3, finished_at = $4,
                        error_code = null, error_message = null where workspace_id = $1 and id = $2";
                    tx.exec(sql, values).await.map(drop)
                })
            })
            .await
    }

    /// Ends an attempt that did not come to its end: it is tried again then, or has failed for good.
    pub async fn end_attempt(
        &self,
        id: EvaluationId,
        (job, owner): (JobId, &str),
        again: Option<Timestamp>,
        failure: Failure,
    ) -> Result<()> {
        let status = if again.is_some() { "queued" } else { "failed" };
        let finished = again.is_none().then(|| self.store.now().as_millis());
        let code = json::name(&failure.code)?;
        let message = failure.message;
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            status,
            code,
            message.clone(),
            finished
        ];
        let owner = owner.to_owned();
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    match again {
                        Some(_) => queue::fail(tx, job, &owner, again, &message).await?,
                        // Nobody looks after it any more; it is begun anew by evaluating again.
                        None => queue::complete(tx, job, &owner).await?,
                    }
                    let sql = "update evaluations set status = $3, error_code = $4,
                        error_message = $5, finished_at = $6 where workspace_id = $1 and id = $2";
                    tx.exec(sql, values).await.map(drop)
                })
            })
            .await
    }

    /// The documents of a knowledge base that answer now, with their names.
    pub async fn answering(&self, base: KnowledgeBaseId) -> Result<Vec<(DocumentId, String)>> {
        let sql = "select id, name from documents where workspace_id = $1
            and knowledge_base_id = $2 and chunks > 0";
        let values = values![self.workspace.to_string(), base.to_string()];
        let rows: Vec<Named> = self.store.db().all(sql, values).await?;
        rows.into_iter()
            .map(|row| Ok((row.id.parse()?, row.name)))
            .collect()
    }
}

async fn held(tx: &Tx<'_>, job: JobId, owner: &str) -> Result<()> {
    match queue::is_held(tx, job, owner).await? {
        true => Ok(()),
        false => Err(Error::conflict("Another worker has this job now.")),
    }
}
