//! The end of a step: its record, and everything that follows from it.

use std::sync::Arc;

use headwater_model::flow::Then;
use headwater_model::run::log::StepRecord;
use headwater_model::run::{Failure, StepStatus};
use headwater_model::{Code, Result};
use serde_json::{Value, json};

use super::task::{Stop, Task};
use crate::frames::{Effect, End, FrameId, Place};
use crate::plan::{PlannedNode, Work};
use crate::reply::Piece;
use crate::step::StepOutput;
use crate::weight::weight;

impl Task {
    /// A step ended; with an error its node's settings say how to go on.
    pub(super) fn complete(
        &mut self,
        place: &Place,
        result: Result<StepOutput>,
        attempt: u32,
    ) -> Result<(), Stop> {
        self.conclude(
            place,
            result.map_err(|error| Failure::from(&error)),
            attempt,
        )
    }

    /// Records a step's end, unless the past has the record, and decides what follows.
    pub(super) fn conclude(
        &mut self,
        place: &Place,
        result: Result<StepOutput, Failure>,
        attempt: u32,
    ) -> Result<(), Stop> {
        self.conclude_as(place, result, attempt, None)
    }

    /// The same; a pin says how the step ended in another run.
    pub(super) fn conclude_as(
        &mut self,
        place: &Place,
        result: Result<StepOutput, Failure>,
        attempt: u32,
        pin: Option<StepRecord>,
    ) -> Result<(), Stop> {
        self.abort(place.key);
        let plan = Arc::clone(&self.start.plan);
        if let Some(record) = self.past.take(place.name(&plan)) {
            self.begun.remove(&place.key);
            self.numbers.lock().restore(&record);
            let bytes = weight(&record.outputs);
            return self.accept(place, &record, bytes);
        }
        let (result, bytes) = self.fitting(result);
        let mut record = self.record(place, attempt);
        fill(&mut record, place.node(&plan), result);
        if let Some(pin) = pin {
            (record.status, record.error) = (pin.status, pin.error);
        }
        let record = self.log(record);
        self.accept(place, &record, bytes)
    }

    /// What a recorded end means for the run.
    fn accept(&mut self, place: &Place, record: &StepRecord, bytes: usize) -> Result<(), Stop> {
        self.remember(place, record);
        let handle = record.handle.as_deref();
        let failed = (record.status == StepStatus::Failed).then(|| {
            let unknown = || Failure::new(Code::Internal, "The step failed.");
            record.error.clone().unwrap_or_else(unknown)
        });
        self.frames.settle(
            place.key,
            End {
                outputs: Arc::new(record.outputs.clone()),
                bytes,
                handle,
                failed,
            },
        );
        let key = place.key;
        self.live.lock().reply.settle(key, handle, &record.outputs);
        self.follow()?;
        self.say(key.frame);
        if self.frames.bytes() > self.limits.run_bytes {
            return Err(Stop::Failed(self.too_much()));
        }
        Ok(())
    }

    /// What a finished step adds to the run.
    fn remember(&mut self, place: &Place, record: &StepRecord) {
        self.book(record);
        self.numbers.lock().note(record);
        let (StepStatus::Done, Value::Object(values)) = (record.status, &record.outputs) else {
            return;
        };
        match record.kind.as_str() {
            "output" => {
                let own = self.frames.put_out(place.key.frame, values.clone());
                self.outcome.outputs.extend(own);
            }
            // A default that stands in for a failure assigns nothing.
            "assign" if record.error.is_none() => {
                self.frames.assign(values);
                self.assigned = true;
            }
            _ => {}
        }
    }

    /// What a step consumed is the run's, however it ended.
    fn book(&mut self, record: &StepRecord) {
        self.outcome.usage += record.usage;
        if record.model.is_some() {
            self.outcome.model.clone_from(&record.model);
        }
    }

