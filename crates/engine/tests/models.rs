//! Nodes that ask models: what reaches the model, and what becomes of what it says.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use headwater_engine::{Catalogue, Engine, Limits, Ports, StartRun, compile};
use headwater_model::conversation::Speaker;
use headwater_model::flow::FlowDocument;
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::ports::{Chat, ChatChunk, ChatRequest, ChatStream, Effort, Part};
use headwater_model::run::event::Channel;
use headwater_model::run::{RunInput, RunOutcome, RunStatus, Turn};
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Error, Result, Timestamp};
use parking_lot::Mutex;
use serde_json::{Value, json};
use support::World;

/// Says what it was told to say, in order; remembers what it was asked.
#[derive(Default)]
struct Models {
    asked: Mutex<Vec<ChatRequest>>,
    says: Mutex<VecDeque<Result<&'static str>>>,
}

#[async_trait]
impl Chat for Models {
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let model = request.model.clone();
        self.asked.lock().push(request);
        let says = self.says.lock().pop_front();
        let text = says.unwrap_or_else(|| Err(Error::new(Code::Internal, "Nothing to say.")))?;
        let usage = Usage {
            input_tokens: 10,
            output_tokens: 1,
            ..Usage::default()
        };
        let chunks = [
            ChatChunk::Model(model),
            ChatChunk::Delta(Channel::Reasoning, "Hm.".into()),
            ChatChunk::Delta(Channel::Text, text.into()),
            ChatChunk::Done {
                usage,
                finish_reason: "stop".into(),
            },
        ];
        Ok(Box::pin(futures::stream::iter(chunks.map(Ok))))
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1)
    }
}

fn turn(role: Speaker, text: &str) -> Turn {
    Turn {
        role,
        text: text.into(),
        files: Vec::new(),
    }
}

/// A flow of one node, whose outputs it puts out.
fn flow(kind: &str, settings: &Value) -> Value {
    json!({
        "headwater": 1, "name": "one", "kind": "task",
        "inputs": [{ "name": "x", "type": "string" }, { "name": "list", "type": "list" }],
        "nodes": [
            { "id": "it", "kind": kind, "settings": settings },
            { "id": "out", "kind": "output", "settings": { "values": { "it": "{{ it }}" } } },
        ],
        "edges": [{ "from": "start", "to": "it" }, { "from": "it", "to": "out" }],
    })
}

fn problems(flow: &Value) -> Vec<String> {
    let flow = FlowDocument::parse(&flow.to_string()).unwrap();
    let problems = compile(&flow, &Catalogue::default())
        .err()
        .unwrap_or_default();
    let fields = problems.into_iter().map(|problem| problem.field.unwrap());
    fields.collect()
}

struct Told {
    end: Arc<RunOutcome>,
    asked: Vec<ChatRequest>,
    world: Arc<World>,
}

impl Told {
    fn output(&self, name: &str) -> &Value {
        &self.end.outputs["it"][name]
    }
}

async fn run(flow: &Value, input: Value, says: Vec<Result<&'static str>>) -> Told {
    let flow = FlowDocument::parse(&flow.to_string()).unwrap();
    let plan = compile(&flow, &Catalogue::default()).unwrap_or_else(|p| panic!("{p:#?}"));
    let world = Arc::new(World::default());
    let models = Arc::new(Models {
        says: Mutex::new(says.into()),
        ..Models::default()
    });
    let ports = Ports {
        chat: models.clone(),
        retrieve: world.clone(),
        code: world.clone(),
        tools: world.clone(),
        fetch: world.clone(),
        documents: world.clone(),
        log: world.clone(),
        secrets: world.clone(),
        cache: world.clone(),
    };
    let history = vec![
        turn(Speaker::User, "One?"),
        turn(Speaker::Assistant, "One."),
        turn(Speaker::User, "Two, which is longer?"),
        turn(Speaker::Assistant, "Two."),
    ];
    let handle = Engine::new(ports, Limits::default(), Arc::new(Still)).start(StartRun {
        run: RunId::new(Timestamp::from_millis(1), 7),
        workspace: WorkspaceId::new(Timestamp::from_millis(1), 7),
        plan: Arc::new(plan),
        input: RunInput {
            input: input.as_object().cloned().unwrap_or_default(),
            history,
            ..RunInput::default()
        },
        started_at: Timestamp::from_millis(1),
        past: headwater_engine::RunPast::default(),
        pins: std::collections::HashMap::new(),
        prices: Arc::default(),
        trace: None,
    });
    let end = handle.finished().await.unwrap();
    let asked = models.asked.lock().clone();
    Told { end, asked, world }
}

