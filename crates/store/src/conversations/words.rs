//! Finding words in titles and messages: full-text tables of the database, with words as the
//! passage index splits them, so that scripts without blanks are found too.
//!
//! What was said since the last search is taken in before the next one, in parts, so that runs pay
//! nothing for it and what was there before this table, or came from a file, is found as well.

use headwater_model::conversation::{Conversation, FoundMessage, MessageStatus};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Result, Timestamp};
use sea_orm::FromQueryResult;

use super::{COLUMNS, Conversations, Row, after};
use crate::index::{words_asked, words_said};
use crate::{Dialect, Tx, json, values};

/// How many texts one transaction takes in.
const PART: i64 = 100;

/// A title or message with the words.
#[derive(Clone, Debug)]
pub struct Hit {
    pub conversation: Conversation,
    /// Absent when it is the title.
    pub message: Option<FoundMessage>,
    /// All of what the message, or the title, says.
    pub text: String,
}

#[derive(FromQueryResult)]
struct Changed {
    id: String,
    title: String,
    changes: i64,
}

#[derive(FromQueryResult)]
struct Said {
    id: String,
    text: String,
}

#[derive(FromQueryResult)]
struct PlaceRow {
    place: i64,
}

#[derive(FromQueryResult)]
struct HitRow {
    #[sea_orm(nested)]
    conversation: Row,
    message_id: Option<String>,
    role: Option<String>,
    message_at: Option<i64>,
    text: String,
    found_at: i64,
}

impl HitRow {
    fn read(self) -> Result<(i64, Hit)> {
        let message = match (self.message_id, self.role, self.message_at) {
            (Some(id), Some(role), Some(at)) => Some(FoundMessage {
                id: id.parse()?,
                role: json::named(&role)?,
                created_at: Timestamp::from_millis(at),
            }),
            _ => None,
        };
        let (conversation, _) = self.conversation.read()?;
        let hit = Hit {
            conversation,
            message,
            text: self.text,
        };
        Ok((self.found_at, hit))
    }
}

impl Hit {
    fn key(&self) -> String {
        match &self.message {
            Some(message) => message.id.to_string(),
            None => self.conversation.id.to_string(),
        }
    }
}

impl Conversations<'_> {
    /// Titles and messages with all words of `query` (or words that begin so), the latest first. The
    /// cursor is `time:id`.
    pub async fn find(&self, query: &str, page: &PageRequest) -> Result<Page<Hit>> {
        let words = words_asked(query);
        if words.is_empty() {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        }
        self.take_in().await?;
        let (time, id) = after(page);
        let (hits, wanted) = match self.store.db().dialect() {
            Dialect::Sqlite => (SQLITE_HITS, self.sqlite_query(&words)),
            Dialect::Postgres => (POSTGRES_HITS, self.postgres_query(&words)),
        };
        let sql = format!(
            "select {COLUMNS}, h.message_id, m.role, m.created_at as message_at,
                coalesce(m.text, c.title) as text, coalesce(m.created_at, c.updated_at) as found_at
             from ({hits}) h join conversations c on c.id = h.conversation_id
                join flows f on f.id = c.flow_id left join messages m on m.id = h.message_id
             where c.workspace_id = $1 and c.owner = $2
                and (coalesce(m.created_at, c.updated_at) < $4
                    or (coalesce(m.created_at, c.updated_at) = $4 and coalesce(m.id, c.id) < $5))
             order by coalesce(m.created_at, c.updated_at) desc, coalesce(m.id, c.id) desc limit $6"
        );
        let values = values![
            self.workspace.to_string(),
            self.owner.clone(),
            wanted,
            time,
            id,
            i64::from(page.limit) + 1
        ];
        let rows: Vec<HitRow> = self.store.db().all(&sql, values).await?;
        let hits = rows.into_iter().map(HitRow::read);
        let hits = hits.collect::<Result<Vec<_>>>()?;
        let page = Page::from_rows(hits, page.limit, |(at, hit)| format!("{at}:{}", hit.key()));
        Ok(page.map(|(_, hit)| hit))
    }

    /// Takes in what was said, and which titles changed, since the last search.
    async fn take_in(&self) -> Result<()> {
        let sql = "select id, title, changes from conversations
             where workspace_id = $1 and owner = $2 and changes > searched and id > $3 order by id limit $4";
        let mut last = String::new();
        loop {
            let key = values![
                self.workspace.to_string(),
                self.owner.clone(),
                last.clone(),
                PART
            ];
            let changed: Vec<Changed> = self.store.db().all(sql, key).await?;
            let Some(end) = changed.last() else {
                return Ok(());
            };
            last.clone_from(&end.id);
            for conversation in changed {
                self.take_in_one(conversation).await?;
            }
        }
    }

    async fn take_in_one(&self, changed: Changed) -> Result<()> {
        let sql = "select id, text from messages
             where conversation_id = $1 and searched = 0 and status <> $2 order by id limit $3";
        let running = json::name(&MessageStatus::Running)?;
        let (conversation, owner) = (changed.id.clone(), self.owner_word());
        loop {
            let key = values![conversation.clone(), running.clone(), PART];
            let said: Vec<Said> = self.store.db().all(sql, key).await?;
            if said.is_empty() {
                break;
            }
            let said: Vec<(String, String)> = said
                .into_iter()
                .map(|said| (said.id, words_said(&said.text)))
                .collect();
            let (conversation, owner) = (conversation.clone(), owner.clone());
            self.store
                .db()
                .write(move |tx| {
                    Box::pin(async move {
                        for (message, words) in said {
                            keep_message(tx, &conversation, &message, &owner, &words).await?;
                        }
                        Ok(())
                    })
                })
                .await?;
        }
        let words = words_said(&changed.title);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    keep_title(tx, &conversation, &owner, &words).await?;
                    // An answer that is being written is taken in when it is done; whatever changed
                    // since `changes` was read makes it differ again.
                    let sql = "update conversations set searched = $2 where id = $1 and searched < $2
                         and not exists (select 1 from messages where conversation_id = $1 and searched = 0)";
                    tx.exec(sql, values![conversation, changed.changes]).await
                })
            })
            .await
            .map(drop)
    }

    /// A word that only texts of this owner have: nobody's search reads the others'.
    fn owner_word(&self) -> String {
        let name = format!("{}{}", self.workspace, self.owner);
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        format!("owner{}", letters.collect::<String>().to_lowercase())
    }

    /// Words are letters and digits only, so nothing of them means anything to the database.
    fn sqlite_query(&self, words: &[String]) -> String {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"*")).collect();
        let owner = self.owner_word();
        format!("owner : \"{owner}\" AND words : ({})", words.join(" AND "))
    }

    fn postgres_query(&self, words: &[String]) -> String {
        let words: Vec<String> = words.iter().map(|word| format!("'{word}':*")).collect();
        format!("'{}' & {}", self.owner_word(), words.join(" & "))
    }
}

