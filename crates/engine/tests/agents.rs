//! Agents: what reaches the model and the tools, what readers see meanwhile, and what a crash in the
//! middle of a call costs.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use headwater_engine::{Engine, Limits, Ports, StartRun};
use headwater_model::conversation::Speaker;
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::ports::{
    Chat, ChatChunk, ChatRequest, ChatRole, ChatStream, Offered, Part, ToolCall, ToolChoice,
    ToolChosen, ToolRequest, ToolResult, Tools,
};
use headwater_model::run::event::{Channel, Cursor, EventBody};
use headwater_model::run::{RunInput, RunStatus, Turn};
use headwater_model::usage::Usage;
use headwater_model::{Error, Result, Timestamp};
use parking_lot::Mutex;
use serde_json::{Value, json};
use support::{Behaviour, ScriptedCall, World, plan, read, shown, start};

/// Says what it was told to say, round by round; remembers what it was asked.
struct Script {
    world: Arc<World>,
    rounds: Mutex<VecDeque<Vec<ChatChunk>>>,
    asked: Mutex<Vec<ChatRequest>>,
    called: Mutex<Vec<ToolRequest>>,
}

#[async_trait]
impl Chat for Script {
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let mut chunks = vec![ChatChunk::Model(request.model.clone())];
        self.asked.lock().push(request);
        let round = self.rounds.lock().pop_front();
        chunks.extend(round.ok_or_else(|| Error::internal("nothing to say"))?);
        chunks.push(ChatChunk::Done {
            usage: Usage {
                input_tokens: 10,
                output_tokens: 5,
                ..Usage::default()
            },
            finish_reason: "stop".into(),
        });
        Ok(Box::pin(futures::stream::iter(chunks.into_iter().map(Ok))))
    }
}

#[async_trait]
impl Tools for Script {
    async fn offer(&self, workspace: WorkspaceId, tools: &[ToolChosen]) -> Result<Vec<Offered>> {
        self.world.offer(workspace, tools).await
    }

    async fn call(&self, request: ToolRequest) -> Result<ToolResult> {
        self.called.lock().push(request.clone());
        self.world.call(request).await
    }
}

fn say(text: &str) -> ChatChunk {
    ChatChunk::Delta(Channel::Text, text.into())
}

fn call(id: &str, name: &str, arguments: &str) -> ChatChunk {
    ChatChunk::ToolCall(ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    })
}

fn agent(settings: Value) -> String {
    let mut all = json!({
        "tools": [{ "tool": "t" }],
        "messages": [{ "role": "system", "content": "Be brief." }, { "role": "user", "content": "Well?" }],
    });
    let fields = all.as_object_mut().unwrap();
    fields.extend(settings.as_object().unwrap().clone());
    json!({
        "headwater": 1, "name": "one", "kind": "chat",
        "nodes": [
            { "id": "a", "kind": "agent", "settings": all },
            { "id": "reply", "kind": "answer", "settings": { "text": "So: {{ a.text }}" } },
            { "id": "out", "kind": "output", "settings": { "values": { "a": "{{ a }}" } } },
        ],
        "edges": [{ "from": "start", "to": "a" }, { "from": "a", "to": "reply" }, { "from": "a", "to": "out" }],
    })
    .to_string()
}

struct Told {
    script: Arc<Script>,
    reply: String,
    outputs: Value,
    usage: Usage,
    events: Vec<Arc<headwater_model::run::event::Event>>,
}

