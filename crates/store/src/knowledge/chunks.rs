//! Stored pieces of documents, as searches and people read them.

use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId};
use headwater_model::knowledge::metadata::Metadata;
use headwater_model::knowledge::{BETWEEN_HEADINGS, Chunk, DocumentChunk};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};
use sea_orm::{FromQueryResult, Value};

use super::Knowledge;
use crate::{Tx, json, like, values};

/// A longer question is not put into a heading as a whole.
const LONGEST_HEADING: usize = 200;

/// A chunk that may be found, with the document it is of. Its text is what is given for it: the part
/// of the document that it lies in, or the answer to it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredChunk {
    pub chunk: Chunk,
    pub document_id: DocumentId,
    pub document_name: String,
    /// Where the document came from.
    pub source_url: Option<String>,
    pub knowledge_base_id: KnowledgeBaseId,
    /// What the document is said to be, and the chunk.
    pub metadata: Metadata,
}

/// Which chunks of a document are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChunkFilter {
    /// Only those with this in their text, heading or keywords; ASCII capitals do not matter.
    pub query: Option<String>,
    /// Those that people changed and whose text the document has lost, instead of the others.
    pub lost: bool,
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) position: i64,
    pub(super) text: String,
    pub(super) heading: Option<String>,
    page: Option<i64>,
    pub(super) state: String,
    pub(super) source_text: Option<String>,
    pub(super) given: Option<String>,
    pub(super) section: Option<i64>,
    section_text: Option<String>,
    pub(super) section_answer: Option<i64>,
    pub(super) tokens: Option<i64>,
    pub(super) disabled: i64,
    pub(super) added: i64,
    keywords: Option<String>,
    metadata: Option<String>,
    document_metadata: Option<String>,
    pub(super) document_id: String,
    document_name: String,
    source_url: Option<String>,
    knowledge_base_id: String,
}

impl Row {
    /// Whether somebody changed something about a chunk of the document's own.
    pub(super) fn is_edited(&self) -> bool {
        self.added == 0
            && (self.source_text.is_some()
                || self.given.is_some()
                || self.disabled != 0
                || self.keywords.is_some()
                || self.metadata.is_some())
    }

    pub(super) fn keywords(&self) -> Result<Vec<String>> {
        Ok(json::read_option(self.keywords.as_ref())?.unwrap_or_default())
    }

    pub(super) fn metadata(&self) -> Result<Metadata> {
        Ok(json::read_option(self.metadata.as_ref())?.unwrap_or_default())
    }

    fn page(&self) -> Option<u32> {
        self.page.and_then(|page| u32::try_from(page).ok())
    }

    /// As people look at it.
    pub(super) fn read(self) -> Result<DocumentChunk> {
        Ok(DocumentChunk {
            id: self.id.parse()?,
            document_id: self.document_id.parse()?,
            index: u32::try_from(self.position).ok(),
            edited: self.is_edited(),
            keywords: self.keywords()?,
            metadata: self.metadata()?,
            page: self.page(),
            given: self.given.or(self.section_text),
            text: self.text,
            heading: self.heading,
            tokens: self.tokens.and_then(|tokens| u32::try_from(tokens).ok()),
            enabled: self.disabled == 0,
            added: self.added != 0,
            source_text: self.source_text,
        })
    }

    /// As a search gives it.
    fn found(self) -> Result<StoredChunk> {
        let document: Option<Metadata> = json::read_option(self.document_metadata.as_ref())?;
        let metadata = document.unwrap_or_default().with(&self.metadata()?);
        let page = self.page();
        let answers = self
            .section_answer
            .map_or(self.given.is_some(), |is| is != 0);
        let heading = match answers {
            true => Some(asked(self.heading, &self.text)),
            false => self.heading,
        };
        Ok(StoredChunk {
            chunk: Chunk {
                id: self.id.parse()?,
                index: u32::try_from(self.position).unwrap_or(u32::MAX),
                text: self.given.or(self.section_text).unwrap_or(self.text),
                page,
                heading,
            },
            document_id: self.document_id.parse()?,
            document_name: self.document_name,
            source_url: self.source_url,
            knowledge_base_id: self.knowledge_base_id.parse()?,
            metadata,
        })
    }
}

