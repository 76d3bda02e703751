//! Scripted ports and a log that can be killed.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod kept;
mod outside;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use headwater_engine::{
    Catalogue, Engine, Limits, Onset, Plan, Ports, RunEnd, RunHandle, RunPast, StartRun, compile,
};
use headwater_model::flow::FlowDocument;
use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId, RunId, WaitId, WorkspaceId};
use headwater_model::knowledge::Passage;
use headwater_model::knowledge::ranking::Ranking;
use headwater_model::ports::{
    Chat, ChatChunk, ChatMessage, ChatRequest, ChatStream, CodeRequest, CodeResult, Command, Hold,
    Language, Park, Parked, Part, Retrieve, RetrieveRequest, Retrieved, RunCode, RunLog, ToolCall,
    ToolChoice,
};
use headwater_model::price::Prices;
use headwater_model::run::event::{Channel, Cursor, Event, EventBody};
use headwater_model::run::log::{LogEntry, StepRecord};
use headwater_model::run::trace::{CallKind, MadeCall};
use headwater_model::run::wait::{Answer, WaitRecord};
use headwater_model::run::{RunInput, RunOutcome, RunStatus, StepStatus};
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Error, Result, Timestamp};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// A clock that ticks a millisecond per look.
#[derive(Default)]
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
    /// What it calls, unless it must answer.
    pub calls: Vec<ScriptedCall>,
    /// Of a tool: that it failed, as it says itself.
    pub failed: bool,
}

/// A call that a model wants: arguments that are text are sent as they are.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedCall {
    pub name: String,
    #[serde(default)]
    pub arguments: Value,
}

