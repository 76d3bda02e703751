//! Going on after a restart: the run is lived again from its log. Everything decided purely is
//! decided again, the same; what a recorded step did is taken from its record and not done again.

use std::collections::{HashMap, VecDeque};

use headwater_model::Code;
use headwater_model::run::StepStatus;
use headwater_model::run::event::Event;
use headwater_model::run::log::StepRecord;

use super::task::{Stop, Task};
use super::{Onset, StartRun};
use crate::frames::Place;
use crate::replay;

/// The records of before a restart, until each has been lived through.
#[derive(Default)]
pub(super) struct Past {
    order: VecDeque<String>,
    records: HashMap<String, StepRecord>,
    /// Steps that began again and wait for their record.
    waiting: HashMap<String, Place>,
    events: Vec<Event>,
    replaying: bool,
}

impl Past {
    pub fn new(start: &mut StartRun) -> Self {
        let mut events = replay::history(start.run, &start.past.recovered, &start.past.waits);
        // The end of a pause of the whole run is told when the run goes on.
        events.retain(|event| event.seq < start.past.next_seq);
        let recovered = std::mem::take(&mut start.past.recovered);
        Self {
            order: recovered.iter().map(|r| r.place().to_owned()).collect(),
            events,
            records: recovered
                .into_iter()
                .map(|record| (record.place().to_owned(), record))
                .collect(),
            waiting: HashMap::new(),
            replaying: start.past.onset != Onset::New,
        }
    }

    /// Whether nothing new has happened yet.
    pub fn is_replaying(&self) -> bool {
        self.replaying
    }

    /// Whether a step that begins has its end on record; it then waits for it.
    pub fn awaits(&mut self, name: &str, place: &Place) -> bool {
        let recorded = self.records.contains_key(name);
        if recorded {
            self.waiting.insert(name.to_owned(), place.clone());
        }
        recorded
    }

    /// A step's record, once.
    pub fn take(&mut self, name: &str) -> Option<StepRecord> {
        self.waiting.remove(name);
        self.records.remove(name)
    }

    /// The next record nothing has claimed yet, and the step that waits for it.
    fn next(&mut self) -> Option<(&StepRecord, Option<Place>)> {
        while let Some(name) = self.order.front() {
            if self.records.contains_key(name) {
                let place = self.waiting.get(name).cloned();
                return self.records.get(name).map(|record| (record, place));
            }
            self.order.pop_front();
        }
        None
    }
}

impl Task {
    /// Lives through the log.
    pub(super) fn relive(&mut self) -> Result<(), Stop> {
        loop {
            self.begin_ready()?;
            let Some((record, place)) = self.past.next() else {
                break;
            };
            let cancelled = record.status == StepStatus::Failed
                && record.handle.is_none()
                && record
                    .error
                    .as_ref()
                    .is_some_and(|e| e.code == Code::Cancelled);
            let name = record.place().to_owned();
            match place {
                Some(_) if cancelled => return Err(Stop::Cancelled),
                Some(place) => self.conclude(&place, Ok(Default::default()), 1)?,
                None => {
                    tracing::warn!(run = %self.start.run, step = name, "a recorded step has no place in the run");
                    self.past.take(&name);
                }
            }
        }
        self.go_on();
        if self.start.past.onset == Onset::Resumed {
            return Ok(());
        }
        for place in self.frames.open_containers() {
            if let Some(begun) = self.begun.get(&place.key) {
                self.tell_started(&place, &begun.tag);
            }
        }
        Ok(())
    }

    /// From here on things happen for the first time.
    pub(super) fn go_on(&mut self) {
        if std::mem::replace(&mut self.past.replaying, false) {
            let events = std::mem::take(&mut self.past.events);
            let exact = self.start.past.onset == Onset::Resumed;
            self.live.lock().restore(events, exact);
            self.tell_resumed();
        }
    }
}
