//! What servers measured, a row for each minute and server.

use headwater_model::{Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::{Store, values};

const MINUTE: i64 = 60_000;

/// A server's minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMinute {
    /// Made up at the server's start.
    pub server: String,
    /// When the minute began.
    pub at: Timestamp,
    /// JSON.
    pub sample: String,
}

#[derive(FromQueryResult)]
struct Row {
    server: String,
    minute: i64,
    sample: String,
}

impl Store {
    /// Keeps what a server measured in a minute; what it said of the minute before is replaced.
    pub async fn keep_server_minute(&self, minute: ServerMinute) -> Result<()> {
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into server_minutes (minute, server, sample) values ($1, $2, $3)
                         on conflict (minute, server) do update set sample = excluded.sample",
                        values![
                            minute.at.as_millis().div_euclid(MINUTE),
                            minute.server,
                            minute.sample
                        ],
                    )
                    .await
                    .map(drop)
                })
            })
            .await
    }

    /// The minutes of all servers that began from `from` on and before `to`.
    pub async fn server_minutes(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ServerMinute>> {
        let sql = "select minute, server, sample from server_minutes
            where minute >= $1 and minute < $2 order by minute";
        // The first minute that began at `from` or later.
        let first = |at: Timestamp| (at.as_millis() + MINUTE - 1).div_euclid(MINUTE);
        let rows: Vec<Row> = self.db().all(sql, values![first(from), first(to)]).await?;
        let read = |row: Row| ServerMinute {
            server: row.server,
            at: Timestamp::from_millis(row.minute * MINUTE),
            sample: row.sample,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Forgets servers' minutes and alerts that ended, from before a time.
    pub async fn forget_monitored(&self, before: Timestamp) -> Result<u64> {
        let before = before.as_millis();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from alerts where ended_at < $1";
                    let alerts = tx.exec(sql, values![before]).await?;
                    let sql = "delete from server_minutes where minute < $1";
                    let minutes = tx.exec(sql, values![before.div_euclid(MINUTE)]).await?;
                    Ok(alerts + minutes)
                })
            })
            .await
    }
}
