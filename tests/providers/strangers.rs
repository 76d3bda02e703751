//! Secrets in the headers of tools: they arrive, and they do not come back.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::ports::{Secret, ToolResult};
use headwater_model::tool::{ToolKind, ToolSettings};
use headwater_model::{Error, Result};
use headwater_providers::mcp::{McpClient, McpTarget, Place, Said};
use headwater_providers::tools::{HttpCall, Scrub, http};
use headwater_providers::{Egress, EgressConfig};
use headwater_tests::Stranger;
use serde_json::{Map, json};

use crate::Epoch;

const CANARY: &str = "canary-tool-4f2a";

fn egress() -> Arc<Egress> {
    Arc::new(Egress::new(EgressConfig::default(), Arc::new(Epoch)))
}

async fn request(stranger: &Stranger, path: &str) -> Result<ToolResult> {
    let header = json!({ "secret": "pump", "prefix": "Bearer " });
    let settings = json!({ "url": stranger.url(path), "headers": { "Authorization": header } });
    let ToolSettings::Http(settings) = ToolSettings::parse(ToolKind::Http, settings)? else {
        unreachable!()
    };
    let secrets = HashMap::from([("pump".to_owned(), Secret::new(CANARY))]);
    let call = HttpCall {
        function: &http::function("pump", "", &settings)?,
        arguments: &Map::new(),
        secrets: &secrets,
        idempotency_key: "k",
        most: 1 << 20,
    };
    let scrub = Scrub::of(secrets.values().cloned());
    call.send(&egress())
        .await
        .map(|result| scrub.result(result))
        .map_err(|mut error| {
            error.message = scrub.text(error.message.into_owned()).into();
            error
        })
}

/// Everything anybody could read of an error, its log line included.
fn shown(error: &Error) -> String {
    format!("{error} {error:?}")
}

#[tokio::test]
async fn a_secret_reaches_the_server_and_not_whoever_called() {
    let stranger = Stranger::start().await;
    let result = request(&stranger, "/api/echo/x").await.unwrap();
    let arrived = &stranger.seen()[0]["headers"]["authorization"];
    assert_eq!(arrived, &format!("Bearer {CANARY}"));
    assert!(!format!("{result:?}").contains(CANARY), "{result:?}");
    assert_eq!(result.value["headers"]["authorization"], "Bearer [secret]");

    let refused = request(&stranger, "/api/status/403").await.unwrap();
    assert!(refused.text.contains("Bearer [secret]"), "{refused:?}");
    let broken = request(&stranger, "/api/status/500").await.unwrap_err();
    assert!(!shown(&broken).contains(CANARY), "{broken:?}");
}

#[tokio::test]
async fn a_secret_is_not_told_to_where_a_redirect_leads() {
    let (stranger, other) = (Stranger::start().await, Stranger::start().await);
    let to = other.url("/api/echo/x");
    let result = request(&stranger, &format!("/api/redirect?to={to}"))
        .await
        .unwrap();
    assert!(!result.failed, "{result:?}");
    assert!(
        other.seen()[0]["headers"].get("authorization").is_none(),
        "{:?}",
        other.seen()
    );
}

#[tokio::test]
async fn an_mcp_server_is_told_the_secret_and_cannot_repeat_it() {
    let stranger = Stranger::start().await;
    let client = McpClient::new(egress(), Arc::new(Epoch), Default::default());
    let target = |secret: &str| McpTarget {
        key: "k".to_owned(),
        place: Place::Http {
            url: stranger.url("/mcp/locked").parse().unwrap(),
            headers: vec![(
                "Authorization".to_owned(),
                Said::Secret {
                    prefix: "Bearer ".to_owned(),
                    secret: Secret::new(secret),
                },
            )],
        },
    };
    let first = target(CANARY);
    assert!(!format!("{first:?}").contains(CANARY));
    let result = client
        .call(&first, "whoami", Map::new(), "k")
        .await
        .unwrap();
    assert_eq!(result.text, "You are Bearer [secret].");
    // Another text needs another session.
    let result = client
        .call(&target("other-4f2a"), "whoami", Map::new(), "k")
        .await
        .unwrap();
    assert_eq!(
        (result.text.as_str(), stranger.opened()),
        ("You are Bearer [secret].", 2)
    );
    client.close().await;
}

#[tokio::test]
async fn a_call_that_is_dropped_is_taken_back() {
    let stranger = Stranger::start().await;
    let client = McpClient::new(egress(), Arc::new(Epoch), Default::default());
    let target = McpTarget {
        key: "k".to_owned(),
        place: Place::Http {
            url: stranger.url("/mcp/good").parse().unwrap(),
            headers: Vec::new(),
        },
    };
    let waiting = headwater_tests::until("the call to arrive", 10, async || {
        (stranger.hanging() == 1).then_some(())
    });
    tokio::select! {
        answer = client.call(&target, "hang", Map::new(), "k") => panic!("{answer:?}"),
        () = waiting => {}
    }
    let (sum, sent) = (json!({ "a": 1, "b": 2 }), "the session goes on");
    let result = client
        .call(&target, "math.add", sum.as_object().unwrap().clone(), "k")
        .await;
    assert_eq!(result.unwrap().text, "It is 3.", "{sent}");
    assert_eq!(stranger.opened(), 1);
    client.close().await;
}
