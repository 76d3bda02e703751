//! Waiting for people: a wait is in the log before anybody is asked; when a run can only wait, it
//! leaves memory, and an answer makes it go on from its log, here or elsewhere.

use std::collections::{HashMap, VecDeque};

use headwater_model::Error;
use headwater_model::id::WaitId;
use headwater_model::ports::{Command, Park, Parked};
use headwater_model::run::event::EventBody;
use headwater_model::run::log::LogEntry;
use headwater_model::run::wait::{Answer, Form, WaitRecord, WaitStep};
use serde_json::json;

use super::patience::mix;
use super::task::{Stop, Task};
use crate::frames::{Key, Place};
use crate::replay::{paused, resumed};
use crate::step::StepOutput;

/// What a run waits for.
#[derive(Default)]
pub(super) struct Waits {
    /// Of before, until their steps begin again.
    known: HashMap<String, WaitRecord>,
    /// Steps that will ask once the past has been lived through.
    unasked: VecDeque<(Place, Box<Form>, Option<u64>)>,
    asked: HashMap<WaitId, Place>,
    answers: VecDeque<(WaitId, Answer)>,
    /// Who paused the whole run.
    pausing: Option<String>,
    /// The pause of the whole run that has just ended.
    ended: Option<WaitRecord>,
}

impl Waits {
    pub fn new(waits: Vec<WaitRecord>, next_seq: u64) -> Self {
        let mut new = Self::default();
        for wait in waits {
            match wait.place().map(str::to_owned) {
                Some(place) => drop(new.known.insert(place, wait)),
                None if wait.resumed_seq == Some(next_seq) => new.ended = Some(wait),
                None => {}
            }
        }
        new
    }

    /// Whether nothing new may begin.
    pub fn is_pausing(&self) -> bool {
        self.pausing.is_some()
    }

    /// A step does not wait any more.
    pub fn forget(&mut self, key: Key) {
        if !self.asked.is_empty() {
            self.asked.retain(|_, place| place.key != key);
        }
        if !self.unasked.is_empty() {
            self.unasked.retain(|(place, ..)| place.key != key);
        }
    }
}

impl Task {
    /// A step waits: as before a restart, or from now on.
    pub(super) fn wait(&mut self, place: Place, form: Box<Form>, deadline_ms: Option<u64>) {
        let plan = std::sync::Arc::clone(&self.start.plan);
        let name = place.name(&plan);
        if self.past.awaits(name, &place) {
            return;
        }
        let Some(known) = self.waits.known.remove(name) else {
            self.waits.unasked.push_back((place, form, deadline_ms));
            return;
        };
        self.await_again(&place, json!(known.form), known.created_at);
        self.waits.asked.insert(known.id, place);
        self.waits
            .answers
            .extend(known.answer.map(|answer| (known.id, answer)));
    }

    /// Asks what is to be asked, once nothing of the past is left.
    pub(super) fn ask(&mut self) {
        while !self.past.is_replaying()
            && let Some((place, form, deadline_ms)) = self.waits.unasked.pop_front()
        {
            let (tag, at) = (self.announce(&place, json!(form)), self.clock.now());
            let random = mix(self.start.run, place.name(&self.start.plan), 1);
            let deadline = deadline_ms.map(|ms| at.plus_millis(i64::try_from(ms).unwrap_or(0)));
            let mut wait = WaitRecord {
                id: WaitId::new(self.start.started_at, random),
                seq: 0,
                step: Some(WaitStep {
                    id: tag.id,
                    node: tag.node.clone(),
                    path: tag.path.clone(),
                }),
                form: *form,
                deadline,
                created_at: at,
                answer: None,
                resumed_seq: None,
            };
            wait.seq = self.live.lock().hold(paused(&wait));
            self.waits.asked.insert(wait.id, place);
            self.pending.push(LogEntry::Wait(wait));
        }
    }

    /// Somebody wants something.
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Cancel => self.cancel.cancel(),
            Command::Pause { by } if self.durable => self.waits.pausing = Some(by),
            // Nothing could bring it back.
            Command::Pause { .. } => {}
            Command::Resume => self.waits.pausing = None,
            Command::Answer(wait, answer) => self.waits.answers.push_back((wait, answer)),
        }
    }

    /// Answers complete their steps, in the order they were given. One of a step that has ended
    /// otherwise, or that was answered before, changes nothing.
    pub(super) fn take_answers(&mut self) -> Result<(), Stop> {
        while let Some((id, answer)) = self.waits.answers.pop_front() {
            let Some(place) = self.waits.asked.remove(&id) else {
                continue;
            };
            let Some(begun) = self.begun.get(&place.key) else {
                continue;
            };
            let told = EventBody::RunResumed {
                wait_id: id,
                node: Some(begun.tag.node.clone()),
                path: begun.tag.path.clone(),
                button: Some(answer.button.clone()),
                by: answer.by.clone(),
            };
            self.live.lock().tell(told);
            let output = StepOutput {
                outputs: answer.outputs(),
                handle: Some(answer.button),
            };
            self.complete(&place, Ok(output), 1)?;
        }
        Ok(())
    }

    /// Whether the run can do nothing but wait, and all it did is in the log.
    pub(super) fn can_only_wait(&self) -> bool {
        let paused = self.waits.is_pausing();
        (paused || (!self.waits.asked.is_empty() && self.queued.is_empty()))
            && self.calling == 0
            && self.pending.is_empty()
            && self.in_flight.is_none()
            && self.waits.answers.is_empty()
            && !self.cancel.is_cancelled()
    }

    /// Leaves memory, unless something came in between.
    pub(super) async fn park(&mut self) -> Result<(), Stop> {
        let at = self.clock.now();
        let (next, reply, first_token_at) = {
            let live = self.live.lock();
            let reply = live.reply.text().0.to_owned();
            (live.next_seq(), reply, live.first_said())
        };
        let whole = self.waits.pausing.as_ref().map(|by| WaitRecord {
            id: WaitId::new(at, mix(self.start.run, by, 2)),
            seq: next,
            step: None,
            form: Form {
                title: by.clone(),
                ..Form::default()
            },
            deadline: None,
            created_at: at,
            answer: None,
            resumed_seq: None,
        });
        let told = whole.as_ref().map(paused);
        let park = Park {
            // One number stays free, for the reply in one piece.
            next_seq: next + 1 + u64::from(told.is_some()),
            at,
            reply,
            first_token_at,
            whole,
        };
        let parked = self.ports.log.park(self.hold, park).await;
        match parked.map_err(Stop::Lost)? {
            Parked::Yes => {
                if let Some(told) = told {
                    self.live.lock().tell(told);
                }
                Err(Stop::Paused)
            }
            Parked::Commanded(command) => {
                self.obey(command);
                Ok(())
            }
            Parked::Answered(answers) => {
                let count = self.waits.answers.len();
                let known = |(id, _): &(WaitId, _)| self.waits.asked.contains_key(id);
                let answers: Vec<_> = answers.into_iter().filter(known).collect();
                self.waits.answers.extend(answers);
                if self.waits.answers.len() == count {
                    return Err(Stop::Lost(Error::internal("an answer to no step")));
                }
                Ok(())
            }
        }
    }

    /// The pause of the whole run is over.
    pub(super) fn tell_resumed(&mut self) {
        if let Some(told) = self.waits.ended.take().as_ref().and_then(resumed) {
            self.live.lock().tell(told);
        }
    }
}
