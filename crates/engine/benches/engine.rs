//! What the engine itself costs: `cargo bench -p headwater-engine`. Prints one line per figure; the
//! best of several rounds, since noise only ever adds.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use headwater_engine::compile::flow::compile_any;
use headwater_engine::{Catalogue, Engine, Limits, Plan, Ports, RunPast, StartRun};
use headwater_model::flow::FlowDocument;
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::ports::{
    CacheFound, CacheMiss, CacheRequest, Chat, ChatRequest, ChatStream, CodeRequest, CodeResult,
    DocumentText, Fetch, FetchRequest, FetchResponse, Hold, Language, Offered, Park, Parked,
    ReadDocument, Readable, ResultCache, Retrieve, RetrieveRequest, Retrieved, RunCode, RunLog,
    Secret, Secrets, ToolChosen, ToolRequest, ToolResult, Tools,
};
use headwater_model::run::log::LogEntry;
use headwater_model::run::{RunInput, RunStatus};
use headwater_model::{Clock, Error, Result, Timestamp};
use serde_json::{Value, json};

/// Nothing outside: a log that forgets, a clock that stands.
struct Nowhere;

#[async_trait]
impl Chat for Nowhere {
    async fn chat(&self, _: ChatRequest) -> Result<ChatStream> {
        Err(Error::conflict("no model"))
    }
}

#[async_trait]
impl Retrieve for Nowhere {
    async fn retrieve(&self, _: RetrieveRequest) -> Result<Retrieved> {
        Ok(Retrieved::default())
    }
}

#[async_trait]
impl RunCode for Nowhere {
    async fn run(&self, _: CodeRequest) -> Result<CodeResult> {
        Err(Error::not_found("interpreter"))
    }

    async fn check(&self, _: WorkspaceId, _: Language, _: Arc<str>) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Tools for Nowhere {
    async fn offer(&self, _: WorkspaceId, _: &[ToolChosen]) -> Result<Vec<Offered>> {
        Ok(Vec::new())
    }

    async fn call(&self, _: ToolRequest) -> Result<ToolResult> {
        Err(Error::not_found("tool"))
    }
}

#[async_trait]
impl Fetch for Nowhere {
    async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse> {
        Err(Error::not_found("address"))
    }
}

#[async_trait]
impl ReadDocument for Nowhere {
    async fn read(&self, _: WorkspaceId, _: Readable) -> Result<DocumentText> {
        Err(Error::not_found("document"))
    }
}

#[async_trait]
impl RunLog for Nowhere {
    async fn confirm(&self, _: Hold) -> Result<()> {
        Ok(())
    }

    async fn append(&self, _: Hold, _: Vec<LogEntry>) -> Result<()> {
        Ok(())
    }

    async fn park(&self, _hold: Hold, _park: Park) -> Result<Parked> {
        Ok(Parked::Yes)
    }
}

#[async_trait]
impl ResultCache for Nowhere {
    async fn find(&self, request: &CacheRequest) -> Result<CacheFound> {
        Ok(CacheFound::Miss(CacheMiss {
            workspace: request.workspace,
            key: String::new(),
            hold: None,
        }))
    }

    async fn keep(&self, _: &CacheMiss, _: &Value, _: u64) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Secrets for Nowhere {
    async fn reveal(
        &self,
        _: WorkspaceId,
        _: &[String],
    ) -> Result<std::collections::HashMap<String, Secret>> {
        Ok(Default::default())
    }
}

impl Clock for Nowhere {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1)
    }
}

fn flow(nodes: Value, edges: Value) -> FlowDocument {
    let flow = json!({ "headwater": 1, "name": "bench", "kind": "task", "nodes": nodes, "edges": edges,
        "inputs": [{ "name": "rows", "type": "list" }, { "name": "names", "type": "list" }] });
    FlowDocument::parse(&flow.to_string()).unwrap()
}

/// start → n0 → n1 → …, each reading the one before.
fn chain(length: usize) -> FlowDocument {
    let id = |n: usize| {
        if n == 0 {
            "start".to_owned()
        } else {
            format!("n{n}")
        }
    };
    let text = |n: usize| {
        if n < 2 {
            "x".to_owned()
        } else {
            format!("{{{{ n{}.text }}}}", n - 1)
        }
    };
    let nodes: Vec<Value> = (1..=length)
        .map(|n| json!({ "id": id(n), "kind": "template", "settings": { "text": text(n) } }))
        .collect();
    let edges: Vec<Value> = (1..=length)
        .map(|n| json!({ "from": id(n - 1), "to": id(n) }))
        .collect();
    flow(json!(nodes), json!(edges))
}