fn ask(more: Value) -> Value {
    let mut settings = json!({ "messages": [{ "role": "user", "content": "Well?" }] });
    let fields = more.as_object().unwrap().clone();
    settings.as_object_mut().unwrap().extend(fields);
    settings
}

#[tokio::test]
async fn the_window_takes_whole_turns_within_both_limits() {
    let cases = [
        (json!(3), 3),
        (json!({ "turns": 2 }), 2),
        (json!({ "characters": 24 }), 1),
        (json!({ "characters": 25 }), 2),
        (json!({ "turns": 1, "characters": 99 }), 1),
        (json!({}), 4),
        (json!(0), 0),
    ];
    for (history, turns) in cases {
        let settings = ask(json!({ "history": history }));
        let told = run(&flow("chat", &settings), json!({}), vec![Ok("So.")]).await;
        let texts: Vec<_> = told.asked[0]
            .messages
            .iter()
            .map(|m| m.whole_text())
            .collect();
        let all = ["One?", "One.", "Two, which is longer?", "Two.", "Well?"];
        assert_eq!(texts, all[4 - turns..], "{history}");
    }
}

#[tokio::test]
async fn pictures_and_files_reach_the_model_and_the_record_only_names_pictures() {
    let picture = "data:image/png;base64,iVBORw0KGgoAAAAN";
    let settings = json!({ "messages": [{
        "role": "user", "content": "What is it?",
        "images": ["{{ start.x }}", "{{ start.list[0] }}"], "files": ["{{ start.list[1] }}"],
    }] });
    let input = json!({ "x": picture, "list": [
        { "media_type": "image/jpeg", "data": "AAAA" }, { "name": "a.md", "text": "Hello" },
    ] });
    let told = run(&flow("chat", &settings), input, vec![Ok("A cat.")]).await;
    let parts = &told.asked[0].messages[0].parts;
    assert!(matches!(&parts[1], Part::File { name, text } if name == "a.md" && text == "Hello"));
    assert!(matches!(&parts[2], Part::Image { media_type, .. } if media_type == "image/png"));
    assert!(matches!(&parts[3], Part::Image { media_type, .. } if media_type == "image/jpeg"));
    let step = told
        .world
        .steps()
        .into_iter()
        .find(|s| s.node == "it")
        .unwrap();
    let recorded = step.inputs.to_string();
    assert!(
        recorded.contains("image/png, 1 KiB") && !recorded.contains("iVBO"),
        "{recorded}"
    );
    let remote = json!({ "x": "https://example.com/cat.png" });
    let told = run(&flow("chat", &settings), remote, vec![]).await;
    let failure = told.end.error.clone().unwrap();
    assert!(
        failure.message.contains("not fetched"),
        "{}",
        failure.message
    );
}

