//! Question sets: labelled questions of knowledge bases.

use headwater_knowledge::evaluate::questions;
use headwater_model::access::{Caller, Permission};
use headwater_model::conversation::{Message, Speaker};
use headwater_model::id::{ChunkId, KnowledgeBaseId, QuestionId, QuestionSetId};
use headwater_model::knowledge::question_set::{
    LONGEST_QUOTE, Label, LabelledQuestion, MarkedQuestion, Question, QuestionSet,
};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};
pub use headwater_store::questions::Imported;

use crate::Platform;

/// Files of questions, as text.
#[derive(Clone, Debug, Default)]
pub struct QuestionFiles {
    pub questions: String,
    /// Those of a collection, where the questions have no labels of their own.
    pub judgements: Option<String>,
    /// Whether what is in the set is taken out first.
    pub replace: bool,
}

impl Platform {
    /// The question sets of a knowledge base, by id or slug, oldest first.
    pub async fn question_sets(
        &self,
        caller: &Caller,
        base: &str,
        page: &PageRequest,
    ) -> Result<Page<QuestionSet>> {
        let base = self.knowledge_base(caller, base).await?.id;
        self.store()
            .questions(caller.workspace)
            .sets(base, page)
            .await
    }

    /// One question set.
    pub async fn question_set(&self, caller: &Caller, id: QuestionSetId) -> Result<QuestionSet> {
        caller.require(Permission::KnowledgeRead)?;
        self.store().questions(caller.workspace).set(id).await
    }

    /// Creates an empty question set.
    pub async fn create_question_set(
        &self,
        caller: &Caller,
        base: &str,
        name: &str,
        description: &str,
    ) -> Result<QuestionSet> {
        caller.require(Permission::KnowledgeWrite)?;
        let name = QuestionSet::check_name(name)?;
        let description = QuestionSet::check_description(description)?;
        let knowledge = self.store().knowledge(caller.workspace);
        let base = knowledge.get(base).await?.id;
        self.store()
            .questions(caller.workspace)
            .create_set(base, name, description, &caller.label())
            .await
    }

    /// Renames a question set, or describes it anew.
    pub async fn update_question_set(
        &self,
        caller: &Caller,
        id: QuestionSetId,
        name: Option<&str>,
        description: Option<&str>,
    ) -> Result<QuestionSet> {
        caller.require(Permission::KnowledgeWrite)?;
        let name = name.map(QuestionSet::check_name).transpose()?;
        let description = description
            .map(QuestionSet::check_description)
            .transpose()?;
        let questions = self.store().questions(caller.workspace);
        questions
            .update_set(id, name, description, &caller.label())
            .await?;
        questions.set(id).await
    }

