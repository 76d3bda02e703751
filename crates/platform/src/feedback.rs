//! What people say of runs: a rating of each member, and the answer there should have been, which may
//! become a question of a question set.

use headwater_model::access::{Caller, Permission};
use headwater_model::conversation::Speaker;
use headwater_model::id::{ConversationId, QuestionSetId, RunId};
use headwater_model::knowledge::question_set::{LONGEST_QUOTE, Label, LabelledQuestion, Question};
use headwater_model::run::Run;
use headwater_model::run::feedback::{
    Annotation, Feedback, NewAnnotation, NewFeedback, RunFeedback,
};
use headwater_model::{Error, Result};

use crate::Platform;

/// An annotation about to become a question.
#[derive(Clone, Debug)]
pub struct AskedAgain {
    pub set: QuestionSetId,
    /// What the run was asked, when absent.
    pub question: Option<String>,
    /// The numbers of the run's citations that support the better answer.
    pub citations: Vec<u32>,
}

impl Platform {
    /// Everything people said of a run.
    pub async fn run_feedback(&self, caller: &Caller, run: RunId) -> Result<RunFeedback> {
        caller.require(Permission::RunsRead)?;
        self.store().runs(caller.workspace).get(run).await?;
        let feedback = self.store().feedback(caller.workspace);
        Ok(RunFeedback {
            ratings: feedback.ratings(run, &caller.label()).await?,
            annotation: feedback.annotation(run).await?,
        })
    }

    /// The ratings that the caller gave the answers of one of their conversations.
    pub async fn conversation_feedback(
        &self,
        caller: &Caller,
        conversation: ConversationId,
    ) -> Result<Vec<Feedback>> {
        caller.require(Permission::Chat)?;
        let me = caller.label();
        let own = self.store().conversations(caller.workspace, &me);
        own.get(conversation).await?;
        let feedback = self.store().feedback(caller.workspace);
        feedback.given_in(conversation, &me).await
    }

    /// Rates a run that is over; the caller's rating before this one is replaced.
    pub async fn rate_run(
        &self,
        caller: &Caller,
        run: RunId,
        new: NewFeedback,
    ) -> Result<Feedback> {
        caller.require(Permission::RunsRate)?;
        let new = new.checked()?;
        self.run_that_is_over(caller, run).await?;
        let feedback = self.store().feedback(caller.workspace);
        feedback.rate(run, new, &caller.label()).await
    }

    /// Takes the caller's rating of a run back.
    pub async fn unrate_run(&self, caller: &Caller, run: RunId) -> Result<()> {
        caller.require(Permission::RunsRate)?;
        let feedback = self.store().feedback(caller.workspace);
        feedback.unrate(run, &caller.label()).await
    }

    /// Says what a run that is over should have answered; what was said before is replaced.
    pub async fn annotate_run(
        &self,
        caller: &Caller,
        run: RunId,
        new: NewAnnotation,
    ) -> Result<Annotation> {
        caller.require(Permission::RunsAnnotate)?;
        let new = new.checked()?;
        self.run_that_is_over(caller, run).await?;
        let feedback = self.store().feedback(caller.workspace);
        feedback.annotate(run, new, &caller.label()).await
    }

    /// Takes back what a run should have answered.
    pub async fn unannotate_run(&self, caller: &Caller, run: RunId) -> Result<()> {
        caller.require(Permission::RunsAnnotate)?;
        let feedback = self.store().feedback(caller.workspace);
        feedback.unannotate(run, &caller.label()).await
    }

    /// Makes a run's annotation a question of a set, with the better answer as the one to expect. A
    /// second time it replaces the question it made the first time.
    pub async fn ask_annotation(
        &self,
        caller: &Caller,
        run: RunId,
        asked: AskedAgain,
    ) -> Result<Question> {
        caller.require(Permission::KnowledgeWrite)?;
        caller.require(Permission::RunsAnnotate)?;
        let questions = self.store().questions(caller.workspace);
        let base = questions.set(asked.set).await?.knowledge_base_id;
        let run = self.store().runs(caller.workspace).get(run).await?.run;
        let feedback = self.store().feedback(caller.workspace);
        let annotation = feedback.annotation(run.id).await?.ok_or_else(|| {
            Error::conflict(
                "This run is not annotated yet. Say what it should have answered first.",
            )
        })?;
        let relevant = asked.citations.iter().enumerate().map(|(at, number)| {
            let cited = run.citations.iter().find(|c| c.number == *number);
            let cited = cited
                .filter(|c| c.knowledge_base_id == base)
                .ok_or_else(|| {
                    let message =
                        format!("The run cites no [{number}] of this set's knowledge base.");
                    Error::invalid(format!("citations[{at}]"), message)
                })?;
            let quote: String = cited.text.chars().take(LONGEST_QUOTE).collect();
            Ok(Label {
                chunk: Some(cited.chunk_id),
                document: Some(cited.document_name.clone()),
                // What has neither letters nor digits cannot be looked for.
                quote: quote.chars().any(char::is_alphanumeric).then_some(quote),
                ..Label::default()
            })
        });
        let relevant = relevant.collect::<Result<Vec<_>>>()?;
        let question = match asked.question {
            Some(question) => question,
            None => self.asked_of(caller, &run).await?,
        };
        let asked_again = LabelledQuestion {
            key: Some(annotation.id.to_string()),
            question,
            relevant,
            reference_answer: Some(annotation.answer),
            filter: None,
        };
        let asked_again = asked_again.checked()?;
        let by = caller.label();
        match questions
            .keyed(asked.set, &annotation.id.to_string())
            .await?
        {
            Some(known) => questions.replace(known, asked_again, &by).await,
            None => questions.add(asked.set, asked_again, &by).await,
        }
    }

    async fn run_that_is_over(&self, caller: &Caller, run: RunId) -> Result<Run> {
        let run = self.store().runs(caller.workspace).get(run).await?.run;
        if run.status.is_terminal() {
            return Ok(run);
        }
        Err(Error::conflict(
            "This run is not over yet. Wait for its end, or cancel it.",
        ))
    }

    /// What a run was asked: the question of its conversation, else the only text it was given.
    async fn asked_of(&self, caller: &Caller, run: &Run) -> Result<String> {
        if let Some(text) = run.input.get("question").and_then(|value| value.as_str()) {
            return Ok(text.to_owned());
        }
        if let Some(conversation) = run.conversation_id {
            let me = caller.label();
            let own = self.store().conversations(caller.workspace, &me);
            // Somebody else's conversation is not read for this.
            if let Ok(messages) = own.messages(conversation).await
                && let Some(at) = messages.iter().position(|m| m.run_id == Some(run.id))
                && let Some(asked) = messages[..at].iter().rfind(|m| m.role == Speaker::User)
            {
                return Ok(asked.text.clone());
            }
        }
        let texts: Vec<&str> = run
            .input
            .values()
            .filter_map(|value| value.as_str())
            .collect();
        match texts.as_slice() {
            [text] => Ok((*text).to_owned()),
            _ => Err(Error::invalid(
                "question",
                "What this run was asked is not plain from its input. Write the question.",
            )),
        }
    }
}
