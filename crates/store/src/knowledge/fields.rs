//! The fields of chunks that were found: what filters and boosts ask for.

use std::collections::HashMap;

use headwater_model::id::ChunkId;
use headwater_model::knowledge::filter::FieldValue;
use headwater_model::{Result, Timestamp};
use sea_orm::{FromQueryResult, Value};

use super::Knowledge;
use crate::values;

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
                d.created_at
             from chunks c join documents d on d.id = c.document_id
             where c.workspace_id = $1 and c.id in ({})",
            places.join(", ")
        );
        let mut values = values![self.workspace.to_string()];
        values.extend(ids.iter().map(|id| Value::from(id.to_string())));
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        rows.into_iter()
            .map(|row| Ok((row.id.parse()?, row.fields())))
            .collect()
    }
}

impl Row {
    fn fields(self) -> Vec<(String, FieldValue)> {
        let at = Timestamp::from_millis(self.created_at).to_string();
        let mut fields = vec![
            ("document_id", FieldValue::Text(self.document_id)),
            ("document_name", FieldValue::Text(self.name)),
            ("media_type", FieldValue::Text(self.media_type)),
            ("bytes", FieldValue::Number(self.bytes as f64)),
            ("added_at", FieldValue::Text(at)),
        ];
        fields.extend(
            self.page
                .map(|page| ("page", FieldValue::Number(page as f64))),
        );
        fields.extend(
            self.heading
                .map(|heading| ("heading", FieldValue::Text(heading))),
        );
        let named = |(name, value): (&str, FieldValue)| (name.to_owned(), value);
        fields.into_iter().map(named).collect()
    }
}