fn diamonds(count: usize) -> FlowDocument {
    let (mut nodes, mut edges, mut from) = (Vec::new(), Vec::new(), "start".to_owned());
    for n in 0..count {
        for side in ["l", "r", "j"] {
            nodes.push(json!({ "id": format!("{side}{n}"), "kind": "answer", "settings": { "text": "x" } }));
        }
        for side in ["l", "r"] {
            edges.push(json!({ "from": from, "to": format!("{side}{n}") }));
            edges.push(json!({ "from": format!("{side}{n}"), "to": format!("j{n}") }));
        }
        from = format!("j{n}");
    }
    flow(json!(nodes), json!(edges))
}

fn plan(document: &FlowDocument) -> Plan {
    compile_any(document, &Catalogue::default()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

async fn run(plan: &Arc<Plan>, input: &Value) -> Duration {
    let nowhere = Arc::new(Nowhere);
    let ports = Ports {
        chat: nowhere.clone(),
        retrieve: nowhere.clone(),
        code: nowhere.clone(),
        tools: nowhere.clone(),
        fetch: nowhere.clone(),
        documents: nowhere.clone(),
        log: nowhere.clone(),
        secrets: nowhere.clone(),
        cache: nowhere.clone(),
    };
    let limits = Limits {
        max_steps: usize::MAX,
        ..Limits::default()
    };
    let start = StartRun {
        run: RunId::new(Timestamp::from_millis(1), 7),
        workspace: WorkspaceId::new(Timestamp::from_millis(1), 7),
        plan: Arc::clone(plan),
        input: RunInput {
            input: input.as_object().cloned().unwrap_or_default(),
            ..RunInput::default()
        },
        started_at: Timestamp::from_millis(1),
        past: RunPast::default(),
        pins: std::collections::HashMap::new(),
        prices: Arc::default(),
        trace: None,
    };
    let engine = Engine::new(ports, limits, nowhere);
    let began = Instant::now();
    let end = engine.start(start).finished().await.unwrap();
    let took = began.elapsed();
    assert_eq!(end.status, RunStatus::Succeeded, "{:?}", end.error);
    took
}

fn best(rounds: usize, mut round: impl FnMut() -> Duration) -> Duration {
    (0..rounds).map(|_| round()).min().unwrap()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let timed = |document: &FlowDocument| {
        best(5, || {
            let began = Instant::now();
            std::hint::black_box(plan(document));
            began.elapsed()
        })
    };
    for nodes in [10, 100, 1_000, 10_000] {
        let took = timed(&chain(nodes));
        println!(
            "compile {nodes:>6} nodes: {took:>10.1?}, {:.2?} each",
            took / nodes as u32
        );
    }
    println!("compile 14 diamonds: {:.1?}", timed(&diamonds(14)));
    for nodes in [10, 100, 1_000, 10_000] {
        let chain = Arc::new(plan(&chain(nodes)));
        let took = best(10, || runtime.block_on(run(&chain, &json!({}))));
        println!(
            "run {nodes:>6} steps: {took:>10.1?}, {:.2?} each, without a log",
            took / nodes as u32
        );
    }
    let rows: Vec<Value> = (0..5_000)
        .map(|n| json!({ "id": n, "name": format!("row {n}"), "score": n % 7 }))
        .collect();
    let names: Vec<Value> = (0..100).map(|n| json!(format!("item {n}"))).collect();
    let body = json!({ "nodes": [
        { "id": "one", "kind": "template", "settings": { "text": "{{ item }}: {{ start.rows[17].name }}" } },
        { "id": "two", "kind": "template", "settings": { "text": "{{ one.text | upper }} of {{ start.rows | length }}" } },
    ], "edges": [{ "from": "one", "to": "two" }] });
    let each =
        json!({ "items": "{{ start.names }}", "output": "{{ two.text }}", "concurrency": 4 });
    let document = flow(
        json!([{ "id": "every", "kind": "each", "settings": each, "body": body }]),
        json!([{ "from": "start", "to": "every" }]),
    );
    let plan = Arc::new(plan(&document));
    let input = json!({ "rows": rows, "names": names });
    let took = best(10, || runtime.block_on(run(&plan, &input)));
    println!("100 each items of 2 steps, 5,000 rows in scope: {took:.1?}");
}
