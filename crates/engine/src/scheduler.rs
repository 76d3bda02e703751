//! Runs plans: one task per run. Pure steps run at once; calls run concurrently inside the run's task,
//! so dropping them stops them. Step records reach the log in order, in batches, before their events.

mod patience;

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, OptionFuture};
use futures::stream::{FuturesUnordered, StreamExt};
use headwater_model::flow::Then;
use headwater_model::id::{RunId, StepId, WorkspaceId};
use headwater_model::ports::{Chat, Retries, Retrieve, RunLog};
use headwater_model::run::event::EventBody;
use headwater_model::run::log::{LogEntry, StepRecord};
use headwater_model::run::{Failure, RunInput, RunOutcome, RunStatus, StepStatus};
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Error, Result, Timestamp};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cite::Numbers;
use crate::control::{RunEnd, RunHandle};
use crate::plan::{Plan, PlannedNode};
use crate::replay;
use crate::reply::Reply;
use crate::scope::Scope;
use crate::spent::Ledger;
use crate::state::{NodeState, RunState};
use crate::step::{Begun, Call, CallContext, StepOutput};
use crate::stream::Live;
use patience::{backoff, mix, weight, within, worth_retrying};

/// What runs reach the outside through.
#[derive(Clone)]
pub struct Ports {
    pub chat: Arc<dyn Chat>,
    pub retrieve: Arc<dyn Retrieve>,
    pub log: Arc<dyn RunLog>,
}

/// What one run may use.
#[derive(Clone, Debug)]
pub struct Limits {
    pub max_parallel: usize,
    pub max_steps: usize,
    pub wall_time: Duration,
    /// The most bytes one step may put out.
    pub value_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_parallel: 16,
            max_steps: 1000,
            wall_time: Duration::from_secs(600),
            value_bytes: 4 * 1024 * 1024,
        }
    }
}

/// What to run, and what is already known of it.
pub struct StartRun {
    pub run: RunId,
    pub workspace: WorkspaceId,
    pub plan: Arc<Plan>,
    pub input: RunInput,
    /// The log so far, in order; empty for a new run.
    pub recovered: Vec<StepRecord>,
    /// The first event's number; above all of the log's.
    pub next_seq: u64,
}

/// Starts runs.
#[derive(Clone)]
pub struct Engine {
    ports: Ports,
    limits: Limits,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
}

impl Engine {
    /// An engine over ports.
    pub fn new(ports: Ports, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self {
            ports,
            limits,
            clock,
            tasks: TaskTracker::new(),
        }
    }

    /// How many runs are live.
    pub fn live(&self) -> usize {
        self.tasks.len()
    }

    /// Starts a run, or goes on with a recovered one. It runs on whether or not the handle is kept.
    pub fn start(&self, start: StartRun) -> RunHandle {
        let (end, watched) = watch::channel(None);
        let cancel = CancellationToken::new();
        let run = start.run;
        let task = Task::new(self, start, cancel.clone());
        let live = Arc::clone(&task.live);
        self.tasks.spawn(async move {
            let outcome = task.run().await;
            end.send_replace(Some(outcome));
        });
        RunHandle {
            run,
            live,
            cancel,
            end: watched,
        }
    }
}

/// Why a run stops before its graph is done.
enum Stop {
    Failed(Failure),
    Cancelled,
    /// The log refused: this process must not go on.
    Lost(Error),
}

type Finished = (usize, Result<StepOutput>, u32);

struct Task {
    start: StartRun,
    ports: Ports,
    limits: Limits,
    clock: Arc<dyn Clock>,
    cancel: CancellationToken,
    live: Arc<Mutex<Live>>,
    numbers: Arc<Mutex<Numbers>>,
    ledger: Arc<Ledger>,
    state: RunState,
    scope: Scope,
    begun: Vec<(Timestamp, Value)>,
    calls: FuturesUnordered<BoxFuture<'static, Finished>>,
    pending: Vec<LogEntry>,
    in_flight: Option<(usize, BoxFuture<'static, Result<()>>)>,
    /// Results of calls that are not durable yet: no new call starts before they are.
    unsafe_results: bool,
    outcome: RunOutcome,
    steps: usize,
    failed: Option<Failure>,
}

impl Task {
    fn new(engine: &Engine, mut start: StartRun, cancel: CancellationToken) -> Self {
        let plan = Arc::clone(&start.plan);
        let input = std::mem::take(&mut start.input);
        let live = Live::new(
            start.run,
            Arc::clone(&engine.clock),
            Reply::new(Arc::clone(&plan)),
            plan.nodes.len(),
            start.next_seq,
        );
        Self {
            state: RunState::new(&plan),
            scope: Scope::new(Arc::clone(&plan), start.run, input),
            begun: vec![(Timestamp::from_millis(0), Value::Null); plan.nodes.len()],
            start,
            ports: engine.ports.clone(),
            limits: engine.limits.clone(),
            clock: Arc::clone(&engine.clock),
            cancel,
            live: Arc::new(Mutex::new(live)),
            numbers: Arc::default(),
            ledger: Arc::default(),
            calls: FuturesUnordered::new(),
            pending: Vec::new(),
            in_flight: None,
            unsafe_results: false,
            outcome: RunOutcome {
                status: RunStatus::Succeeded,
                outputs: Map::new(),
                reply: String::new(),
                citations: Vec::new(),
                error: None,
                usage: Usage::default(),
                model: None,
            },
            steps: 0,
            failed: None,
        }
    }

