//! One reply per flow of a run: the run's own, and one for each subflow at work. What a subflow says
//! is heard as text that its node streams, so it reaches the reply only where an answer names it.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::{Piece, Reply};
use crate::frames::{FrameId, Frames, Key, ROOT};
use crate::plan::Plan;

/// All replies of a run.
#[derive(Debug)]
pub struct Voices {
    plan: Arc<Plan>,
    main: Reply,
    /// Subflows with answers, by their first frame.
    inner: HashMap<FrameId, Voice>,
    /// The first frame of the subflow that a frame belongs to; frames of the run's own flow are not
    /// in it.
    homes: HashMap<FrameId, FrameId>,
    /// What subflows that are over have said, until their node's outputs are made of it.
    texts: HashMap<Key, String>,
}

#[derive(Debug)]
struct Voice {
    reply: Reply,
    /// The node that calls the subflow.
    of: Key,
}

impl Voices {
    /// The reply of a run that begins.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            main: Reply::new(Arc::clone(&plan), ROOT, 0),
            plan,
            inner: HashMap::new(),
            homes: HashMap::new(),
            texts: HashMap::new(),
        }
    }

    /// The run's reply so far, and its length in characters.
    pub fn text(&self) -> (&str, u64) {
        self.main.text()
    }

    /// What a subflow that is over has said.
    pub fn take(&mut self, of: Key) -> String {
        self.texts.remove(&of).unwrap_or_default()
    }

    /// A frame began: a round of a container, or a subflow.
    pub fn enter(&mut self, frame: FrameId, graph: usize, of: Key, index: usize, call: bool) {
        if call {
            self.homes.insert(frame, frame);
            if self.plan.graphs[graph].replies {
                let reply = Reply::new(Arc::clone(&self.plan), frame, graph);
                self.inner.insert(frame, Voice { reply, of });
            }
            return;
        }
        if let Some(&home) = self.homes.get(&of.frame) {
            self.homes.insert(frame, home);
        }
        if let Some(voice) = self.voice(frame) {
            voice.enter(frame, graph, of, index);
        }
    }

    /// A frame is over.
    pub fn leave(&mut self, frame: FrameId, frames: &Frames) -> Vec<Piece> {
        let home = self.homes.get(&frame).copied();
        if home != Some(frame) {
            let said = self.voice(frame).map(|voice| voice.leave(frame, frames));
            self.homes.remove(&frame);
            return self.outwards(home, said.unwrap_or_default());
        }
        let said = self.voice(frame).map(|voice| voice.advance(frames));
        let heard = self.outwards(home, said.unwrap_or_default());
        self.homes.remove(&frame);
        if let Some(voice) = self.inner.remove(&frame) {
            self.texts.insert(voice.of, voice.reply.text().0.to_owned());
        }
        heard
    }

    /// A node came to its end.
    pub fn settle(&mut self, key: Key, handle: Option<&str>, outputs: &Value) {
        self.texts.remove(&key);
        if let Some(voice) = self.voice(key.frame) {
            voice.settle(key, handle, outputs);
        }
    }

    /// A node will not run, or was stopped.
    pub fn skip(&mut self, key: Key) {
        self.texts.remove(&key);
        if let Some(voice) = self.voice(key.frame) {
            voice.skip(key);
        }
    }

    /// Says all that can be said now that something happened in a frame.
    pub fn advance(&mut self, frame: FrameId, frames: &Frames) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut at = self.homes.get(&frame).copied();
        while let Some(home) = at {
            let Some(voice) = self.inner.get_mut(&home) else {
                break;
            };
            let (said, of) = (voice.reply.advance(frames), voice.of);
            pieces.extend(self.outwards(Some(home), said));
            at = self.homes.get(&of.frame).copied();
        }
        pieces.extend(self.main.advance(frames));
        pieces
    }

    /// A running node wrote text.
    pub fn delta(&mut self, key: Key, text: &str) -> Vec<Piece> {
        let said = self
            .voice(key.frame)
            .and_then(|voice| voice.delta(key, text));
        let home = self.homes.get(&key.frame).copied();
        self.outwards(home, said.into_iter().collect())
    }

    /// A node starts over: what it said is taken back.
    pub fn restart(&mut self, key: Key) -> Vec<Piece> {
        let said = self.voice(key.frame).and_then(|voice| voice.restart(key));
        let home = self.homes.get(&key.frame).copied();
        self.outwards(home, said.into_iter().collect())
    }

    /// The reply a frame's answers belong to; none in a subflow without answers.
    fn voice(&mut self, frame: FrameId) -> Option<&mut Reply> {
        match self.homes.get(&frame) {
            None => Some(&mut self.main),
            Some(home) => Some(&mut self.inner.get_mut(home)?.reply),
        }
    }

    /// Carries what a subflow said to the flow around it, and on; what arrives is the run's reply.
    fn outwards(&mut self, mut home: Option<FrameId>, mut pieces: Vec<Piece>) -> Vec<Piece> {
        while let Some(inner) = home {
            let Some(of) = self.inner.get(&inner).map(|voice| voice.of) else {
                return Vec::new();
            };
            home = self.homes.get(&of.frame).copied();
            pieces = match self.voice(of.frame) {
                Some(outer) => outer.hear(of, pieces),
                None => Vec::new(),
            };
        }
        pieces
    }
}
