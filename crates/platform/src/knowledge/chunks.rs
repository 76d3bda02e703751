//! Chunks that people look at, change and add.

use headwater_model::access::{Caller, Permission};
use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::metadata::Metadata;
use headwater_model::knowledge::{DocumentChunk, KnowledgeBase};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};
use headwater_store::knowledge::{ChunkChanges, ChunkFilter, NewChunk, NewText};

use crate::Platform;

/// Of a chunk somebody writes, and of what is given for it, in characters.
const LONGEST_TEXT: usize = 50_000;
const LONGEST_HEADING: usize = 500;
const MOST_KEYWORDS: usize = 50;
const LONGEST_KEYWORD: usize = 100;
const LONGEST_QUERY: usize = 200;

/// What is to be changed about a chunk; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ChunkEdit {
    /// Another text, or none: what the document says.
    pub text: Option<Option<String>>,
    /// What is given when it is found, or none: what the document says.
    pub given: Option<Option<String>>,
    pub enabled: Option<bool>,
    pub keywords: Option<Vec<String>>,
    pub metadata: Option<Metadata>,
}

/// A chunk that somebody writes.
#[derive(Clone, Debug, Default)]
pub struct ChunkToAdd {
    pub text: String,
    pub given: Option<String>,
    pub heading: Option<String>,
    pub page: Option<u32>,
    pub keywords: Vec<String>,
    pub metadata: Metadata,
}

impl Platform {
    /// A document's chunks, in order.
    pub async fn document_chunks(
        &self,
        caller: &Caller,
        id: DocumentId,
        filter: &ChunkFilter,
        page: &PageRequest,
    ) -> Result<Page<DocumentChunk>> {
        self.document(caller, id).await?;
        let query = filter.query.as_deref().unwrap_or_default();
        if query.chars().count() > LONGEST_QUERY || query.contains('\0') {
            return Err(Error::invalid(
                "query",
                format!("query may have at most {LONGEST_QUERY} characters."),
            ));
        }
        self.store()
            .knowledge(caller.workspace)
            .chunks(id, filter, page)
            .await
    }

    /// One chunk.
    pub async fn document_chunk(&self, caller: &Caller, id: ChunkId) -> Result<DocumentChunk> {
        caller.require(Permission::KnowledgeRead)?;
        self.store().knowledge(caller.workspace).chunk(id).await
    }

