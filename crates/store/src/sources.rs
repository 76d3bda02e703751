//! Sources of knowledge bases: places outside that they are kept in step with.

mod items;
mod syncs;

use headwater_model::id::{DocumentId, KnowledgeBaseId, SourceId, WorkspaceId};
use headwater_model::knowledge::source::{Source, SourceSettings, SyncSchedule};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::knowledge::delete_in;
use crate::{Store, Tx, json, queue, values};

pub use items::{Kept, KnownItem, Looked, NewItem, Stamp, SyncItem};
pub use syncs::{Gone, Report, SYNC, Standing, SyncState};

/// Documents that go in one transaction.
const AT_ONCE: i64 = 100;

/// A workspace's sources.
pub struct Sources<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

/// A source whose time has come.
#[derive(Clone, Debug)]
pub struct DueSource {
    pub workspace: WorkspaceId,
    pub id: SourceId,
    pub schedule: SyncSchedule,
    pub due: Timestamp,
}

/// A source to be kept.
#[derive(Clone, Debug)]
pub struct NewSource {
    pub name: String,
    pub settings: SourceSettings,
    pub schedule: Option<SyncSchedule>,
    pub paused: bool,
    pub next_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    knowledge_base_id: String,
    name: String,
    settings: String,
    schedule: Option<String>,
    paused: i64,
    next_at: Option<i64>,
    documents: i64,
    created_at: i64,
    updated_at: i64,
}

#[derive(FromQueryResult)]
struct DueRow {
    id: String,
    workspace_id: String,
    schedule: String,
    next_at: i64,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: String,
}

