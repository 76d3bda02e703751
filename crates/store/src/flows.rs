//! Flows, their drafts and their immutable revisions.

use headwater_model::flow::{
    Draft, Flow, FlowDocument, FlowKind, FlowSummary, Note, Pins, Revision, RevisionSummary,
};
use headwater_model::id::{FlowId, RevisionId, WorkspaceId};
use headwater_model::identity::slug;
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use sha2::{Digest as _, Sha256};

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, json, values};

/// A workspace's flows.
pub struct Flows<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The flows of a workspace.
    pub fn flows(&self, workspace: WorkspaceId) -> Flows<'_> {
        Flows {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    slug: String,
    name: String,
    kind: String,
    draft: String,
    draft_version: i64,
    published: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read(self) -> Result<Flow> {
        Ok(Flow {
            id: self.id.parse()?,
            name: self.name,
            slug: self.slug,
            kind: json::named(&self.kind)?,
            draft: Draft {
                document: json::read(&self.draft)?,
                version: u32::try_from(self.draft_version).map_err(Error::internal)?,
                updated_at: Timestamp::from_millis(self.updated_at),
            },
            published: self.published.and_then(|number| u32::try_from(number).ok()),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

#[derive(FromQueryResult)]
struct SummaryRow {
    id: String,
    slug: String,
    name: String,
    kind: String,
    tags: String,
    published: Option<i64>,
    updated_at: i64,
}

#[derive(FromQueryResult)]
struct RevisionRow {
    id: String,
    flow_id: Option<String>,
    number: i64,
    document: String,
    author: Option<String>,
    message: Option<String>,
    restores: Option<i64>,
    pins: Option<String>,
    created_at: i64,
}

#[derive(FromQueryResult)]
struct RevisionSummaryRow {
    id: String,
    number: i64,
    author: Option<String>,
    message: Option<String>,
    restores: Option<i64>,
    created_at: i64,
}

impl RevisionSummaryRow {
    fn read(self) -> Result<RevisionSummary> {
        Ok(RevisionSummary {
            id: self.id.parse()?,
            number: u32::try_from(self.number).map_err(Error::internal)?,
            by: self.author,
            message: self.message,
            restores: self.restores.and_then(|number| u32::try_from(number).ok()),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

impl RevisionRow {
    fn read(self) -> Result<Revision> {
        Ok(Revision {
            id: self.id.parse()?,
            flow_id: self.flow_id.map(|id| id.parse()).transpose()?,
            number: u32::try_from(self.number).map_err(Error::internal)?,
            document: json::read(&self.document)?,
            by: self.author,
            message: self.message,
            restores: self.restores.and_then(|number| u32::try_from(number).ok()),
            pins: match &self.pins {
                Some(pins) => json::read(pins)?,
                None => Pins::new(),
            },
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

const COLUMNS: &str =
    "id, slug, name, kind, draft, draft_version, published, created_at, updated_at";
const REVISION: &str = "id, flow_id, number, document, author, message, restores, pins, created_at";

impl Flows<'_> {
    /// Summaries, oldest first.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<FlowSummary>> {
        let rows: Vec<SummaryRow> = self
            .store
            .db()
            .all(
                "select id, slug, name, kind, tags, published, updated_at from flows
                 where workspace_id = $1 and id > $2 order by id limit $3",
                values![
                    self.workspace.to_string(),
                    page.after.clone().unwrap_or_default(),
                    i64::from(page.limit) + 1
                ],
            )
            .await?;
        let rows = rows
            .into_iter()
            .map(|row| {
                Ok(FlowSummary {
                    id: row.id.parse()?,
                    name: row.name,
                    slug: row.slug,
                    kind: json::named(&row.kind)?,
                    tags: json::read(&row.tags)?,
                    published: row.published.and_then(|number| u32::try_from(number).ok()),
                    recent_runs: None,
                    updated_at: Timestamp::from_millis(row.updated_at),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |flow| {
            flow.id.to_string()
        }))
    }

    /// A flow by id or slug.
    pub async fn get(&self, id_or_slug: &str) -> Result<Flow> {
        let sql = format!(
            "select {COLUMNS} from flows where workspace_id = $1 and (id = $2 or slug = $2)"
        );
        let row: Option<Row> = self
            .store
            .db()
            .one(&sql, values![self.workspace.to_string(), id_or_slug])
            .await?;
        row.ok_or_else(|| Error::not_found("flow"))?.read()
    }

    /// The first published flow of a kind.
    pub async fn first_published(&self, kind: FlowKind) -> Result<Option<Flow>> {
        let sql = format!(
            "select {COLUMNS} from flows where workspace_id = $1 and kind = $2 and published is not null order by id limit 1"
        );
        let row: Option<Row> = self
            .store
            .db()
            .one(&sql, values![self.workspace.to_string(), kind.as_str()])
            .await?;
        row.map(Row::read).transpose()
    }

    /// Keeps a new flow under its slug, or one made from its name; publishes it when asked.
    pub async fn create(
        &self,
        mut document: FlowDocument,
        publish: Option<Note>,
        by: &str,
    ) -> Result<Flow> {
        let (workspace, now, by) = (self.workspace, self.store.now(), by.to_owned());
        let (id, revision) = (
            self.store.fresh(FlowId::new),
            self.store.fresh(RevisionId::new),
        );
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let slug = match document.slug.take() {
                        Some(slug) => unclaimed(tx, workspace, slug).await?,
                        None => free_slug(tx, workspace, &slug(&document.name)).await?,
                    };
                    let text = json::write(&document)?;
                    tx.exec(
                        "insert into flows (id, workspace_id, slug, name, kind, draft, draft_version, created_at, updated_at, tags)
                         values ($1, $2, $3, $4, $5, $6, 1, $7, $7, $8)",
                        values![id.to_string(), workspace.to_string(), slug, document.name.clone(), document.kind.as_str(), text, now.as_millis(), json::write(&document.tags)?],
                    )
                    .await?;
                    audit::record(tx, workspace, now, &AuditDraft::new(&by, "flow.create", id).detail(document.name.clone())).await?;
                    if let Some(note) = publish {
                        let new = NewRevision { id: revision, flow: id, document: None, note };
                        publish_in(tx, workspace, new, now, &by).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.get(&id.to_string()).await
    }

    /// Replaces the draft, unless someone else was faster (`conflict`).
    pub async fn save_draft(
        &self,
        id: FlowId,
        document: FlowDocument,
        version: u32,
        by: &str,
    ) -> Result<Flow> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "flow.update", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let changed = tx
                        .exec(
                            "update flows set draft = $3, name = $4, kind = $5, draft_version = draft_version + 1, updated_at = $6, tags = $8
                             where workspace_id = $1 and id = $2 and draft_version = $7",
                            values![
                                workspace.to_string(),
                                id.to_string(),
                                json::write(&document)?,
                                document.name.clone(),
                                document.kind.as_str(),
                                now.as_millis(),
                                i64::from(version),
                                json::write(&document.tags)?
                            ],
                        )
                        .await?;
                    if changed == 0 {
                        return Err(Error::conflict("Someone else changed this draft. Load it again and redo your change.").with_field("version"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.get(&id.to_string()).await
    }

    /// Makes the next revision: of `document`, or of the draft.
    pub async fn publish(
        &self,
        flow: FlowId,
        document: Option<FlowDocument>,
        note: Note,
        by: &str,
    ) -> Result<Revision> {
        let (workspace, now, by) = (self.workspace, self.store.now(), by.to_owned());
        let id = self.store.fresh(RevisionId::new);
        let new = NewRevision {
            id,
            flow,
            document,
            note,
        };
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move { publish_in(tx, workspace, new, now, &by).await })
            })
            .await?;
        self.revision_by_id(id).await
    }

    /// A flow's revisions, newest first; of a page, `after` is the last number seen.
    pub async fn revisions(
        &self,
        flow: FlowId,
        page: &PageRequest,
    ) -> Result<Page<RevisionSummary>> {
        let before = match &page.after {
            None => i64::MAX,
            Some(after) => after
                .parse()
                .map_err(|_| Error::invalid("after", "`after` must be a revision's number."))?,
        };
        let rows: Vec<RevisionSummaryRow> = self
            .store
            .db()
            .all(
                "select id, number, author, message, restores, created_at from revisions
                 where workspace_id = $1 and flow_id = $2 and number < $3 order by number desc limit $4",
                values![
                    self.workspace.to_string(),
                    flow.to_string(),
                    before,
                    i64::from(page.limit) + 1
                ],
            )
            .await?;
        let rows = rows.into_iter().map(RevisionSummaryRow::read);
        let rows = rows.collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |revision| {
            revision.number.to_string()
        }))
    }

    /// The published revisions that are served as tools, by their flows' slugs.
    pub async fn served(&self) -> Result<Vec<(String, Revision)>> {
        #[derive(FromQueryResult)]
        struct ServedRow {
            slug: String,
            revision: String,
        }
        // The text finds few; the document decides.
        let sql = "select f.slug as slug, r.id as revision from flows f
             join revisions r on r.flow_id = f.id and r.number = f.published
             where f.workspace_id = $1 and r.workspace_id = $1
             and r.document like '%\"serve_as_tool\":true%' order by f.slug";
        let key = values![self.workspace.to_string()];
        let rows: Vec<ServedRow> = self.store.db().all(sql, key).await?;
        let mut served = Vec::new();
        for row in rows {
            let revision = self.revision_by_id(row.revision.parse()?).await?;
            if revision.document.serve_as_tool {
                served.push((row.slug, revision));
            }
        }
        Ok(served)
    }

    /// One revision of a flow.
    pub async fn revision(&self, flow: FlowId, number: u32) -> Result<Revision> {
        let sql = format!(
            "select {REVISION} from revisions where workspace_id = $1 and flow_id = $2 and number = $3"
        );
        let values = values![
            self.workspace.to_string(),
            flow.to_string(),
            i64::from(number)
        ];
        self.store
            .db()
            .one::<RevisionRow>(&sql, values)
            .await?
            .ok_or_else(|| Error::not_found("revision"))?
            .read()
    }

    /// A revision by id.
    pub async fn revision_by_id(&self, id: RevisionId) -> Result<Revision> {
        let sql = format!("select {REVISION} from revisions where workspace_id = $1 and id = $2");
        let values = values![self.workspace.to_string(), id.to_string()];
        self.store
            .db()
            .one::<RevisionRow>(&sql, values)
            .await?
            .ok_or_else(|| Error::not_found("revision"))?
            .read()
    }

    /// The revision of a document that belongs to no flow, with the revisions it calls; the same is
    /// kept once.
    pub async fn inline_revision(&self, document: FlowDocument, called: &Pins) -> Result<Revision> {
        let (workspace, now) = (self.workspace, self.store.now());
        let text = json::write(&document)?;
        let pins = pins(called)?;
        let digest = Sha256::new_with_prefix(&text).chain_update(pins.as_deref().unwrap_or(""));
        let digest = hex::encode(digest.finalize());
        let find =
            format!("select {REVISION} from revisions where workspace_id = $1 and digest = $2");
        let key = values![workspace.to_string(), digest.clone()];
        if let Some(row) = self
            .store
            .db()
            .one::<RevisionRow>(&find, key.clone())
            .await?
        {
            return row.read();
        }
        let id = self.store.fresh(RevisionId::new);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into revisions (id, workspace_id, number, document, digest, pins, created_at)
                         values ($1, $2, 1, $3, $4, $5, $6) on conflict (workspace_id, digest) do nothing",
                        values![id.to_string(), workspace.to_string(), text, digest, pins, now.as_millis()],
                    )
                    .await
                })
            })
            .await?;
        let row: Option<RevisionRow> = self.store.db().one(&find, key).await?;
        row.ok_or_else(|| Error::internal("an inline revision vanished"))?
            .read()
    }

    /// Deletes a flow with its revisions and conversations; its runs stay.
    pub async fn delete(&self, id: FlowId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "flow.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from flows where workspace_id = $1 and id = $2";
                    if tx
                        .exec(sql, values![workspace.to_string(), id.to_string()])
                        .await?
                        == 0
                    {
                        return Err(Error::not_found("flow"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}

async fn free_slug(tx: &Tx<'_>, workspace: WorkspaceId, wanted: &str) -> Result<String> {
    #[derive(FromQueryResult)]
    struct Taken {
        slug: String,
    }
    let taken: Vec<Taken> = tx
        .all(
            "select slug from flows where workspace_id = $1 and slug like $2",
            values![workspace.to_string(), format!("{wanted}%")],
        )
        .await?;
    let free = |slug: &str| taken.iter().all(|row| row.slug != slug);
    if free(wanted) {
        return Ok(wanted.to_owned());
    }
    let numbered = (2..)
        .map(|n| format!("{wanted}-{n}"))
        .find(|slug| free(slug));
    numbered.ok_or_else(|| Error::internal("no free slug"))
}

/// Refuses a slug that another flow has.
async fn unclaimed(tx: &Tx<'_>, workspace: WorkspaceId, slug: String) -> Result<String> {
    if free_slug(tx, workspace, &slug).await? == slug {
        return Ok(slug);
    }
    Err(Error::conflict(format!(
        "Another flow is called “{slug}”. Choose another slug, or change that flow instead."
    ))
    .with_field("document.slug"))
}

fn pins(pins: &Pins) -> Result<Option<String>> {
    (!pins.is_empty()).then(|| json::write(pins)).transpose()
}

/// A revision about to be.
struct NewRevision {
    id: RevisionId,
    flow: FlowId,
    /// The draft when absent.
    document: Option<FlowDocument>,
    note: Note,
}

async fn publish_in(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    new: NewRevision,
    now: Timestamp,
    by: &str,
) -> Result<()> {
    let flow = new.flow;
    let sql = format!("select {COLUMNS} from flows where workspace_id = $1 and id = $2");
    let row: Row = tx
        .one(&sql, values![workspace.to_string(), flow.to_string()])
        .await?
        .ok_or_else(|| Error::not_found("flow"))?;
    let number = row.published.unwrap_or(0) + 1;
    let document = match &new.document {
        Some(document) => json::write(document)?,
        None => row.draft,
    };
    let restores = new.note.restores.map(i64::from);
    tx.exec(
        "insert into revisions (id, workspace_id, flow_id, number, document, author, message, restores, pins, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![new.id.to_string(), workspace.to_string(), flow.to_string(), number, document, by.to_owned(), new.note.message.clone(), restores, pins(&new.note.pins)?, now.as_millis()],
    )
    .await?;
    tx.exec(
        "update flows set published = $3, updated_at = $4 where workspace_id = $1 and id = $2",
        values![
            workspace.to_string(),
            flow.to_string(),
            number,
            now.as_millis()
        ],
    )
    .await?;
    let (action, what) = match new.note.restores {
        Some(old) => (
            "flow.rollback",
            format!("Revision {number} brings back revision {old}."),
        ),
        None => ("flow.publish", format!("Revision {number}.")),
    };
    let detail = match new.note.message {
        Some(message) => format!("{what} {message}"),
        None => what,
    };
    audit::record(
        tx,
        workspace,
        now,
        &AuditDraft::new(by, action, flow).detail(detail),
    )
    .await
}