    async fn run(mut self) -> RunEnd {
        let begun = if self.start.next_seq <= 1 {
            self.live.lock().tell(EventBody::RunStarted {});
            self.say()
        } else {
            self.recover()
        };
        let wall = tokio::time::sleep(self.limits.wall_time);
        tokio::pin!(wall);
        let stop = match begun {
            Err(stop) => Err(stop),
            Ok(()) => loop {
                if let Err(stop) = self.begin_ready() {
                    break Err(stop);
                }
                if self.state.is_over() {
                    break Ok(());
                }
                self.flush();
                let flight: OptionFuture<_> =
                    self.in_flight.as_mut().map(|(_, append)| append).into();
                tokio::select! {
                    biased;
                    () = self.cancel.cancelled() => break Err(Stop::Cancelled),
                    () = &mut wall => break Err(Stop::Failed(self.too_slow())),
                    Some(logged) = flight => if let Err(error) = self.logged(logged) {
                        break Err(Stop::Lost(error));
                    },
                    Some(finished) = self.calls.next() => if let Err(stop) = self.finished(finished) {
                        break Err(stop);
                    },
                }
            },
        };
        let end = self.end(stop).await;
        self.live.lock().close();
        if let Err(error) = &end {
            tracing::error!(run = %self.start.run, error = ?error, "a run stopped: its log could not be written");
        }
        end
    }

    /// Folds the log: finished steps are not run again.
    fn recover(&mut self) -> Result<(), Stop> {
        let plan = Arc::clone(&self.start.plan);
        let records = std::mem::take(&mut self.start.recovered);
        let mut logged = vec![false; plan.nodes.len()];
        let mut skipped = Vec::new();
        for record in &records {
            let Some(node) = plan.index(&record.node) else {
                continue;
            };
            logged[node] = true;
            self.steps += 1;
            skipped.extend(self.state.fold(&plan, node, record));
            if record.status != StepStatus::Skipped {
                self.remember(node, record);
                let handle = record.handle.as_deref();
                self.live.lock().reply.settle(node, true, handle);
                self.numbers.lock().restore(record);
            }
        }
        {
            let mut live = self.live.lock();
            for &node in &skipped {
                live.reply.settle(node, false, None);
            }
            let said = live.reply.advance(&self.scope);
            let run = self.start.run;
            live.restore(records.iter().map(|r| replay::boundary(run, r)).collect());
            said.map_err(|error| Stop::Failed(Failure::from(&error)))?;
        }
        let unlogged = skipped.into_iter().filter(|&node| !logged[node]).collect();
        self.skip(unlogged)?;
        match self.failed.take() {
            Some(failure) => Err(Stop::Failed(failure)),
            None => Ok(()),
        }
    }

    /// What a finished step adds to the run.
    fn remember(&mut self, node: usize, record: &StepRecord) {
        self.outcome.usage += record.usage;
        if record.model.is_some() {
            self.outcome.model.clone_from(&record.model);
        }
        if record.status == StepStatus::Failed && record.handle.is_none() {
            self.failed.clone_from(&record.error);
        }
        if record.kind == "output"
            && let Value::Object(values) = &record.outputs
        {
            self.outcome.outputs.extend(values.clone());
        }
        self.scope.set(node, Arc::new(record.outputs.clone()));
    }

    fn begin_ready(&mut self) -> Result<(), Stop> {
        let mut waiting = Vec::new();
        while let Some(node) = self.state.next_ready() {
            let plan = Arc::clone(&self.start.plan);
            let begun = plan.nodes[node].step.begin(&self.scope);
            let is_call = matches!(begun, Ok(Begun::Call { .. }));
            if is_call && (self.unsafe_results || self.calls.len() >= self.limits.max_parallel) {
                waiting.push(node);
                continue;
            }
            self.steps += 1;
            if self.steps > self.limits.max_steps {
                return Err(Stop::Failed(Failure {
                    code: Code::QuotaExceeded,
                    message: format!(
                        "The run took more than {} steps and was stopped.",
                        self.limits.max_steps
                    ),
                }));
            }
            self.announce(node, &plan.nodes[node]);
            match begun {
                Ok(Begun::Done(output)) => self.complete(node, Ok(output), 1)?,
                Err(error) => self.complete(node, Err(error), 1)?,
                Ok(Begun::Call { inputs, call }) => {
                    self.begun[node].1 = inputs;
                    let work = self.attempts(node, call);
                    self.calls.push(work);
                }
            }
        }
        for node in waiting.into_iter().rev() {
            self.state.put_back(node);
        }
        Ok(())
    }