const SQLITE_HITS: &str = "select p.conversation_id, p.message_id
    from text_words join text_places p on p.place = text_words.rowid where text_words match $3";

const POSTGRES_HITS: &str = "select t.conversation_id, t.id as message_id from messages t
        where t.words @@ cast($3 as tsquery)
    union all select o.id, cast(null as text) from conversations o where o.words @@ cast($3 as tsquery)";

async fn keep_message(
    tx: &Tx<'_>,
    conversation: &str,
    message: &str,
    owner: &str,
    words: &str,
) -> Result<()> {
    if tx.dialect() == Dialect::Postgres {
        let sql =
            "update messages set searched = 1, words = array_to_tsvector(string_to_array($2, ' '))
             where id = $1 and searched = 0";
        let values = values![message, format!("{owner} {words}").trim_end()];
        return tx.exec(sql, values).await.map(drop);
    }
    let sql = "update messages set searched = 1 where id = $1 and searched = 0";
    // It is gone, or somebody else was faster.
    if tx.exec(sql, values![message]).await? == 0 {
        return Ok(());
    }
    keep_words(tx, conversation, Some(message), owner, words).await
}

async fn keep_title(tx: &Tx<'_>, conversation: &str, owner: &str, words: &str) -> Result<()> {
    if tx.dialect() == Dialect::Postgres {
        let sql = "update conversations set words = array_to_tsvector(string_to_array($2, ' ')) where id = $1";
        let values = values![conversation, format!("{owner} {words}").trim_end()];
        return tx.exec(sql, values).await.map(drop);
    }
    let gone = "delete from text_places where conversation_id = $1 and message_id is null";
    tx.exec(gone, values![conversation]).await?;
    keep_words(tx, conversation, None, owner, words).await
}

async fn keep_words(
    tx: &Tx<'_>,
    conversation: &str,
    message: Option<&str>,
    owner: &str,
    words: &str,
) -> Result<()> {
    // The conversation may be gone meanwhile.
    let sql = "insert into text_places (conversation_id, message_id)
         select id, $2 from conversations where id = $1 returning place";
    let place: Option<PlaceRow> = tx.one(sql, values![conversation, message]).await?;
    let Some(PlaceRow { place }) = place else {
        return Ok(());
    };
    let sql = "insert into text_words (rowid, owner, words) values ($1, $2, $3)";
    tx.exec(sql, values![place, owner, words]).await.map(drop)
}