#[tokio::test]
async fn a_nodes_parameters_reach_the_model_and_reasoning_is_kept_apart() {
    let settings = ask(json!({
        "model": "acme/one", "temperature": 0.2, "top_p": 0.5, "max_tokens": 9, "seed": 4,
        "stop": ["END"], "reasoning_effort": "high", "extra": { "top_k": 3 },
    }));
    let told = run(&flow("chat", &settings), json!({}), vec![Ok("So.")]).await;
    let (model, given) = (&told.asked[0].model, &told.asked[0].parameters);
    assert_eq!(model, "acme/one");
    assert_eq!((given.temperature, given.top_p), (Some(0.2), Some(0.5)));
    assert_eq!((given.max_tokens, given.seed), (Some(9), Some(4)));
    assert_eq!(
        (given.stop.as_slice(), &given.extra["top_k"]),
        (&["END".to_owned()][..], &json!(3))
    );
    assert_eq!(given.reasoning_effort, Some(Effort::High));
    assert_eq!(
        (told.output("text"), told.output("reasoning")),
        (&json!("So."), &json!("Hm."))
    );
}

#[tokio::test]
async fn a_fallback_is_asked_when_the_one_before_does_not_begin() {
    let settings = ask(json!({ "model": "a/1", "fallbacks": ["b/2", "c/3"] }));
    let down = || Err(Error::new(Code::Upstream, "It is down."));
    let told = run(
        &flow("chat", &settings),
        json!({}),
        vec![down(), Ok("Here.")],
    )
    .await;
    assert_eq!(told.output("model"), "b/2");
    assert_eq!(
        told.end.usage.input_tokens, 10,
        "who refuses does not charge"
    );
    let told = run(
        &flow("chat", &settings),
        json!({}),
        vec![down(), down(), down()],
    )
    .await;
    let asked: Vec<_> = told
        .asked
        .iter()
        .map(|request| request.model.as_str())
        .collect();
    assert_eq!(asked, ["a/1", "b/2", "c/3"]);
    let said = told.end.error.clone().unwrap().message;
    assert_eq!(said, "It is down. Before it: It is down. It is down.");
}

fn form(repair: u32) -> Value {
    ask(json!({ "repair": repair, "response_schema": {
        "type": "object", "required": ["age"], "properties": { "age": { "type": "integer" } },
    } }))
}

#[tokio::test]
async fn a_missed_form_is_shown_to_the_model_and_repaired() {
    let says = vec![Ok("{\"age\": \"old\"}"), Ok("Sure: {\"age\": 7}.")];
    let told = run(&flow("chat", &form(1)), json!({}), says).await;
    assert_eq!(
        told.output("value"),
        &json!({ "age": 7 }),
        "{:?}",
        told.end.error
    );
    assert_eq!(told.output("text"), "{\"age\": 7}");
    let again = &told.asked[1].messages;
    assert_eq!(again[1].whole_text(), "{\"age\": \"old\"}");
    let complaint = again[2].whole_text();
    assert!(
        complaint.contains("/age") && complaint.contains("integer"),
        "{complaint}"
    );
    assert_eq!(told.end.usage.input_tokens, 20, "both calls are booked");
}

#[tokio::test]
async fn repairs_end_and_the_failure_says_what_is_wrong() {
    for repair in [0, 2] {
        let says = vec![Ok("no"); 5];
        let told = run(&flow("chat", &form(repair)), json!({}), says).await;
        assert_eq!(told.end.status, RunStatus::Failed);
        assert_eq!(told.asked.len(), repair as usize + 1);
        let said = told.end.error.clone().unwrap().message;
        assert!(said.contains("It is not JSON"), "{said}");
    }
}

fn routed() -> Value {
    json!({
        "headwater": 1, "name": "routed", "kind": "task",
        "inputs": [{ "name": "x", "type": "string" }],
        "nodes": [
            { "id": "sort", "kind": "classify", "settings": {
                "text": "{{ start.x }}", "labels": [{ "name": "bill", "description": "Money." }, { "name": "bug" }],
            } },
            { "id": "pay", "kind": "output", "settings": { "values": { "way": "bill" } } },
            { "id": "fix", "kind": "output", "settings": { "values": { "way": "bug" } } },
            { "id": "else", "kind": "output", "settings": { "values": { "way": "{{ sort.label }}" } } },
        ],
        "edges": [
            { "from": "start", "to": "sort" },
            { "from": "sort", "handle": "bill", "to": "pay" },
            { "from": "sort", "handle": "bug", "to": "fix" },
            { "from": "sort", "handle": "other", "to": "else" },
        ],
    })
}

