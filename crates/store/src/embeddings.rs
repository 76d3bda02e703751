//! Vectors that were computed or paid for once, by what they are of: a model, a purpose and a text's
//! hash. Bounded; those used longest ago go first.

use std::collections::HashMap;

use headwater_model::id::WorkspaceId;
use headwater_model::ports::Purpose;
use headwater_model::{Result, Timestamp};
use sea_orm::{FromQueryResult, Value};

use crate::{Store, Tx, values};

/// What tells texts apart: their sha256.
pub type TextHash = [u8; 32];

/// How many vectors one statement asks for.
const AT_ONCE: usize = 200;
/// That a vector was used is noted when the last note is this old, in milliseconds.
const NOTED_EVERY: i64 = 60 * 60 * 1000;
/// What is kept of the bound when room is made, in percent.
const KEPT: u64 = 90;
/// Besides its vector, what a row takes, roughly.
const ROW: u64 = 160;

/// A workspace's vectors.
pub struct Embeddings<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

/// Which model computed vectors, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedBy {
    /// Changes when its vectors would.
    pub model: String,
    pub purpose: Purpose,
}

impl Store {
    /// The vectors of a workspace.
    pub fn embeddings(&self, workspace: WorkspaceId) -> Embeddings<'_> {
        Embeddings {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    text_hash: Vec<u8>,
    vector: Vec<u8>,
    used_at: i64,
}

#[derive(FromQueryResult)]
struct Sum {
    bytes: Option<i64>,
}

#[derive(FromQueryResult)]
struct Old {
    bytes: i64,
    used_at: i64,
}

impl Embeddings<'_> {
    /// The vectors that are known, by the hashes of their texts; notes that they were used.
    pub async fn find(
        &self,
        by: &EmbeddedBy,
        texts: &[TextHash],
    ) -> Result<HashMap<TextHash, Vec<f32>>> {
        let now = self.store.now();
        let (mut found, mut stale) = (HashMap::with_capacity(texts.len()), Vec::new());
        for part in texts.chunks(AT_ONCE) {
            let sql = format!(
                "select text_hash, vector, used_at from embeddings where workspace_id = $1
                 and model = $2 and purpose = $3 and text_hash in ({})",
                places(4, part.len())
            );
            let rows: Vec<Row> = self.store.db().all(&sql, self.key(by, part)).await?;
            for row in rows {
                let Ok(hash) = TextHash::try_from(row.text_hash) else {
                    continue;
                };
                if now.as_millis() - row.used_at >= NOTED_EVERY {
                    stale.push(hash);
                }
                found.insert(hash, numbers(&row.vector));
            }
        }
        self.note(by, &stale, now).await?;
        Ok(found)
    }

    fn key(&self, by: &EmbeddedBy, texts: &[TextHash]) -> Vec<Value> {
        let mut values = values![
            self.workspace.to_string(),
            by.model.clone(),
            by.purpose.as_str()
        ];
        values.extend(texts.iter().map(|hash| Value::from(hash.to_vec())));
        values
    }

    async fn note(&self, by: &EmbeddedBy, texts: &[TextHash], now: Timestamp) -> Result<()> {
        if texts.is_empty() {
            return Ok(());
        }
        let parts = texts.chunks(AT_ONCE).map(|part| {
            let sql = format!(
                "update embeddings set used_at = {} where workspace_id = $1 and model = $2
                 and purpose = $3 and text_hash in ({})",
                now.as_millis(),
                places(4, part.len())
            );
            (sql, self.key(by, part))
        });
        let parts: Vec<_> = parts.collect();
        let noting = self.store.db().write(move |tx| {
            Box::pin(async move {
                for (sql, values) in parts {
                    tx.exec(&sql, values).await?;
                }
                Ok(())
            })
        });
        noting.await
    }

    /// Keeps vectors. With `most`, those used longest ago go until all of the workspace's together
    /// have no more than so many bytes.
    pub async fn keep(
        &self,
        by: &EmbeddedBy,
        mut vectors: Vec<(TextHash, Vec<f32>)>,
        most: Option<u64>,
    ) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let mut rows = Vec::with_capacity(vectors.len() * 7);
        // Always in the same order, so that two who keep the same texts wait for each other once.
        vectors.sort_unstable_by_key(|(hash, _)| *hash);
        for (hash, vector) in vectors {
            let bytes: Vec<u8> = vector
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            let size = bytes.len() as u64 + ROW;
            rows.extend(values![
                workspace.to_string(),
                by.model.clone(),
                by.purpose.as_str(),
                hash.to_vec(),
                bytes,
                i64::try_from(size).unwrap_or(i64::MAX),
                now.as_millis()
            ]);
        }
        let keeping = self.store.db().write(move |tx| {
            Box::pin(async move {
                keep_rows(tx, rows).await?;
                match most {
                    Some(most) => make_room(tx, workspace, most).await,
                    None => Ok(()),
                }
            })
        });
        keeping.await
    }
}

/// Another server may have embedded the same text meanwhile; its vector is as good.
async fn keep_rows(tx: &Tx<'_>, rows: Vec<Value>) -> Result<()> {
    let into =
        "insert into embeddings (workspace_id, model, purpose, text_hash, vector, bytes, used_at)";
    tx.insert_new(into, 7, rows).await
}

async fn make_room(tx: &Tx<'_>, workspace: WorkspaceId, most: u64) -> Result<()> {
    let own = || values![workspace.to_string()];
    let sql = "select cast(sum(bytes) as bigint) as bytes from embeddings where workspace_id = $1";
    let sum: Option<Sum> = tx.one(sql, own()).await?;
    let all = sum.and_then(|sum| sum.bytes).unwrap_or(0);
    let all = u64::try_from(all).unwrap_or(0);
    if all <= most {
        return Ok(());
    }
    let mut over = all - most / 100 * KEPT;
    let sql = "select cast(sum(bytes) as bigint) as bytes, used_at from embeddings
         where workspace_id = $1 group by used_at order by used_at";
    let oldest: Vec<Old> = tx.all(sql, own()).await?;
    // Those of one instant go together: what was embedded at once is used at once.
    let last = oldest.into_iter().find_map(|row| {
        over = over.saturating_sub(u64::try_from(row.bytes).unwrap_or(0));
        (over == 0).then_some(row.used_at)
    });
    let Some(last) = last else {
        return Ok(());
    };
    let sql = "delete from embeddings where workspace_id = $1 and used_at <= $2";
    tx.exec(sql, values![workspace.to_string(), last]).await?;
    Ok(())
}

/// `$4, $5, …`: so many, from the first on.
fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count)
        .map(|place| format!("${place}"))
        .collect();
    places.join(", ")
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}
