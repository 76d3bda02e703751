//! What begins: pure steps and containers at once, calls when there is room.

use std::sync::Arc;

use headwater_model::id::StepId;
use headwater_model::run::Failure;
use headwater_model::run::event::EventBody;
use headwater_model::run::log::StepRecord;
use headwater_model::{Code, Error, Timestamp};
use serde_json::{Value, json};

use super::patience::mix;
use super::task::{Begun, Queued, Stop, Task};
use crate::frames::Place;
use crate::plan::Work;
use crate::step::{Begun as Beginning, StepOutput, Tag};

impl Task {
    /// Begins everything that is ready; pure steps may make more ready.
    pub(super) fn begin_ready(&mut self) -> Result<(), Stop> {
        while let Some(place) = self.frames.next_ready() {
            self.steps += 1;
            if self.steps > self.limits.max_steps {
                return Err(Stop::Failed(self.too_many_steps()));
            }
            let plan = Arc::clone(&self.start.plan);
            let node = place.node(&plan);
            // A container that speaks does so by its rounds: the steps in them are pinned.
            let speaks = node.replies && matches!(node.work, Work::Container(_));
            if !speaks && let Some(pin) = self.start.pins.remove(place.name(&plan)) {
                self.pinned(&place, pin)?;
                continue;
            }
            match &node.work {
                Work::Container(container) => {
                    self.past.awaits(place.name(&plan), &place);
                    self.announce(&place, json!({}));
                    self.watch(&place, node.timeout_ms);
                    match self.frames.open(place.key, container) {
                        Ok(inputs) => {
                            if let Some(begun) = self.begun.get_mut(&place.key) {
                                begun.inputs = inputs;
                            }
                            self.follow()?;
                        }
                        Err(error) => self.complete(&place, Err(error), 1)?,
                    }
                }
                Work::Step(step) => {
                    let begun = match self.frames.scope(place.key.frame) {
                        Some(scope) => {
                            let chosen = self.frames.chosen_model(place.key);
                            step.begin(&scope.choosing(chosen))
                        }
                        None => Err(Error::internal("a step without its frame")),
                    };
                    match begun {
                        Ok(Beginning::Call { inputs, call }) => {
                            self.queue(Queued {
                                place,
                                inputs,
                                call,
                            });
                        }
                        Ok(Beginning::Wait { form, deadline_ms }) => {
                            self.wait(place, form, deadline_ms);
                        }
                        Ok(Beginning::Done(output)) => {
                            self.announce(&place, json!({}));
                            self.complete(&place, Ok(output), 1)?;
                        }
                        Err(error) => {
                            self.announce(&place, json!({}));
                            self.complete(&place, Err(error), 1)?;
                        }
                    }
                }
            }
        }
        self.ask();
        self.begin_calls();
        Ok(())
    }

    /// A step whose result stands already, from another run.
    fn pinned(&mut self, place: &Place, pin: StepRecord) -> Result<(), Stop> {
        self.announce(place, pin.inputs.clone());
        let result = Ok(StepOutput {
            outputs: pin.outputs.clone(),
            handle: pin.handle.clone(),
        });
        self.numbers.lock().restore(&pin);
        self.conclude_as(place, result, 1, Some(pin))
    }

    /// A step of before waits on, unannounced.
    pub(super) fn await_again(&mut self, place: &Place, inputs: Value, at: Timestamp) {
        let begun = Begun {
            place: place.clone(),
            tag: self.tag(place),
            at,
            inputs,
        };
        self.begun.insert(place.key, begun);
    }

    /// A call of the past waits for its record instead of running again.
    fn queue(&mut self, queued: Queued) {
        let name = queued.place.name(&self.start.plan);
        if !self.past.awaits(name, &queued.place) {
            self.queued.push_back(queued);
        }
    }

    fn begin_calls(&mut self) {
        while !self.unsafe_results
            && !self.past.is_replaying()
            && self.calling < self.limits.max_parallel
            && let Some(Queued {
                place,
                inputs,
                call,
            }) = self.queued.pop_front()
        {
            let tag = self.announce(&place, inputs);
            self.calling += 1;
            self.call(&place, tag, call);
        }
    }

    /// A step begins; those of the past were announced before.
    pub(super) fn announce(&mut self, place: &Place, inputs: Value) -> Arc<Tag> {
        let at = self.clock.now();
        let tag = self.tag(place);
        if !self.past.is_replaying() {
            self.tell_started(place, &tag);
        }
        let begun = Begun {
            place: place.clone(),
            tag: Arc::clone(&tag),
            at,
            inputs,
        };
        self.begun.insert(place.key, begun);
        tag
    }

    pub(super) fn tell_started(&self, place: &Place, tag: &Tag) {
        self.live.lock().tell(EventBody::StepStarted {
            node: tag.node.clone(),
            path: tag.path.clone(),
            kind: place.node(&self.start.plan).kind.to_owned(),
            step_id: tag.id,
            attempt: 1,
        });
    }

    /// A step's id follows from its run and its path: a restart gives it the same.
    pub(super) fn tag(&self, place: &Place) -> Arc<Tag> {
        let plan = &self.start.plan;
        let random = mix(self.start.run, place.name(plan), 0);
        Arc::new(Tag {
            key: place.key,
            voice: self.frames.voice(place.key),
            node: place.label(plan).to_owned(),
            path: place.path.clone(),
            id: StepId::new(self.start.started_at, random),
        })
    }

    fn too_many_steps(&self) -> Failure {
        let most = self.limits.max_steps;
        Failure {
            limit: Some("run_steps".into()),
            ..Failure::new(
                Code::QuotaExceeded,
                format!("The run took more than {most} steps and was stopped."),
            )
        }
    }
}