#[tokio::test]
async fn a_label_is_a_way_and_other_is_one_too() {
    let cases = [
        ("{\"label\": \"bug\"}", "bug"),
        ("{\"label\": \"bill\"}", "bill"),
        ("{\"label\": \"other\"}", "other"),
    ];
    for (says, way) in cases {
        // What is no label is repaired first.
        let says = vec![Ok("{\"label\": \"none\"}"), Ok(says)];
        let told = run(&routed(), json!({ "x": "I was charged twice" }), says).await;
        assert_eq!(told.end.outputs["way"], way, "{:?}", told.end.error);
        let task = told.asked[0].messages[0].whole_text();
        assert!(task.contains("- bill: Money."), "{task}");
        assert!(told.asked[0].response_schema.as_ref().unwrap().strict);
    }
}

#[tokio::test]
async fn fields_are_read_with_their_types() {
    let settings = json!({ "text": "{{ start.x }}", "fields": [
        { "name": "city", "required": true },
        { "name": "year", "type": "integer" },
        { "name": "tone", "options": ["kind", "rude"] },
        { "name": "topics", "type": "list" },
    ] });
    let good = "{\"city\": \"Oslo\", \"year\": null, \"tone\": \"kind\", \"topics\": [\"a\"]}";
    let bad = "{\"city\": null, \"year\": \"1624\", \"tone\": \"odd\", \"topics\": \"a\"}";
    let told = run(
        &flow("extract", &settings),
        json!({ "x": "…" }),
        vec![Ok(bad), Ok(good)],
    )
    .await;
    assert_eq!(told.output("value")["city"], "Oslo", "{:?}", told.end.error);
    let complaint = told.asked[1].messages[3].whole_text();
    for path in ["/city", "/year", "/tone", "/topics"] {
        assert!(complaint.contains(path), "{complaint}");
    }
}

#[test]
fn wrong_settings_are_reported_with_their_field() {
    let messages = json!([{ "role": "user", "content": "x" }]);
    let chat = |more: Value| problems(&flow("chat", &ask(more)));
    assert_eq!(chat(json!({ "temperature": 3 })), ["temperature"]);
    assert_eq!(
        chat(json!({ "top_p": 2, "max_tokens": 0 })),
        ["top_p", "max_tokens"]
    );
    assert_eq!(
        chat(json!({ "stop": [""], "fallbacks": [" "] })),
        ["fallbacks", "stop"]
    );
    assert_eq!(chat(json!({ "tempreature": 1 })), ["tempreature"]);
    assert_eq!(
        chat(json!({ "response_schema": { "type": "array" } })),
        ["response_schema"]
    );
    let broken =
        json!({ "response_schema": { "type": "object", "properties": 5 }, "messages": messages });
    assert_eq!(chat(broken), ["response_schema"]);
    assert_eq!(
        chat(json!({ "repair": 9, "response_schema": { "type": "object" } })),
        ["repair"]
    );
    let seeing =
        json!({ "messages": [{ "role": "system", "content": "x", "images": ["{{ start.x }}"] }] });
    assert_eq!(chat(seeing), ["messages[0].images"]);
    let mut twins = routed();
    twins["nodes"][0]["settings"]["labels"] =
        json!([{ "name": "bill" }, { "name": "bug" }, { "name": "other" }]);
    assert_eq!(problems(&twins), ["labels[2].name"]);
    let fields =
        json!({ "text": "x", "fields": [{ "name": "a", "type": "number", "options": ["1"] }] });
    assert_eq!(problems(&flow("extract", &fields)), ["fields[0].options"]);
}
