//! Results of calls that stand for calling again, for a while and within bounds.

use headwater_model::id::WorkspaceId;
use headwater_model::{Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, values};

/// A workspace's kept results.
pub struct ResultCache<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

/// What one workspace may keep.
#[derive(Clone, Copy, Debug)]
pub struct CacheBounds {
    pub entries: u64,
    pub bytes: u64,
}

/// A result and when it was kept.
#[derive(Clone, Debug)]
pub struct CacheEntry {
    pub value: String,
    pub created_at: Timestamp,
}

impl Store {
    /// The kept results of a workspace.
    pub fn result_cache(&self, workspace: WorkspaceId) -> ResultCache<'_> {
        ResultCache {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    value: String,
    created_at: i64,
}

#[derive(FromQueryResult)]
struct Size {
    key: String,
    bytes: i64,
}

impl ResultCache<'_> {
    /// The result under a key, unless its time is over.
    pub async fn get(&self, key: &str) -> Result<Option<CacheEntry>> {
        let sql = "select value, created_at from result_cache
             where workspace_id = $1 and key = $2 and expires_at > $3";
        let values = values![
            self.workspace.to_string(),
            key,
            self.store.now().as_millis()
        ];
        let row: Option<Row> = self.store.db().one(sql, values).await?;
        Ok(row.map(|row| CacheEntry {
            value: row.value,
            created_at: Timestamp::from_millis(row.created_at),
        }))
    }

    /// Keeps a result. With `bounds`, what is over and the oldest beyond them go.
    pub async fn put(
        &self,
        key: &str,
        value: String,
        ttl_ms: u64,
        bounds: Option<CacheBounds>,
    ) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let key = key.to_owned();
        let ends = now.plus_millis(i64::try_from(ttl_ms).unwrap_or(i64::MAX / 2));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let bytes = i64::try_from(value.len()).unwrap_or(i64::MAX);
                    tx.exec(
                        "insert into result_cache (workspace_id, key, value, bytes, created_at, expires_at)
                         values ($1, $2, $3, $4, $5, $6)
                         on conflict (workspace_id, key) do update set value = excluded.value,
                         bytes = excluded.bytes, created_at = excluded.created_at, expires_at = excluded.expires_at",
                        values![workspace.to_string(), key, value, bytes, now.as_millis(), ends.as_millis()],
                    )
                    .await?;
                    match bounds {
                        Some(bounds) => make_room(tx, workspace, now, bounds).await,
                        None => Ok(()),
                    }
                })
            })
            .await
    }

    /// Forgets all of them; how many there were.
    pub async fn clear(&self, by: &str) -> Result<u64> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "cache.clear", workspace);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from result_cache where workspace_id = $1";
                    let gone = tx.exec(sql, values![workspace.to_string()]).await?;
                    let draft = draft.detail(format!("{gone} results"));
                    audit::record(tx, workspace, now, &draft).await?;
                    Ok(gone)
                })
            })
            .await
    }
}

async fn make_room(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    now: Timestamp,
    bounds: CacheBounds,
) -> Result<()> {
    let over = "delete from result_cache where expires_at <= $1";
    tx.exec(over, values![now.as_millis()]).await?;
    let sql =
        "select key, bytes from result_cache where workspace_id = $1 order by created_at desc, key";
    let sizes: Vec<Size> = tx.all(sql, values![workspace.to_string()]).await?;
    let mut bytes = 0;
    for (place, size) in (1..).zip(sizes) {
        bytes += u64::try_from(size.bytes).unwrap_or(0);
        if place > bounds.entries || bytes > bounds.bytes {
            let sql = "delete from result_cache where workspace_id = $1 and key = $2";
            tx.exec(sql, values![workspace.to_string(), size.key])
                .await?;
        }
    }
    Ok(())
}
