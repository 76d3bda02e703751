//! Rows of runs and steps.

use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::ports::Hold;
use headwater_model::price::Usd;
use headwater_model::run::log::StepRecord;
use headwater_model::run::trace::StepTrace;
use headwater_model::run::{Run, RunInput, RunStatus};
use headwater_model::usage::Usage;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;

use super::append::End;
use super::{NewRun, RunRecord};
use crate::{Tx, json};

pub(super) const RUN: &str = "id, workspace_id, flow_id, flow_name, revision_id, revision, conversation_id, message_id, status, \
    input, outputs, reply, citations, error, input_tokens, output_tokens, model, end_seq, created_at, started_at, finished_at, request_hash, \
    lease_owner, lease_until, lease_epoch, next_seq, paused_ms, command, command_by, cached_tokens, estimated, cost, first_token_at, caller, variables";
pub(super) const STEP: &str = "s.seq, s.id, s.node, s.kind, s.status, s.attempt, s.inputs, s.outputs, s.handle, s.error, \
    s.input_tokens, s.output_tokens, s.model, s.started_at, s.finished_at, s.path, s.cached, s.cached_tokens, s.estimated, s.cost, s.trace";
/// A step without what it had and gave.
pub(super) const STEP_OUTLINE: &str = "s.seq, s.id, s.node, s.kind, s.status, s.attempt, 'null' as inputs, 'null' as outputs, \
    s.handle, s.error, s.input_tokens, s.output_tokens, s.model, s.started_at, s.finished_at, s.path, s.cached, s.cached_tokens, \
    s.estimated, s.cost, cast(null as text) as trace";

#[derive(FromQueryResult)]
pub(super) struct Row {
    pub id: String,
    pub workspace_id: String,
    flow_id: Option<String>,
    flow_name: String,
    revision_id: String,
    revision: i64,
    conversation_id: Option<String>,
    message_id: Option<String>,
    status: String,
    pub input: String,
    outputs: String,
    reply: String,
    citations: String,
    error: Option<String>,
    input_tokens: i64,
    output_tokens: i64,
    end_seq: Option<i64>,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    pub request_hash: Option<String>,
    lease_owner: Option<String>,
    lease_until: Option<i64>,
    lease_epoch: i64,
    pub next_seq: Option<i64>,
    pub paused_ms: i64,
    pub command: Option<String>,
    pub command_by: Option<String>,
    cached_tokens: i64,
    estimated: i64,
    cost: Option<i64>,
    first_token_at: Option<i64>,
    caller: Option<String>,
    variables: Option<String>,
}

impl Row {
    /// Whether it has not ended and this worker has this hold of it.
    pub(super) fn is_held(&self, hold: Hold, owner: &str) -> bool {
        self.finished_at.is_none()
            && self.lease_owner.as_deref() == Some(owner)
            && self.epoch() == hold.epoch
    }

    /// Until when nobody else may take it.
    pub(super) fn lease_until(&self) -> Timestamp {
        Timestamp::from_millis(self.lease_until.unwrap_or(0))
    }

    /// How often it was taken.
    pub(super) fn epoch(&self) -> u64 {
        u64::try_from(self.lease_epoch).unwrap_or(0)
    }

    pub(super) fn read(self) -> Result<RunRecord> {
        let input: RunInput = json::read(&self.input)?;
        let run = Run {
            retry_of: input.retry_of(),
            replay_of: input.replay_of(),
            trigger_id: input.trigger,
            share_id: input.visit.map(|visit| visit.share),
            input: input.input,
            id: self.id.parse()?,
            flow_id: self.flow_id.map(|id| id.parse()).transpose()?,
            flow_name: self.flow_name,
            revision: u32::try_from(self.revision).map_err(Error::internal)?,
            status: json::named(&self.status)?,
            outputs: json::read(&self.outputs)?,
            reply: self.reply,
            citations: json::read(&self.citations)?,
            error: json::read_option(self.error.as_ref())?,
            usage: usage(
                (self.input_tokens, self.output_tokens),
                (self.cached_tokens, self.estimated, self.cost),
            ),
            conversation_id: self.conversation_id.map(|id| id.parse()).transpose()?,
            variables: json::read_option(self.variables.as_ref())?,
            marks: None,
            caller: self.caller,
            created_at: Timestamp::from_millis(self.created_at),
            started_at: self.started_at.map(Timestamp::from_millis),
            first_token_at: self.first_token_at.map(Timestamp::from_millis),
            finished_at: self.finished_at.map(Timestamp::from_millis),
        };
        Ok(RunRecord {
            run,
            message_id: self.message_id.map(|id| id.parse()).transpose()?,
            revision_id: self.revision_id.parse()?,
            end_seq: self.end_seq.and_then(|seq| u64::try_from(seq).ok()),
            next_seq: self.next_seq.and_then(|seq| u64::try_from(seq).ok()),
        })
    }
}

