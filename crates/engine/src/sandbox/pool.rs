//! The workers there are, and who gets one.
//!
//! A worker runs the programs of one workspace only, each in an interpreter of its own; after
//! [`JOBS`] jobs, or a job that did not end well, it is replaced. Spare workers, which have seen
//! nobody's code, wait so that a workspace's first call need not. Nothing is started before the first
//! call, and everything is stopped when there has been none for a while.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{CodeRequest, CodeResult, Language, RunCode};
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result};
use parking_lot::Mutex;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use super::frame::{self, Answer, Order, Reply};
use super::process::Worker;
use super::{MIB, SUBCOMMAND, worker};

/// How many jobs a worker does.
const JOBS: u32 = 500;
/// How much of what a program prints is kept.
const LOG_BYTES: usize = 64 * 1024;
/// How long past its deadline a worker may answer by itself before it is killed.
const GRACE: Duration = Duration::from_millis(250);
/// How long loading a program may take when nothing is run.
const LOADING: Duration = Duration::from_secs(1);
/// How often the pool looks after itself.
const TICK: Duration = Duration::from_secs(30);
/// For how many ticks a worker may be idle.
const IDLE_TICKS: u32 = 10;

/// How code is run.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// The program that is a worker when started with `args`.
    pub exe: PathBuf,
    pub args: Vec<String>,
    /// The workers' working directory; made when it is missing, empty.
    pub directory: PathBuf,
    /// Programs at once.
    pub workers: usize,
    /// Workers that wait for a workspace's first call.
    pub spares: usize,
    /// The most memory one program may use, and what it gets when it does not say.
    pub memory_bytes: u64,
    /// The most time one program may take.
    pub time: Duration,
    /// Whether to run nothing where the kernel does not filter system calls.
    pub require_filter: bool,
}

impl PoolConfig {
    /// With the binary that answers to `run-code`.
    pub fn new(exe: PathBuf, directory: PathBuf) -> Self {
        Self {
            exe,
            args: vec![SUBCOMMAND.to_owned()],
            directory,
            workers: 4,
            spares: 1,
            memory_bytes: 64 * MIB,
            time: Duration::from_secs(10),
            require_filter: false,
        }
    }

    /// What all jobs of a worker may use of the processor: more than it can before it is replaced,
    /// unless the server died and nobody does.
    pub(super) fn cpu_seconds(&self) -> u64 {
        worker::SHIFT.as_secs() + self.time.as_secs() + 10
    }
}

/// Runs code in worker processes.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    config: PoolConfig,
    running: Arc<Semaphore>,
    state: Mutex<State>,
    tasks: TaskTracker,
    warned: AtomicBool,
}

#[derive(Default)]
struct State {
    idle: Vec<Idle>,
    spares: Vec<Worker>,
    /// Spares being started.
    starting: usize,
    /// What each workspace may still take; kept while someone has or waits for a part of it.
    shares: HashMap<WorkspaceId, Weak<Semaphore>>,
    /// Whether somebody looks after the pool, and for how long nothing was asked of it.
    tended: bool,
    quiet: u32,
}

struct Idle {
    worker: Worker,
    workspace: WorkspaceId,
    ticks: u32,
}