/// The question stands above its answer, like a heading.
fn asked(heading: Option<String>, question: &str) -> String {
    let question: Vec<&str> = question.split_whitespace().collect();
    let mut question = question.join(" ");
    if let Some((at, _)) = question.char_indices().nth(LONGEST_HEADING) {
        question.truncate(at);
        question.push('…');
    }
    match heading {
        Some(heading) => format!("{heading}{BETWEEN_HEADINGS}{question}"),
        None => question,
    }
}

pub(super) const SELECT: &str = "select c.id, c.position, c.text, c.heading, c.page, c.state,
    c.source_text, c.given, c.section, s.text as section_text, s.answer as section_answer,
    c.tokens, c.disabled, c.added, c.keywords, c.metadata, d.metadata as document_metadata,
    c.document_id, d.name as document_name, d.source_url,
    d.knowledge_base_id from chunks c
    join documents d on d.id = c.document_id
    left join sections s on s.document_id = c.document_id and s.position = c.section
    where c.workspace_id = $1";

impl Knowledge<'_> {
    /// A document's chunks, in order.
    pub async fn chunks(
        &self,
        document: DocumentId,
        filter: &ChunkFilter,
        page: &PageRequest,
    ) -> Result<Page<DocumentChunk>> {
        let after: i64 = match &page.after {
            None => i64::MIN,
            Some(text) => text
                .parse()
                .map_err(|_| Error::invalid("after", "Pass the `next` of the page before."))?,
        };
        let sql = format!(
            "{SELECT} and c.document_id = $2 and c.state = $3 and c.position > $4
                and ($5 = '' or lower(c.text) like $5 escape '!'
                    or lower(coalesce(c.heading, '')) like $5 escape '!'
                    or lower(coalesce(c.keywords, '')) like $5 escape '!')
             order by c.position limit $6"
        );
        let values = values![
            self.workspace.to_string(),
            document.to_string(),
            if filter.lost { "left" } else { "live" },
            after,
            filter.query.as_deref().map_or_else(String::new, |query| {
                like::containing(&query.to_ascii_lowercase())
            }),
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let page = Page::from_rows(rows, page.limit, |row| row.position.to_string());
        let items = page.items.into_iter().map(Row::read);
        Ok(Page {
            items: items.collect::<Result<_>>()?,
            next: page.next,
        })
    }

    /// One chunk that answers, or that has lost its source.
    pub async fn chunk(&self, id: ChunkId) -> Result<DocumentChunk> {
        let sql = format!("{SELECT} and c.id = $2 and c.state <> 'staged'");
        let values = values![self.workspace.to_string(), id.to_string()];
        let row: Option<Row> = self.store.db().one(&sql, values).await?;
        row.ok_or_else(|| Error::not_found("chunk"))?.read()
    }

    /// Those of the chunks that answer now.
    pub async fn chunks_by_id(&self, ids: &[ChunkId]) -> Result<Vec<StoredChunk>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (2..ids.len() + 2).map(|n| format!("${n}")).collect();
        let sql = format!(
            "{SELECT} and c.state = 'live' and c.disabled = 0 and c.id in ({})",
            places.join(", ")
        );
        let mut values = values![self.workspace.to_string()];
        values.extend(ids.iter().map(|id| Value::from(id.to_string())));
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        rows.into_iter().map(Row::found).collect()
    }
}

/// All chunks of a document, whatever their state.
pub(super) async fn all(tx: &Tx<'_>, workspace: &str, document: &str) -> Result<Vec<Row>> {
    let sql = format!("{SELECT} and c.document_id = $2 order by c.position");
    tx.all(&sql, values![workspace, document]).await
}

/// Postgres' text cannot hold a zero character.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_the_last_heading_of_its_answer() {
        assert_eq!(asked(Some("FAQ".to_owned()), "How\n so?"), "FAQ › How so?");
        assert_eq!(asked(None, &"x".repeat(300)).chars().count(), 201);
    }
}