    /// Carries out what followed from a step's end.
    pub(super) fn follow(&mut self) -> Result<(), Stop> {
        while let Some(effect) = self.frames.next_effect() {
            match effect {
                Effect::Entered {
                    frame,
                    graph,
                    of,
                    index,
                    call,
                } => self.live.lock().reply.enter(frame, graph, of, index, call),
                Effect::Left { frame } => {
                    let pieces = self.live.lock().reply.leave(frame, &self.frames);
                    self.utter(pieces);
                }
                Effect::Skipped(place) => self.skip(&place),
                Effect::Stopped(place) => self.stop(&place),
                Effect::Closed(place, result) => {
                    let result = result.map(|outputs| self.with_reply(&place, outputs));
                    self.conclude(&place, result.map(StepOutput::of), 1)?;
                }
                Effect::Failed(failure) => return Err(Stop::Failed(failure)),
            }
        }
        Ok(())
    }

    /// A subflow's reply is its `text`, unless it has an output of that name.
    fn with_reply(&self, place: &Place, mut outputs: Value) -> Value {
        let calls = match &place.node(&self.start.plan).work {
            Work::Container(container) => container.is_call(),
            Work::Step(_) => false,
        };
        if let (true, Value::Object(outputs)) = (calls, &mut outputs) {
            let text = self.live.lock().reply.take(place.key);
            outputs.entry("text").or_insert(Value::String(text));
        }
        outputs
    }

    fn skip(&mut self, place: &Place) {
        self.live.lock().reply.skip(place.key);
        let mut record = self.record(place, 0);
        record.status = StepStatus::Skipped;
        record.outputs = json!({});
        let kept = self.log(record);
        self.book(&kept);
    }

    /// A step whose frame stopped: cancelled when it had begun, skipped when not.
    fn stop(&mut self, place: &Place) {
        self.abort(place.key);
        if !self.begun.contains_key(&place.key) {
            return self.skip(place);
        }
        self.live.lock().reply.skip(place.key);
        let why = "Stopped, because the round it belonged to ended.";
        self.log_cancelled(place, why);
    }

    pub(super) fn log_cancelled(&mut self, place: &Place, why: &str) {
        let mut record = self.record(place, 1);
        record.status = StepStatus::Failed;
        record.outputs = json!({});
        record.error = Some(Failure::new(Code::Cancelled, why));
        let kept = self.log(record);
        self.book(&kept);
    }

    /// Says what can be said of the reply now.
    pub(super) fn say(&mut self, frame: FrameId) {
        let pieces = self.live.lock().reply.advance(frame, &self.frames);
        self.utter(pieces);
    }

    /// What the past said was heard before.
    fn utter(&self, pieces: Vec<Piece>) {
        if !self.past.is_replaying() {
            self.live.lock().say(pieces);
        }
    }

    /// Refuses outputs that are too large for one step.
    fn fitting(&self, result: Result<StepOutput, Failure>) -> (Result<StepOutput, Failure>, usize) {
        let Ok(output) = &result else {
            return (result, 0);
        };
        let (bytes, most) = (weight(&output.outputs), self.limits.value_bytes);
        if bytes <= most {
            return (result, bytes);
        }
        let message = format!("The step put out more than {} KiB.", most / 1024);
        let failure = Failure {
            limit: Some("value_bytes".into()),
            ..Failure::new(Code::TooLarge, message)
        };
        (Err(failure), 0)
    }

    fn too_much(&self) -> Failure {
        let most = self.limits.run_bytes / 1024;
        Failure {
            limit: Some("run_bytes".into()),
            ..Failure::new(
                Code::TooLarge,
                format!("The run's values took more than {most} KiB and it was stopped."),
            )
        }
    }
}

/// What a step leaves behind, or how its node goes on from a failure.
fn fill(record: &mut StepRecord, planned: &PlannedNode, result: Result<StepOutput, Failure>) {
    let failure = match result {
        Ok(output) => {
            record.outputs = output.outputs;
            record.handle = output.handle;
            return;
        }
        Err(failure) => failure,
    };
    match (planned.then, &planned.default) {
        (Then::Default, Some(default)) => record.outputs = default.clone(),
        (Then::Branch, _) => {
            record.status = StepStatus::Failed;
            record.handle = Some("error".to_owned());
            record.outputs = json!({ "error": failure });
        }
        _ => record.status = StepStatus::Failed,
    }
    record.error = Some(failure);
}
