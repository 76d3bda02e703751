//! What the steps of a run that are at work have done and consumed: known before a call is over, so
//! that a call that is cancelled, hung up on or tried again is booked and told all the same.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::price::Prices;
use headwater_model::run::trace::{CallKind, MadeCall, ModelCall, Retry, StepTrace};
use headwater_model::run::{Cached, Failure};
use headwater_model::usage::Usage;
use headwater_model::{Code, Timestamp};
use parking_lot::Mutex;
use serde_json::Value;

use crate::frames::Key;

/// What is said of a call that did not come to its end.
pub(crate) const CUT: &str = "Stopped before the answer was complete.";

/// One ledger for a run; a page for each step that calls.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    prices: Arc<Prices>,
    pages: Mutex<HashMap<Key, Page>>,
}

/// What one step did and consumed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// Calls that are over, with what they cost.
    pub before: Usage,
    /// The call at hand, as far as it went.
    now: Usage,
    /// Who answered last.
    pub model: Option<String>,
    /// Who is asked now, whose price counts.
    asked: Option<String>,
    pub trace: StepTrace,
    /// All messages of the last call.
    prompt: Vec<Value>,
    /// When nothing was called.
    pub cached: Option<Cached>,
}

impl Page {
    fn settle(&mut self, prices: &Prices) {
        let now = std::mem::take(&mut self.now);
        if !now.is_nothing() {
            self.before += prices.priced(self.asked.as_deref(), now);
        }
    }
}

impl Ledger {
    /// For a run at these prices.
    pub fn new(prices: Arc<Prices>) -> Self {
        Self {
            prices,
            pages: Mutex::default(),
        }
    }

    /// What the call at hand has consumed so far; replaces what was said of it before.
    pub fn note(&self, step: Key, usage: Usage) {
        self.pages.lock().entry(step).or_default().now = usage;
    }

    /// Who is being asked.
    pub fn asks(&self, step: Key, model: &str) {
        self.pages.lock().entry(step).or_default().model = Some(model.to_owned());
    }

    /// A result of before stands.
    pub fn reuses(&self, step: Key, cached: Cached) {
        self.pages.lock().entry(step).or_default().cached = Some(cached);
    }

    /// What the step has consumed so far.
    pub fn total(&self, step: Key) -> Usage {
        let pages = self.pages.lock();
        let page = pages.get(&step);
        page.map_or(Usage::default(), |page| {
            page.before + self.prices.priced(page.asked.as_deref(), page.now)
        })
    }

    /// Another call begins, of the same attempt or of the next.
    pub fn settle(&self, step: Key) {
        if let Some(page) = self.pages.lock().get_mut(&step) {
            page.settle(&self.prices);
        }
    }

    /// An attempt failed and is made again.
    pub fn retried(&self, step: Key, retry: Retry) {
        let mut pages = self.pages.lock();
        pages.entry(step).or_default().trace.retries.push(retry);
    }

    /// A model is asked: its place among the step's calls. What it costs is its own price's business.
    pub fn call_begins(
        &self,
        step: Key,
        (asked, tools): (&str, Vec<String>),
        prompt: Vec<Value>,
        at: Timestamp,
    ) -> usize {
        let mut pages = self.pages.lock();
        let page = pages.entry(step).or_default();
        page.asked = Some(asked.to_owned());
        let known = page.prompt.iter().zip(&prompt);
        let before = known.take_while(|(one, other)| one == other).count();
        page.trace.calls.push(ModelCall {
            kind: CallKind::Chat,
            asked: asked.to_owned(),
            model: None,
            attempt: page.trace.retries.len() as u32 + 1,
            messages_before: before as u32,
            messages: prompt[before..].to_vec(),
            tools,
            usage: Usage::default(),
            finish_reason: None,
            error: None,
            retries: Vec::new(),
            started_at: at,
            first_token_at: None,
            finished_at: at,
        });
        page.prompt = prompt;
        page.trace.calls.len() - 1
    }

    /// A call that is over already, which a port made on the way.
    pub fn made(&self, step: Key, made: MadeCall) {
        let mut pages = self.pages.lock();
        let page = pages.entry(step).or_default();
        let mut usage = made.usage;
        if !usage.is_nothing() {
            usage = self.prices.priced(Some(&made.model), usage);
            page.before += usage;
        }
        page.trace.calls.push(ModelCall {
            kind: made.kind,
            model: made.error.is_none().then(|| made.model.clone()),
            asked: made.model,
            attempt: page.trace.retries.len() as u32 + 1,
            messages_before: 0,
            messages: Vec::new(),
            tools: Vec::new(),
            usage,
            finish_reason: None,
            error: made.error,
            retries: Vec::new(),
            started_at: made.started_at,
            first_token_at: None,
            finished_at: made.finished_at,
        });
    }

    /// A model begins to answer.
    pub fn call_answers(&self, step: Key, call: usize, model: &str) {
        self.call(step, call, |page, call| {
            page.asked = Some(model.to_owned());
            if let Some(call) = page.trace.calls.get_mut(call) {
                call.model = Some(model.to_owned());
            }
        });
    }

    /// The vendor was asked again.
    pub fn call_retried(&self, step: Key, call: usize, retry: Retry) {
        self.call(step, call, |page, call| {
            if let Some(call) = page.trace.calls.get_mut(call) {
                call.retries.push(retry);
            }
        });
    }

    /// The first piece of an answer is here.
    pub fn call_speaks(&self, step: Key, call: usize, at: Timestamp) {
        self.call(step, call, |page, call| {
            page.trace.first_token_at.get_or_insert(at);
            if let Some(call) = page.trace.calls.get_mut(call) {
                call.first_token_at.get_or_insert(at);
            }
        });
    }

    /// A call is over; what it consumed is what was noted of it when the vendor's count is absent.
    pub fn call_ends(
        &self,
        step: Key,
        call: usize,
        at: Timestamp,
        end: (Option<Usage>, Option<String>, Option<Failure>),
    ) {
        self.call(step, call, |page, call| {
            let (usage, finish_reason, error) = end;
            let usage = usage.unwrap_or(page.now);
            let priced = self.prices.priced(page.asked.as_deref(), usage);
            if let Some(call) = page.trace.calls.get_mut(call) {
                call.usage = if usage.is_nothing() { usage } else { priced };
                call.finish_reason = finish_reason;
                call.error = error;
                call.finished_at = at;
            }
        });
    }

    /// A step that is over has no page any more.
    fn call(&self, step: Key, call: usize, change: impl FnOnce(&mut Page, usize)) {
        if let Some(page) = self.pages.lock().get_mut(&step) {
            change(page, call);
        }
    }

    /// The step is over; a call that is still under way is stopped with it.
    pub fn close(&self, step: Key, at: Timestamp) -> Page {
        let mut page = self.pages.lock().remove(&step).unwrap_or_default();
        let stopped = page.trace.calls.last_mut();
        if let Some(call) = stopped.filter(|call| call.is_open()) {
            call.usage = self.prices.priced(page.asked.as_deref(), page.now);
            call.finished_at = at;
            call.error = Some(Failure::new(Code::Cancelled, CUT));
        }
        page.settle(&self.prices);
        page
    }
}