async fn run(flow: &str, rounds: Vec<Vec<ChatChunk>>) -> Told {
    let world = Arc::new(World::default());
    let script = Arc::new(Script {
        world: world.clone(),
        rounds: Mutex::new(rounds.into()),
        asked: Mutex::default(),
        called: Mutex::default(),
    });
    let ports = Ports {
        chat: script.clone(),
        retrieve: world.clone(),
        code: world.clone(),
        tools: script.clone(),
        fetch: world.clone(),
        documents: world.clone(),
        log: world.clone(),
        secrets: world.clone(),
        cache: world.clone(),
    };
    let turn = |role, text: &str| Turn {
        role,
        text: text.into(),
        files: Vec::new(),
    };
    let clock = Arc::new(support::Ticks::default());
    let handle = Engine::new(ports, Limits::default(), clock).start(StartRun {
        run: RunId::new(Timestamp::from_millis(1), 7),
        workspace: WorkspaceId::new(Timestamp::from_millis(1), 7),
        plan: plan(flow),
        input: RunInput {
            history: vec![
                turn(Speaker::User, "One?"),
                turn(Speaker::Assistant, "One."),
            ],
            depth: 2,
            ..RunInput::default()
        },
        started_at: Timestamp::from_millis(1),
        past: headwater_engine::RunPast::default(),
        pins: std::collections::HashMap::new(),
        prices: Arc::default(),
        trace: None,
    });
    let events = read(&handle, Cursor::default()).await;
    let end = handle.finished().await.unwrap();
    assert_eq!(end.status, RunStatus::Succeeded, "{:?}", end.error);
    Told {
        script,
        reply: end.reply.clone(),
        outputs: end.outputs["a"].clone(),
        usage: end.usage,
        events,
    }
}

#[tokio::test]
async fn the_dialogue_goes_on_with_what_was_said_kept_called_and_told() {
    let kept = json!({ "type": "thinking", "signature": "sealed" });
    let first = vec![
        ChatChunk::Kept(kept.clone()),
        say("Let me look."),
        call("x", "t", "{ \"q\":1}"),
        call("y", "t", ""),
    ];
    let told = run(
        &agent(json!({ "history": 2, "temperature": 0.5, "fallbacks": ["other/one"] })),
        vec![first, vec![say("It is so.")]],
    )
    .await;
    let asked = told.script.asked.lock();
    let texts: Vec<String> = asked[0].messages.iter().map(|m| m.whole_text()).collect();
    assert_eq!(texts, ["Be brief.", "One?", "One.", "Well?"]);
    assert_eq!(asked[0].parameters.temperature, Some(0.5));
    assert_eq!(
        (asked[0].tools.len(), &asked[0].tool_choice),
        (1, &ToolChoice::Auto)
    );
    assert_eq!(asked[1].messages[..4], asked[0].messages[..]);
    let [said, results] = &asked[1].messages[4..] else {
        panic!("{:?}", asked[1].messages)
    };
    let wanted = |id: &str, arguments: &str| {
        Part::ToolCall(ToolCall {
            id: id.into(),
            name: "t".into(),
            arguments: arguments.into(),
        })
    };
    let text = "Let me look.".to_owned();
    assert_eq!(said.role, ChatRole::Assistant);
    assert_eq!(
        said.parts,
        [
            Part::Kept { block: kept },
            Part::Text { text },
            wanted("x", "{ \"q\":1}"),
            wanted("y", "")
        ],
        "as it was written"
    );
    let result = |id: &str, text: &str| Part::ToolResult {
        id: id.into(),
        text: text.into(),
        failed: false,
    };
    assert_eq!(results.role, ChatRole::Tool);
    assert_eq!(
        results.parts,
        [result("x", "t({\"q\":1})"), result("y", "t({})")]
    );
    assert_ne!(asked[0].idempotency_key, asked[1].idempotency_key);
    let called = told.script.called.lock();
    let keys: Vec<&str> = called.iter().map(|c| c.idempotency_key.as_str()).collect();
    assert!(
        keys[0].ends_with(":a[0]/t#0") && keys[1].ends_with(":a[0]/t#1"),
        "{keys:?}"
    );
    assert_eq!(
        (called[0].depth, called[0].run),
        (2, RunId::new(Timestamp::from_millis(1), 7))
    );
    assert_eq!(told.usage.input_tokens, 20, "every question is booked");
    assert_eq!(
        told.outputs["usage"],
        json!({ "input_tokens": 20, "output_tokens": 10 })
    );
    assert!(told.outputs["calls"][0]["duration_ms"].as_i64().is_some());
}