/// What was consumed: tokens in and out; those from the cache, whether estimated, and the cost.
pub(crate) fn usage(tokens: (i64, i64), more: (i64, i64, Option<i64>)) -> Usage {
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    let (cached, estimated, cost) = more;
    Usage {
        input_tokens: count(tokens.0),
        output_tokens: count(tokens.1),
        cached_tokens: count(cached),
        estimated: estimated != 0,
        cost: cost.map(|nanos| Usd::from_nanos(count(nanos))),
    }
}

/// What a cost is kept as.
pub(crate) fn nanos(usage: Usage) -> Option<i64> {
    usage.cost.map(|cost| count(cost.as_nanos()))
}

/// A count as SQL keeps it.
pub(crate) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[derive(FromQueryResult)]
pub(super) struct StepRow {
    seq: i64,
    id: String,
    node: String,
    kind: String,
    status: String,
    attempt: i64,
    inputs: String,
    outputs: String,
    handle: Option<String>,
    error: Option<String>,
    input_tokens: i64,
    output_tokens: i64,
    model: Option<String>,
    started_at: i64,
    finished_at: i64,
    path: Option<String>,
    cached: Option<String>,
    cached_tokens: i64,
    estimated: i64,
    cost: Option<i64>,
    trace: Option<String>,
}

impl StepRow {
    pub(super) fn read(self) -> Result<StepRecord> {
        let inputs = json::read(&self.inputs)?;
        let mut trace: StepTrace = json::read_option(self.trace.as_ref())?.unwrap_or_default();
        if let Some(call) = trace.calls.first_mut()
            && call.messages.is_empty()
            && let Some(prompt) = prompt(&inputs)
        {
            call.messages.clone_from(prompt);
        }
        Ok(StepRecord {
            seq: u64::try_from(self.seq).map_err(Error::internal)?,
            id: self.id.parse()?,
            node: self.node,
            path: self.path,
            kind: self.kind,
            status: json::named(&self.status)?,
            attempt: u32::try_from(self.attempt).map_err(Error::internal)?,
            inputs,
            outputs: json::read(&self.outputs)?,
            handle: self.handle,
            error: json::read_option(self.error.as_ref())?,
            usage: usage(
                (self.input_tokens, self.output_tokens),
                (self.cached_tokens, self.estimated, self.cost),
            ),
            cached: json::read_option(self.cached.as_ref())?,
            model: self.model,
            started_at: Timestamp::from_millis(self.started_at),
            finished_at: Timestamp::from_millis(self.finished_at),
            trace,
        })
    }
}

/// The prompt among a step's inputs.
fn prompt(inputs: &Json) -> Option<&Vec<Json>> {
    inputs.get("messages")?.as_array()
}

/// A step's trace as it is kept: a prompt that stands among its inputs is not kept twice.
fn trace(step: &StepRecord) -> Result<Option<String>> {
    if step.trace.is_empty() {
        return Ok(None);
    }
    let first = step.trace.calls.first().map(|call| &call.messages);
    if first.is_none() || first != prompt(&step.inputs) {
        return json::write(&step.trace).map(Some);
    }
    let mut kept = step.trace.clone();
    kept.calls[0].messages.clear();
    json::write(&kept).map(Some)
}

/// Runs as they begin or, with their end, as they ended: a run that ends with its first entries is
/// written once.
pub(super) async fn insert_runs(tx: &Tx<'_>, runs: &[(&NewRun, Option<End<'_>>)]) -> Result<()> {
    let mut values = Vec::with_capacity(runs.len() * RUN_COLUMNS);
    for (new, end) in runs {
        push_run(&mut values, new, *end)?;
    }
    tx.insert_many(
        "insert into runs (id, workspace_id, flow_id, flow_name, revision_id, revision, conversation_id, message_id,
            input, created_at, started_at, lease_owner, lease_until, idempotency_key, request_hash,
            status, outputs, reply, citations, error, input_tokens, output_tokens, model, end_seq, finished_at,
            cached_tokens, estimated, cost, first_token_at, variables, caller)",
        RUN_COLUMNS,
        values,
    )
    .await
}

const RUN_COLUMNS: usize = 31;

