//! The run's log: records in order, in batches, each event held until its record is durable.

use std::sync::Arc;

use headwater_model::Result;
use headwater_model::run::StepStatus;
use headwater_model::run::log::{LogEntry, StepRecord};
use serde_json::{Value, json};

use super::task::Task;
use crate::frames::Place;
use crate::replay;

impl Task {
    /// A record of a step that ends now.
    pub(super) fn record(&mut self, place: &Place, attempt: u32) -> StepRecord {
        let now = self.clock.now();
        let spent = self.ledger.close(place.key, now);
        let (tag, started_at, inputs) = match self.begun.remove(&place.key) {
            Some(begun) => (begun.tag, begun.at, begun.inputs),
            None => (self.tag(place), now, json!({})),
        };
        StepRecord {
            seq: 0,
            id: tag.id,
            node: tag.node.clone(),
            path: tag.path.clone(),
            kind: place.node(&self.start.plan).kind.to_owned(),
            status: StepStatus::Done,
            attempt,
            inputs,
            outputs: Value::Null,
            handle: None,
            error: None,
            usage: spent.before,
            cached: spent.cached,
            model: spent.model,
            started_at,
            finished_at: now,
            trace: spent.trace,
        }
    }

    /// Keeps a record, unless the past has one of the same step; returns the one that is kept.
    pub(super) fn log(&mut self, mut record: StepRecord) -> StepRecord {
        if let Some(past) = self.past.take(record.place()) {
            return past;
        }
        self.go_on();
        let body = replay::boundary(self.start.run, &record).body;
        if self.durable {
            record.seq = self.live.lock().hold(body);
            self.pending.push(LogEntry::Step(record.clone()));
        } else {
            record.seq = self.live.lock().tell(body);
        }
        record
    }

    /// Sends what is pending, unless a batch is already on its way.
    pub(super) fn flush(&mut self) {
        if self.in_flight.is_none() && !self.pending.is_empty() {
            let entries = std::mem::take(&mut self.pending);
            let (log, hold) = (Arc::clone(&self.ports.log), self.hold);
            let count = entries.len();
            let append = Box::pin(async move { log.append(hold, entries).await });
            self.in_flight = Some((count, append));
        }
    }

    pub(super) fn logged(&mut self, result: Result<()>) -> Result<()> {
        let count = self.in_flight.take().map_or(0, |(count, _)| count);
        result?;
        self.live.lock().confirm(count);
        self.unsafe_results &= !self.pending.is_empty();
        Ok(())
    }
}
