//! Prompts of a workspace: everybody's own, and those that all members see.

use headwater_model::id::{PromptId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::prompt::{NewPrompt, Prompt, variables};
use headwater_model::run::feedback::By;
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::{FromQueryResult, Value};

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, like, values};

/// The most prompts one person has, and as many are common.
const MOST: i64 = 500;
/// The most words of one search.
const WORDS: usize = 8;
/// In the place of an owner: a prompt of all members.
const ALL: &str = "";

/// The prompts one caller sees.
pub struct Prompts<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
    owner: String,
}

impl Store {
    /// The prompts of a workspace as `owner` sees them: their own, and the common ones.
    pub fn prompts(&self, workspace: WorkspaceId, owner: &str) -> Prompts<'_> {
        Prompts {
            store: self,
            workspace,
            owner: owner.to_owned(),
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    owner: String,
    name: String,
    text: String,
    created_by: String,
    created_name: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read(self) -> Result<Prompt> {
        Ok(Prompt {
            id: self.id.parse()?,
            variables: variables(&self.text),
            name: self.name,
            text: self.text,
            common: self.owner == ALL,
            created_by: By {
                id: self.created_by,
                name: self.created_name,
            },
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

#[derive(FromQueryResult)]
struct Counted {
    prompts: i64,
}

const SELECT: &str = "select p.id, p.owner, p.name, p.text, p.created_by, u.name as created_name,
        p.created_at, p.updated_at
    from prompts p left join users u on u.id = p.created_by
    where p.workspace_id = $1 and p.owner in ($2, '')";

/// Where a prompt stands in lists: by its name, whatever the case.
fn place(name: &str, id: PromptId) -> String {
    format!("{}\n{id}", name.to_lowercase())
}

/// What searches look in.
fn words(new: &NewPrompt) -> String {
    format!("{}\n{}", new.name, new.text).to_lowercase()
}

impl Prompts<'_> {
    /// The prompts with all words of `query` in their names or texts, by name.
    pub async fn list(&self, page: &PageRequest, query: &str) -> Result<Page<Prompt>> {
        let mut values = values![
            self.workspace.to_string(),
            self.owner.clone(),
            page.after.clone().unwrap_or_default(),
            i64::from(page.limit) + 1
        ];
        let mut wanted = String::new();
        for word in query.to_lowercase().split_whitespace().take(WORDS) {
            values.push(Value::from(like::containing(word)));
            wanted += &format!(" and p.words like ${} escape '!'", values.len());
        }
        let sql = format!("{SELECT} and p.place > $3{wanted} order by p.place limit $4");
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let prompts = rows
            .into_iter()
            .map(Row::read)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(prompts, page.limit, |prompt| {
            place(&prompt.name, prompt.id)
        }))
    }

    /// A prompt.
    pub async fn get(&self, id: PromptId) -> Result<Prompt> {
        let sql = format!("{SELECT} and p.id = $3");
        let key = values![
            self.workspace.to_string(),
            self.owner.clone(),
            id.to_string()
        ];
        let row: Option<Row> = self.store.db().one(&sql, key).await?;
        row.ok_or_else(|| Error::not_found("prompt"))?.read()
    }

    /// Keeps a new prompt.
    pub async fn create(&self, new: NewPrompt) -> Result<Prompt> {
        let (workspace, by, now) = (self.workspace, self.owner.clone(), self.store.now());
        let id = self.store.fresh(PromptId::new);
        let draft = AuditDraft::new(&self.owner, "prompt.create", id).detail(described(&new));
        let owner = self.owner_of(new.common);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    refuse_beyond(tx, workspace, &owner).await?;
                    let values = values![
                        id.to_string(),
                        workspace.to_string(),
                        owner,
                        new.name.clone(),
                        new.text.clone(),
                        words(&new),
                        place(&new.name, id),
                        by,
                        now.as_millis()
                    ];
                    tx.exec(
                        "insert into prompts (id, workspace_id, owner, name, text, words, place, created_by, created_at, updated_at)
                         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
                        values,
                    )
                    .await
                    .map_err(|error| taken(error, new.common))?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.get(id).await
    }

    /// Replaces what a prompt says. `before` is what the caller was allowed to change: when it has
    /// changed hands since, it is not found.
    pub async fn update(&self, before: &Prompt, new: NewPrompt) -> Result<Prompt> {
        let (workspace, id, now) = (self.workspace, before.id, self.store.now());
        let draft = AuditDraft::new(&self.owner, "prompt.update", id).detail(described(&new));
        let moves = before.common != new.common;
        let (from, to) = (self.owner_of(before.common), self.owner_of(new.common));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    if moves {
                        refuse_beyond(tx, workspace, &to).await?;
                    }
                    let values = values![
                        workspace.to_string(),
                        id.to_string(),
                        from,
                        to,
                        new.name.clone(),
                        new.text.clone(),
                        words(&new),
                        place(&new.name, id),
                        now.as_millis()
                    ];
                    let sql = "update prompts set owner = $4, name = $5, text = $6, words = $7, place = $8, updated_at = $9
                        where workspace_id = $1 and id = $2 and owner = $3";
                    let changed = tx.exec(sql, values).await;
                    if changed.map_err(|error| taken(error, new.common))? == 0 {
                        return Err(Error::not_found("prompt"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.get(id).await
    }

    /// Deletes a prompt.
    pub async fn delete(&self, prompt: &Prompt) -> Result<()> {
        let (workspace, id, now) = (self.workspace, prompt.id, self.store.now());
        let draft =
            AuditDraft::new(&self.owner, "prompt.delete", id).detail(format!("“{}”", prompt.name));
        let owner = self.owner_of(prompt.common);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql =
                        "delete from prompts where workspace_id = $1 and id = $2 and owner = $3";
                    let key = values![workspace.to_string(), id.to_string(), owner];
                    if tx.exec(sql, key).await? == 0 {
                        return Err(Error::not_found("prompt"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    fn owner_of(&self, common: bool) -> String {
        if common { ALL } else { &self.owner }.to_owned()
    }
}

fn described(new: &NewPrompt) -> String {
    let whose = if new.common { "common" } else { "own" };
    format!("“{}”, {whose}", new.name)
}

async fn refuse_beyond(tx: &Tx<'_>, workspace: WorkspaceId, owner: &str) -> Result<()> {
    let sql = "select count(*) as prompts from prompts where workspace_id = $1 and owner = $2";
    let there: Option<Counted> = tx.one(sql, values![workspace.to_string(), owner]).await?;
    if there.is_some_and(|there| there.prompts >= MOST) {
        return Err(Error::conflict(format!(
            "There are {MOST} such prompts already. Delete one first."
        )));
    }
    Ok(())
}

fn taken(error: Error, common: bool) -> Error {
    if error.code != Code::Conflict {
        return error;
    }
    let told = match common {
        true => "There is a common prompt of this name already. Choose another name.",
        false => "You have a prompt of this name already. Choose another name.",
    };
    Error::conflict(told).with_field("name")
}