impl Row {
    fn read(self) -> Result<Source> {
        Ok(Source {
            id: self.id.parse()?,
            knowledge_base_id: self.knowledge_base_id.parse()?,
            name: self.name,
            settings: json::read(&self.settings)?,
            schedule: json::read_option(self.schedule.as_ref())?,
            paused: self.paused != 0,
            next_at: self.next_at.map(Timestamp::from_millis),
            documents: u64::try_from(self.documents).unwrap_or(0),
            last_sync: None,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

const SELECT: &str = "select s.id, s.knowledge_base_id, s.name, s.settings, s.schedule, s.paused,
    s.next_at, s.created_at, s.updated_at,
    (select count(*) from documents d where d.source_id = s.id) as documents
    from sources s where s.workspace_id = $1";

impl Store {
    /// The sources of a workspace.
    pub fn sources(&self, workspace: WorkspaceId) -> Sources<'_> {
        Sources {
            store: self,
            workspace,
        }
    }

    /// Sources of all workspaces whose time has come, the longest due first.
    pub async fn due_sources(&self, now: Timestamp, limit: u32) -> Result<Vec<DueSource>> {
        let sql = "select id, workspace_id, schedule, next_at from sources
            where next_at <= $1 and paused = 0 and schedule is not null order by next_at limit $2";
        let values = values![now.as_millis(), i64::from(limit)];
        let rows: Vec<DueRow> = self.db().all(sql, values).await?;
        rows.into_iter()
            .map(|row| {
                Ok(DueSource {
                    workspace: row.workspace_id.parse()?,
                    id: row.id.parse()?,
                    schedule: json::read(&row.schedule)?,
                    due: Timestamp::from_millis(row.next_at),
                })
            })
            .collect()
    }
}

impl Sources<'_> {
    /// A knowledge base's sources, oldest first.
    pub async fn list(&self, base: KnowledgeBaseId, page: &PageRequest) -> Result<Page<Source>> {
        let sql =
            format!("{SELECT} and s.knowledge_base_id = $2 and s.id > $3 order by s.id limit $4");
        let values = values![
            self.workspace.to_string(),
            base.to_string(),
            page.after.clone().unwrap_or_default(),
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let mut page = Page::from_rows(rows, page.limit, |row| row.id.clone());
        let mut items = Vec::with_capacity(page.items.len());
        for row in page.items.drain(..) {
            items.push(self.with_sync(row.read()?).await?);
        }
        Ok(Page {
            items,
            next: page.next,
        })
    }

    /// A source of a knowledge base.
    pub async fn get(&self, base: KnowledgeBaseId, id: SourceId) -> Result<Source> {
        let sql = format!("{SELECT} and s.knowledge_base_id = $2 and s.id = $3");
        let key = values![self.workspace.to_string(), base.to_string(), id.to_string()];
        let row: Option<Row> = self.store.db().one(&sql, key).await?;
        let source = row.ok_or_else(|| Error::not_found("source"))?.read()?;
        self.with_sync(source).await
    }

    /// A source, for whoever works on it.
    pub async fn settings(&self, id: SourceId) -> Result<Source> {
        let sql = format!("{SELECT} and s.id = $2");
        let key = values![self.workspace.to_string(), id.to_string()];
        let row: Option<Row> = self.store.db().one(&sql, key).await?;
        row.ok_or_else(|| Error::not_found("source"))?.read()
    }

    async fn with_sync(&self, mut source: Source) -> Result<Source> {
        let latest = PageRequest::new(Some(1), None)?;
        source.last_sync = self.syncs(source.id, &latest).await?.items.pop();
        Ok(source)
    }

    /// Keeps a new source.
    pub async fn create(
        &self,
        base: KnowledgeBaseId,
        new: NewSource,
        by: &str,
    ) -> Result<SourceId> {
        let (workspace, now) = (self.workspace, self.store.now());
        let id = self.store.fresh(SourceId::new);
        let draft = AuditDraft::new(by, "source.create", id).detail(format!(
            "{} “{}”",
            new.settings.kind(),
            new.name
        ));
        let values = values![
            id.to_string(),
            workspace.to_string(),
            base.to_string(),
            new.name,
            json::write(&new.settings)?,
            new.schedule.as_ref().map(json::write).transpose()?,
            new.next_at.map(Timestamp::as_millis),
            now.as_millis(),
            i64::from(new.paused)
        ];
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql =
                        "insert into sources (id, workspace_id, knowledge_base_id, name, settings,
                            schedule, next_at, created_at, updated_at, paused)
                        select $1, $2, b.id, $4, $5, $6, $7, $8, $8, $9 from knowledge_bases b
                        where b.workspace_id = $2 and b.id = $3";
                    if tx.exec(sql, values).await? == 0 {
                        return Err(Error::not_found("knowledge base"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        Ok(id)
    }

    /// Replaces what a source says. What it has is read `afresh` by the next sync, or as ever.
    ///
    /// Errors: `conflict` when somebody else was faster than `before`.
    pub async fn update(
        &self,
        source: &Source,
        (before, afresh): (Timestamp, bool),
        by: &str,
    ) -> Result<()> {
        let workspace = self.workspace;
        let (id, at) = (source.id, source.updated_at);
        let draft = AuditDraft::new(by, "source.update", id).detail(source.name.clone());
        let values = values![
            workspace.to_string(),
            id.to_string(),
            before.as_millis(),
            at.as_millis(),
            source.name.clone(),
            json::write(&source.settings)?,
            source.schedule.as_ref().map(json::write).transpose()?,
            i64::from(source.paused),
            source.next_at.map(Timestamp::as_millis)
        ];
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "update sources set updated_at = $4, name = $5, settings = $6,
                            schedule = $7, paused = $8, next_at = $9
                        where workspace_id = $1 and id = $2 and updated_at = $3";
                    if tx.exec(sql, values).await? == 0 {
                        return Err(Error::conflict(
                            "Somebody else changed this source at the same moment. Look at it and try again.",
                        ));
                    }
                    if afresh {
                        let sql = "update source_items set etag = null, modified = null
                            where source_id = $1";
                        tx.exec(sql, values![id.to_string()]).await?;
                    }
                    audit::record(tx, workspace, at, &draft).await
                })
            })
            .await
    }

    /// Takes some of a source's documents out of the knowledge base; gives the names of their bytes,
    /// none when there are no more.
    pub async fn remove_documents(
        &self,
        base: KnowledgeBaseId,
        id: SourceId,
        by: &str,
    ) -> Result<Vec<DocumentId>> {
        let (workspace, now, by) = (self.workspace, self.store.now(), by.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let rows: Vec<IdRow> = tx
                        .all(
                            "select id from documents where workspace_id = $1 and source_id = $2
                             order by id limit $3",
                            values![workspace.to_string(), id.to_string(), AT_ONCE],
                        )
                        .await?;
                    let mut gone = Vec::with_capacity(rows.len());
                    for row in rows {
                        let document = row.id.parse()?;
                        gone.push(delete_in(tx, workspace, base, document, (now, &by)).await?);
                    }
                    Ok(gone)
                })
            })
            .await
    }

    /// Forgets a source with its syncs; its documents are nobody's from now on.
    pub async fn delete(&self, id: SourceId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "source.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let key = || values![workspace.to_string(), id.to_string()];
                    queue::forget(tx, workspace, &id.to_string()).await?;
                    let sql = "delete from sources where workspace_id = $1 and id = $2";
                    if tx.exec(sql, key()).await? == 0 {
                        return Err(Error::not_found("source"));
                    }
                    tx.exec(
                        "update documents set source_id = null where workspace_id = $1 and source_id = $2",
                        key(),
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}

/// Makes the source this transaction's. False when it is gone.
async fn lock(tx: &Tx<'_>, workspace: WorkspaceId, id: SourceId) -> Result<bool> {
    let sql = "update sources set name = name where workspace_id = $1 and id = $2";
    let key = values![workspace.to_string(), id.to_string()];
    Ok(tx.exec(sql, key).await? > 0)
}
