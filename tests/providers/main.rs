//! The contract of a vendor's client, kept by both protocols, over real HTTP against the scripted
//! vendor.

mod embed;
mod faults;
mod fetch;
mod local;
mod rerank;
mod strangers;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{
    Chat as _, ChatChunk, ChatMessage, ChatRequest, ChatRole, Retries, ToolCall,
};
use headwater_model::provider::ProviderKind;
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use headwater_model::{Clock, Error, Timestamp};
use headwater_providers::decorate::Retrying;
use headwater_providers::decorate::retry::Patience;
use headwater_providers::{Connection, Egress, EgressConfig, Secret, Vendor as Client, connect};
use headwater_tests::vendor::{MODELS, Vendor};
use serde_json::Value;

const BOTH: [ProviderKind; 2] = [ProviderKind::Openai, ProviderKind::Anthropic];
const QUESTION: &str = "Wie heißt der Käse?";

/// Limits short enough to be waited for.
fn limits() -> EgressConfig {
    EgressConfig {
        connect_timeout: Duration::from_millis(500),
        first_byte_timeout: Duration::from_millis(400),
        idle_timeout: Duration::from_millis(400),
        total_timeout: Duration::from_secs(5),
        allow_private: true,
    }
}

/// A clock that stands: where the vendor's own clock counts, ours must not matter.
struct Epoch;

impl Clock for Epoch {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }
}

fn client(kind: ProviderKind, base_url: &str, key: &str) -> Arc<dyn Client> {
    let connection = Connection {
        kind,
        name: "acme".into(),
        base_url: base_url.into(),
        api_key: Some(Secret::new(key)),
    };
    connect(Arc::new(Egress::new(limits(), Arc::new(Epoch))), connection)
}

fn request(model: &str) -> ChatRequest {
    let messages = vec![
        ChatMessage::text(ChatRole::System, "Be brief."),
        ChatMessage::text(ChatRole::User, QUESTION),
    ];
    let workspace = WorkspaceId::new(Timestamp::from_millis(0), 0);
    let mut request = ChatRequest::new(workspace, &format!("acme/{model}"), messages);
    request.parameters.temperature = Some(0.5);
    request.parameters.max_tokens = Some(100);
    request.idempotency_key = "step-1".into();
    request
}

/// What came of a call.
#[derive(Debug, Default)]
struct Heard {
    model: String,
    text: String,
    reasoning: String,
    /// The arguments of tool calls as they came, and the calls when they were complete.
    fragments: Vec<String>,
    calls: Vec<ToolCall>,
    kept: Vec<Value>,
    /// What was told before the end.
    told: Option<Usage>,
    usage: Option<Usage>,
    error: Option<Error>,
}

async fn ask(client: &Arc<dyn Client>, model: &str) -> Heard {
    hear(client, request(model)).await
}

async fn hear(client: &Arc<dyn Client>, request: ChatRequest) -> Heard {
    let mut heard = Heard::default();
    let mut answer = match client.chat(request).await {
        Ok(answer) => answer,
        Err(error) => {
            heard.error = Some(error);
            return heard;
        }
    };
    while let Some(chunk) = answer.next().await {
        assert!(
            heard.usage.is_none() && heard.error.is_none(),
            "something follows the end"
        );
        match chunk {
            Ok(ChatChunk::Model(model)) => heard.model = model,
            Ok(ChatChunk::Usage(told)) => heard.told = Some(told),
            Ok(ChatChunk::Delta(Channel::Text, text)) => heard.text.push_str(&text),
            Ok(ChatChunk::Delta(Channel::Reasoning, text)) => heard.reasoning.push_str(&text),
            Ok(ChatChunk::ToolDelta {
                call, arguments, ..
            }) => {
                heard
                    .fragments
                    .resize(heard.fragments.len().max(call + 1), String::new());
                heard.fragments[call].push_str(&arguments);
            }
            Ok(ChatChunk::ToolCall(call)) => heard.calls.push(call),
            Ok(ChatChunk::Kept(block)) => heard.kept.push(block),
            Ok(ChatChunk::Done { usage, .. }) => heard.usage = Some(usage),
            Ok(ChatChunk::Retried(_)) => {}
            Err(error) => heard.error = Some(error),
        }
    }
    heard
}

fn expected() -> String {
    format!("You asked “{QUESTION}”, and this is the scripted answer.")
}

#[tokio::test]
async fn an_answer_arrives_whole_with_its_usage() {
    let vendor = Vendor::start().await;
    for kind in BOTH {
        let client = client(kind, &vendor.base_url(), "sk-good");
        for model in ["scripted-small", "odd-lines", "no-end", "whole", "no-usage"] {
            let heard = ask(&client, model).await;
            assert!(heard.error.is_none(), "{kind:?} {model}: {:?}", heard.error);
            assert_eq!(heard.text, expected(), "{kind:?} {model}");
            assert_eq!(heard.model, format!("acme/{model}"));
            let usage = heard.usage.unwrap();
            if model != "no-usage" {
                assert_eq!(
                    (usage.input_tokens, usage.output_tokens),
                    (6, 12),
                    "{kind:?} {model}"
                );
            }
        }
    }
}

#[tokio::test]
async fn reasoning_is_kept_apart_from_the_answer() {
    let vendor = Vendor::start().await;
    for kind in BOTH {
        let heard = ask(&client(kind, &vendor.base_url(), "sk-good"), "reasoning").await;
        assert_eq!(
            (heard.reasoning.as_str(), heard.text),
            ("Let me think.", expected())
        );
    }
}

