//! The port as the engine sees it, over a real store and a real engine.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use headwater_model::access::{Caller, Identity, Role};
use headwater_model::flow::FlowDocument;
use headwater_model::id::{RunId, UserId, WorkspaceId};
use headwater_model::identity::{User, Workspace};
use headwater_model::page::PageRequest;
use headwater_model::ports::{ToolChosen, ToolRequest, Tools as _};
use headwater_model::run::{Run, RunStatus};
use headwater_model::tool::{DEEPEST, ToolKind};
use headwater_model::{Clock as _, Code};
use headwater_store::users::UserRecord;
use headwater_store::{Store, StoreConfig};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{NewTool, ToolPatch};
use crate::clock::SystemClock;

use crate::{Platform, PlatformConfig, Supervisor};

const GREETING: &str = "headwater: 1\nname: Greeting\nkind: task\ndescription: Greets.\n\
    inputs: [{ name: name, type: string, required: true }]\n\
    nodes:\n  - { id: reply, kind: answer, settings: { text: 'Hello {{ start.name }}!' } }\n\
    edges: [{ from: start, to: reply }]\n";
const ASKING: &str = "headwater: 1\nname: Asking\nkind: task\ninputs: []\n\
    nodes:\n  - { id: ask, kind: human, settings: { title: 'May I?', buttons: [go] } }\n\
    edges: [{ from: start, to: ask }]\n";

struct House {
    platform: Platform,
    caller: Caller,
    _dir: TempDir,
}

impl House {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        let store = StoreConfig {
            data_dir: dir.path().join("data"),
            url: None,
            max_connections: 4,
            secret_key: None,
            bucket: None,
        };
        let store = Store::open(&store, clock.clone()).await.unwrap();
        let workspace = set_up(&store).await;
        let exe = dir.path().join("nothing");
        let config = PlatformConfig::new(exe, dir.path().join("sandbox"));
        let platform = Platform::open(store, clock, config, Supervisor::default());
        let caller = Caller {
            identity: Identity::Operator,
            workspace,
            role: Role::Owner,
            trace: None,
        };
        Self {
            platform: platform.await.unwrap(),
            caller,
            _dir: dir,
        }
    }

    async fn add(&self, name: &str, kind: ToolKind, settings: Value) {
        let new = NewTool {
            name: name.to_owned(),
            description: String::new(),
            kind,
            settings,
            enabled: true,
        };
        self.platform.create_tool(&self.caller, new).await.unwrap();
    }

    async fn flow(&self, text: &str) {
        let document = FlowDocument::parse(text).unwrap();
        let made = self.platform.create_flow(&self.caller, document, true);
        made.await.unwrap();
    }

    fn request(&self, tool: &str, arguments: Value, key: &str) -> ToolRequest {
        ToolRequest {
            workspace: self.caller.workspace,
            tool: tool.to_owned(),
            function: tool.to_owned(),
            arguments: arguments.as_object().unwrap().clone(),
            run: self.platform.store().fresh(RunId::new),
            depth: 0,
            idempotency_key: key.to_owned(),
            value_bytes: 1 << 20,
        }
    }

    async fn runs(&self) -> Vec<Run> {
        let page = PageRequest::default();
        let runs = self
            .platform
            .runs(&self.caller, &page, None, None, None)
            .await;
        runs.unwrap().items
    }

    /// Waits until the only run has the status.
    async fn run_is(&self, status: RunStatus) {
        let watch = async {
            while !self.runs().await.iter().any(|run| run.status == status) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(20), watch).await;
        seen.expect("the run never got there");
    }
}

async fn set_up(store: &Store) -> WorkspaceId {
    let at = SystemClock.now();
    let workspace = Workspace {
        id: store.fresh(WorkspaceId::new),
        name: "Home".to_owned(),
        created_at: at,
    };
    let owner = UserRecord {
        user: User {
            id: store.fresh(UserId::new),
            email: "ada@example.com".to_owned(),
            name: "Ada".to_owned(),
            created_at: at,
        },
        password_hash: String::new(),
    };
    let id = workspace.id;
    store.workspaces().set_up(workspace, owner).await.unwrap();
    id
}

