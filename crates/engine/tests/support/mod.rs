//! Scripted ports and a log that can be killed.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use headwater_engine::{Catalogue, Engine, Limits, Plan, Ports, RunHandle, StartRun, compile};
use headwater_model::flow::FlowDocument;
use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId, RunId, WorkspaceId};
use headwater_model::knowledge::Passage;
use headwater_model::ports::{
    Chat, ChatChunk, ChatRequest, ChatStream, CodeRequest, CodeResult, Language, Retrieve,
    RetrieveRequest, RunCode, RunLog,
};
use headwater_model::run::event::{Channel, Cursor, Event, EventBody};
use headwater_model::run::log::{LogEntry, StepRecord};
use headwater_model::run::{RunInput, RunOutcome};
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Error, Result, Timestamp};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// A clock that ticks a millisecond per look.
pub struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// How a step's model behaves.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// Instead of the last message.
    pub says: Option<String>,
    /// The first calls break off midway.
    pub fails: usize,
    /// It never ends.
    pub hangs: bool,
    /// It ends only after this step.
    pub after: Option<String>,
}

/// Answers word by word: says the last message back. `fail:N` fails the first N calls midway,
/// `broken` fails always, `hang` never ends. Scripted steps do as their script says.
#[derive(Default)]
pub struct World {
    pub environment: serde_json::Map<String, Value>,
    pub script: std::collections::BTreeMap<String, Behaviour>,
    pub limits: Limits,
    pub calls: AtomicUsize,
    pub dropped: Arc<AtomicUsize>,
    pub keys: Mutex<Vec<String>>,
    pub log: Arc<Mutex<Vec<LogEntry>>>,
    /// Entries after which the log refuses, as if the process had died.
    pub dies_after: Option<usize>,
    /// The first event's number, after a restart.
    pub next_seq: Option<u64>,
}

struct Drops(Arc<AtomicUsize>);

impl Drop for Drops {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Chat for World {
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let key = request.idempotency_key;
        let place = key
            .split_once(':')
            .map_or("", |(_, place)| place)
            .to_owned();
        let script = self.script.get(&place).cloned().unwrap_or_default();
        let again = self.keys.lock().iter().filter(|k| **k == key).count();
        self.keys.lock().push(key);
        let text = request
            .messages
            .last()
            .map_or(String::new(), |m| m.whole_text());
        let text = script.says.clone().unwrap_or(text);
        let fails = text
            .strip_prefix("fail:")
            .and_then(|n| n.split(' ').next()?.parse().ok())
            .is_some_and(|n: usize| call < n)
            || again < script.fails
            || text.starts_with("broken");
        let mut chunks = vec![Ok(ChatChunk::Model("scripted/echo".into()))];
        chunks.extend(
            text.split_inclusive(' ')
                .map(|word| Ok(ChatChunk::Delta(Channel::Text, word.to_owned()))),
        );
        if fails {
            chunks.truncate(2);
            chunks.push(Err(Error::new(Code::Upstream, "The model broke off.")));
        } else {
            chunks.push(Ok(ChatChunk::Done {
                usage: Usage {
                    input_tokens: 1,
                    output_tokens: 2,
                },
                finish_reason: "stop".into(),
            }));
        }
        let guard = Drops(Arc::clone(&self.dropped));
        let hangs = script.hangs || text.starts_with("hang");
        let log = Arc::clone(&self.log);
        if let Some(after) = &script.after {
            while !ended(&log.lock(), after) {
                tokio::task::yield_now().await;
            }
        }
        let stream = futures::stream::iter(chunks).then(move |chunk| {
            let _held = &guard;
            let wait = hangs && matches!(chunk, Ok(ChatChunk::Done { .. }));
            async move {
                tokio::task::yield_now().await;
                if wait {
                    tokio::time::sleep(Duration::from_secs(3600)).await;
                }
                chunk
            }
        });
        Ok(Box::pin(stream))
    }
}

