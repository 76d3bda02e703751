//! Tools of workspaces.

use headwater_model::id::{ToolId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::tool::{Tool, ToolKind, ToolSettings, ToolSummary};
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, json, values};

/// A workspace's tools.
pub struct Tools<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The tools of a workspace.
    pub fn tools(&self, workspace: WorkspaceId) -> Tools<'_> {
        Tools {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    name: String,
    description: String,
    kind: String,
    settings: String,
    enabled: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read(self) -> Result<Tool> {
        let kind = ToolKind::parse(&self.kind)?;
        Ok(Tool {
            id: self.id.parse()?,
            name: self.name,
            description: self.description,
            kind,
            settings: ToolSettings::read(kind, json::read(&self.settings)?)
                .map_err(Error::internal)?,
            enabled: self.enabled != 0,
            version: u32::try_from(self.version).map_err(Error::internal)?,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

#[derive(FromQueryResult)]
struct SummaryRow {
    id: String,
    name: String,
    description: String,
    kind: String,
    enabled: i64,
    version: i64,
    updated_at: i64,
}

impl SummaryRow {
    fn read(self) -> Result<ToolSummary> {
        Ok(ToolSummary {
            id: self.id.parse()?,
            name: self.name,
            description: self.description,
            kind: ToolKind::parse(&self.kind)?,
            enabled: self.enabled != 0,
            version: u32::try_from(self.version).map_err(Error::internal)?,
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

impl Tools<'_> {
    /// Summaries, oldest first.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<ToolSummary>> {
        let sql = "select id, name, description, kind, enabled, version, updated_at from tools
             where workspace_id = $1 and id > $2 order by id limit $3";
        let after = page.after.clone().unwrap_or_default();
        let values = values![self.workspace.to_string(), after, i64::from(page.limit) + 1];
        let rows: Vec<SummaryRow> = self.store.db().all(sql, values).await?;
        let rows = rows.into_iter().map(SummaryRow::read);
        let rows = rows.collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |tool| {
            tool.id.to_string()
        }))
    }

    /// The tool of that id or name.
    pub async fn get(&self, name: &str) -> Result<Tool> {
        let found = self.find(name).await?;
        found.ok_or_else(|| Error::not_found("tool"))
    }

    /// The tool of that id or name, if there is one.
    pub async fn find(&self, name: &str) -> Result<Option<Tool>> {
        let sql =
            "select id, name, description, kind, settings, enabled, version, created_at, updated_at
             from tools where workspace_id = $1 and (id = $2 or name = $2)";
        let values = values![self.workspace.to_string(), name];
        let row: Option<Row> = self.store.db().one(sql, values).await?;
        row.map(Row::read).transpose()
    }

    /// How many there are.
    pub async fn count(&self) -> Result<u64> {
        #[derive(FromQueryResult)]
        struct Count {
            n: i64,
        }
        let sql = "select count(*) as n from tools where workspace_id = $1";
        let row: Option<Count> = self
            .store
            .db()
            .one(sql, values![self.workspace.to_string()])
            .await?;
        Ok(row.map_or(0, |row| u64::try_from(row.n).unwrap_or(0)))
    }

    /// Keeps a new tool.
    pub async fn create(&self, tool: &Tool, by: &str) -> Result<()> {
        let workspace = self.workspace;
        let (tool, settings) = (tool.clone(), json::write(&tool.settings)?);
        let draft = AuditDraft::new(by, "tool.create", tool.id).detail(described(&tool));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let at = tool.created_at;
                    tx.exec(
                        "insert into tools (id, workspace_id, name, description, kind, settings, enabled, version, created_at, updated_at)
                         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                        values![
                            tool.id.to_string(),
                            workspace.to_string(),
                            tool.name.clone(),
                            tool.description.clone(),
                            tool.kind.as_str(),
                            settings,
                            i64::from(tool.enabled),
                            i64::from(tool.version),
                            at.as_millis(),
                            at.as_millis()
                        ],
                    )
                    .await
                    .map_err(name_taken)?;
                    audit::record(tx, workspace, at, &draft).await
                })
            })
            .await
    }

    /// Keeps what `tool` is now, unless somebody changed it since it was version `before`.
    pub async fn update(&self, tool: &Tool, before: u32, by: &str) -> Result<()> {
        let workspace = self.workspace;
        let (tool, settings) = (tool.clone(), json::write(&tool.settings)?);
        let draft = AuditDraft::new(by, "tool.update", tool.id).detail(described(&tool));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let changed = tx
                        .exec(
                            "update tools set name = $3, description = $4, settings = $5, enabled = $6,
                             version = $7, updated_at = $8
                             where workspace_id = $1 and id = $2 and version = $9",
                            values![
                                workspace.to_string(),
                                tool.id.to_string(),
                                tool.name.clone(),
                                tool.description.clone(),
                                settings,
                                i64::from(tool.enabled),
                                i64::from(tool.version),
                                tool.updated_at.as_millis(),
                                i64::from(before)
                            ],
                        )
                        .await
                        .map_err(name_taken)?;
                    if changed == 0 {
                        return Err(changed_meanwhile());
                    }
                    audit::record(tx, workspace, tool.updated_at, &draft).await
                })
            })
            .await
    }

    /// Deletes a tool.
    pub async fn delete(&self, tool: &Tool, by: &str) -> Result<()> {
        let (workspace, now, id) = (self.workspace, self.store.now(), tool.id);
        let draft = AuditDraft::new(by, "tool.delete", id).detail(described(tool));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from tools where workspace_id = $1 and id = $2";
                    let key = values![workspace.to_string(), id.to_string()];
                    if tx.exec(sql, key).await? == 0 {
                        return Err(Error::not_found("tool"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Notes that somebody tried a function by hand: what it does outside is theirs.
    pub async fn note_call(&self, id: ToolId, function: &str, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "tool.call", id).detail(function);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move { audit::record(tx, workspace, now, &draft).await })
            })
            .await
    }
}

/// The conflict of two who change one tool.
pub fn changed_meanwhile() -> Error {
    Error::conflict("Somebody changed this tool meanwhile. Load it again, then make your change.")
        .with_field("version")
}

fn described(tool: &Tool) -> String {
    let mut text = format!("{} ({})", tool.name, tool.kind.as_str());
    let secrets = tool.settings.secrets();
    if !secrets.is_empty() {
        text.push_str(&format!(", with the secrets {}", secrets.join(", ")));
    }
    if !tool.enabled {
        text.push_str(", disabled");
    }
    text
}

fn name_taken(error: Error) -> Error {
    match error.code {
        Code::Conflict => Error::conflict(
            "A tool of this name exists already. Choose another name, or change that one.",
        )
        .with_field("name"),
        _ => error,
    }
}