#[tokio::test]
async fn models_are_listed() {
    let vendor = Vendor::start().await;
    for kind in BOTH {
        let models = client(kind, &vendor.base_url(), "sk-good").models().await;
        assert_eq!(models.unwrap(), MODELS, "{kind:?}");
    }
}

#[tokio::test]
async fn the_vendor_is_told_the_key_the_idempotency_key_and_the_settings() {
    let vendor = Vendor::start().await;
    for kind in BOTH {
        ask(
            &client(kind, &vendor.base_url(), "sk-good"),
            "scripted-small",
        )
        .await;
        let seen = vendor.requests().pop().unwrap();
        assert_eq!(seen.idempotency_key(), Some("step-1"));
        assert_eq!(seen.body["max_tokens"], 100);
        assert_eq!(seen.body["temperature"], 0.5);
        match kind {
            ProviderKind::Openai => {
                assert_eq!(seen.headers["authorization"], "Bearer sk-good");
                assert_eq!(seen.body["messages"][0]["role"], "system");
            }
            _ => {
                assert_eq!(seen.headers["x-api-key"], "sk-good");
                assert_eq!(seen.body["system"], "Be brief.");
                assert_eq!(seen.body["messages"][0]["role"], "user");
            }
        }
    }
}

#[tokio::test]
async fn dropping_the_answer_closes_the_connection() {
    let vendor = Vendor::start().await;
    for (kind, model) in [(BOTH[0], "hang"), (BOTH[1], "slow")] {
        let client = client(kind, &vendor.base_url(), "sk-good");
        let mut answer = client.chat(request(model)).await.unwrap();
        assert!(matches!(answer.next().await, Some(Ok(ChatChunk::Model(_)))));
        while !matches!(answer.next().await, Some(Ok(ChatChunk::Delta(..)))) {}
        let took = vendor.time_to_hang_up(model, async { drop(answer) }).await;
        assert!(took < Duration::from_secs(1), "{kind:?}: {took:?}");
    }
}

#[tokio::test]
async fn a_busy_vendor_is_asked_again_after_the_time_it_named() {
    let vendor = Vendor::start().await;
    for kind in BOTH {
        let before = vendor.requests_for("busy-once").len();
        // The script's "once" is once per protocol, since their paths differ.
        let client = client(kind, &vendor.base_url(), "sk-good");
        let patient = Retrying::new(client, Patience::default(), Arc::default(), Arc::new(Epoch));
        let began = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let mut answer = patient.chat(request("busy-once")).await.unwrap();
        let waited = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap() - began;
        assert!(waited >= Duration::from_millis(990), "{waited:?}");
        while answer.next().await.is_some() {}
        let seen = &vendor.requests_for("busy-once")[before..];
        assert_eq!(seen.len(), 2, "{kind:?}");
        let keys: Vec<_> = seen.iter().map(|r| r.idempotency_key()).collect();
        assert_eq!(
            keys,
            [Some("step-1"); 2],
            "every attempt carries the same key"
        );
    }
}

#[tokio::test]
async fn after_the_first_piece_nothing_is_asked_again() {
    let vendor = Vendor::start().await;
    let client = client(ProviderKind::Openai, &vendor.base_url(), "sk-good");
    let patient = Retrying::new(client, Patience::default(), Arc::default(), Arc::new(Epoch));
    for model in ["cut", "fails-inside", "ends-early"] {
        let mut answer = patient.chat(request(model)).await.unwrap();
        let mut failed = false;
        while let Some(chunk) = answer.next().await {
            failed |= chunk.is_err();
        }
        assert!(failed, "{model}");
        assert_eq!(vendor.requests_for(model).len(), 1, "{model}");
    }
}

#[tokio::test]
async fn retries_end_and_what_is_hopeless_is_not_retried() {
    let vendor = Vendor::start().await;
    let patience = Patience {
        backoff: Duration::from_millis(5),
        ..Patience::default()
    };
    let client = client(ProviderKind::Openai, &vendor.base_url(), "sk-good");
    let patient = Retrying::new(client, patience, Arc::default(), Arc::new(Epoch));
    for (model, attempts) in [
        ("broken", 3),
        ("broken-once", 2),
        ("unknown", 1),
        ("refuses", 1),
    ] {
        let result = patient.chat(request(model)).await;
        assert_eq!(result.is_ok(), model == "broken-once", "{model}");
        assert_eq!(vendor.requests_for(model).len(), attempts, "{model}");
    }
}

#[tokio::test]
async fn retries_cannot_amplify_whoever_asks_again() {
    let vendor = Vendor::start().await;
    let patience = Patience {
        backoff: Duration::from_millis(1),
        ..Patience::default()
    };
    for (kind, owner) in [
        (BOTH[0], Retries::Carrier),
        (BOTH[1], Retries::Caller { attempt: 1 }),
    ] {
        let before = vendor.calls();
        let client = client(kind, &vendor.base_url(), "sk-good");
        let patient = Retrying::new(client, patience, Arc::default(), Arc::new(Epoch));
        for _ in 0..200 {
            let mut call = request("broken");
            call.retries = owner;
            let mut said = patient.chat(call.clone()).await.err().unwrap();
            if let Retries::Caller { .. } = owner {
                for attempt in 2..=5 {
                    call.retries = Retries::Caller { attempt };
                    said = patient.chat(call.clone()).await.err().unwrap();
                }
            }
            assert!(
                said.message.contains("has a problem of its own (500)"),
                "{said}"
            );
        }
        let calls = vendor.calls() - before;
        assert!(
            (200..=240).contains(&calls),
            "{owner:?}: {calls} calls for 200"
        );
        assert!(calls > 215, "{owner:?}: {calls}: some are tried again");
    }
}