#[async_trait]
impl Retrieve for World {
    async fn retrieve(&self, request: RetrieveRequest) -> Result<Vec<Passage>> {
        let at = Timestamp::from_millis(0);
        Ok((0..request.limit)
            .map(|n| Passage {
                chunk_id: ChunkId::new(at, u128::from(n) << 64),
                document_id: DocumentId::new(at, 0),
                document_name: "guide.md".into(),
                knowledge_base_id: KnowledgeBaseId::new(at, 0),
                text: format!("passage {n} on {}", request.query),
                score: 1.0,
                page: None,
                heading: None,
                highlights: vec![],
            })
            .collect())
    }
}

/// Every program returns its inputs and prints its text.
#[async_trait]
impl RunCode for World {
    async fn run(&self, request: CodeRequest) -> Result<CodeResult> {
        Ok(CodeResult {
            value: Value::Object(Arc::unwrap_or_clone(request.inputs)),
            logs: request.code.to_string(),
        })
    }

    async fn check(&self, _: WorkspaceId, _: Language, _: Arc<str>) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl RunLog for World {
    async fn append(&self, _run: RunId, entries: Vec<LogEntry>) -> Result<()> {
        tokio::task::yield_now().await;
        let mut log = self.log.lock();
        for entry in entries {
            if self.dies_after.is_some_and(|n| log.len() >= n) {
                return Err(Error::conflict("dead"));
            }
            log.push(entry);
        }
        Ok(())
    }
}

fn ended(log: &[LogEntry], place: &str) -> bool {
    log.iter()
        .any(|entry| matches!(entry, LogEntry::Step(step) if step.place() == place))
}

impl World {
    pub fn steps(&self) -> Vec<StepRecord> {
        let log = self.log.lock();
        let steps = log.iter().filter_map(|entry| match entry {
            LogEntry::Step(step) => Some(step.clone()),
            LogEntry::End { .. } => None,
        });
        steps.collect()
    }

    /// `node:status` in the order of the log.
    pub fn story(&self) -> Vec<String> {
        self.steps()
            .iter()
            .map(|s| format!("{}:{}", s.place(), json!(s.status).as_str().unwrap_or("?")))
            .collect()
    }
}

pub fn plan(flow: &str) -> Arc<Plan> {
    let flow = FlowDocument::parse(flow).unwrap();
    Arc::new(compile(&flow, &Catalogue::default()).unwrap_or_else(|p| panic!("{p:#?}")))
}

pub fn start(
    world: &Arc<World>,
    plan: &Arc<Plan>,
    input: Value,
    recovered: Vec<StepRecord>,
) -> RunHandle {
    let ports = Ports {
        chat: world.clone(),
        retrieve: world.clone(),
        code: world.clone(),
        log: world.clone(),
    };
    let next_seq = world.next_seq.unwrap_or(1);
    Engine::new(
        ports,
        world.limits.clone(),
        Arc::new(Ticks(AtomicI64::new(1))),
    )
    .start(StartRun {
        run: RunId::new(Timestamp::from_millis(1), 7),
        workspace: WorkspaceId::new(Timestamp::from_millis(1), 7),
        plan: plan.clone(),
        input: RunInput {
            input: input.as_object().cloned().unwrap_or_default(),
            environment: world.environment.clone(),
            ..RunInput::default()
        },
        started_at: Timestamp::from_millis(1),
        recovered,
        next_seq,
    })
}

/// Runs to the end and returns all events.
pub async fn play(
    world: &Arc<World>,
    flow: &str,
    input: Value,
) -> (Arc<RunOutcome>, Vec<Arc<Event>>) {
    let handle = start(world, &plan(flow), input, vec![]);
    let events = read(&handle, Cursor::default()).await;
    (handle.finished().await.unwrap(), events)
}

pub async fn read(handle: &RunHandle, from: Cursor) -> Vec<Arc<Event>> {
    let (mut reader, mut events) = (handle.events(from), vec![]);
    while let Some(event) = reader.next().await {
        events.push(event);
    }
    events
}

/// What a reader shows who knew `known` before.
pub fn shown(known: &str, events: &[Arc<Event>]) -> String {
    events
        .iter()
        .fold(known.to_owned(), |reply, event| match &event.body {
            EventBody::MessageDelta { offset, text } => {
                assert!(
                    *offset <= reply.chars().count() as u64,
                    "a hole at {offset}: {reply:?}"
                );
                reply
                    .chars()
                    .take(*offset as usize)
                    .chain(text.chars())
                    .collect()
            }
            _ => reply,
        })
}
