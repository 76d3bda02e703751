//! A run's events: numbered, held until their log entry is durable, kept in a bounded ring, read by
//! any number of subscribers at their own pace.

use std::collections::VecDeque;
use std::sync::Arc;

use headwater_model::id::RunId;
use headwater_model::run::event::{Channel, Cursor, Event, EventBody};
use headwater_model::{Clock, Timestamp};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::reply::{Piece, Voices};
use crate::step::Tag;

/// The most deltas, and bytes of them, kept for late readers.
const RING_EVENTS: usize = 4096;
const RING_BYTES: usize = 1024 * 1024;

/// The first piece of a reply.
#[derive(Clone, Copy)]
enum First {
    ToCome,
    At(Timestamp),
    Before,
}

/// The live side of a run.
pub(crate) struct Live {
    pub run: RunId,
    pub clock: Arc<dyn Clock>,
    pub reply: Voices,
    seq: u64,
    held: VecDeque<(Arc<Event>, bool)>,
    ring: VecDeque<Arc<Event>>,
    deltas: (usize, usize),
    /// Deltas up to here are no longer in the ring.
    dropped: u64,
    /// The lowest place the reply was taken back to, and when.
    rewound: Vec<(u64, u64)>,
    /// The number of the last piece of the reply that was published, and the reply's length then.
    said: Cursor,
    /// When the first piece of the reply came; of one that was begun before, nobody here knows.
    first_said: First,
    changed: watch::Sender<(u64, bool)>,
}

impl Live {
    pub fn new(run: RunId, clock: Arc<dyn Clock>, reply: Voices, seq: u64) -> Self {
        Self {
            run,
            clock,
            reply,
            seq,
            held: VecDeque::new(),
            ring: VecDeque::new(),
            deltas: (0, 0),
            dropped: 0,
            rewound: Vec::new(),
            said: Cursor::default(),
            first_said: First::ToCome,
            changed: watch::channel((0, false)).0,
        }
    }

    /// After a restart: the boundary events of before. What a reader was told of the reply then may
    /// have been taken back unseen, so readers from before are told all of it again. After a pause
    /// (`exact`) only those who missed something: the last number was left free, the one before was
    /// the last event's.
    pub fn restore(&mut self, events: Vec<Event>, exact: bool) {
        let last = self.seq.saturating_sub(1);
        self.dropped = last.saturating_sub(u64::from(exact));
        let missed = self.dropped.saturating_sub(u64::from(exact));
        self.rewound.push((missed, 0));
        // The number that was left free is that of the reply until then, in one piece.
        self.said = Cursor {
            seq: last,
            offset: self.reply.text().1,
        };
        if self.said.offset > 0 {
            self.first_said = First::Before;
        }
        self.ring.extend(events.into_iter().map(Arc::new));
    }

    /// When the first piece of the reply came, if it came here.
    pub fn first_said(&self) -> Option<Timestamp> {
        match self.first_said {
            First::At(at) => Some(at),
            First::ToCome | First::Before => None,
        }
    }

    /// The next event's number.
    pub fn next_seq(&self) -> u64 {
        self.seq
    }

    /// Publishes an event that needs no log entry. Returns its number.
    pub fn tell(&mut self, body: EventBody) -> u64 {
        self.push(body, false)
    }

    /// Publishes an event that waits for its log entry. Returns its number.
    pub fn hold(&mut self, body: EventBody) -> u64 {
        self.push(body, true)
    }

    /// Leaves a number to an event that only a reader of the log will get.
    pub fn keep_free(&mut self) {
        self.seq += 1;
    }

    /// `count` more log entries are durable.
    pub fn confirm(&mut self, count: usize) {
        let mut left = count;
        for (_, held) in &mut self.held {
            if left == 0 {
                break;
            }
            if std::mem::replace(held, false) {
                left -= 1;
            }
        }
        self.release();
    }

    /// No more events come.
    pub fn close(&mut self) {
        self.changed.send_modify(|state| state.1 = true);
    }

    pub fn delta(&mut self, step: &Tag, channel: Channel, text: String) {
        let said = match channel {
            Channel::Text => self.reply.delta(step.voice, &text),
            Channel::Reasoning => Vec::new(),
        };
        self.tell(EventBody::StepDelta {
            node: step.node.clone(),
            path: step.path.clone(),
            step_id: step.id,
            channel,
            text,
        });
        self.say(said);
    }

    pub fn say(&mut self, pieces: impl IntoIterator<Item = Piece>) {
        for (offset, text) in pieces {
            if text.is_empty() {
                self.rewound.push((self.seq, offset));
            } else if matches!(self.first_said, First::ToCome) {
                self.first_said = First::At(self.clock.now());
            }
            self.tell(EventBody::MessageDelta { offset, text });
        }
    }

    fn push(&mut self, body: EventBody, held: bool) -> u64 {
        let seq = self.seq;
        self.seq += 1;
        let event = Arc::new(Event {
            seq,
            run_id: self.run,
            at: self.clock.now(),
            body,
        });
        self.held.push_back((event, held));
        self.release();
        seq
    }

