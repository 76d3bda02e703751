//! What a workspace says its models cost.

use headwater_model::id::WorkspaceId;
use headwater_model::price::{Price, Usd};
use headwater_model::{Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, values};

/// A workspace's prices.
pub struct ModelPrices<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

/// A price and when it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetPrice {
    /// `PROVIDER/MODEL`.
    pub model: String,
    pub price: Price,
    pub at: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    model: String,
    input: i64,
    output: i64,
    cached: Option<i64>,
    set_at: i64,
}

impl Row {
    fn read(self) -> SetPrice {
        let usd = |nanos: i64| Usd::from_nanos(u64::try_from(nanos).unwrap_or(0));
        SetPrice {
            model: self.model,
            price: Price {
                input: usd(self.input),
                output: usd(self.output),
                cached: self.cached.map(usd),
            },
            at: Timestamp::from_millis(self.set_at),
        }
    }
}

impl Store {
    /// The prices of a workspace.
    pub fn model_prices(&self, workspace: WorkspaceId) -> ModelPrices<'_> {
        ModelPrices {
            store: self,
            workspace,
        }
    }
}

impl ModelPrices<'_> {
    /// All that were set, by model.
    pub async fn list(&self) -> Result<Vec<SetPrice>> {
        let sql = "select model, input, output, cached, set_at from model_prices
             where workspace_id = $1 order by model";
        let values = values![self.workspace.to_string()];
        let rows: Vec<Row> = self.store.db().all(sql, values).await?;
        Ok(rows.into_iter().map(Row::read).collect())
    }

    /// Sets a model's price, or forgets it.
    pub async fn set(&self, model: String, price: Option<Price>, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let told = match &price {
            Some(price) => format!("{model}: {} in, {} out", price.input, price.output),
            None => format!("{model}: none any more"),
        };
        let draft = AuditDraft::new(by, "model.price", workspace).detail(told);
        let nanos = |usd: Usd| i64::try_from(usd.as_nanos()).unwrap_or(i64::MAX);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from model_prices where workspace_id = $1 and model = $2";
                    tx.exec(sql, values![workspace.to_string(), model.clone()])
                        .await?;
                    if let Some(price) = price {
                        tx.exec(
                            "insert into model_prices (workspace_id, model, input, output, cached, set_at)
                             values ($1, $2, $3, $4, $5, $6)",
                            values![
                                workspace.to_string(),
                                model,
                                nanos(price.input),
                                nanos(price.output),
                                price.cached.map(nanos),
                                now.as_millis()
                            ],
                        )
                        .await?;
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}
