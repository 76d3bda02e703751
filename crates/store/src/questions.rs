//! Question sets of a workspace's knowledge bases.

use headwater_model::id::{KnowledgeBaseId, QuestionId, QuestionSetId, WorkspaceId};
use headwater_model::knowledge::question_set::{
    LabelledQuestion, MOST_QUESTIONS, Question, QuestionSet,
};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, json, queue, values};

/// A workspace's question sets.
pub struct Questions<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The question sets of a workspace.
    pub fn questions(&self, workspace: WorkspaceId) -> Questions<'_> {
        Questions {
            store: self,
            workspace,
        }
    }
}

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: u64,
    /// Those whose key was known.
    pub replaced: u64,
    /// Those that were taken out first.
    pub removed: u64,
}

#[derive(FromQueryResult)]
struct SetRow {
    id: String,
    knowledge_base_id: String,
    name: String,
    description: String,
    questions: i64,
    created_at: i64,
    updated_at: i64,
}

impl SetRow {
    fn read(self) -> Result<QuestionSet> {
        Ok(QuestionSet {
            id: self.id.parse()?,
            knowledge_base_id: self.knowledge_base_id.parse()?,
            name: self.name,
            description: self.description,
            questions: u64::try_from(self.questions).unwrap_or(0),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    question_set_id: String,
    position: i64,
    name: Option<String>,
    text: String,
    labels: String,
    reference_answer: Option<String>,
    filter: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read(self) -> Result<Question> {
        Ok(Question {
            id: self.id.parse()?,
            question_set_id: self.question_set_id.parse()?,
            position: u64::try_from(self.position).unwrap_or(0),
            asked: LabelledQuestion {
                key: self.name,
                question: self.text,
                relevant: json::read(&self.labels)?,
                reference_answer: self.reference_answer,
                filter: json::read_option(self.filter.as_ref())?,
            },
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

#[derive(FromQueryResult)]
struct Known {
    id: String,
}

const SET: &str = "select s.id, s.knowledge_base_id, s.name, s.description,
    (select count(*) from questions q where q.question_set_id = s.id) as questions,
    s.created_at, s.updated_at from question_sets s where s.workspace_id = $1";

const QUESTION: &str = "select id, question_set_id, position, name, text, labels, reference_answer,
    filter, created_at, updated_at from questions where workspace_id = $1";

impl Questions<'_> {
    /// A knowledge base's sets, oldest first.
    pub async fn sets(
        &self,
        base: KnowledgeBaseId,
        page: &PageRequest,
    ) -> Result<Page<QuestionSet>> {
        let sql =
            format!("{SET} and s.knowledge_base_id = $2 and s.id > $3 order by s.id limit $4");
        let values = values![
            self.workspace.to_string(),
            base.to_string(),
            page.after.clone().unwrap_or_default(),
            i64::from(page.limit) + 1
        ];
        let rows: Vec<SetRow> = self.store.db().all(&sql, values).await?;
        let rows: Vec<QuestionSet> = rows.into_iter().map(SetRow::read).collect::<Result<_>>()?;
        Ok(Page::from_rows(rows, page.limit, |set| set.id.to_string()))
    }

    /// One set.
    pub async fn set(&self, id: QuestionSetId) -> Result<QuestionSet> {
        let sql = format!("{SET} and s.id = $2");
        let values = values![self.workspace.to_string(), id.to_string()];
        let row: Option<SetRow> = self.store.db().one(&sql, values).await?;
        row.ok_or_else(|| Error::not_found("question set"))?.read()
    }

    /// Creates an empty set.
    pub async fn create_set(
        &self,
        base: KnowledgeBaseId,
        name: String,
        description: String,
        by: &str,
    ) -> Result<QuestionSet> {
        let (workspace, now) = (self.workspace, self.store.now());
        let set = QuestionSet {
            id: self.store.fresh(QuestionSetId::new),
            knowledge_base_id: base,
            name,
            description,
            questions: 0,
            created_at: now,
            updated_at: now,
        };
        let draft = AuditDraft::new(by, "question_set.create", set.id).detail(set.name.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let values = values![
                        set.id.to_string(),
                        workspace.to_string(),
                        base.to_string(),
                        set.name.clone(),
                        set.description.clone(),
                        now.as_millis()
                    ];
                    let sql =
                        "insert into question_sets (id, workspace_id, knowledge_base_id, name,
                        description, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6)";
                    named(tx.exec(sql, values).await)?;
                    audit::record(tx, workspace, now, &draft).await?;
                    Ok(set)
                })
            })
            .await
    }

    /// Renames a set, or describes it anew.
    pub async fn update_set(
        &self,
        id: QuestionSetId,
        name: Option<String>,
        description: Option<String>,
        by: &str,
    ) -> Result<()> {
        let draft = AuditDraft::new(by, "question_set.update", id);
        let (workspace, now) = (self.workspace, self.store.now());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "update question_sets set name = coalesce($3, name),
                        description = coalesce($4, description), updated_at = $5
                        where workspace_id = $1 and id = $2";
                    let values = values![
                        workspace.to_string(),
                        id.to_string(),
                        name,
                        description,
                        now.as_millis()
                    ];
                    if named(tx.exec(sql, values).await)? == 0 {
                        return Err(Error::not_found("question set"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Deletes a set with its questions and evaluations.
    pub async fn delete_set(&self, id: QuestionSetId, by: &str) -> Result<()> {
        let draft = AuditDraft::new(by, "question_set.delete", id);
        let (workspace, now) = (self.workspace, self.store.now());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let key = || values![workspace.to_string(), id.to_string()];
                    let evaluations: Vec<Known> = tx
                        .all(
                            "select id from evaluations where workspace_id = $1 and question_set_id = $2",
                            key(),
                        )
                        .await?;
                    for evaluation in evaluations {
                        queue::forget(tx, workspace, &evaluation.id).await?;
                    }
                    let sql = "delete from question_sets where workspace_id = $1 and id = $2";
                    if tx.exec(sql, key()).await? == 0 {
                        return Err(Error::not_found("question set"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// A set's questions, in order.
    pub async fn list(&self, set: QuestionSetId, page: &PageRequest) -> Result<Page<Question>> {
        let after: i64 = match &page.after {
            None => -1,
            Some(text) => text
                .parse()
                .map_err(|_| Error::invalid("after", "Pass the `next` of the page before."))?,
        };
        let sql = format!(
            "{QUESTION} and question_set_id = $2 and position > $3 order by position limit $4"
        );
        let values = values![
            self.workspace.to_string(),
            set.to_string(),
            after,
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let rows: Vec<Question> = rows.into_iter().map(Row::read).collect::<Result<_>>()?;
        Ok(Page::from_rows(rows, page.limit, |question| {
            question.position.to_string()
        }))
    }

    /// All questions of a set, in order.
    pub async fn all(&self, set: QuestionSetId) -> Result<Vec<LabelledQuestion>> {
        let page = PageRequest {
            limit: MOST_QUESTIONS,
            after: None,
        };
        let questions = self.list(set, &page).await?.items;
        Ok(questions.into_iter().map(|known| known.asked).collect())
    }

    /// One question.
    pub async fn get(&self, id: QuestionId) -> Result<Question> {
        let sql = format!("{QUESTION} and id = $2");
        let values = values![self.workspace.to_string(), id.to_string()];
        let row: Option<Row> = self.store.db().one(&sql, values).await?;
        row.ok_or_else(|| Error::not_found("question"))?.read()
    }

    /// The question of a set that has a key.
    pub async fn keyed(&self, set: QuestionSetId, key: &str) -> Result<Option<QuestionId>> {
        let sql = "select id from questions where workspace_id = $1 and question_set_id = $2 and name = $3";
        let values = values![self.workspace.to_string(), set.to_string(), key];
        let row: Option<Known> = self.store.db().one(sql, values).await?;
        row.map(|row| row.id.parse()).transpose()
    }

    /// Adds a question to a set.
    pub async fn add(
        &self,
        set: QuestionSetId,
        asked: LabelledQuestion,
        by: &str,
    ) -> Result<Question> {
        let (workspace, now) = (self.workspace, self.store.now());
        let id = self.store.fresh(QuestionId::new);
        let draft = AuditDraft::new(by, "question.create", id).detail(format!("in {set}"));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let position = touch(tx, workspace, set, now).await?;
                    room(tx, set, 1).await?;
                    insert(tx, workspace, (set, id, position), &asked, now).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.get(id).await
    }

    /// Replaces a question.
    pub async fn replace(
        &self,
        id: QuestionId,
        asked: LabelledQuestion,
        by: &str,
    ) -> Result<Question> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "question.update", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    if rewrite(tx, workspace, id, &asked, now).await? == 0 {
                        return Err(Error::not_found("question"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.get(id).await
    }

    /// Takes a question out of its set.
    pub async fn remove(&self, id: QuestionId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "question.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from questions where workspace_id = $1 and id = $2";
                    let key = values![workspace.to_string(), id.to_string()];
                    if tx.exec(sql, key).await? == 0 {
                        return Err(Error::not_found("question"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Adds many questions; those whose key is known replace the ones of that key, and with `anew` all
    /// that were there are taken out first. All or nothing.
    pub async fn import(
        &self,
        set: QuestionSetId,
        questions: Vec<LabelledQuestion>,
        anew: bool,
        by: &str,
    ) -> Result<Imported> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "question_set.import", set)
            .detail(format!("{} questions", questions.len()));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let mut position = touch(tx, workspace, set, now).await?;
                    let mut imported = Imported::default();
                    if anew {
                        let sql = "delete from questions where workspace_id = $1 and question_set_id = $2";
                        let key = values![workspace.to_string(), set.to_string()];
                        imported.removed = tx.exec(sql, key).await?;
                    }
                    for asked in &questions {
                        if let Some(id) = known(tx, set, asked.key.as_deref()).await? {
                            rewrite(tx, workspace, id, asked, now).await?;
                            imported.replaced += 1;
                            continue;
                        }
                        let id = QuestionId::new(now, rand::random());
                        insert(tx, workspace, (set, id, position), asked, now).await?;
                        imported.added += 1;
                        position += 1;
                    }
                    room(tx, set, 0).await?;
                    audit::record(tx, workspace, now, &draft).await?;
                    Ok(imported)
                })
            })
            .await
    }
}

/// Notes that a set changes, which locks its row, and gives the next free position in it.
async fn touch(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    set: QuestionSetId,
    now: Timestamp,
) -> Result<i64> {
    let sql = "update question_sets set updated_at = $3 where workspace_id = $1 and id = $2";
    let values = values![workspace.to_string(), set.to_string(), now.as_millis()];
    if tx.exec(sql, values).await? == 0 {
        return Err(Error::not_found("question set"));
    }
    let next: Option<Count> = tx
        .one(
            "select coalesce(max(position) + 1, 0) as n from questions where question_set_id = $1",
            values![set.to_string()],
        )
        .await?;
    Ok(next.map_or(0, |next| next.n))
}

/// Whether there is room for so many more.
async fn room(tx: &Tx<'_>, set: QuestionSetId, more: i64) -> Result<()> {
    let count: Option<Count> = tx
        .one(
            "select count(*) as n from questions where question_set_id = $1",
            values![set.to_string()],
        )
        .await?;
    if count.map_or(0, |count| count.n) + more > i64::from(MOST_QUESTIONS) {
        let message = format!(
            "A question set holds {MOST_QUESTIONS} questions. Put the others into another one."
        );
        return Err(Error::new(Code::TooLarge, message).with_limit("questions_per_set", None));
    }
    Ok(())
}

async fn known(tx: &Tx<'_>, set: QuestionSetId, key: Option<&str>) -> Result<Option<QuestionId>> {
    let Some(key) = key else {
        return Ok(None);
    };
    let sql = "select id from questions where question_set_id = $1 and name = $2";
    let row: Option<Known> = tx.one(sql, values![set.to_string(), key]).await?;
    row.map(|row| row.id.parse()).transpose()
}

async fn insert(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    (set, id, position): (QuestionSetId, QuestionId, i64),
    asked: &LabelledQuestion,
    now: Timestamp,
) -> Result<()> {
    let filter = asked.filter.as_ref().map(json::write).transpose()?;
    let values = values![
        id.to_string(),
        workspace.to_string(),
        set.to_string(),
        position,
        asked.key.clone(),
        asked.question.clone(),
        json::write(&asked.relevant)?,
        asked.reference_answer.clone(),
        filter,
        now.as_millis()
    ];
    let sql =
        "insert into questions (id, workspace_id, question_set_id, position, name, text, labels,
        reference_answer, filter, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
    keyed(tx.exec(sql, values).await).map(drop)
}

async fn rewrite(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    id: QuestionId,
    asked: &LabelledQuestion,
    now: Timestamp,
) -> Result<u64> {
    let filter = asked.filter.as_ref().map(json::write).transpose()?;
    let values = values![
        workspace.to_string(),
        id.to_string(),
        asked.key.clone(),
        asked.question.clone(),
        json::write(&asked.relevant)?,
        asked.reference_answer.clone(),
        filter,
        now.as_millis()
    ];
    let sql = "update questions set name = $3, text = $4, labels = $5, reference_answer = $6,
        filter = $7, updated_at = $8 where workspace_id = $1 and id = $2";
    keyed(tx.exec(sql, values).await)
}

fn named(done: Result<u64>) -> Result<u64> {
    taken(
        done,
        "name",
        "There is a question set of this name already. Choose another name.",
    )
}

fn keyed(done: Result<u64>) -> Result<u64> {
    taken(
        done,
        "key",
        "There is a question with this key already. Change that one, or choose another key.",
    )
}

fn taken(done: Result<u64>, field: &'static str, message: &'static str) -> Result<u64> {
    done.map_err(|error| match error.code {
        Code::Conflict => Error::conflict(message).with_field(field),
        _ => error,
    })
}