    fn announce(&mut self, node: usize, planned: &PlannedNode) {
        let now = self.clock.now();
        // The same run and node give the same random part: a step's id is stable in its moment.
        let step_id = StepId::new(now, mix(self.start.run, node, 0));
        self.begun[node] = (now, json!({}));
        let mut live = self.live.lock();
        live.steps[node] = Some(step_id);
        live.tell(EventBody::StepStarted {
            node: planned.id.clone(),
            kind: planned.kind.to_owned(),
            step_id,
            attempt: 1,
        });
    }

    /// A call with its timeout and retries; waits on timers only.
    fn attempts(&self, node: usize, call: Arc<dyn Call>) -> BoxFuture<'static, Finished> {
        let plan = Arc::clone(&self.start.plan);
        let run = self.start.run;
        let mut context = CallContext {
            workspace: self.start.workspace,
            ports: self.ports.clone(),
            idempotency_key: format!("{run}:{}", plan.nodes[node].id),
            retries: Retries::Carrier,
            value_bytes: self.limits.value_bytes,
            node,
            live: Arc::clone(&self.live),
            numbers: Arc::clone(&self.numbers),
            ledger: Arc::clone(&self.ledger),
        };
        Box::pin(async move {
            let planned = &plan.nodes[node];
            let mut attempt = 1;
            loop {
                if planned.attempts > 1 {
                    context.retries = Retries::Caller { attempt };
                }
                let result = within(planned.timeout_ms, call.call(&context)).await;
                let error = match result {
                    Err(error) if attempt < planned.attempts && worth_retrying(&error) => error,
                    result => return (node, result, attempt),
                };
                let wait_ms = backoff(planned, attempt, run, node, &error);
                attempt += 1;
                context.ledger.again(node);
                {
                    let mut live = context.live.lock();
                    let taken_back = live.reply.restart(node);
                    live.say(taken_back);
                    if let Some(step_id) = live.steps[node] {
                        live.tell(EventBody::StepRetrying {
                            node: planned.id.clone(),
                            step_id,
                            attempt,
                            wait_ms,
                            error: Failure::from(&error),
                        });
                    }
                }
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            }
        })
    }

    fn finished(&mut self, (node, result, attempt): Finished) -> Result<(), Stop> {
        self.unsafe_results = true;
        self.complete(node, result, attempt)
    }

    /// Records a step's end and decides what follows.
    fn complete(
        &mut self,
        node: usize,
        result: Result<StepOutput>,
        attempt: u32,
    ) -> Result<(), Stop> {
        let plan = Arc::clone(&self.start.plan);
        let planned = &plan.nodes[node];
        let result = result.and_then(|output| self.fits(output));
        let mut record = self.record(node, attempt);
        match result {
            Ok(output) => {
                record.outputs = output.outputs;
                record.handle = output.handle;
            }
            Err(error) => {
                let failure = Failure::from(&error);
                match (planned.then, &planned.default) {
                    (Then::Default, Some(default)) => record.outputs = default.clone(),
                    (Then::Branch, _) => {
                        record.status = StepStatus::Failed;
                        record.handle = Some("error".to_owned());
                        record.outputs = json!({ "error": failure });
                    }
                    _ => record.status = StepStatus::Failed,
                }
                record.error = Some(failure);
            }
        }
        let handle = record.handle.clone();
        self.remember(node, &record);
        let failed = record.status == StepStatus::Failed;
        self.log(record);
        let skipped = match failed {
            true => self.state.fail(&plan, node, handle.as_deref()),
            false => self.state.finish(&plan, node, handle.as_deref()),
        };
        if let Some(failure) = self.failed.take() {
            return Err(Stop::Failed(failure));
        }
        self.live.lock().reply.settle(node, true, handle.as_deref());
        self.skip(skipped)?;
        self.say()
    }

    fn fits(&self, output: StepOutput) -> Result<StepOutput> {
        if weight(&output.outputs) <= self.limits.value_bytes {
            return Ok(output);
        }
        Err(Error::new(
            Code::TooLarge,
            format!(
                "The step put out more than {} KiB.",
                self.limits.value_bytes / 1024
            ),
        )
        .with_limit("value_bytes", None))
    }