/// A worker's turn; gives way when dropped.
struct Turn {
    _share: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Pool {
    /// A pool without workers yet.
    pub fn new(config: PoolConfig) -> Self {
        Self {
            inner: Arc::new(Inner {
                running: Arc::new(Semaphore::new(config.workers.max(1))),
                config,
                state: Mutex::default(),
                tasks: TaskTracker::new(),
                warned: AtomicBool::new(false),
            }),
        }
    }

    /// The ids of the processes that wait for work.
    pub fn waiting(&self) -> Vec<u32> {
        let state = self.inner.state.lock();
        let idle = state.idle.iter().map(|idle| &idle.worker);
        idle.chain(&state.spares).filter_map(Worker::id).collect()
    }

    async fn answer(&self, workspace: WorkspaceId, order: &Order) -> Result<(Value, String)> {
        let frame = frame::encode(order).map_err(Error::internal)?;
        let _turn = self.inner.turn(workspace).await?;
        let mut worker = self.inner.worker(workspace).await?;
        self.inner.replenish();
        // JSON may write one byte of a log as six.
        let most = order.output_bytes + 6 * order.log_bytes + 4096;
        let patience = Duration::from_millis(order.millis) + GRACE;
        let answer: Answer<Value> =
            match tokio::time::timeout(patience, worker.ask(&frame, most)).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => return Err(died(worker, order, error).await),
                Err(_) => return Err(mistake(worker::late(order.millis))),
            };
        // One that hit a limit may be left in a bad state.
        let limited = matches!(&answer.reply, Reply::Failed(failure) if failure.limit.is_some());
        if !limited && !answer.tired {
            self.inner.give_back(worker, workspace);
        }
        match answer.reply {
            Reply::Done { value, logs } => Ok((value, logs)),
            Reply::Failed(failure) => Err(mistake(failure)),
        }
    }

    fn order(&self, language: Language, code: &str, inputs: Option<Box<RawValue>>) -> Order {
        let config = &self.inner.config;
        Order {
            language,
            code: code.to_owned(),
            inputs,
            memory_bytes: config.memory_bytes,
            millis: millis(config.time),
            output_bytes: 1024,
            log_bytes: LOG_BYTES,
        }
    }
}

#[async_trait]
impl RunCode for Pool {
    async fn run(&self, request: CodeRequest) -> Result<CodeResult> {
        let most = self.inner.config.memory_bytes;
        let memory_bytes = request.memory_bytes.unwrap_or(most);
        if memory_bytes > most {
            return Err(Error::invalid(
                "memory_mb",
                format!(
                    "The code asks for {} MB of memory; this server allows {} MB (`code.memory_mb`). Ask for less.",
                    memory_bytes / MIB,
                    most / MIB
                ),
            ));
        }
        let inputs = to_raw_value(request.inputs.as_ref()).map_err(Error::internal)?;
        if inputs.get().len() as u64 > memory_bytes / 2 {
            return Err(Error::new(
                Code::TooLarge,
                format!(
                    "The inputs have {} bytes, too many for the code's memory of {} MB. Give it less, or raise `memory_mb`.",
                    inputs.get().len(),
                    memory_bytes / MIB
                ),
            )
            .with_field("inputs")
            .with_limit("code_memory", None));
        }
        let order = Order {
            memory_bytes,
            output_bytes: request.output_bytes,
            ..self.order(request.language, &request.code, Some(inputs))
        };
        let (value, logs) = self.answer(request.workspace, &order).await?;
        Ok(CodeResult { value, logs })
    }

    async fn check(
        &self,
        workspace: WorkspaceId,
        language: Language,
        code: Arc<str>,
    ) -> Result<()> {
        let order = self.order(language, &code, None);
        let order = Order {
            millis: order.millis.min(millis(LOADING)),
            ..order
        };
        self.answer(workspace, &order).await.map(drop)
    }
}

