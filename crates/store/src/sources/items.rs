//! What a sync looks at, item by item: each with what came of it, in one transaction with the document
//! it became. A crash leaves an item either looked at or waiting.

use std::collections::HashSet;

use headwater_model::id::{DocumentId, SyncId, WorkspaceId};
use headwater_model::knowledge::source::ItemOutcome;
use headwater_model::{Code, Result, Timestamp};
use sea_orm::{FromQueryResult, Value};

use super::{Sources, SyncState};
use crate::knowledge::{Holder, NewDocument, Quota, add_in, must_hold, replace_in};
use crate::{Tx, json, values};

/// Addresses that are looked up by one statement.
const ROWS: usize = 100;

/// An item that waits to be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewItem {
    pub address: String,
    /// How many links it is away from where the sync began.
    pub depth: u32,
    /// How many addresses led to it one after the other.
    pub hops: u32,
    /// Whether another page named it as its own address.
    pub canonical: bool,
    /// What the list said of it.
    pub data: Option<String>,
}

/// The next item to look at.
#[derive(Clone, Debug)]
pub struct SyncItem {
    pub item: NewItem,
    /// How often it was tried before.
    pub attempts: u32,
    /// What is known of it from before.
    pub known: Option<KnownItem>,
}

/// An item that has a document.
#[derive(Clone, Debug)]
pub struct KnownItem {
    pub document: DocumentId,
    pub stamp: Stamp,
}

/// How it is told whether an item changed, and where it leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    pub etag: Option<String>,
    pub modified: Option<String>,
    /// Of its bytes.
    pub hash: String,
    pub links: Vec<String>,
}

/// What came of an item.
#[derive(Clone, Debug)]
pub struct Looked {
    pub address: String,
    /// `None` puts it off: it is tried again after the others.
    pub outcome: Option<ItemOutcome>,
    pub reason: String,
    pub kept: Kept,
    /// What it leads to.
    pub found: Vec<NewItem>,
}

/// What is kept of an item.
#[derive(Clone, Debug)]
pub enum Kept {
    Nothing,
    /// It is as it was.
    Same(Stamp),
    /// Its bytes, which are in place, are a document now.
    Document {
        new: NewDocument,
        /// Where people open it.
        url: String,
        stamp: Stamp,
    },
}

#[derive(FromQueryResult)]
struct Row {
    address: String,
    depth: i64,
    hops: i64,
    attempts: i64,
    canonical: i64,
    data: Option<String>,
    document_id: Option<String>,
    etag: Option<String>,
    modified: Option<String>,
    hash: Option<String>,
    links: Option<String>,
}

#[derive(FromQueryResult)]
struct Address {
    address: String,
}

#[derive(FromQueryResult)]
struct Outcome {
    outcome: Option<String>,
}

#[derive(FromQueryResult)]
struct Place {
    n: i64,
    last: i64,
}

#[derive(FromQueryResult)]
struct DocumentRow {
    document_id: String,
}

fn small(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Row {
    fn read(self) -> Result<SyncItem> {
        let links = json::read_option(self.links.as_ref())?.unwrap_or_default();
        let known = match self.document_id {
            Some(document) => Some(KnownItem {
                document: document.parse()?,
                stamp: Stamp {
                    etag: self.etag,
                    modified: self.modified,
                    hash: self.hash.unwrap_or_default(),
                    links,
                },
            }),
            None => None,
        };
        Ok(SyncItem {
            item: NewItem {
                address: self.address,
                depth: small(self.depth),
                hops: small(self.hops),
                canonical: self.canonical != 0,
                data: self.data,
            },
            attempts: small(self.attempts),
            known,
        })
    }
}

impl Sources<'_> {
    /// Begins with these items. What is more than `most` in all is left out, and noted.
    pub async fn listed(
        &self,
        state: &SyncState,
        holder: &Holder,
        items: Vec<NewItem>,
        most: u32,
    ) -> Result<()> {
        let (sync, holder) = (state.id, holder.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    must_hold(tx, &holder).await?;
                    enlist(tx, sync, items, most).await?;
                    let sql = "update syncs set listed = 1 where id = $1";
                    tx.exec(sql, values![sync.to_string()]).await.map(drop)
                })
            })
            .await
    }

    /// The next item that waits, in the order they were found.
    pub async fn next_item(&self, state: &SyncState) -> Result<Option<SyncItem>> {
        let sql = "select i.address, i.depth, i.hops, i.attempts, i.canonical, i.data,
                k.document_id, k.etag, k.modified, k.hash, k.links
            from sync_items i left join source_items k on k.source_id = $2 and k.address = i.address
            where i.sync_id = $1 and i.outcome is null order by i.position limit 1";
        let values = values![state.id.to_string(), state.source.to_string()];
        let row: Option<Row> = self.store.db().one(sql, values).await?;
        row.map(Row::read).transpose()
    }

    /// Whether an address was found to lead to another one.
    pub async fn has_moved(&self, state: &SyncState, address: &str) -> Result<bool> {
        let sql = "select outcome from sync_items where sync_id = $1 and address = $2";
        let key = values![state.id.to_string(), address];
        let row: Option<Outcome> = self.store.db().one(sql, key).await?;
        Ok(row.is_some_and(|row| row.outcome.as_deref() == Some(ItemOutcome::Moved.as_str())))
    }

    /// Records what came of an item, with its document and what it leads to; gives the name of the bytes
    /// that are no longer needed.
    ///
    /// Errors: those of a quota; `not_found` when the sync is no longer this worker's.
    pub async fn looked(
        &self,
        state: &SyncState,
        holder: &Holder,
        looked: Looked,
        (most, quota): (u32, Quota),
    ) -> Result<Option<DocumentId>> {
        let (workspace, now) = (self.workspace, self.store.now());
        let (state, holder) = (*state, holder.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    must_hold(tx, &holder).await?;
                    let key = (workspace, &state);
                    let before = keep(tx, key, &looked.address, looked.kept, quota, now).await?;
                    settle(tx, &state, &looked.address, looked.outcome, &looked.reason).await?;
                    enlist(tx, state.id, looked.found, most).await?;
                    Ok(before)
                })
            })
            .await
    }
}

