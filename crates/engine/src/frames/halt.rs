//! Stopping frames: everything unfinished in them, and in the frames within, is told exactly once.

use super::{Effect, FrameId, Frames, Key};

impl Frames {
    /// Tells what is unfinished in a frame; the frame stays until it is forgotten.
    pub(super) fn halt(&mut self, id: FrameId) {
        let Some(frame) = self.frames.get(&id) else {
            return;
        };
        if frame.state.is_over() && frame.state.unfinished().next().is_none() {
            return;
        }
        let unfinished: Vec<usize> = frame.state.unfinished().collect();
        for node in unfinished {
            let key = Key { frame: id, node };
            self.close(key);
            let place = self.place(key);
            self.effects.push_back(Effect::Stopped(place));
        }
    }

    /// Ends a container's rounds, if it has any.
    pub(super) fn close(&mut self, key: Key) {
        let Some(frame) = self.frames.get_mut(&key.frame) else {
            return;
        };
        let Some(open) = frame.open.remove(&key.node) else {
            return;
        };
        self.bytes -= open.bytes;
        for frame in open.frames {
            self.halt(frame);
            self.forget(frame);
        }
    }

    /// Lets a frame and its values go. Returns whose round it was.
    pub(super) fn forget(&mut self, id: FrameId) -> Option<(Key, usize)> {
        let frame = self.frames.remove(&id)?;
        self.bytes -= frame.bytes;
        self.effects.push_back(Effect::Left { frame: id });
        frame.of
    }
}