impl Inner {
    /// Waits until the workspace, and the pool, have room. One workspace never has all of the pool,
    /// so that its endless loops do not keep the others waiting.
    async fn turn(&self, workspace: WorkspaceId) -> Result<Turn> {
        let share = {
            let mut state = self.state.lock();
            state.quiet = 0;
            state.shares.retain(|_, share| share.strong_count() > 0);
            let known = state.shares.get(&workspace).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let most = (self.config.workers * 3 / 4).max(1);
                let share = Arc::new(Semaphore::new(most));
                state.shares.insert(workspace, Arc::downgrade(&share));
                share
            })
        };
        let share = share.acquire_owned().await.map_err(Error::internal)?;
        let running = Arc::clone(&self.running).acquire_owned().await;
        Ok(Turn {
            _share: share,
            _running: running.map_err(Error::internal)?,
        })
    }

    /// One that knows this workspace, else one that knows nobody.
    async fn worker(&self, workspace: WorkspaceId) -> Result<Worker> {
        let waiting = {
            let mut state = self.state.lock();
            state.idle.retain_mut(|idle| idle.worker.lives());
            state.spares.retain_mut(Worker::lives);
            let known = state.idle.iter().rposition(|i| i.workspace == workspace);
            known
                .map(|known| state.idle.remove(known).worker)
                .or_else(|| state.spares.pop())
        };
        let worker = match waiting {
            Some(worker) => worker,
            None => Worker::start(&self.config).await?,
        };
        if worker.filtered {
            return Ok(worker);
        }
        if self.config.require_filter {
            return Err(Error::new(
                Code::Unavailable,
                "This server's kernel does not filter system calls, so no code is run (`code.require_filter`). Tell the operator.",
            ));
        }
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the kernel does not filter system calls: code runs with resource limits only; set code.require_filter to refuse it"
            );
        }
        Ok(worker)
    }

    fn give_back(&self, mut worker: Worker, workspace: WorkspaceId) {
        worker.jobs += 1;
        if worker.jobs >= JOBS {
            return;
        }
        let mut state = self.state.lock();
        // The one that waited longest makes room.
        if state.idle.len() >= self.config.workers {
            state.idle.remove(0);
        }
        state.idle.push(Idle {
            worker,
            workspace,
            ticks: 0,
        });
    }

    /// Starts what is missing of the spares, and looks after the pool from now on.
    fn replenish(self: &Arc<Self>) {
        let mut state = self.state.lock();
        let wanted = self
            .config
            .spares
            .saturating_sub(state.spares.len() + state.starting);
        state.starting += wanted;
        for _ in 0..wanted {
            let pool = Arc::clone(self);
            self.tasks.spawn(async move {
                let started = Worker::start(&pool.config).await;
                let mut state = pool.state.lock();
                state.starting -= 1;
                match started {
                    Ok(worker) => state.spares.push(worker),
                    Err(error) => tracing::warn!(error = ?error, "no spare worker"),
                }
            });
        }
        if !state.tended {
            state.tended = true;
            self.tasks.spawn(tend(Arc::downgrade(self)));
        }
    }
}

/// Ends workers nobody has needed for a while; the last one to go ends this too.
async fn tend(pool: Weak<Inner>) {
    loop {
        tokio::time::sleep(TICK).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut state = pool.state.lock();
        for idle in &mut state.idle {
            idle.ticks += 1;
        }
        state.idle.retain(|idle| idle.ticks < IDLE_TICKS);
        state.quiet += 1;
        if state.quiet >= IDLE_TICKS {
            state.spares.clear();
        }
        if state.idle.is_empty() && state.spares.is_empty() && state.starting == 0 {
            state.tended = false;
            return;
        }
    }
}

/// A worker's word is a program's word: it may not claim to be a fault of the server.
fn mistake(failure: Failure) -> Error {
    let error = match failure.code {
        Code::Timeout | Code::TooLarge => Error::new(failure.code, failure.message),
        _ => Error::new(Code::Invalid, failure.message),
    };
    let error = error.with_field("code");
    match failure.limit {
        Some(limit) => error.with_limit(limit, None),
        None => error,
    }
}

/// The worker ended, or wrote what nobody can read.
async fn died(worker: Worker, order: &Order, error: io::Error) -> Error {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGABRT: i32 = 6;
    if error.kind() == io::ErrorKind::InvalidData {
        return mistake(Failure::new(
            Code::Invalid,
            "The code came to no readable result, so its worker was ended.",
        ))
        .with_source(error);
    }
    let status = worker.end().await;
    // What Rust's allocations end with when there is no memory.
    if status
        .as_ref()
        .is_ok_and(|status| status.signal() == Some(SIGABRT))
    {
        return mistake(worker::out_of_memory(order.memory_bytes));
    }
    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    mistake(Failure::new(
        Code::Invalid,
        "The code crashed its interpreter, usually by using too much memory or recursion. Simplify it.",
    ))
    .with_source(format!("the worker ended with {status}: {error}"))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
