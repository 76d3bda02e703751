//! What the model calls of a run's live steps have consumed: known before a call is over, so that a
//! call that is cancelled, hung up on or tried again is booked all the same.

use std::collections::HashMap;

use headwater_model::usage::Usage;
use parking_lot::Mutex;

/// One ledger for a run; a page for each step that calls models.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<HashMap<usize, Page>>);

/// What one step consumed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// Attempts that failed.
    pub before: Usage,
    /// The attempt at hand, as far as it went.
    pub now: Usage,
    /// Who was asked last.
    pub model: Option<String>,
}

impl Ledger {
    /// What the attempt at hand has consumed so far; replaces what was said of it before.
    pub fn note(&self, node: usize, usage: Usage) {
        self.0.lock().entry(node).or_default().now = usage;
    }

    /// Who is being asked.
    pub fn asks(&self, node: usize, model: &str) {
        self.0.lock().entry(node).or_default().model = Some(model.to_owned());
    }

    /// Another attempt begins.
    pub fn again(&self, node: usize) {
        if let Some(page) = self.0.lock().get_mut(&node) {
            page.before += std::mem::take(&mut page.now);
        }
    }

    /// The step is over.
    pub fn close(&self, node: usize) -> Page {
        self.0.lock().remove(&node).unwrap_or_default()
    }
}
