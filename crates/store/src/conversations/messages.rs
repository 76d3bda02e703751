//! Messages: their tree first, which is little, then what those on the wanted branch say.

use std::collections::HashMap;

use headwater_model::conversation::tree::{Place, Tree};
use headwater_model::conversation::{Message, MessageStatus};
use headwater_model::id::{ConversationId, MessageId};
use headwater_model::run::Turn;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value};

use super::Conversations;
use crate::{json, values};

/// The most messages one statement names.
const AT_ONCE: usize = 250;

#[derive(FromQueryResult)]
struct PlaceRow {
    id: String,
    parent_id: Option<String>,
    role: String,
    status: String,
    created_at: i64,
    speaks: i64,
    remembers: i64,
}

impl PlaceRow {
    fn read(self) -> Result<Place> {
        Ok(Place {
            id: self.id.parse()?,
            parent: self.parent_id.map(|id| id.parse()).transpose()?,
            role: json::named(&self.role)?,
            status: json::named(&self.status)?,
            created_at: Timestamp::from_millis(self.created_at),
            speaks: self.speaks != 0,
            remembers: self.remembers != 0,
        })
    }
}

#[derive(FromQueryResult)]
struct MessageRow {
    id: String,
    text: String,
    attachments: Option<String>,
    citations: String,
    error: Option<String>,
    run_id: Option<String>,
    model: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cached_tokens: Option<i64>,
    estimated: Option<i64>,
    cost: Option<i64>,
}

impl MessageRow {
    fn read(self, place: &Place, siblings: Vec<MessageId>) -> Result<Message> {
        let usage = self.input_tokens.zip(self.output_tokens);
        let more = (
            self.cached_tokens.unwrap_or(0),
            self.estimated.unwrap_or(0),
            self.cost,
        );
        Ok(Message {
            id: place.id,
            parent: place.parent,
            siblings,
            role: place.role,
            text: self.text,
            attachments: json::read_option(self.attachments.as_ref())?.unwrap_or_default(),
            citations: json::read(&self.citations)?,
            status: place.status,
            error: json::read_option(self.error.as_ref())?,
            run_id: self.run_id.map(|id| id.parse()).transpose()?,
            model: self.model,
            usage: usage.map(|tokens| crate::runs::usage(tokens, more)),
            created_at: place.created_at,
        })
    }
}

#[derive(FromQueryResult)]
struct TextRow {
    id: String,
    text: String,
    attachments: Option<String>,
}

#[derive(FromQueryResult)]
struct VariablesRow {
    variables: Option<String>,
}

impl Conversations<'_> {
    /// Where a conversation's messages stand.
    pub async fn tree(&self, id: ConversationId) -> Result<Tree> {
        let (_, head) = self.get(id).await?;
        let sql = "select id, parent_id, role, status, created_at,
                cast(case when text = '' then 0 else 1 end as bigint) as speaks,
                cast(case when variables is null then 0 else 1 end as bigint) as remembers
             from messages where workspace_id = $1 and conversation_id = $2";
        let key = values![self.workspace.to_string(), id.to_string()];
        let rows: Vec<PlaceRow> = self.store.db().all(sql, key).await?;
        let places = rows.into_iter().map(PlaceRow::read);
        Ok(Tree::new(places.collect::<Result<_>>()?, head))
    }

    /// The messages of the branch that is shown, in order.
    pub async fn messages(&self, id: ConversationId) -> Result<Vec<Message>> {
        let tree = self.tree(id).await?;
        let path = tree.head().map(|head| tree.path(head.id));
        self.told(id, &tree, &path.unwrap_or_default()).await
    }

    /// What these messages of a conversation say, in the order they are given in.
    pub async fn told(
        &self,
        id: ConversationId,
        tree: &Tree,
        places: &[&Place],
    ) -> Result<Vec<Message>> {
        let all = places.len() == tree.places().len();
        let mut rows: HashMap<String, MessageRow> = HashMap::with_capacity(places.len());
        let fields = "id, text, attachments, citations, error, run_id, model, input_tokens, output_tokens, cached_tokens, estimated, cost";
        if all {
            let sql = format!(
                "select {fields} from messages where workspace_id = $1 and conversation_id = $2"
            );
            let key = values![self.workspace.to_string(), id.to_string()];
            let found: Vec<MessageRow> = self.store.db().all(&sql, key).await?;
            rows.extend(found.into_iter().map(|row| (row.id.clone(), row)));
        } else {
            let found: Vec<MessageRow> = self.some(id, fields, places).await?;
            rows.extend(found.into_iter().map(|row| (row.id.clone(), row)));
        }
        let found = places.iter().filter_map(|place| {
            let row = rows.remove(&place.id.to_string())?;
            Some(row.read(place, tree.siblings(place)))
        });
        found.collect()
    }

    async fn some<R: FromQueryResult>(
        &self,
        id: ConversationId,
        fields: &str,
        places: &[&Place],
    ) -> Result<Vec<R>> {
        let mut rows = Vec::with_capacity(places.len());
        for part in places.chunks(AT_ONCE) {
            let names: Vec<String> = (3..part.len() + 3).map(|at| format!("${at}")).collect();
            let sql = format!(
                "select {fields} from messages where workspace_id = $1 and conversation_id = $2 and id in ({})",
                names.join(", ")
            );
            let mut values = values![self.workspace.to_string(), id.to_string()];
            values.extend(part.iter().map(|place| place.id.to_string().into()));
            rows.extend(self.store.db().all::<R>(&sql, values).await?);
        }
        Ok(rows)
    }

    /// The last `most` turns of a branch, without answers that failed, the latest last.
    pub async fn turns(
        &self,
        id: ConversationId,
        path: &[&Place],
        most: usize,
    ) -> Result<Vec<Turn>> {
        let told = path.iter().copied();
        let told: Vec<&Place> = told
            .filter(|place| place.speaks && place.status != MessageStatus::Failed)
            .collect();
        let told = &told[told.len().saturating_sub(most)..];
        let rows: Vec<TextRow> = self.some(id, "id, text, attachments", told).await?;
        let mut rows: HashMap<String, TextRow> =
            rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        let turns = told.iter().filter_map(|place| {
            let row = rows.remove(&place.id.to_string())?;
            let files = json::read_option(row.attachments.as_ref());
            Some(files.map(|files| Turn {
                role: place.role,
                text: row.text,
                files: files.unwrap_or_default(),
            }))
        });
        turns.collect()
    }

    /// The values of a conversation's variables where a branch ends; empty before their first
    /// assignment.
    pub async fn variables_at(
        &self,
        id: ConversationId,
        path: &[&Place],
    ) -> Result<Map<String, Value>> {
        let Some(last) = path.iter().rfind(|place| place.remembers) else {
            return Ok(Map::new());
        };
        let rows: Vec<VariablesRow> = self.some(id, "variables", &[last]).await?;
        let row = rows
            .into_iter()
            .next()
            .ok_or_else(|| Error::not_found("message"))?;
        Ok(json::read_option(row.variables.as_ref())?.unwrap_or_default())
    }

    /// The values of the conversation's variables in the branch that is shown.
    pub async fn variables(&self, id: ConversationId) -> Result<Map<String, Value>> {
        let tree = self.tree(id).await?;
        let path = tree.head().map(|head| tree.path(head.id));
        self.variables_at(id, &path.unwrap_or_default()).await
    }
}