    /// Changes a chunk: when this returns, searches find it as it is now. A new text is embedded first,
    /// so that a model that is away leaves everything as it was.
    pub async fn edit_chunk(
        &self,
        caller: &Caller,
        id: ChunkId,
        edit: ChunkEdit,
    ) -> Result<DocumentChunk> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        let chunk = knowledge.chunk(id).await?;
        let base = self.base_of(caller.workspace, chunk.document_id).await?;
        let wanted = match edit.text {
            None => None,
            Some(Some(text)) => Some(checked_text("text", text)?),
            Some(None) => chunk.source_text.clone(),
        };
        let text = match wanted {
            Some(text) if text != chunk.text => {
                let heading = chunk.heading.as_deref();
                Some(
                    self.new_text(caller.workspace, &base, heading, text)
                        .await?,
                )
            }
            _ => None,
        };
        let changes = ChunkChanges {
            text,
            given: match edit.given {
                Some(Some(given)) => Some(Some(checked_text("given", given)?)),
                other => other,
            },
            enabled: edit.enabled,
            keywords: edit.keywords.map(checked_keywords).transpose()?,
            metadata: checked_metadata(edit.metadata)?,
        };
        knowledge
            .change_chunk(base.id, chunk.document_id, id, changes, &caller.label())
            .await?;
        self.level(caller.workspace, base.id).await;
        knowledge.chunk(id).await
    }

    /// Adds a chunk at the end of a document.
    pub async fn add_chunk(
        &self,
        caller: &Caller,
        document: DocumentId,
        new: ChunkToAdd,
    ) -> Result<DocumentChunk> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        let base = self.base_of(caller.workspace, document).await?;
        let heading = checked_heading(new.heading)?;
        let text = checked_text("text", new.text)?;
        let given = new.given.map(|given| checked_text("given", given));
        new.metadata.check()?;
        let new = NewChunk {
            given: given.transpose()?,
            keywords: checked_keywords(new.keywords)?,
            text: self
                .new_text(caller.workspace, &base, heading.as_deref(), text)
                .await?,
            heading,
            page: new.page,
            metadata: new.metadata,
        };
        let id = knowledge
            .add_chunk(base.id, document, new, &caller.label())
            .await?;
        self.level(caller.workspace, base.id).await;
        knowledge.chunk(id).await
    }

    /// Deletes a chunk that somebody added, or a change whose chunk the document no longer has.
    pub async fn delete_chunk(&self, caller: &Caller, id: ChunkId) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        let document = knowledge.chunk(id).await?.document_id;
        let base = knowledge.document(document).await?.knowledge_base_id;
        knowledge
            .delete_chunk(base, document, id, &caller.label())
            .await?;
        self.level(caller.workspace, base).await;
        Ok(())
    }

    async fn base_of(&self, workspace: WorkspaceId, document: DocumentId) -> Result<KnowledgeBase> {
        let knowledge = self.store().knowledge(workspace);
        let base: KnowledgeBaseId = knowledge.document(document).await?.knowledge_base_id;
        knowledge.get(&base.to_string()).await
    }

    async fn new_text(
        &self,
        workspace: WorkspaceId,
        base: &KnowledgeBase,
        heading: Option<&str>,
        text: String,
    ) -> Result<NewText> {
        let embedding = &self.inner.knowledge.embedding;
        let counter = embedding.counter(base.embedding_model.as_deref()).await?;
        Ok(NewText {
            tokens: u32::try_from(counter.count(&text)).unwrap_or(u32::MAX),
            vectors: embedding.of(workspace, base.id, heading, &text).await?,
            text,
        })
    }
}

fn checked_text(field: &'static str, text: String) -> Result<String> {
    let text = text.trim();
    if !(1..=LONGEST_TEXT).contains(&text.chars().count()) || text.contains('\0') {
        return Err(Error::invalid(
            field,
            format!("{field} must have 1 to {LONGEST_TEXT} characters."),
        ));
    }
    Ok(text.to_owned())
}

fn checked_heading(heading: Option<String>) -> Result<Option<String>> {
    let Some(heading) = heading else {
        return Ok(None);
    };
    let heading = heading.trim();
    if heading.chars().count() > LONGEST_HEADING || heading.chars().any(char::is_control) {
        return Err(Error::invalid(
            "heading",
            format!("heading may have at most {LONGEST_HEADING} characters, on one line."),
        ));
    }
    Ok((!heading.is_empty()).then(|| heading.to_owned()))
}

fn checked_keywords(keywords: Vec<String>) -> Result<Vec<String>> {
    let fits = |keyword: &String| {
        (1..=LONGEST_KEYWORD).contains(&keyword.chars().count())
            && !keyword.chars().any(char::is_control)
    };
    let keywords: Vec<String> = keywords
        .into_iter()
        .map(|keyword| keyword.trim().to_owned())
        .collect();
    if keywords.len() > MOST_KEYWORDS || !keywords.iter().all(fits) {
        return Err(Error::invalid(
            "keywords",
            format!(
                "keywords may be at most {MOST_KEYWORDS} texts of 1 to {LONGEST_KEYWORD} characters."
            ),
        ));
    }
    Ok(keywords)
}

fn checked_metadata(metadata: Option<Metadata>) -> Result<Option<Metadata>> {
    if let Some(metadata) = &metadata {
        metadata.check()?;
    }
    Ok(metadata)
}
