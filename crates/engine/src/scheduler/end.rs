//! The end of a run: siblings stop, the rest of the log and the outcome become durable, then it is told.

use std::sync::Arc;

use futures::stream::FuturesUnordered;
use headwater_model::flow::value::check_outputs;
use headwater_model::run::event::EventBody;
use headwater_model::run::log::LogEntry;
use headwater_model::run::{Failure, RunStatus};

use super::task::{Stop, Task};
use crate::control::RunEnd;
use crate::frames::Place;
use crate::{replay, scope};

impl Task {
    pub(super) async fn end(&mut self, stop: Result<(), Stop>) -> RunEnd {
        self.calls = FuturesUnordered::new();
        match stop {
            Ok(()) => self.check_outputs(),
            Err(Stop::Lost(error)) => return Err(error),
            Err(Stop::Paused) => {
                self.outcome.status = RunStatus::Paused;
                let live = self.live.lock();
                self.outcome.reply = live.reply.text().0.to_owned();
                self.outcome.first_token_at = live.first_said();
                drop(live);
                return Ok(Arc::new(self.outcome.clone()));
            }
            Err(Stop::Cancelled) => self.outcome.status = RunStatus::Cancelled,
            Err(Stop::Failed(failure)) => {
                self.outcome.status = RunStatus::Failed;
                self.outcome.error = Some(failure);
            }
        }
        self.go_on();
        self.stop_siblings();
        // A turn that failed changes nothing the conversation remembers.
        if self.assigned && self.outcome.status == RunStatus::Succeeded {
            let kept = scope::kept(&self.start.plan, self.frames.conversation());
            self.outcome.variables = Some(kept);
        }
        let seq = {
            let mut live = self.live.lock();
            self.outcome.reply = live.reply.text().0.to_owned();
            self.outcome.first_token_at = live.first_said();
            self.outcome.citations = self.numbers.lock().used_in(&self.outcome.reply);
            // For a reader of the log: the rest of the reply in one piece.
            live.keep_free();
            if self.outcome.citations.is_empty() {
                live.keep_free();
            } else {
                let citations = self.outcome.citations.clone();
                live.tell(EventBody::MessageCitations { citations });
            }
            live.hold(replay::terminal(&self.outcome))
        };
        self.pending.push(LogEntry::End {
            seq,
            at: self.clock.now(),
            outcome: self.outcome.clone(),
        });
        while self.in_flight.is_some() || !self.pending.is_empty() {
            self.flush();
            if let Some((_, append)) = &mut self.in_flight {
                let result = append.await;
                self.logged(result)?;
            }
        }
        Ok(Arc::new(self.outcome.clone()))
    }

    /// A run gives what its flow declares, or fails.
    fn check_outputs(&mut self) {
        let declared = &self.start.plan.outputs;
        if let Err(error) = check_outputs(declared, &self.outcome.outputs) {
            self.outcome.status = RunStatus::Failed;
            self.outcome.error = Some(Failure::from(&error));
        }
    }

    fn stop_siblings(&mut self) {
        let begun = self.begun.values().map(|begun| begun.place.clone());
        let mut places: Vec<Place> = begun.collect();
        // Inner steps before the containers they run in.
        places.sort_unstable_by_key(|place| std::cmp::Reverse(place.key));
        for place in places {
            self.log_cancelled(&place, "Stopped, because the run ended.");
        }
    }
}
