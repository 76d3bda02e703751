//! What a node does when it runs: a pure beginning that renders its settings, and, for nodes that
//! reach outside, a call that may be tried again.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::id::{StepId, WorkspaceId};
use headwater_model::knowledge::Passage;
use headwater_model::ports::Retries;
use headwater_model::run::event::Channel;
use headwater_model::run::trace::MadeCall;
use headwater_model::run::wait::Form;
use headwater_model::usage::Usage;
use headwater_model::{Error, Result, Timestamp};
use parking_lot::Mutex;
use serde_json::Value;

use crate::cite::Numbers;
use crate::frames::Key;
use crate::scheduler::Ports;
use crate::scope::Scope;
use crate::spent::Ledger;
use crate::stream::Live;

/// A compiled node.
pub trait Step: Send + Sync + std::fmt::Debug {
    /// Renders the settings and finishes at once, or says what to call.
    fn begin(&self, scope: &Scope) -> Result<Begun>;
}

/// Stands in the plan where a container's own steps run: each of their frames brings one.
#[derive(Debug)]
pub(crate) struct Made;

impl Step for Made {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        match scope.made() {
            Some(step) => step.begin(scope),
            None => Err(Error::internal("a made step without its frame")),
        }
    }
}

/// How a step began.
pub enum Begun {
    /// Nothing outside was needed.
    Done(StepOutput),
    /// The rendered settings, for the record, and the work.
    Call { inputs: Value, call: Arc<dyn Call> },
    /// Somebody is to be asked; the answer is the output, and its button the way out.
    Wait {
        form: Box<Form>,
        deadline_ms: Option<u64>,
    },
}

/// Work outside; called again for every attempt.
#[async_trait]
pub trait Call: Send + Sync {
    /// Does it. Dropping the future stops the work.
    async fn call(&self, context: &CallContext) -> Result<StepOutput>;

    /// All that the result follows from besides the node's settings, for kinds whose results may
    /// stand for calling again.
    fn identity(&self) -> Option<Identity> {
        None
    }
}

/// What a call's result follows from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    /// All that was rendered.
    pub rendered: Value,
    /// The models it may ask, as the settings name them.
    pub models: Vec<String>,
    /// The secrets it sends, as the workspace calls them.
    pub secrets: Vec<String>,
}

/// What a step leaves behind.
#[derive(Clone, Debug, Default)]
pub struct StepOutput {
    pub outputs: Value,
    /// The way out, for nodes with several.
    pub handle: Option<String>,
}

impl StepOutput {
    /// Outputs and nothing else.
    pub fn of(outputs: Value) -> Self {
        Self {
            outputs,
            ..Self::default()
        }
    }
}

/// A step as events name it.
#[derive(Debug)]
pub(crate) struct Tag {
    pub key: Key,
    /// Whose text it is that the step writes.
    pub voice: Key,
    pub node: String,
    pub path: Option<String>,
    pub id: StepId,
}

/// What a call may use.
pub struct CallContext {
    pub workspace: WorkspaceId,
    pub ports: Ports,
    /// The same for every attempt of this step, also after a restart.
    pub idempotency_key: String,
    /// Who asks a busy vendor again: this step, when its settings say so.
    pub retries: Retries,
    /// The most bytes of text it may produce.
    pub value_bytes: usize,
    pub(crate) step: Arc<Tag>,
    pub(crate) live: Arc<Mutex<Live>>,
    pub(crate) numbers: Arc<Mutex<Numbers>>,
    pub(crate) ledger: Arc<Ledger>,
}

impl CallContext {
    /// Streams a piece of text.
    pub fn delta(&self, channel: Channel, text: String) {
        if !text.is_empty() {
            self.live.lock().delta(&self.step, channel, text);
        }
    }

    /// What was written is no text of the node after all: readers take it back.
    pub(crate) fn take_back(&self) {
        let mut live = self.live.lock();
        let taken_back = live.reply.restart(self.step.voice);
        live.say(taken_back);
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.live.lock().clock.now()
    }

    /// What this attempt's model calls have consumed so far; booked also when it never ends.
    pub fn spent(&self, usage: Usage) {
        self.ledger.note(self.step.key, usage);
    }

    /// What was spent so far stays spent; another call of this attempt begins.
    pub(crate) fn settle(&self) {
        self.ledger.settle(self.step.key);
    }

    /// Calls of models that a port made for this step.
    pub(crate) fn made(&self, calls: Vec<MadeCall>) {
        for call in calls {
            self.ledger.made(self.step.key, call);
        }
    }

    /// Who is being asked, as `PROVIDER/MODEL`.
    pub fn asks(&self, model: &str) {
        self.ledger.asks(self.step.key, model);
    }

    /// Of the numbers those that passages of this run have, with their words.
    pub(crate) fn given(&self, numbers: BTreeSet<u32>) -> Vec<(u32, String)> {
        self.numbers.lock().given(numbers)
    }

    /// Gives passages their numbers in this run.
    pub fn number(&self, passages: Vec<Passage>) -> Vec<(u32, Passage)> {
        self.numbers.lock().assign(passages)
    }
}