    /// Deletes a question set with its questions and evaluations.
    pub async fn delete_question_set(&self, caller: &Caller, id: QuestionSetId) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        self.store()
            .questions(caller.workspace)
            .delete_set(id, &caller.label())
            .await?;
        self.inner.knowledge.recall();
        Ok(())
    }

    /// The questions of a set, in order.
    pub async fn labelled_questions(
        &self,
        caller: &Caller,
        set: QuestionSetId,
        page: &PageRequest,
    ) -> Result<Page<Question>> {
        self.question_set(caller, set).await?;
        self.store()
            .questions(caller.workspace)
            .list(set, page)
            .await
    }

    /// Adds a question to a set.
    pub async fn add_question(
        &self,
        caller: &Caller,
        set: QuestionSetId,
        asked: LabelledQuestion,
    ) -> Result<Question> {
        caller.require(Permission::KnowledgeWrite)?;
        let asked = asked.checked()?;
        self.store()
            .questions(caller.workspace)
            .add(set, asked, &caller.label())
            .await
    }

    /// One question.
    pub async fn labelled_question(&self, caller: &Caller, id: QuestionId) -> Result<Question> {
        caller.require(Permission::KnowledgeRead)?;
        self.store().questions(caller.workspace).get(id).await
    }

    /// Replaces a question and its labels.
    pub async fn replace_question(
        &self,
        caller: &Caller,
        id: QuestionId,
        asked: LabelledQuestion,
    ) -> Result<Question> {
        caller.require(Permission::KnowledgeWrite)?;
        let asked = asked.checked()?;
        self.store()
            .questions(caller.workspace)
            .replace(id, asked, &caller.label())
            .await
    }

    /// Takes a question out of its set.
    pub async fn remove_question(&self, caller: &Caller, id: QuestionId) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        self.store()
            .questions(caller.workspace)
            .remove(id, &caller.label())
            .await
    }

    /// Adds the questions of files to a set; gives what came of it, and how many have no label.
    pub async fn import_questions(
        &self,
        caller: &Caller,
        set: QuestionSetId,
        files: QuestionFiles,
    ) -> Result<(Imported, u64)> {
        caller.require(Permission::KnowledgeWrite)?;
        self.store().questions(caller.workspace).set(set).await?;
        let replace = files.replace;
        let read = self
            .supervisor()
            .blocking(move || questions::read(&files.questions, files.judgements.as_deref()))
            .await
            .ok_or_else(|| Error::internal("reading questions panicked"))??;
        let imported = self
            .store()
            .questions(caller.workspace)
            .import(set, read.questions, replace, &caller.label())
            .await?;
        Ok((imported, read.unjudged))
    }

    /// All questions of a set as lines of JSON, as an import reads them.
    pub async fn export_questions(&self, caller: &Caller, set: QuestionSetId) -> Result<String> {
        self.question_set(caller, set).await?;
        let all = self.store().questions(caller.workspace).all(set).await?;
        let mut out = String::new();
        for question in &all {
            out.push_str(&questions::write(question)?);
            out.push('\n');
        }
        Ok(out)
    }

    /// Adds a question that was seen in a search or a conversation, with the passages that somebody
    /// marked. They are labelled by their chunks, and by what they say for when these are gone.
    pub async fn add_marked_question(
        &self,
        caller: &Caller,
        set: QuestionSetId,
        marked: MarkedQuestion,
    ) -> Result<Question> {
        caller.require(Permission::KnowledgeWrite)?;
        let known = self.store().questions(caller.workspace).set(set).await?;
        let base = known.knowledge_base_id;
        let (asked, mut relevant) = match marked.message {
            Some(_) => self.cited(caller, base, &marked).await?,
            None => (None, Vec::new()),
        };
        relevant.extend(self.passages(caller, base, &marked).await?);
        if relevant.is_empty() {
            return Err(Error::invalid(
                "passages",
                "Nothing is marked. Give the passages of a search, or a message that cites passages of this knowledge base.",
            ));
        }
        let asked = LabelledQuestion {
            question: marked.question.or(asked).unwrap_or_default(),
            relevant,
            reference_answer: marked.reference_answer,
            ..LabelledQuestion::default()
        };
        self.add_question(caller, set, asked).await
    }

    async fn passages(
        &self,
        caller: &Caller,
        base: KnowledgeBaseId,
        marked: &MarkedQuestion,
    ) -> Result<Vec<Label>> {
        let ids: Vec<ChunkId> = marked.passages.iter().map(|p| p.chunk_id).collect();
        if ids.len() > headwater_model::knowledge::question_set::MOST_LABELS {
            return Err(Error::invalid("passages", "Too many passages are marked."));
        }
        let knowledge = self.store().knowledge(caller.workspace);
        let stored = knowledge.chunks_by_id(&ids).await?;
        let labels = marked.passages.iter().enumerate().map(|(at, passage)| {
            let found = stored.iter().find(|stored| {
                stored.chunk.id == passage.chunk_id && stored.knowledge_base_id == base
            });
            let found = found.ok_or_else(|| {
                Error::invalid(
                    format!("passages[{at}].chunk_id"),
                    "There is no such chunk in the knowledge base of this set now. Search again.",
                )
            })?;
            Ok(label(
                passage.chunk_id,
                &found.document_name,
                &found.chunk.text,
                passage.grade,
            ))
        });
        labels.collect()
    }

    /// What was asked in a conversation, and the passages its answer cites that were marked.
    async fn cited(
        &self,
        caller: &Caller,
        base: KnowledgeBaseId,
        marked: &MarkedQuestion,
    ) -> Result<(Option<String>, Vec<Label>)> {
        let conversation = marked.conversation.ok_or_else(|| {
            Error::invalid("conversation", "Say which conversation the message is in.")
        })?;
        let through = marked.message;
        let (_, messages) = self.conversation(caller, conversation, through).await?;
        let place = messages.iter().position(|m| Some(m.id) == marked.message);
        let place = place.ok_or_else(|| Error::not_found("message"))?;
        let answer: &Message = &messages[place];
        if answer.role != Speaker::Assistant {
            return Err(Error::invalid(
                "message",
                "Name the answer, whose citations are marked, and not the question.",
            ));
        }
        let asked = messages[..place]
            .iter()
            .rfind(|message| message.role == Speaker::User)
            .map(|message| message.text.clone());
        if let Some(numbers) = &marked.citations
            && let Some(unknown) = numbers
                .iter()
                .find(|n| answer.citations.iter().all(|c| c.number != **n))
        {
            return Err(Error::invalid(
                "citations",
                format!("The message cites no [{unknown}]."),
            ));
        }
        let wanted = |number: u32| match &marked.citations {
            Some(numbers) => numbers.contains(&number),
            None => true,
        };
        let cited = answer
            .citations
            .iter()
            .filter(|c| c.knowledge_base_id == base && wanted(c.number))
            .map(|c| label(c.chunk_id, &c.document_name, &c.text, 1));
        Ok((asked, cited.collect()))
    }
}

fn label(chunk: ChunkId, document: &str, text: &str, grade: u8) -> Label {
    let quote: String = text.chars().take(LONGEST_QUOTE).collect();
    Label {
        chunk: Some(chunk),
        document: Some(document.to_owned()),
        // What has neither letters nor digits cannot be looked for.
        quote: quote.chars().any(char::is_alphanumeric).then_some(quote),
        grade,
    }
}
