//! The models that one search asks. Where one fails the search goes on without it, and says so.

use std::sync::Arc;
use std::time::Duration;

use headwater_knowledge::retrieve::Found;
use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::retrieval::{SearchMode, SearchNote, SearchPart};
use headwater_model::ports::{EmbedRequest, IndexVector, Purpose, RerankRequest};
use headwater_model::run::Failure;
use headwater_model::run::trace::{CallKind, MadeCall};
use headwater_model::usage::Usage;
use headwater_model::{Code, Error, Result, Timestamp};
use headwater_store::knowledge::IndexedBase;

use super::Retrieval;

/// How long the vectors of a question are waited for: a local model may have to be read first.
const EMBEDDING: Duration = Duration::from_secs(30);
/// How long a reranking model is waited for.
const RERANKING: Duration = Duration::from_secs(15);

/// What a search asked of models, and what came of it.
pub(super) struct Asked<'r> {
    retrieval: &'r Retrieval,
    workspace: WorkspaceId,
    pub notes: Vec<SearchNote>,
    pub calls: Vec<MadeCall>,
}

impl<'r> Asked<'r> {
    pub fn new(retrieval: &'r Retrieval, workspace: WorkspaceId) -> Self {
        Self {
            retrieval,
            workspace,
            notes: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// For each wording its vectors in the spaces the bases are searched by. A model that fails is
    /// left out and noted; an error when nothing could be searched without it.
    pub async fn vectors(
        &mut self,
        mode: SearchMode,
        bases: &[IndexedBase],
        wordings: &[Arc<str>],
    ) -> Result<Vec<Vec<IndexVector>>> {
        let mut vectors: Vec<Vec<IndexVector>> = vec![Vec::new(); wordings.len()];
        let (mut spaces, mut failed) = (Vec::<&Arc<str>>::new(), None);
        for base in bases {
            let Some(model) = &base.searched_model else {
                if mode == SearchMode::Vector {
                    self.note_without_model(base);
                }
                continue;
            };
            if spaces.contains(&model) {
                continue;
            }
            spaces.push(model);
            match self.embed(model, wordings).await {
                Ok(found) => {
                    for (of, values) in vectors.iter_mut().zip(found) {
                        of.push(IndexVector {
                            space: model.clone(),
                            values,
                        });
                    }
                }
                Err(error) => failed = Some(self.without(model, mode, error)),
            }
        }
        match failed {
            Some(error) if mode == SearchMode::Vector && vectors.iter().all(Vec::is_empty) => {
                Err(error)
            }
            _ => Ok(vectors),
        }
    }

    fn note_without_model(&mut self, base: &IndexedBase) {
        let note = format!(
            "Nothing of {} can be found by vectors: it has no embedding model. Give it one, or \
             search in the mode hybrid.",
            base.id
        );
        self.notes
            .push(SearchNote::new(SearchPart::Embedding, note));
    }

    fn without(&mut self, model: &str, mode: SearchMode, error: Error) -> Error {
        let instead = match mode {
            SearchMode::Hybrid => "Only words were searched",
            _ => "What it has vectors of was left out",
        };
        let note = format!("{instead}, because {model} failed: {}", error.message);
        self.notes
            .push(SearchNote::new(SearchPart::Embedding, note));
        error
    }

    async fn embed(&mut self, model: &str, texts: &[Arc<str>]) -> Result<Vec<Vec<f32>>> {
        let request = EmbedRequest {
            workspace: self.workspace,
            model: model.to_owned(),
            purpose: Purpose::Query,
            texts: texts.to_vec(),
        };
        let began = self.now();
        let done = within(EMBEDDING, model, self.retrieval.embed.embed(request)).await;
        let done = done.and_then(|done| match done.vectors.len() == texts.len() {
            true => Ok(done),
            false => Err(Error::internal("not one vector per wording")),
        });
        match done {
            Ok(done) => {
                // What was known already is no call.
                if !done.usage.is_nothing() {
                    self.made(CallKind::Embedding, model, began, Ok(done.usage));
                }
                Ok(done.vectors)
            }
            Err(error) => {
                tracing::info!(model, ?error, "a question could not be embedded");
                self.made(CallKind::Embedding, model, began, Err(&error));
                Err(error)
            }
        }
    }

    /// What a model judges the passages to be worth; nothing when it failed.
    pub async fn judge(&mut self, model: &str, query: &str, found: &[Found]) -> Option<Vec<f64>> {
        if found.is_empty() {
            return None;
        }
        let request = RerankRequest {
            workspace: self.workspace,
            model: model.to_owned(),
            query: query.to_owned(),
            texts: found.iter().map(whole_text).collect(),
        };
        let began = self.now();
        let done = within(RERANKING, model, self.retrieval.rerank.rerank(request)).await;
        let done = done.and_then(|done| match done.scores.len() == found.len() {
            true => Ok(done),
            false => Err(Error::internal("not one score per passage")),
        });
        match done {
            Ok(done) => {
                self.made(CallKind::Rerank, model, began, Ok(done.usage));
                Some(done.scores)
            }
            Err(error) => {
                tracing::info!(model, ?error, "passages could not be reranked");
                self.made(CallKind::Rerank, model, began, Err(&error));
                let note = format!(
                    "The passages stand in the order in which they were found, because {model} \
                     failed: {}",
                    error.message
                );
                self.notes.push(SearchNote::new(SearchPart::Rerank, note));
                None
            }
        }
    }

    fn made(&mut self, kind: CallKind, model: &str, began: Timestamp, end: Result<Usage, &Error>) {
        self.calls.push(MadeCall {
            kind,
            model: model.to_owned(),
            usage: end.unwrap_or_default(),
            error: end.err().map(Failure::from),
            started_at: began,
            finished_at: self.now(),
        });
    }

    fn now(&self) -> Timestamp {
        self.retrieval.clock.now()
    }
}

/// A passage as a model reads it: below its heading.
fn whole_text(found: &Found) -> Arc<str> {
    match &found.chunk.heading {
        Some(heading) => format!("{heading}\n{}", found.chunk.text).into(),
        None => found.chunk.text.as_str().into(),
    }
}

async fn within<T>(
    limit: Duration,
    model: &str,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(Error::new(
            Code::Timeout,
            format!("{model} did not answer within {} s.", limit.as_secs()),
        )),
    }
}
