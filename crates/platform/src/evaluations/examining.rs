//! One question of an evaluation: searched for, compared with its labels, and measured.

use std::sync::Arc;

use headwater_knowledge::evaluate::labels::{Sought, names};
use headwater_model::id::{DocumentId, EvaluationId, WorkspaceId};
use headwater_model::knowledge::evaluation::{
    CallPurpose, DEEPEST, EvaluationCall, EvaluationSettings, LostLabel, QuestionResult,
    RankedPassage,
};
use headwater_model::knowledge::question_set::Label;
use headwater_model::knowledge::retrieval::{NO_MODEL, SearchMode, SearchOptions};
use headwater_model::knowledge::{KnowledgeBase, Passage};
use headwater_model::page::{MAX_LIMIT, PageRequest};
use headwater_model::ports::{Retrieve as _, RetrieveRequest, Retrieved};
use headwater_model::run::Failure;
use headwater_model::run::trace::CallKind;
use headwater_model::{Clock, Result};
use headwater_store::Store;
use headwater_store::evaluations::ToAsk;
use headwater_store::knowledge::ChunkFilter;

use super::judging::{Judge, ToJudge};
use crate::retrieval::Retrieval;
use crate::telemetry;

/// So much of a passage is kept with a result.
const BEGINNING: usize = 300;
/// The most pages of a document's chunks that are looked through for a quote.
const PAGES: usize = 50;

/// Asks questions.
pub(crate) struct Examiner {
    pub(crate) store: Store,
    pub(crate) retrieval: Arc<Retrieval>,
    pub(crate) judge: Judge,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What all questions of an evaluation have in common.
pub(crate) struct Exam {
    pub workspace: WorkspaceId,
    pub id: EvaluationId,
    pub base: KnowledgeBase,
    pub settings: EvaluationSettings,
    /// The documents that answer, with their names.
    pub documents: Vec<(DocumentId, String)>,
}

impl Exam {
    /// How many passages a search gives.
    fn limit(&self, sought: &Sought<'_>) -> u32 {
        let deepest = self.settings.depths().last().copied().unwrap_or(1);
        let wanted = match (self.settings.limit, sought.is_about_documents()) {
            (Some(limit), _) => limit,
            (None, true) => DEEPEST,
            (None, false) => deepest,
        };
        wanted.max(self.given()).min(DEEPEST)
    }

    /// How many passages answers are written from.
    fn given(&self) -> u32 {
        let judge = self.settings.judge.as_ref();
        judge.map_or(0, |judge| {
            judge.passages.unwrap_or(self.base.retrieval.limit)
        })
    }
}

impl Examiner {
    /// Asks one question. What goes wrong with it is a part of its result; an error is of the house.
    pub async fn examine(&self, exam: &Exam, asked: &ToAsk) -> Result<QuestionResult> {
        let sought = Sought::new(&asked.relevant);
        let request = RetrieveRequest {
            workspace: exam.workspace,
            knowledge_bases: vec![exam.base.id.to_string()],
            query: asked.question.clone(),
            variants: Vec::new(),
            limit: Some(exam.limit(&sought)),
            options: SearchOptions {
                filter: asked.filter.clone(),
                ..exam.settings.options.clone()
            },
        };
        let began = self.clock.now();
        let found = match self.retrieval.retrieve(request).await {
            Ok(found) => found,
            Err(error) => {
                tracing::info!(evaluation = %exam.id, ?error, "a question could not be searched for");
                return Ok(QuestionResult {
                    error: Some(Failure::from(&error)),
                    ..QuestionResult::default()
                });
            }
        };
        let took = self.clock.now().as_millis() - began.as_millis();
        let mut result = self.measured(exam, asked, &sought, &found).await?;
        result.search_ms = u64::try_from(took).unwrap_or(0);
        if let Some(settings) = &exam.settings.judge {
            let given = (exam.given() as usize).min(found.passages.len());
            let (judged, calls) = self
                .judge
                .judge(ToJudge {
                    workspace: exam.workspace,
                    settings,
                    key: format!("{}/{}", exam.id, asked.position),
                    question: &asked.question,
                    reference: asked.reference_answer.as_deref(),
                    passages: &found.passages[..given],
                })
                .await;
            result.judged = Some(judged);
            result.calls.extend(calls);
        }
        for call in &result.calls {
            result.usage += call.usage;
        }
        telemetry::consumed(result.usage);
        Ok(result)
    }

    async fn measured(
        &self,
        exam: &Exam,
        asked: &ToAsk,
        sought: &Sought<'_>,
        found: &Retrieved,
    ) -> Result<QuestionResult> {
        let met: Vec<Vec<u32>> = found.passages.iter().map(|p| sought.met_by(p)).collect();
        let lost = self.lost(exam, asked, sought, &met).await?;
        let gone: Vec<u32> = lost.iter().map(|lost| lost.label).collect();
        let graded = sought.graded(&found.passages, &met, &gone);
        let mut result = QuestionResult {
            notes: found.notes.clone(),
            calls: calls(found),
            lost,
            ..QuestionResult::default()
        };
        match graded {
            Some(graded) => result.measures = graded.measures(&exam.settings.depths()),
            None => {
                let why = match asked.relevant.iter().any(|label| label.grade > 0) {
                    true => "Nothing of what is relevant is in the knowledge base any more.",
                    false => "Nothing is labelled as relevant.",
                };
                result.skipped = Some(why.to_owned());
            }
        }
        let places = (1..).zip(found.passages.iter().zip(met));
        result.passages = places
            .map(|(rank, (passage, labels))| ranked(rank, passage, labels, &asked.relevant))
            .collect();
        Ok(result)
    }

