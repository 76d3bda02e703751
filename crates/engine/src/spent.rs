//! What the model calls of a run's live steps have consumed: known before a call is over, so that a
//! call that is cancelled, hung up on or tried again is booked all the same.

use std::collections::HashMap;

use headwater_model::run::Cached;
use headwater_model::usage::Usage;
use parking_lot::Mutex;

use crate::frames::Key;

/// One ledger for a run; a page for each step that calls models.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<HashMap<Key, Page>>);

/// What one step consumed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// Calls that are over.
    pub before: Usage,
    /// The call at hand, as far as it went.
    pub now: Usage,
    /// Who was asked last.
    pub model: Option<String>,
    /// When nothing was called.
    pub cached: Option<Cached>,
}

impl Ledger {
    /// What the call at hand has consumed so far; replaces what was said of it before.
    pub fn note(&self, step: Key, usage: Usage) {
        self.0.lock().entry(step).or_default().now = usage;
    }

    /// Who is being asked.
    pub fn asks(&self, step: Key, model: &str) {
        self.0.lock().entry(step).or_default().model = Some(model.to_owned());
    }

    /// A result of before stands.
    pub fn reuses(&self, step: Key, cached: Cached) {
        self.0.lock().entry(step).or_default().cached = Some(cached);
    }

    /// What the step has consumed so far.
    pub fn total(&self, step: Key) -> Usage {
        let pages = self.0.lock();
        let page = pages.get(&step);
        page.map_or(Usage::default(), |page| page.before + page.now)
    }

    /// Another call begins, of the same attempt or of the next.
    pub fn settle(&self, step: Key) {
        if let Some(page) = self.0.lock().get_mut(&step) {
            page.before += std::mem::take(&mut page.now);
        }
    }

    /// The step is over.
    pub fn close(&self, step: Key) -> Page {
        self.0.lock().remove(&step).unwrap_or_default()
    }
}
