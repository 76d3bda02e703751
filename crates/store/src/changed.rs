//! Why a change that names what it changes found nothing to change.

use headwater_model::id::WorkspaceId;
use headwater_model::{Error, Result};
use sea_orm::FromQueryResult;

use crate::{Tx, values};

/// The refusal of a change to a row of `table` that is gone, or that somebody else was faster with;
/// `thing` is what people call it.
pub(crate) async fn missing_or_changed(
    tx: &Tx<'_>,
    (table, thing): (&'static str, &'static str),
    workspace: WorkspaceId,
    id: impl ToString,
) -> Result<Error> {
    #[derive(FromQueryResult)]
    struct Found {
        #[expect(dead_code, reason = "that it is there is all that counts")]
        id: String,
    }
    let sql = format!("select id from {table} where workspace_id = $1 and id = $2");
    let key = values![workspace.to_string(), id.to_string()];
    Ok(match tx.one::<Found>(&sql, key).await? {
        None => Error::not_found(thing),
        Some(_) => Error::conflict(format!(
            "Somebody else changed this {thing} at the same moment. Look at it and try again."
        )),
    })
}