async fn settle(
    tx: &Tx<'_>,
    state: &SyncState,
    address: &str,
    outcome: Option<ItemOutcome>,
    reason: &str,
) -> Result<()> {
    tx.exec(
        "update sync_items set outcome = $3, reason = $4, attempts = attempts + 1,
            position = case when $5 = 1 then position else
                (select max(o.position) + 1 from sync_items o where o.sync_id = $1) end
         where sync_id = $1 and address = $2",
        values![
            state.id.to_string(),
            address,
            outcome.map(ItemOutcome::as_str),
            reason,
            i64::from(outcome.is_some())
        ],
    )
    .await
    .map(drop)
}

async fn keep(
    tx: &Tx<'_>,
    (workspace, state): (WorkspaceId, &SyncState),
    address: &str,
    kept: Kept,
    quota: Quota,
    now: Timestamp,
) -> Result<Option<DocumentId>> {
    let source = state.source.to_string();
    let (stamp, document, before) = match kept {
        Kept::Nothing => return Ok(None),
        Kept::Same(stamp) => (stamp, None, None),
        Kept::Document { new, url, stamp } => {
            let known: Option<DocumentRow> = tx
                .one(
                    "select document_id from source_items where source_id = $1 and address = $2",
                    values![source.clone(), address],
                )
                .await?;
            let by = (now, source.as_str());
            let replaced = match known {
                Some(known) => {
                    let id: DocumentId = known.document_id.parse()?;
                    match replace_in(tx, workspace, id, &new, quota, by).await {
                        Ok(before) => Some((id, before)),
                        // It went another way.
                        Err(error) if error.code == Code::NotFound => None,
                        Err(error) => return Err(error),
                    }
                }
                None => None,
            };
            let (id, before) = match replaced {
                Some((id, before)) => (id, Some(before)),
                None => {
                    add_in(
                        tx,
                        workspace,
                        state.base,
                        std::slice::from_ref(&new),
                        quota,
                        by,
                    )
                    .await?;
                    (new.id, None)
                }
            };
            tx.exec(
                "update documents set source_id = $3, source_url = $4
                 where workspace_id = $1 and id = $2",
                values![workspace.to_string(), id.to_string(), source.clone(), url],
            )
            .await?;
            (stamp, Some(id), before)
        }
    };
    let links = match stamp.links.is_empty() {
        true => None,
        false => Some(json::write(&stamp.links)?),
    };
    let mut values = values![
        source,
        address,
        stamp.etag,
        stamp.modified,
        stamp.hash,
        links
    ];
    match document {
        None => {
            let sql = "update source_items set etag = $3, modified = $4, hash = $5, links = $6
                where source_id = $1 and address = $2";
            tx.exec(sql, values).await?;
        }
        Some(document) => {
            values.push(Value::from(document.to_string()));
            let sql = "insert into source_items (source_id, address, etag, modified, hash, links, document_id)
                values ($1, $2, $3, $4, $5, $6, $7)
                on conflict (source_id, address) do update set etag = excluded.etag,
                    modified = excluded.modified, hash = excluded.hash, links = excluded.links,
                    document_id = excluded.document_id";
            tx.exec(sql, values).await?;
        }
    }
    Ok(before)
}

/// Adds items that are new to a sync, as long as there is room.
async fn enlist(tx: &Tx<'_>, sync: SyncId, items: Vec<NewItem>, most: u32) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let id = sync.to_string();
    let mut known: HashSet<String> = HashSet::new();
    for some in items.chunks(ROWS) {
        let places: Vec<String> = (2..some.len() + 2).map(|n| format!("${n}")).collect();
        let sql = format!(
            "select address from sync_items where sync_id = $1 and address in ({})",
            places.join(", ")
        );
        let mut values = values![id.clone()];
        values.extend(some.iter().map(|item| Value::from(item.address.clone())));
        let rows: Vec<Address> = tx.all(&sql, values).await?;
        known.extend(rows.into_iter().map(|row| row.address));
    }
    let place: Option<Place> = tx
        .one(
            "select count(*) as n, coalesce(max(position), 0) as last from sync_items where sync_id = $1",
            values![id.clone()],
        )
        .await?;
    let Place { n, mut last } = place.unwrap_or(Place { n: 0, last: 0 });
    let mut room = i64::from(most) - n;
    let mut values = Vec::new();
    let mut cut_off = false;
    for item in items {
        if !known.insert(item.address.clone()) {
            continue;
        }
        if room <= 0 {
            cut_off = true;
            break;
        }
        room -= 1;
        last += 1;
        values.extend(values![
            id.clone(),
            item.address,
            last,
            i64::from(item.depth),
            i64::from(item.hops),
            i64::from(item.canonical),
            item.data
        ]);
    }
    let into = "insert into sync_items (sync_id, address, position, depth, hops, canonical, data)";
    tx.insert_many(into, 7, values).await?;
    if cut_off {
        let sql = "update syncs set cut_off = 1 where id = $1";
        tx.exec(sql, values![id]).await?;
    }
    Ok(())
}
