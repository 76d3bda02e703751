//! One run's task: waits for whatever comes first, and goes on from there.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc;
use futures::future::{AbortHandle, BoxFuture, OptionFuture};
use futures::stream::{FuturesUnordered, StreamExt};
use headwater_model::ports::{Command, Hold};
use headwater_model::run::event::EventBody;
use headwater_model::run::log::LogEntry;
use headwater_model::run::{Failure, RunOutcome, RunStatus};
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Error, Result, Timestamp};
use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::calls::Finished;
use super::past::Past;
use super::waits::Waits;
use super::{Engine, Limits, Onset, Ports, StartRun};
use crate::cite::Numbers;
use crate::control::RunEnd;
use crate::frames::{Frames, Key, Place, ROOT};
use crate::reply::Voices;
use crate::spent::Ledger;
use crate::step::{Call, Tag};
use crate::stream::Live;

/// Why a run stops before its graph is done.
pub(super) enum Stop {
    Failed(Failure),
    Cancelled,
    /// It waits for somebody, and leaves memory.
    Paused,
    /// The log refused: this process must not go on.
    Lost(Error),
}

/// A step that has begun and not ended.
pub(super) struct Begun {
    pub place: Place,
    pub tag: Arc<Tag>,
    pub at: Timestamp,
    pub inputs: Value,
}

/// A call that waits for room, or for the log.
pub(super) struct Queued {
    pub place: Place,
    pub inputs: Value,
    pub call: Arc<dyn Call>,
}

pub(super) struct Task {
    pub start: StartRun,
    pub ports: Ports,
    pub limits: Limits,
    pub clock: Arc<dyn Clock>,
    pub cancel: CancellationToken,
    commands: mpsc::UnboundedReceiver<Command>,
    pub live: Arc<Mutex<Live>>,
    pub numbers: Arc<Mutex<Numbers>>,
    pub ledger: Arc<Ledger>,
    pub frames: Frames,
    pub hold: Hold,
    pub past: Past,
    pub waits: Waits,
    pub begun: HashMap<Key, Begun>,
    pub queued: VecDeque<Queued>,
    pub calls: FuturesUnordered<BoxFuture<'static, Finished>>,
    pub aborts: HashMap<Key, AbortHandle>,
    /// How many calls run; timers of containers are not counted.
    pub calling: usize,
    pub pending: Vec<LogEntry>,
    pub in_flight: Option<(usize, BoxFuture<'static, Result<()>>)>,
    /// Results of calls that are not durable yet: no new call starts before they are.
    pub unsafe_results: bool,
    /// Whether steps are kept; without them a crash ends the run.
    pub durable: bool,
    pub outcome: RunOutcome,
    pub steps: usize,
    pub assigned: bool,
}

impl Task {
    pub fn new(
        engine: &Engine,
        mut start: StartRun,
        cancel: CancellationToken,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let hold = Hold {
            run: start.run,
            epoch: start.past.epoch,
        };
        let plan = Arc::clone(&start.plan);
        let input = std::mem::take(&mut start.input);
        // Who tries out one node wants to see its step.
        let durable = plan.durability.keeps_steps() || input.only.is_some();
        let prices = Arc::clone(&start.prices);
        let past = Past::new(&mut start);
        let waits = Waits::new(std::mem::take(&mut start.past.waits), start.past.next_seq);
        let live = Live::new(
            start.run,
            Arc::clone(&engine.clock),
            Voices::new(Arc::clone(&plan)),
            start.past.next_seq,
        );
        Self {
            frames: Frames::new(&plan, start.run, input),
            hold,
            start,
            ports: engine.ports.clone(),
            limits: engine.limits.clone(),
            clock: Arc::clone(&engine.clock),
            cancel,
            commands,
            live: Arc::new(Mutex::new(live)),
            numbers: Arc::default(),
            ledger: Arc::new(Ledger::new(prices)),
            past,
            waits,
            begun: HashMap::new(),
            queued: VecDeque::new(),
            calls: FuturesUnordered::new(),
            aborts: HashMap::new(),
            calling: 0,
            pending: Vec::new(),
            in_flight: None,
            unsafe_results: false,
            durable,
            outcome: nothing_yet(),
            steps: 0,
            assigned: false,
        }
    }

    pub async fn run(mut self) -> RunEnd {
        let stop = match self.begin_or_go_on() {
            Err(stop) => Err(stop),
            Ok(()) => self.work().await,
        };
        let end = self.end(stop).await;
        self.live.lock().close();
        end
    }

    fn begin_or_go_on(&mut self) -> Result<(), Stop> {
        if self.start.past.onset == Onset::New {
            self.live.lock().tell(EventBody::RunStarted {});
            self.say(ROOT);
            return Ok(());
        }
        if !self.durable {
            return Err(Stop::Failed(Failure::new(
                Code::Unavailable,
                "The server stopped while this run was at work, and its flow keeps no steps to go on from (durability: none). Start it again.",
            )));
        }
        self.relive()
    }

    async fn work(&mut self) -> Result<(), Stop> {
        let wall = tokio::time::sleep(self.time_left());
        tokio::pin!(wall);
        loop {
            self.take_answers()?;
            if !self.waits.is_pausing() {
                self.begin_ready()?;
            }
            if self.frames.is_over() {
                return Ok(());
            }
            self.flush();
            if self.can_only_wait() {
                self.park().await?;
                continue;
            }
            let flight: OptionFuture<_> = self.in_flight.as_mut().map(|(_, append)| append).into();
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Stop::Cancelled),
                () = &mut wall => return Err(Stop::Failed(self.too_slow())),
                Some(logged) = flight => self.logged(logged).map_err(Stop::Lost)?,
                Some(finished) = self.calls.next() => self.finished(finished)?,
                Some(command) = self.commands.next() => self.obey(command),
            }
        }
    }

    fn time_left(&self) -> Duration {
        let gone = self.clock.now().as_millis() - self.start.started_at.as_millis();
        let gone = Duration::from_millis(u64::try_from(gone).unwrap_or(0));
        let worked = gone.saturating_sub(self.start.past.paused);
        self.limits.wall_time.saturating_sub(worked)
    }

    fn too_slow(&self) -> Failure {
        let seconds = self.limits.wall_time.as_secs();
        Failure {
            limit: Some("run_time".into()),
            ..Failure::new(
                Code::Timeout,
                format!("The run took longer than {seconds} s and was stopped."),
            )
        }
    }
}

fn nothing_yet() -> RunOutcome {
    RunOutcome {
        status: RunStatus::Succeeded,
        outputs: Map::new(),
        reply: String::new(),
        first_token_at: None,
        citations: Vec::new(),
        error: None,
        usage: Usage::default(),
        model: None,
        variables: None,
    }
}
