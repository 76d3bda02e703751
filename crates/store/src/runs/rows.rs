//! Rows of runs and steps.

use std::fmt::Write as _;

use headwater_model::id::RunId;
use headwater_model::run::log::StepRecord;
use headwater_model::run::{Run, RunInput};
use headwater_model::usage::Usage;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::{FromQueryResult, Value};

use super::RunRecord;
use crate::{Tx, json};

pub(super) const RUN: &str = "id, workspace_id, flow_id, flow_name, revision_id, revision, conversation_id, message_id, status, \
    input, outputs, reply, citations, error, input_tokens, output_tokens, model, end_seq, created_at, started_at, finished_at, request_hash";
pub(super) const STEP: &str = "s.seq, s.id, s.node, s.kind, s.status, s.attempt, s.inputs, s.outputs, s.handle, s.error, \
    s.input_tokens, s.output_tokens, s.model, s.started_at, s.finished_at";

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
}

impl Row {
    pub(super) fn read(self) -> Result<RunRecord> {
        let run = Run {
            id: self.id.parse()?,
            flow_id: self.flow_id.map(|id| id.parse()).transpose()?,
            flow_name: self.flow_name,
            revision: u32::try_from(self.revision).map_err(Error::internal)?,
            status: json::named(&self.status)?,
            input: json::read::<RunInput>(&self.input)?.input,
            outputs: json::read(&self.outputs)?,
            reply: self.reply,
            citations: json::read(&self.citations)?,
            error: json::read_option(self.error.as_ref())?,
            usage: usage(self.input_tokens, self.output_tokens),
            conversation_id: self.conversation_id.map(|id| id.parse()).transpose()?,
            created_at: Timestamp::from_millis(self.created_at),
            started_at: self.started_at.map(Timestamp::from_millis),
            finished_at: self.finished_at.map(Timestamp::from_millis),
        };
        Ok(RunRecord {
            run,
            message_id: self.message_id.map(|id| id.parse()).transpose()?,
            revision_id: self.revision_id.parse()?,
            end_seq: self.end_seq.and_then(|seq| u64::try_from(seq).ok()),
        })
    }
}

pub(crate) fn usage(input: i64, output: i64) -> Usage {
    Usage {
        input_tokens: u64::try_from(input).unwrap_or(0),
        output_tokens: u64::try_from(output).unwrap_or(0),
    }
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
}

impl StepRow {
    pub(super) fn read(self) -> Result<StepRecord> {
        Ok(StepRecord {
            seq: u64::try_from(self.seq).map_err(Error::internal)?,
            id: self.id.parse()?,
            node: self.node,
            kind: self.kind,
            status: json::named(&self.status)?,
            attempt: u32::try_from(self.attempt).map_err(Error::internal)?,
            inputs: json::read(&self.inputs)?,
            outputs: json::read(&self.outputs)?,
            handle: self.handle,
            error: json::read_option(self.error.as_ref())?,
            usage: usage(self.input_tokens, self.output_tokens),
            model: self.model,
            started_at: Timestamp::from_millis(self.started_at),
            finished_at: Timestamp::from_millis(self.finished_at),
        })
    }
}

/// How many steps one statement carries (each has 16 values; SQLite allows 32,766).
const STEPS_AT_ONCE: usize = 500;

/// All steps in as few statements as possible.
pub(super) async fn insert_steps(tx: &Tx<'_>, run: RunId, steps: &[&StepRecord]) -> Result<()> {
    for part in steps.chunks(STEPS_AT_ONCE) {
        let mut sql = String::from(
            "insert into steps (run_id, seq, id, node, kind, status, attempt, inputs, outputs, handle, error,
             input_tokens, output_tokens, model, started_at, finished_at) values ",
        );
        let mut values: Vec<Value> = Vec::with_capacity(part.len() * 16);
        for (index, step) in part.iter().enumerate() {
            let base = index * 16;
            let places: Vec<String> = (1..=16).map(|place| format!("${}", base + place)).collect();
            let _ = write!(
                sql,
                "{}({})",
                if index == 0 { "" } else { ", " },
                places.join(", ")
            );
            push_step(&mut values, run, step)?;
        }
        tx.exec(&sql, values).await?;
    }
    Ok(())
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
    ]);
    Ok(())
}