#[tokio::test]
async fn the_last_question_forbids_calls_and_still_names_the_tools() {
    let calls = || vec![call("x", "t", "")];
    let answer = vec![say("Enough.")];
    let told = run(
        &agent(json!({ "max_rounds": 1 })),
        vec![calls(), answer.clone()],
    )
    .await;
    let asked = told.script.asked.lock().clone();
    assert_eq!(
        (asked[1].tools.len(), &asked[1].tool_choice),
        (1, &ToolChoice::None)
    );
    assert_eq!(told.outputs["stopped"], "max_rounds");
    let told = run(&agent(json!({ "token_budget": 15 })), vec![calls(), answer]).await;
    assert_eq!(told.script.asked.lock()[1].tool_choice, ToolChoice::None);
    assert_eq!(told.outputs["stopped"], "token_budget");
}

#[tokio::test]
async fn what_is_said_before_a_call_is_taken_back_and_never_part_of_the_reply() {
    let first = vec![say("I will "), say("look."), call("x", "t", "")];
    let told = run(
        &agent(json!({})),
        vec![first, vec![say("It is "), say("so.")]],
    )
    .await;
    assert_eq!(told.reply, "So: It is so.");
    assert_eq!(shown("", &told.events), told.reply);
    let mut seen: Vec<String> = vec![];
    for (at, event) in told.events.iter().enumerate() {
        if matches!(event.body, EventBody::MessageDelta { .. }) {
            seen.push(shown("", &told.events[..=at]));
        }
    }
    let expected = [
        "So: ",
        "So: I will ",
        "So: I will look.",
        "So: ",
        "So: It is ",
        "So: It is so.",
    ];
    assert_eq!(seen, expected);
    let deltas = told.events.iter().filter_map(|event| match &event.body {
        EventBody::StepDelta { node, path, .. } => Some((node.clone(), path.clone().unwrap())),
        _ => None,
    });
    let deltas: Vec<_> = deltas.collect();
    assert_eq!(deltas[0], ("model".to_owned(), "a[0]/model".to_owned()));
    assert_eq!(deltas.last().unwrap().1, "a[1]/model");
}

#[tokio::test]
async fn a_call_that_a_crash_interrupted_runs_again_with_the_same_key() {
    let flow = plan(&agent(json!({})));
    let script = |hangs| {
        let first = Behaviour {
            says: Some(String::new()),
            calls: ["t", "t"]
                .map(|name| ScriptedCall {
                    name: name.into(),
                    arguments: Value::Null,
                })
                .into(),
            ..Behaviour::default()
        };
        let second = Behaviour {
            hangs,
            ..Behaviour::default()
        };
        BTreeMap::from([
            ("a[0]/model".to_owned(), first),
            ("a[0]/t#1".to_owned(), second),
        ])
    };
    let dying = Arc::new(World {
        script: script(true),
        ..World::default()
    });
    let handle = start(&dying, &flow, json!({}), vec![]);
    let done = "a[0]/t#0:done".to_owned();
    while !dying.story().contains(&done) || dying.keys.lock().len() < 3 {
        tokio::task::yield_now().await;
    }
    let before = dying.keys.lock().clone();
    let again = Arc::new(World {
        script: script(false),
        next_seq: Some(1000),
        ..World::default()
    });
    *again.log.lock() = dying.log.lock().clone();
    let handle_again = start(&again, &flow, json!({}), dying.steps());
    let end = handle_again.finished().await.unwrap();
    assert_eq!(end.status, RunStatus::Succeeded, "{:?}", end.error);
    let after = again.keys.lock().clone();
    let interrupted = before
        .iter()
        .find(|key| key.ends_with(":a[0]/t#1"))
        .unwrap();
    assert_eq!(&after[0], interrupted);
    assert_eq!(
        after.len(),
        2,
        "the call that was interrupted, and the next question: {after:?}"
    );
    handle.cancel();
}