fn chosen(tool: &str, only: &[&str]) -> ToolChosen {
    ToolChosen {
        tool: tool.to_owned(),
        only: only.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// A document with so many operations.
fn operations(count: usize) -> Value {
    let paths = (0..count).map(|n| {
        (
            format!("/p{n:03}"),
            json!({ "get": { "operationId": format!("op{n:03}") } }),
        )
    });
    let paths: serde_json::Map<String, Value> = paths.collect();
    let document =
        json!({ "openapi": "3.1.0", "servers": [{ "url": "https://x.example" }], "paths": paths });
    json!({ "document": document.to_string() })
}

#[tokio::test]
async fn what_is_chosen_is_offered_in_order_under_names_of_its_own() {
    let house = House::open().await;
    house.flow(GREETING).await;
    house
        .add("greet", ToolKind::Flow, json!({ "flow": "greeting" }))
        .await;
    house.add("shop", ToolKind::Openapi, operations(3)).await;
    house
        .add(
            "pump",
            ToolKind::Http,
            json!({ "url": "https://x.example/pump" }),
        )
        .await;
    let (toolbox, workspace) = (house.platform.toolbox(), house.caller.workspace);
    let tools = [
        chosen("shop", &["op002", "op000"]),
        chosen("greet", &[]),
        chosen("pump", &[]),
    ];
    let offered = toolbox.offer(workspace, &tools).await.unwrap();
    let names: Vec<&str> = offered.iter().map(|o| o.definition.name.as_str()).collect();
    assert_eq!(names, ["shop__op002", "shop__op000", "greet", "pump"]);
    assert_eq!(offered[2].definition.description, "Greets.");
    assert_eq!(
        offered[2].definition.parameters["required"],
        json!(["name"])
    );
    assert_eq!(
        (offered[0].tool.as_str(), offered[0].function.as_str()),
        ("shop", "op002")
    );
}

#[tokio::test]
async fn what_cannot_be_offered_is_named() {
    let house = House::open().await;
    house.add("shop", ToolKind::Openapi, operations(129)).await;
    let (toolbox, workspace) = (house.platform.toolbox(), house.caller.workspace);
    let refused = async |tool: ToolChosen| toolbox.offer(workspace, &[tool]).await.unwrap_err();
    let unknown = refused(chosen("nothing", &[])).await;
    assert!(
        unknown.code == Code::NotFound && unknown.message.contains("nothing"),
        "{unknown}"
    );
    let function = refused(chosen("shop", &["op999"])).await;
    assert!(
        function.code == Code::NotFound && function.message.contains("op999"),
        "{function}"
    );
    let many = refused(chosen("shop", &[])).await;
    assert!(
        many.code == Code::Invalid && many.message.contains("129"),
        "{many}"
    );
    let patch = ToolPatch {
        enabled: Some(false),
        version: 1,
        ..ToolPatch::default()
    };
    house
        .platform
        .update_tool(&house.caller, "shop", patch)
        .await
        .unwrap();
    let disabled = refused(chosen("shop", &["op001"])).await;
    assert!(disabled.message.contains("disabled"), "{disabled}");
    // Another workspace has no such tool.
    let elsewhere = house.platform.store().fresh(WorkspaceId::new);
    let foreign = toolbox
        .offer(elsewhere, &[chosen("shop", &[])])
        .await
        .unwrap_err();
    assert_eq!(foreign.code, Code::NotFound);
}

#[tokio::test]
async fn a_flow_that_is_called_again_with_its_key_has_run_once() {
    let house = House::open().await;
    house.flow(GREETING).await;
    house
        .add("greet", ToolKind::Flow, json!({ "flow": "greeting" }))
        .await;
    let toolbox = house.platform.toolbox();
    for _ in 0..2 {
        let request = house.request("greet", json!({ "name": "Ada" }), "step-1");
        let result = toolbox.call(request).await.unwrap();
        assert_eq!((result.text.as_str(), result.failed), ("Hello Ada!", false));
    }
    assert_eq!(house.runs().await.len(), 1);
    let mut deep = house.request("greet", json!({ "name": "Ada" }), "step-2");
    deep.depth = DEEPEST;
    let result = toolbox.call(deep).await.unwrap();
    assert!(result.failed && result.text.contains("deep"), "{result:?}");
    assert_eq!(house.runs().await.len(), 1);
}

#[tokio::test]
async fn a_call_that_is_dropped_cancels_the_run_of_its_flow() {
    let house = House::open().await;
    house.flow(ASKING).await;
    house
        .add("asking", ToolKind::Flow, json!({ "flow": "asking" }))
        .await;
    let call = house
        .platform
        .toolbox()
        .call(house.request("asking", json!({}), "step-1"));
    tokio::select! {
        result = call => panic!("nobody answered: {result:?}"),
        () = house.run_is(RunStatus::Paused) => {}
    }
    house.run_is(RunStatus::Cancelled).await;
}
