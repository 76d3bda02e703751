//! Evaluations: a question set asked of its knowledge base in the background, measured, and where it
//! is wanted answered and judged by models.

mod comparing;
pub(crate) mod examining;
pub(crate) mod judging;
mod prompts;
pub(crate) mod reporting;

use headwater_model::access::{Caller, Permission};
use headwater_model::id::{EvaluationId, QuestionSetId};
use headwater_model::knowledge::evaluation::{EvaluatedQuestion, Evaluation, EvaluationSettings};
use headwater_model::page::{Page, PageRequest};
use headwater_model::provider::{DEFAULT_MODEL, EXTRACTIVE_MODEL, split_model};
use headwater_model::{Error, Result};
use headwater_store::queue::Lane;

use crate::Platform;
pub use comparing::Compare;

impl Platform {
    /// The evaluations of a knowledge base, by id or slug, newest first; of one set when it is given.
    pub async fn evaluations(
        &self,
        caller: &Caller,
        base: &str,
        set: Option<QuestionSetId>,
        page: &PageRequest,
    ) -> Result<Page<Evaluation>> {
        let base = self.knowledge_base(caller, base).await?.id;
        self.store()
            .evaluations(caller.workspace)
            .list(base, set, page)
            .await
    }

    /// One evaluation, and what it came to.
    pub async fn evaluation(&self, caller: &Caller, id: EvaluationId) -> Result<Evaluation> {
        caller.require(Permission::KnowledgeRead)?;
        self.store().evaluations(caller.workspace).get(id).await
    }

    /// The questions of an evaluation, and what each of them found.
    pub async fn evaluated_questions(
        &self,
        caller: &Caller,
        id: EvaluationId,
        page: &PageRequest,
    ) -> Result<Page<EvaluatedQuestion>> {
        self.evaluation(caller, id).await?;
        self.store()
            .evaluations(caller.workspace)
            .questions(id, page)
            .await
    }

    /// Queues an evaluation of a set with the questions that it has now.
    pub async fn start_evaluation(
        &self,
        caller: &Caller,
        base: &str,
        set: QuestionSetId,
        settings: EvaluationSettings,
    ) -> Result<Evaluation> {
        caller.require(Permission::KnowledgeWrite)?;
        settings.check()?;
        let knowledge = self.store().knowledge(caller.workspace);
        let base = knowledge.get(base).await?.id;
        let known = self.store().questions(caller.workspace).set(set).await?;
        if known.knowledge_base_id != base {
            return Err(Error::invalid(
                "question_set",
                "This question set is of another knowledge base. Choose one of this one.",
            ));
        }
        if let Some(judge) = &settings.judge {
            self.check_judge(caller, "judge.judge_model", &judge.judge_model)
                .await?;
            self.check_judge(caller, "judge.answer_model", judge.answering())
                .await?;
            if judge.judge_model == EXTRACTIVE_MODEL {
                return Err(Error::invalid(
                    "judge.judge_model",
                    "The built-in model cannot judge. Choose a model of a provider.",
                ));
            }
        }
        let evaluation = self
            .store()
            .evaluations(caller.workspace)
            .create(base, set, &settings, &caller.label())
            .await?;
        self.inner.knowledge.wakes.one(Lane::Evaluations);
        Ok(evaluation)
    }

    /// Whether there is the provider of a model, before any question waits for it.
    async fn check_judge(&self, caller: &Caller, field: &'static str, model: &str) -> Result<()> {
        if model == DEFAULT_MODEL || model == EXTRACTIVE_MODEL {
            return Ok(());
        }
        let (provider, _) = split_model(model).map_err(|error| error.with_field(field))?;
        let providers = self.store().providers(caller.workspace);
        match providers.find(provider).await? {
            Some(_) => Ok(()),
            None => Err(crate::providers::unknown_provider(provider).with_field(field)),
        }
    }

    /// Ends an evaluation that waits or is under way; what was asked so far stays.
    pub async fn cancel_evaluation(&self, caller: &Caller, id: EvaluationId) -> Result<Evaluation> {
        caller.require(Permission::KnowledgeWrite)?;
        let evaluations = self.store().evaluations(caller.workspace);
        evaluations.get(id).await?;
        evaluations.cancel(id, &caller.label()).await?;
        self.inner.knowledge.recall();
        evaluations.get(id).await
    }

    /// Deletes an evaluation with its results.
    pub async fn delete_evaluation(&self, caller: &Caller, id: EvaluationId) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        self.store()
            .evaluations(caller.workspace)
            .delete(id, &caller.label())
            .await?;
        self.inner.knowledge.recall();
        Ok(())
    }
}