    /// The labels that no passage of the ranking meets, and none of the knowledge base could.
    async fn lost(
        &self,
        exam: &Exam,
        asked: &ToAsk,
        sought: &Sought<'_>,
        met: &[Vec<u32>],
    ) -> Result<Vec<LostLabel>> {
        let mut lost = Vec::new();
        for (place, label) in (0..).zip(&asked.relevant) {
            if label.grade == 0 || met.iter().flatten().any(|met| *met == place) {
                continue;
            }
            if let Some(why) = self.gone(exam, sought, place, label).await? {
                lost.push(LostLabel { label: place, why });
            }
        }
        Ok(lost)
    }

    /// Why a label cannot be met any more; nothing when it can.
    async fn gone(
        &self,
        exam: &Exam,
        sought: &Sought<'_>,
        place: u32,
        label: &Label,
    ) -> Result<Option<String>> {
        let knowledge = self.store.knowledge(exam.workspace);
        if let Some(chunk) = label.chunk {
            let stored = knowledge.chunks_by_id(&[chunk]).await?;
            if stored.iter().any(|c| c.knowledge_base_id == exam.base.id) {
                return Ok(None);
            }
            if label.quote.is_none() {
                return Ok(Some(format!(
                    "The chunk {chunk} is gone, or switched off. Label the passage by what it says."
                )));
            }
        }
        let documents: Vec<DocumentId> = match &label.document {
            None => Vec::new(),
            Some(wanted) => {
                let known = exam.documents.iter();
                let known = known.filter(|(id, name)| names(wanted, *id, name));
                let known: Vec<DocumentId> = known.map(|(id, _)| *id).collect();
                if known.is_empty() {
                    return Ok(Some(format!(
                        "There is no document “{wanted}” in the knowledge base."
                    )));
                }
                known
            }
        };
        let Some(quote) = &label.quote else {
            return Ok(None);
        };
        let there = self
            .is_said(exam, sought, (place, quote), &documents)
            .await?;
        Ok((!there).then(|| {
            let mut said: String = quote.chars().take(60).collect();
            if said.len() < quote.len() {
                said.push('…');
            }
            format!("Nothing in the knowledge base says “{said}”.")
        }))
    }

    /// Whether a passage says what is quoted, one of these documents where there are any.
    async fn is_said(
        &self,
        exam: &Exam,
        sought: &Sought<'_>,
        (place, quote): (u32, &str),
        documents: &[DocumentId],
    ) -> Result<bool> {
        let request = RetrieveRequest {
            workspace: exam.workspace,
            knowledge_bases: vec![exam.base.id.to_string()],
            query: quote.to_owned(),
            variants: Vec::new(),
            limit: Some(DEEPEST),
            options: SearchOptions {
                mode: Some(SearchMode::Lexical),
                threshold: Some(0.0),
                diversity: Some(0.0),
                rerank_model: Some(NO_MODEL.to_owned()),
                ..SearchOptions::default()
            },
        };
        let found = self.retrieval.retrieve(request).await?;
        if found
            .passages
            .iter()
            .any(|p| sought.met_by(p).contains(&place))
        {
            return Ok(true);
        }
        for document in documents {
            if self.says(exam, sought, place, *document).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn says(
        &self,
        exam: &Exam,
        sought: &Sought<'_>,
        place: u32,
        document: DocumentId,
    ) -> Result<bool> {
        let knowledge = self.store.knowledge(exam.workspace);
        let mut page = PageRequest {
            limit: MAX_LIMIT,
            after: None,
        };
        for _ in 0..PAGES {
            let some = knowledge
                .chunks(document, &ChunkFilter::default(), &page)
                .await?;
            let said = some
                .items
                .iter()
                .filter(|chunk| chunk.enabled)
                .any(|chunk| {
                    let text = chunk.given.as_ref().unwrap_or(&chunk.text);
                    sought.is_said_in(place as usize, text)
                });
            if said {
                return Ok(true);
            }
            match some.next {
                Some(next) => page.after = Some(next),
                None => return Ok(false),
            }
        }
        // Longer than anybody wants to wait for: what was not looked at may say it.
        Ok(true)
    }
}

fn ranked(rank: u32, passage: &Passage, met: Vec<u32>, labels: &[Label]) -> RankedPassage {
    let grades = met.iter().filter_map(|place| labels.get(*place as usize));
    RankedPassage {
        rank,
        chunk_id: passage.chunk_id,
        document_id: passage.document_id,
        document_name: passage.document_name.clone(),
        heading: passage.heading.clone(),
        page: passage.page,
        score: passage.score,
        text: passage.text.chars().take(BEGINNING).collect(),
        grade: grades.map(|label| label.grade).max(),
        labels: met,
    }
}

fn calls(found: &Retrieved) -> Vec<EvaluationCall> {
    let calls = found.calls.iter().map(|call| EvaluationCall {
        purpose: match call.kind {
            CallKind::Embedding => CallPurpose::Embedding,
            CallKind::Rerank => CallPurpose::Rerank,
            CallKind::Chat => CallPurpose::Answer,
        },
        model: call.model.clone(),
        usage: call.usage,
        error: call.error.clone(),
        took_ms: u64::try_from(call.finished_at.as_millis() - call.started_at.as_millis())
            .unwrap_or(0),
    });
    calls.collect()
}