impl ScriptedCall {
    fn call(&self, at: usize) -> ToolCall {
        ToolCall {
            id: format!("c{at}"),
            name: self.name.clone(),
            arguments: match &self.arguments {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
        }
    }
}

/// Answers word by word: says the last message back. `fail:N` fails the first N calls midway,
/// `broken` fails always, `hang` never ends. Scripted steps do as their script says.
#[derive(Default)]
pub struct World {
    pub environment: serde_json::Map<String, Value>,
    pub secrets: std::collections::BTreeMap<String, String>,
    /// Kept results by what was asked: value, when, until when.
    pub kept: Mutex<std::collections::BTreeMap<String, (Value, i64, i64)>>,
    /// The time by which kept results are judged.
    pub now: AtomicI64,
    pub script: std::collections::BTreeMap<String, Behaviour>,
    pub limits: Limits,
    pub prices: Arc<Prices>,
    pub calls: AtomicUsize,
    pub dropped: Arc<AtomicUsize>,
    pub keys: Mutex<Vec<String>>,
    /// What addresses were sent.
    pub sent: Mutex<Vec<String>>,
    pub log: Arc<Mutex<Vec<LogEntry>>>,
    /// Entries after which the log refuses, as if the process had died.
    pub dies_after: Option<usize>,
    /// The first event's number, after a restart.
    pub next_seq: Option<u64>,
    /// How questions are answered, by path; with their first button when it is not said.
    pub replies: std::collections::BTreeMap<String, Reply>,
    /// Cancelled when this step begins.
    pub cancelled_at: Option<String>,
    /// Cancelled once it is paused.
    pub cancelled_when_paused: bool,
    /// Paused as a whole when this step has ended, and resumed.
    pub pause_after: Option<String>,
    pub answers: Mutex<Vec<(WaitId, Answer)>>,
    pub whole: Mutex<Vec<WaitRecord>>,
    pub parks: Mutex<Vec<Park>>,
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
        let text = request.messages.last().map_or(String::new(), said);
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
        if !request.tools.is_empty() && request.tool_choice != ToolChoice::None {
            let calls = script.calls.iter().enumerate();
            chunks.extend(calls.map(|(at, one)| Ok(ChatChunk::ToolCall(one.call(at)))));
        }
        if fails {
            chunks.truncate(2);
            chunks.push(Err(Error::new(Code::Upstream, "The model broke off.")));
        } else {
            chunks.push(Ok(ChatChunk::Done {
                usage: Usage {
                    input_tokens: 1,
                    output_tokens: 2,
                    ..Usage::default()
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

/// What a message says; results of tools one after the other, in the order they were handed back.
fn said(message: &ChatMessage) -> String {
    let results = message.parts.iter().filter_map(|part| match part {
        Part::ToolResult { id, text, failed } => {
            let failed = if *failed { " failed" } else { "" };
            Some(format!("{id}{failed}: {text}"))
        }
        _ => None,
    });
    let results: Vec<String> = results.collect();
    match results.is_empty() {
        true => message.whole_text(),
        false => results.join("; "),
    }
}

#[async_trait]
impl Retrieve for World {
    async fn retrieve(&self, request: RetrieveRequest) -> Result<Retrieved> {
        let at = Timestamp::from_millis(0);
        let passages = (0..request.limit.unwrap_or(6))
            .map(|n| Passage {
                chunk_id: ChunkId::new(at, u128::from(n) << 64),
                document_id: DocumentId::new(at, 0),
                document_name: "guide.md".into(),
                source_url: None,
                knowledge_base_id: KnowledgeBaseId::new(at, 0),
                text: format!("passage {n} on {}", request.query),
                score: 1.0,
                page: None,
                heading: None,
                highlights: vec![],
                ranking: Ranking::default(),
            })
            .collect();
        let embedded = MadeCall {
            kind: CallKind::Embedding,
            model: "scripted/embed".into(),
            usage: Usage {
                input_tokens: 3,
                ..Usage::default()
            },
            error: None,
            started_at: at,
            finished_at: at,
        };
        Ok(Retrieved {
            passages,
            notes: vec![],
            calls: vec![embedded],
        })
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

/// How a question is answered.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reply {
    /// The first one when absent.
    pub button: Option<String>,
    pub fields: serde_json::Map<String, Value>,
    /// At once, while the run may still be in memory.
    pub early: bool,
}

#[async_trait]
impl RunLog for World {
    async fn confirm(&self, _: Hold) -> Result<()> {
        Ok(())
    }

    async fn append(&self, _hold: Hold, entries: Vec<LogEntry>) -> Result<()> {
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

    async fn park(&self, _hold: Hold, park: Park) -> Result<Parked> {
        tokio::task::yield_now().await;
        if self.dies_after.is_some_and(|n| self.log.lock().len() >= n) {
            return Err(Error::conflict("dead"));
        }
        let unseen = self.waits().into_iter().filter(|w| w.resumed_seq.is_none());
        let unseen = unseen.filter_map(|wait| Some((wait.id, wait.answer?)));
        let unseen: Vec<_> = unseen.collect();
        if park.whole.is_none() && !unseen.is_empty() {
            return Ok(Parked::Answered(unseen));
        }
        self.whole.lock().extend(park.whole.clone());
        self.parks.lock().push(park);
        Ok(Parked::Yes)
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
            LogEntry::Wait(_) | LogEntry::End { .. } => None,
        });
        steps.collect()
    }

    /// What was asked, with the answers given and the events that told of them.
    pub fn waits(&self) -> Vec<WaitRecord> {
        let (steps, answers) = (self.steps(), self.answers.lock());
        let log = self.log.lock();
        let waits = log.iter().filter_map(|entry| match entry {
            LogEntry::Wait(wait) => Some(wait.clone()),
            _ => None,
        });
        let mut waits: Vec<WaitRecord> = waits.collect();
        for wait in &mut waits {
            wait.answer = answers.iter().find(|a| a.0 == wait.id).map(|a| a.1.clone());
            let place = wait.place().map(str::to_owned);
            let step = steps.iter().find(|s| Some(s.place()) == place.as_deref());
            let done = step.filter(|step| step.status == StepStatus::Done);
            wait.resumed_seq = done.map(|step| step.seq - 1);
        }
        waits.extend(self.whole.lock().clone());
        waits.sort_by_key(|wait| wait.seq);
        waits
    }

    /// Those nobody has answered, of steps that have not ended.
    fn open(&self) -> Vec<WaitRecord> {
        let ended: Vec<String> = self.steps().iter().map(|s| s.place().to_owned()).collect();
        let mut waits = self.waits();
        waits.retain(|wait| {
            let place = wait.place();
            wait.answer.is_none() && place.is_some_and(|p| !ended.iter().any(|e| e == p))
        });
        waits
    }

    /// Ends the pause of the whole run, if there is one.
    fn resume(&self, seq: u64) -> bool {
        let mut whole = self.whole.lock();
        let Some(wait) = whole.last_mut().filter(|wait| wait.answer.is_none()) else {
            return false;
        };
        wait.resumed_seq = Some(seq);
        wait.answer = Some(Answer {
            button: String::new(),
            fields: serde_json::Map::new(),
            by: Some("ada@example.com".into()),
            at: Timestamp::from_millis(0),
        });
        true
    }

    /// What the script does when an event is seen.
    fn heed(&self, event: &Event, handle: &RunHandle) {
        let seen = serde_json::to_value(&event.body).unwrap();
        let place = seen
            .get("path")
            .or(seen.get("node"))
            .and_then(Value::as_str);
        if let EventBody::RunPaused { wait_id, .. } = &event.body
            && self
                .replies
                .get(place.unwrap_or_default())
                .is_some_and(|r| r.early)
            && let Some(wait) = self.open().into_iter().find(|wait| wait.id == *wait_id)
        {
            self.answer(&wait, Some(handle));
        }
        let begun = matches!(event.body, EventBody::StepStarted { .. });
        if begun && place.is_some() && place == self.cancelled_at.as_deref() {
            handle.cancel();
        }
        let done = matches!(event.body, EventBody::StepFinished { .. });
        if done && place.is_some() && place == self.pause_after.as_deref() {
            handle.tell(Command::Pause {
                by: "ada@example.com".into(),
            });
        }
    }

    /// Answers as the script says: kept first, then told.
    fn answer(&self, wait: &WaitRecord, handle: Option<&RunHandle>) {
        let script = self.replies.get(wait.place().unwrap_or_default());
        let script = script.cloned().unwrap_or_default();
        let button = script
            .button
            .unwrap_or_else(|| wait.form.buttons[0].clone());
        let fields = match wait.form.buttons.contains(&button) {
            true => wait.form.check(&button, &script.fields).unwrap(),
            false => wait.form.defaults(),
        };
        let answer = Answer {
            button,
            fields,
            by: Some("ada@example.com".into()),
            at: Timestamp::from_millis(0),
        };
        self.answers.lock().push((wait.id, answer.clone()));
        if let Some(handle) = handle {
            handle.tell(Command::Answer(wait.id, answer));
        }
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
    let (onset, next_seq) = match world.next_seq {
        Some(seq) => (Onset::Restarted, seq),
        None => (Onset::New, 1),
    };
    begin(world, plan, input, (recovered, onset, next_seq))
}

fn begin(
    world: &Arc<World>,
    plan: &Arc<Plan>,
    input: Value,
    (recovered, onset, next_seq): (Vec<StepRecord>, Onset, u64),
) -> RunHandle {
    let ports = Ports {
        chat: world.clone(),
        retrieve: world.clone(),
        code: world.clone(),
        tools: world.clone(),
        fetch: world.clone(),
        documents: world.clone(),
        log: world.clone(),
        secrets: world.clone(),
        cache: world.clone(),
    };
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
        past: RunPast {
            onset,
            recovered,
            waits: world.waits(),
            next_seq,
            ..RunPast::default()
        },
        pins: std::collections::HashMap::new(),
        prices: Arc::clone(&world.prices),
        trace: None,
    })
}

/// Follows a run to its end across pauses: every time it has left memory one question is answered,
/// and it goes on from its log. Events go on where they ended.
pub async fn through(
    world: &Arc<World>,
    plan: &Arc<Plan>,
    input: &Value,
    mut handle: RunHandle,
    mut from: Cursor,
) -> (RunEnd, Vec<Arc<Event>>) {
    let mut events: Vec<Arc<Event>> = vec![];
    loop {
        let mut reader = handle.events(from);
        while let Some(event) = reader.next().await {
            world.heed(&event, &handle);
            if let EventBody::MessageDelta { offset, text } = &event.body {
                from.offset = offset + text.chars().count() as u64;
            }
            assert!(event.seq > from.seq, "{} again: {event:?}", from.seq);
            from.seq = event.seq;
            events.push(event);
        }
        let end = handle.finished().await;
        if !end
            .as_ref()
            .is_ok_and(|end| end.status == RunStatus::Paused)
        {
            return (end, events);
        }
        let next_seq = world.parks.lock().last().unwrap().next_seq;
        let open = world.open();
        let resumed = world.resume(next_seq);
        if !resumed && !world.cancelled_when_paused {
            world.answer(open.first().expect("a pause for nothing"), None);
        }
        let from_here = (world.steps(), Onset::Resumed, next_seq);
        handle = begin(world, plan, input.clone(), from_here);
        if world.cancelled_when_paused {
            handle.cancel();
        }
    }
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