    fn release(&mut self) {
        let mut last = None;
        while self.held.front().is_some_and(|(_, held)| !held) {
            let Some((event, _)) = self.held.pop_front() else {
                break;
            };
            last = Some(event.seq);
            if let EventBody::MessageDelta { offset, text } = &event.body {
                self.said = Cursor {
                    seq: event.seq,
                    offset: offset + text.chars().count() as u64,
                };
            }
            if let Some(bytes) = delta_bytes(&event) {
                self.deltas = (self.deltas.0 + 1, self.deltas.1 + bytes);
            }
            self.ring.push_back(event);
        }
        if self.deltas.0 > RING_EVENTS || self.deltas.1 > RING_BYTES {
            self.trim();
        }
        if let Some(seq) = last {
            self.changed.send_modify(|state| state.0 = seq);
        }
    }

    /// Forgets the older half of the deltas; boundaries stay.
    fn trim(&mut self) {
        let (mut count, half) = (0, self.deltas.0.div_ceil(2));
        let (deltas, dropped) = (&mut self.deltas, &mut self.dropped);
        self.ring.retain(|event| match delta_bytes(event) {
            Some(bytes) if count < half => {
                count += 1;
                *deltas = (deltas.0 - 1, deltas.1 - bytes);
                *dropped = event.seq;
                false
            }
            _ => true,
        });
    }

    /// What a reader at `from` has not seen.
    fn after(&self, from: Cursor) -> Vec<Arc<Event>> {
        let start = self.ring.partition_point(|event| event.seq <= from.seq);
        let new = self.ring.iter().skip(start);
        let said = new.clone().find_map(|event| match &event.body {
            EventBody::MessageDelta { offset, .. } => Some(*offset),
            _ => None,
        });
        let length = said.unwrap_or(self.said.offset);
        if from.seq >= self.dropped && from.offset >= length {
            return new.cloned().collect();
        }
        self.caught_up(from, new)
    }

    /// Boundaries, and the reply in one piece instead of the deltas. It has the number of the last
    /// of them, which stands for all, and comes where that one came: numbers rise, and none is given
    /// twice.
    fn caught_up<'a>(
        &self,
        from: Cursor,
        new: impl Iterator<Item = &'a Arc<Event>>,
    ) -> Vec<Arc<Event>> {
        let stands = |event: &&Arc<Event>| event.seq > self.said.seq || !is_delta(event);
        let mut events: Vec<Arc<Event>> = new.filter(stands).cloned().collect();
        let floor = self
            .rewound
            .iter()
            .filter(|(seq, _)| *seq >= from.seq)
            .map(|(_, offset)| *offset);
        // While events are held the reply is ahead of what was published; the rest follows.
        let (text, length) = self.reply.text();
        let length = length.min(self.said.offset);
        let offset = floor.chain([from.offset, length]).min().unwrap_or(0);
        if from.seq >= self.said.seq && offset == length {
            // Only pieces of steps are gone.
            return events;
        }
        let seq = self.said.seq.max(from.seq);
        let place = events.partition_point(|event| event.seq <= seq);
        let piece = |from: u64, to: u64| {
            let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
            text.chars()
                .skip(count(from))
                .take(count(to - from))
                .collect()
        };
        events.insert(
            place,
            Arc::new(Event {
                seq,
                run_id: self.run,
                at: self.clock.now(),
                body: EventBody::MessageDelta {
                    offset,
                    text: piece(offset, length),
                },
            }),
        );
        events
    }
}

fn is_delta(event: &Event) -> bool {
    delta_bytes(event).is_some()
}

fn delta_bytes(event: &Event) -> Option<usize> {
    match &event.body {
        EventBody::StepDelta { text, .. } | EventBody::MessageDelta { text, .. } => {
            Some(text.len() + 96)
        }
        _ => None,
    }
}

/// One reader of a run's events. A slow one misses nothing of the reply and slows nobody.
pub struct Subscription {
    live: Arc<Mutex<Live>>,
    changed: watch::Receiver<(u64, bool)>,
    at: Cursor,
    buffer: VecDeque<Arc<Event>>,
    ended: bool,
}

impl Subscription {
    pub(crate) fn new(live: &Arc<Mutex<Live>>, from: Cursor) -> Self {
        let changed = live.lock().changed.subscribe();
        Self {
            live: Arc::clone(live),
            changed,
            at: from,
            buffer: VecDeque::new(),
            ended: false,
        }
    }

    /// The next event; `None` after the terminal one, or when the run left this process.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        loop {
            if let Some(event) = self.buffer.pop_front() {
                self.at.seq = self.at.seq.max(event.seq);
                if let EventBody::MessageDelta { offset, text } = &event.body {
                    self.at.offset = offset + text.chars().count() as u64;
                }
                self.ended = event.body.is_terminal();
                return Some(event);
            }
            if self.ended {
                return None;
            }
            let closed = self.changed.borrow_and_update().1;
            self.buffer = self.live.lock().after(self.at).into();
            if self.buffer.is_empty() && (closed || self.changed.changed().await.is_err()) {
                return None;
            }
        }
    }
}
