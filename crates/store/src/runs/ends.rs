//! The end of a run: outcome, usage and the conversation's answer in one transaction, exactly once.

use headwater_model::conversation::MessageStatus;
use headwater_model::ports::Hold;
use headwater_model::run::RunStatus;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::append::End;
use super::rows::{count, nanos};
use crate::{Tx, json, values};

/// The refusal of a write to a run one no longer holds.
pub(super) fn lost() -> Error {
    Error::conflict("This run has ended, or another server works on it.")
}

pub(super) async fn end(tx: &Tx<'_>, hold: Hold, owner: &str, end: End<'_>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Ended {
        message_id: Option<String>,
    }
    let End { seq, at, outcome } = end;
    let (citations, error) = (
        json::write(&outcome.citations)?,
        outcome.error.as_ref().map(json::write).transpose()?,
    );
    let variables = outcome.variables.as_ref().map(json::write).transpose()?;
    let ended = tx
        .one::<Ended>(
            "update runs set status = $3, outputs = $4, reply = $5, citations = $6, error = $7, input_tokens = $8,
                output_tokens = $9, model = $10, end_seq = $11, finished_at = $12,
                cached_tokens = $13, estimated = $14, cost = $15,
                first_token_at = coalesce(first_token_at, $17), variables = $18
             where id = $1 and lease_owner = $2 and lease_epoch = $16 and finished_at is null
             returning message_id",
            values![
                hold.run.to_string(),
                owner,
                outcome.status.as_str(),
                json::write(&outcome.outputs)?,
                outcome.reply.clone(),
                citations.clone(),
                error.clone(),
                count(outcome.usage.input_tokens),
                count(outcome.usage.output_tokens),
                outcome.model.clone(),
                count(seq),
                at.as_millis(),
                count(outcome.usage.cached_tokens),
                i64::from(outcome.usage.estimated),
                nanos(outcome.usage),
                count(hold.epoch),
                outcome.first_token_at.map(Timestamp::as_millis),
                variables.clone()
            ],
        )
        .await?
        .ok_or_else(lost)?;
    let Some(message) = ended.message_id else {
        return Ok(());
    };
    if let Some(variables) = variables {
        // With the answer: another branch does not see them.
        tx.exec(
            "update messages set variables = $2 where id = $1",
            values![message.clone(), variables],
        )
        .await?;
    }
    let status = match outcome.status {
        RunStatus::Succeeded => MessageStatus::Done,
        RunStatus::Cancelled => MessageStatus::Cancelled,
        _ => MessageStatus::Failed,
    };
    tx.exec(
        "update messages set text = $2, citations = $3, status = $4, error = $5, model = $6, input_tokens = $7, output_tokens = $8,
            cached_tokens = $9, estimated = $10, cost = $11
         where id = $1",
        values![
            message,
            outcome.reply.clone(),
            citations,
            json::name(&status)?,
            error,
            outcome.model.clone(),
            count(outcome.usage.input_tokens),
            count(outcome.usage.output_tokens),
            count(outcome.usage.cached_tokens),
            i64::from(outcome.usage.estimated),
            nanos(outcome.usage)
        ],
    )
    .await
    .map(drop)
}
