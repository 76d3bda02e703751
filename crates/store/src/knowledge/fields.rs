//! The fields of chunks that were found: what filters and boosts ask for.

use std::collections::HashMap;

use headwater_model::id::ChunkId;
use headwater_model::knowledge::filter::FieldValue;
use headwater_model::knowledge::metadata::Metadata;
use headwater_model::{Result, Timestamp};
use sea_orm::{FromQueryResult, Value};

use super::Knowledge;
use crate::{json, values};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    document_id: String,
    heading: Option<String>,
    page: Option<i64>,
    name: String,
    media_type: String,
    bytes: i64,
    created_at: i64,
    metadata: Option<String>,
    document_metadata: Option<String>,
}

impl Knowledge<'_> {
    /// The fields of those of the chunks that are there; a name may be there several times.
    pub async fn fields(
        &self,
        ids: &[ChunkId],
    ) -> Result<HashMap<ChunkId, Vec<(String, FieldValue)>>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let places: Vec<String> = (2..ids.len() + 2).map(|n| format!("${n}")).collect();
        let sql = format!(
            "select c.id, c.document_id, c.heading, c.page, d.name, d.media_type, d.bytes,
                d.created_at, c.metadata, d.metadata as document_metadata
             from chunks c join documents d on d.id = c.document_id
             where c.workspace_id = $1 and c.id in ({})",
            places.join(", ")
        );
        let mut values = values![self.workspace.to_string()];
        values.extend(ids.iter().map(|id| Value::from(id.to_string())));
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        rows.into_iter()
            .map(|row| Ok((row.id.parse()?, row.said().fields()?)))
            .collect()
    }
}

impl Row {
    fn said(&self) -> Said<'_> {
        Said {
            document: &self.document_id,
            name: &self.name,
            media_type: &self.media_type,
            bytes: self.bytes,
            created_at: self.created_at,
            page: self.page,
            heading: self.heading.as_deref(),
            document_metadata: self.document_metadata.as_ref(),
            metadata: self.metadata.as_ref(),
        }
    }
}

/// What rows say of a chunk and its document.
pub(super) struct Said<'r> {
    pub(super) document: &'r str,
    pub(super) name: &'r str,
    pub(super) media_type: &'r str,
    pub(super) bytes: i64,
    /// Milliseconds since 1970.
    pub(super) created_at: i64,
    pub(super) page: Option<i64>,
    pub(super) heading: Option<&'r str>,
    /// JSON.
    pub(super) document_metadata: Option<&'r String>,
    /// JSON; what a chunk says counts before what its document says.
    pub(super) metadata: Option<&'r String>,
}

impl Said<'_> {
    pub(super) fn fields(&self) -> Result<Vec<(String, FieldValue)>> {
        let at = Timestamp::from_millis(self.created_at).to_string();
        let mut fields = vec![
            ("document_id", FieldValue::from(self.document)),
            ("document_name", FieldValue::from(self.name)),
            ("media_type", FieldValue::from(self.media_type)),
            ("bytes", FieldValue::Number(self.bytes as f64)),
            ("added_at", FieldValue::Text(at)),
        ];
        fields.extend(
            self.page
                .map(|page| ("page", FieldValue::Number(page as f64))),
        );
        fields.extend(self.heading.map(|text| ("heading", text.into())));
        let named = |(name, value): (&str, FieldValue)| (name.to_owned(), value);
        let mut fields: Vec<_> = fields.into_iter().map(named).collect();
        let read = |text: Option<&String>| -> Result<Metadata> {
            Ok(json::read_option(text)?.unwrap_or_default())
        };
        let metadata = read(self.document_metadata)?.with(&read(self.metadata)?);
        for (name, value) in &metadata.0 {
            let values = value.values().iter();
            fields.extend(values.map(|value| (name.clone(), value.clone())));
        }
        Ok(fields)
    }
}