fn push_run(values: &mut Vec<Value>, new: &NewRun, end: Option<End<'_>>) -> Result<()> {
    let (key, hash) = new.idempotency.clone().unzip();
    values.extend([
        new.id.to_string().into(),
        new.workspace.to_string().into(),
        new.flow_id.map(|id| id.to_string()).into(),
        new.flow_name.clone().into(),
        new.revision_id.to_string().into(),
        i64::from(new.revision).into(),
        new.turn
            .as_ref()
            .map(|turn| turn.conversation.to_string())
            .into(),
        new.turn.as_ref().map(|turn| turn.answer.to_string()).into(),
        json::write(&new.input)?.into(),
        new.created_at.as_millis().into(),
        new.created_at.as_millis().into(),
        new.lease_owner.clone().into(),
        new.lease_until.as_millis().into(),
        key.into(),
        hash.into(),
    ]);
    match end {
        None => values.extend([
            RunStatus::Running.as_str().into(),
            "{}".into(),
            "".into(),
            "[]".into(),
            None::<String>.into(),
            0_i64.into(),
            0_i64.into(),
            None::<String>.into(),
            None::<i64>.into(),
            None::<i64>.into(),
            0_i64.into(),
            0_i64.into(),
            None::<i64>.into(),
            None::<i64>.into(),
            None::<String>.into(),
        ]),
        Some(End { seq, at, outcome }) => values.extend([
            outcome.status.as_str().into(),
            json::write(&outcome.outputs)?.into(),
            outcome.reply.clone().into(),
            json::write(&outcome.citations)?.into(),
            outcome.error.as_ref().map(json::write).transpose()?.into(),
            count(outcome.usage.input_tokens).into(),
            count(outcome.usage.output_tokens).into(),
            outcome.model.clone().into(),
            Some(count(seq)).into(),
            Some(at.as_millis()).into(),
            count(outcome.usage.cached_tokens).into(),
            i64::from(outcome.usage.estimated).into(),
            nanos(outcome.usage).into(),
            outcome.first_token_at.map(Timestamp::as_millis).into(),
            outcome
                .variables
                .as_ref()
                .map(json::write)
                .transpose()?
                .into(),
        ]),
    }
    values.push(new.caller.clone().into());
    Ok(())
}

const STEP_COLUMNS: usize = 22;

/// All steps in as few statements as possible.
pub(super) async fn insert_steps(tx: &Tx<'_>, steps: &[(RunId, &StepRecord)]) -> Result<()> {
    let mut values = Vec::with_capacity(steps.len() * STEP_COLUMNS);
    for (run, step) in steps {
        push_step(&mut values, *run, step)?;
    }
    tx.insert_many(
        "insert into steps (run_id, seq, id, node, kind, status, attempt, inputs, outputs, handle, error,
            input_tokens, output_tokens, model, started_at, finished_at, path, cached,
            cached_tokens, estimated, cost, trace)",
        STEP_COLUMNS,
        values,
    )
    .await
}

const CALL_COLUMNS: usize = 11;

/// The model calls of steps, each with the workspace of its run.
pub(super) async fn insert_calls(
    tx: &Tx<'_>,
    steps: &[(RunId, WorkspaceId, &StepRecord)],
) -> Result<()> {
    let mut values = Vec::new();
    for (run, workspace, step) in steps {
        for (number, call) in step.trace.calls.iter().enumerate() {
            let first_token = call
                .first_token_at
                .map(|at| at.as_millis() - call.started_at.as_millis());
            values.extend([
                run.to_string().into(),
                count(step.seq).into(),
                count(number as u64).into(),
                workspace.to_string().into(),
                call.finished_at.as_millis().into(),
                call.model.as_ref().unwrap_or(&call.asked).clone().into(),
                i64::from(call.error.is_some()).into(),
                count(call.usage.input_tokens).into(),
                count(call.usage.output_tokens).into(),
                nanos(call.usage).into(),
                first_token.into(),
            ]);
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    tx.insert_many(
        "insert into model_calls (run_id, seq, number, workspace_id, at, model, failed,
            input_tokens, output_tokens, cost, first_token_ms)",
        CALL_COLUMNS,
        values,
    )
    .await
}

fn push_step(values: &mut Vec<Value>, run: RunId, step: &StepRecord) -> Result<()> {
    values.extend([
        run.to_string().into(),
        count(step.seq).into(),
        step.id.to_string().into(),
        step.node.clone().into(),
        step.kind.clone().into(),
        json::name(&step.status)?.into(),
        i64::from(step.attempt).into(),
        json::write(&step.inputs)?.into(),
        json::write(&step.outputs)?.into(),
        step.handle.clone().into(),
        step.error.as_ref().map(json::write).transpose()?.into(),
        count(step.usage.input_tokens).into(),
        count(step.usage.output_tokens).into(),
        step.model.clone().into(),
        step.started_at.as_millis().into(),
        step.finished_at.as_millis().into(),
        step.path.clone().into(),
        step.cached.as_ref().map(json::write).transpose()?.into(),
        count(step.usage.cached_tokens).into(),
        i64::from(step.usage.estimated).into(),
        nanos(step.usage).into(),
        trace(step)?.into(),
    ]);
    Ok(())
}