    fn skip(&mut self, nodes: Vec<usize>) -> Result<(), Stop> {
        for node in nodes {
            let now = self.clock.now();
            self.begun[node] = (now, json!({}));
            self.live.lock().reply.settle(node, false, None);
            let mut record = self.record(node, 0);
            record.status = StepStatus::Skipped;
            record.outputs = json!({});
            self.log(record);
        }
        Ok(())
    }

    fn say(&mut self) -> Result<(), Stop> {
        let mut live = self.live.lock();
        match live.reply.advance(&self.scope) {
            Ok(pieces) => live.say(pieces),
            Err(error) => return Err(Stop::Failed(Failure::from(&error))),
        }
        Ok(())
    }

    fn record(&mut self, node: usize, attempt: u32) -> StepRecord {
        let planned = &self.start.plan.nodes[node];
        let (started_at, inputs) = std::mem::replace(
            &mut self.begun[node],
            (Timestamp::from_millis(0), Value::Null),
        );
        let id = self.live.lock().steps[node];
        let spent = self.ledger.close(node);
        StepRecord {
            seq: 0,
            id: id.unwrap_or_else(|| StepId::new(started_at, mix(self.start.run, node, 0))),
            node: planned.id.clone(),
            kind: planned.kind.to_owned(),
            status: StepStatus::Done,
            attempt,
            inputs,
            outputs: Value::Null,
            handle: None,
            error: None,
            usage: spent.before + spent.now,
            model: spent.model,
            started_at,
            finished_at: self.clock.now(),
        }
    }

    fn log(&mut self, mut record: StepRecord) {
        let body = replay::boundary(self.start.run, &record).body;
        record.seq = self.live.lock().hold(body);
        self.pending.push(LogEntry::Step(record));
    }

    /// Sends what is pending, unless a batch is already on its way.
    fn flush(&mut self) {
        if self.in_flight.is_none() && !self.pending.is_empty() {
            let entries = std::mem::take(&mut self.pending);
            let (log, run) = (Arc::clone(&self.ports.log), self.start.run);
            let count = entries.len();
            let append = Box::pin(async move { log.append(run, entries).await });
            self.in_flight = Some((count, append));
        }
    }

    fn logged(&mut self, result: Result<()>) -> Result<()> {
        let count = self.in_flight.take().map_or(0, |(count, _)| count);
        result?;
        self.live.lock().confirm(count);
        self.unsafe_results &= !self.pending.is_empty();
        Ok(())
    }

    /// The end: siblings stop, the rest of the log and the outcome become durable, then it is told.
    async fn end(&mut self, stop: Result<(), Stop>) -> RunEnd {
        self.calls = FuturesUnordered::new();
        match stop {
            Ok(()) => {}
            Err(Stop::Lost(error)) => return Err(error),
            Err(Stop::Cancelled) => self.outcome.status = RunStatus::Cancelled,
            Err(Stop::Failed(failure)) => {
                self.outcome.status = RunStatus::Failed;
                self.outcome.error = Some(failure);
            }
        }
        self.stop_siblings();
        let seq = {
            let mut live = self.live.lock();
            self.outcome.reply = live.reply.text().0.to_owned();
            self.outcome.citations = self.numbers.lock().used_in(&self.outcome.reply);
            // For a reader of the log: the rest of the reply in one piece.
            live.keep_free();
            if self.outcome.citations.is_empty() {
                live.keep_free();
            } else {
                let citations = self.outcome.citations.clone();
                live.tell(EventBody::MessageCitations { citations });
            }
            live.hold(replay::terminal(&self.outcome))
        };
        self.pending.push(LogEntry::End {
            seq,
            at: self.clock.now(),
            outcome: self.outcome.clone(),
        });
        while self.in_flight.is_some() || !self.pending.is_empty() {
            self.flush();
            if let Some((_, append)) = &mut self.in_flight {
                let result = append.await;
                self.logged(result)?;
            }
        }
        Ok(Arc::new(self.outcome.clone()))
    }

    fn stop_siblings(&mut self) {
        let running: Vec<usize> = (0..self.start.plan.nodes.len())
            .filter(|&node| self.state.node(node) == NodeState::Running)
            .filter(|&node| self.live.lock().steps[node].is_some())
            .collect();
        for node in running {
            let mut record = self.record(node, 1);
            record.status = StepStatus::Failed;
            record.outputs = json!({});
            record.error = Some(Failure {
                code: Code::Cancelled,
                message: "Stopped, because the run ended.".into(),
            });
            self.outcome.usage += record.usage;
            self.outcome.model = record.model.clone().or(self.outcome.model.take());
            self.log(record);
        }
    }

    fn too_slow(&self) -> Failure {
        Failure {
            code: Code::Timeout,
            message: format!(
                "The run took longer than {} s and was stopped.",
                self.limits.wall_time.as_secs()
            ),
        }
    }
}
