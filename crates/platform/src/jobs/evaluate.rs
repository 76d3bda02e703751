//! A question set asked of its knowledge base, some questions at a time.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use headwater_model::id::EvaluationId;
use headwater_model::job::Job;
use headwater_model::knowledge::evaluation::Evaluation;
use headwater_model::page::{MAX_LIMIT, PageRequest};
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result, Timestamp};
use headwater_store::Store;

use crate::evaluations::examining::{Exam, Examiner};
use crate::evaluations::reporting::Tally;

/// Questions that are asked at the same time.
const AT_ONCE: usize = 4;
/// Questions that are read together.
const SOME: u32 = 64;

/// Asks question sets.
pub(crate) struct Evaluate {
    pub(crate) store: Store,
    pub(crate) examiner: Arc<Examiner>,
}

impl Evaluate {
    /// Asks what was not asked yet, each question once, and ends the job with the report.
    pub(super) async fn run(&self, job: &Job, owner: &str) -> Result<()> {
        let id = about(job)?;
        let held = (job.id, owner);
        let evaluations = self.store.evaluations(job.workspace);
        let evaluation = evaluations.get(id).await?;
        let knowledge = self.store.knowledge(job.workspace);
        let base = evaluation.knowledge_base_id;
        let exam = Exam {
            workspace: job.workspace,
            id,
            base: knowledge.get(&base.to_string()).await?,
            documents: evaluations.answering(base).await?,
            settings: evaluation.settings.clone(),
        };
        loop {
            let some = evaluations.to_ask(id, held, SOME).await?;
            if some.is_empty() {
                break;
            }
            // Each owns its question: borrowed ones would tie the worker to their lifetime.
            let asked = stream::iter(some).map(|question| {
                let (exam, evaluations) = (&exam, &evaluations);
                async move {
                    let result = self.examiner.examine(exam, &question).await?;
                    evaluations
                        .keep_result(id, held, question.position, &result)
                        .await
                }
            });
            asked.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
        let tally = self.tally(job, &evaluation).await?;
        evaluations.finish(id, held, &tally.report()).await
    }

    async fn tally(&self, job: &Job, evaluation: &Evaluation) -> Result<Tally> {
        let mut tally = Tally::default();
        let mut page = PageRequest {
            limit: MAX_LIMIT,
            after: None,
        };
        loop {
            let evaluations = self.store.evaluations(job.workspace);
            let some = evaluations.questions(evaluation.id, &page).await?;
            for result in some.items.into_iter().filter_map(|asked| asked.result) {
                tally.add(result);
            }
            match some.next {
                Some(next) => page.after = Some(next),
                None => return Ok(tally),
            }
        }
    }

    /// Records an attempt that did not come to its end.
    pub(super) async fn failed(
        &self,
        job: &Job,
        owner: &str,
        error: &Error,
        again: Option<Timestamp>,
    ) -> Result<()> {
        // Another worker's by now.
        if error.code == Code::Conflict {
            return Ok(());
        }
        self.store
            .evaluations(job.workspace)
            .end_attempt(about(job)?, (job.id, owner), again, Failure::from(error))
            .await
    }
}

fn about(job: &Job) -> Result<EvaluationId> {
    job.payload["evaluation"]
        .as_str()
        .unwrap_or_default()
        .parse()
}
