//! Tools, forms, pictures and parameters: both protocols say the same with their own words.

use std::sync::Arc;

use headwater_model::Code;
use headwater_model::ports::{
    ChatMessage, ChatRequest, ChatRole, Effort, Part, ResponseSchema, Tool, ToolCall, ToolChoice,
};
use headwater_model::provider::ProviderKind;
use headwater_tests::vendor::Vendor;
use serde_json::{Value, json};

use super::{BOTH, Client, client, hear, request};

/// A question with two tools.
fn with_tools(model: &str) -> ChatRequest {
    let mut request = request(model);
    let city = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let tool = |name: &str| Tool {
        name: name.into(),
        description: format!("Tells the {name}."),
        parameters: Arc::new(city.clone()),
    };
    request.tools = vec![tool("weather"), tool("time")];
    request
}

/// The dialogue goes on: what was called, and what came of it.
fn answered(mut request: ChatRequest, kept: Vec<Value>, calls: &[ToolCall]) -> ChatRequest {
    let thoughts = kept.into_iter().map(|block| Part::Kept { block });
    let calls_again = calls.iter().cloned().map(Part::ToolCall);
    request.messages.push(ChatMessage {
        role: ChatRole::Assistant,
        parts: thoughts.chain(calls_again).collect(),
    });
    let results = calls.iter().map(|call| match call.read() {
        Ok(arguments) => Part::ToolResult {
            id: call.id.clone(),
            text: format!("{} in {}", call.name, arguments["city"]),
            failed: false,
        },
        Err(malformed) => Part::ToolResult {
            id: call.id.clone(),
            text: malformed.to_string(),
            failed: true,
        },
    });
    request.messages.push(ChatMessage {
        role: ChatRole::Tool,
        parts: results.collect(),
    });
    request
}

async fn of_both(test: impl AsyncFn(ProviderKind, Arc<dyn Client>, &Vendor)) {
    let vendor = Vendor::start().await;
    for kind in BOTH {
        test(kind, client(kind, &vendor.base_url(), "sk-good"), &vendor).await;
    }
}

#[tokio::test]
async fn parallel_calls_are_put_together_from_mingled_fragments_and_answered() {
    of_both(async |kind, client, vendor| {
        for model in ["tools", "tools-thinking", "tools-plain", "tools-whole"] {
            let heard = hear(&client, with_tools(model)).await;
            assert!(heard.error.is_none(), "{kind:?} {model}: {:?}", heard.error);
            let calls: Vec<_> = heard.calls.iter().map(|c| (&*c.id, &*c.name)).collect();
            assert_eq!(
                calls,
                [("c0", "weather"), ("c1", "time")],
                "{kind:?} {model}"
            );
            let cities = heard
                .calls
                .iter()
                .map(|call| call.read().unwrap()["city"].clone());
            assert_eq!(
                cities.collect::<Vec<_>>(),
                ["Oslo", "Bergen"],
                "{kind:?} {model}"
            );
            if model == "tools" {
                let whole: Vec<_> = heard.calls.iter().map(|c| c.arguments.clone()).collect();
                assert_eq!(heard.fragments, whole, "what was shown is what is called");
            }
            let on = answered(with_tools(model), heard.kept.clone(), &heard.calls);
            let said = hear(&client, on).await;
            assert_eq!(
                said.text, "The tools said: weather in \"Oslo\" | time in \"Bergen\".",
                "{kind:?} {model}: {:?}",
                said.error
            );
            if model == "tools-thinking" {
                assert_eq!(heard.reasoning, "Let me look.");
                let sent = vendor.requests_for(model).pop().unwrap().body["messages"].clone();
                let sealed = sent.to_string().contains("\"signature\":\"sealed\"");
                assert_eq!(sealed, kind == ProviderKind::Anthropic, "{sent}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn malformed_arguments_can_be_handed_back_to_the_model() {
    of_both(async |kind, client, _| {
        let heard = hear(&client, with_tools("tools-broken")).await;
        assert!(heard.error.is_none(), "{kind:?}: {:?}", heard.error);
        let malformed = heard.calls[0].read().unwrap_err();
        assert_eq!(malformed.tool, "weather");
        let on = answered(with_tools("tools-broken"), heard.kept, &heard.calls);
        let said = hear(&client, on).await.text;
        assert!(
            said.contains("The arguments of “weather” are not a JSON object"),
            "{said}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_cut_is_never_complete() {
    of_both(async |kind, client, _| {
        let heard = hear(&client, with_tools("tools-cut")).await;
        assert!(heard.calls.is_empty(), "{kind:?}");
        assert_eq!(heard.error.unwrap().code, Code::Upstream, "{kind:?}");
    })
    .await;
}

#[tokio::test]
async fn the_choice_of_a_tool_reaches_the_vendor() {
    of_both(async |kind, client, vendor| {
        let cases = [
            (ToolChoice::Auto, json!("auto"), json!({ "type": "auto" })),
            (ToolChoice::None, json!("none"), json!({ "type": "none" })),
            (ToolChoice::Any, json!("required"), json!({ "type": "any" })),
            (
                ToolChoice::Named("time".into()),
                json!({ "type": "function", "function": { "name": "time" } }),
                json!({ "type": "tool", "name": "time" }),
            ),
        ];
        for (choice, openai, anthropic) in cases {
            let mut request = with_tools("tools");
            request.tool_choice = choice;
            hear(&client, request).await;
            let sent = vendor.requests().pop().unwrap().body;
            let expected = match kind {
                ProviderKind::Openai => openai,
                _ => anthropic,
            };
            assert_eq!(sent["tool_choice"], expected);
            assert_eq!(sent["tools"].as_array().unwrap().len(), 2);
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_is_filled_in_as_text() {
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["city", "year"],
        "properties": { "city": { "type": "string" }, "year": { "type": "integer" } },
    });
    of_both(async |kind, client, vendor| {
        let mut request = request("form");
        request.messages[1] = ChatMessage::text(ChatRole::User, "Oslo in 1624");
        request.response_schema = Some(ResponseSchema {
            name: "place".into(),
            schema: Arc::new(schema.clone()),
            strict: true,
        });
        let heard = hear(&client, request.clone()).await;
        let value: Value = serde_json::from_str(&heard.text).unwrap();
        assert_eq!(
            value,
            json!({ "city": "Oslo in 1624", "year": 1624 }),
            "{kind:?}"
        );
        assert!(heard.calls.is_empty() && heard.fragments.is_empty());
        let sent = vendor.requests().pop().unwrap().body;
        match kind {
            ProviderKind::Openai => {
                assert_eq!(sent["response_format"]["json_schema"]["strict"], true);
            }
            _ => {
                assert_eq!(
                    sent["tool_choice"],
                    json!({ "type": "tool", "name": "place" })
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn pictures_and_files_reach_the_vendor() {
    of_both(async |kind, client, vendor| {
        let mut request = request("scripted-small");
        let file = Part::File {
            name: "notes.md".into(),
            text: "Cheese is fine.".into(),
        };
        let picture = Part::image("data:image/png;base64,iVBORw0KGgo=").unwrap();
        request.messages[1].parts.extend([file, picture]);
        hear(&client, request).await;
        let sent = vendor.requests().pop().unwrap().body["messages"].clone();
        let content = sent.as_array().unwrap().last().unwrap()["content"].clone();
        assert_eq!(
            content[1]["text"],
            "<file name=\"notes.md\">\nCheese is fine.\n</file>"
        );
        match kind {
            ProviderKind::Openai => assert_eq!(
                content[2]["image_url"]["url"],
                "data:image/png;base64,iVBORw0KGgo="
            ),
            _ => assert_eq!(
                content[2]["source"],
                json!({ "type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo=" })
            ),
        }
    })
    .await;
}

#[tokio::test]
async fn every_parameter_reaches_the_vendor_or_is_refused() {
    of_both(async |kind, client, vendor| {
        let mut full = request("scripted-small");
        full.parameters.top_p = Some(0.9);
        full.parameters.stop = vec!["END".into()];
        full.parameters.extra.insert("top_k".into(), json!(5));
        if kind == ProviderKind::Openai {
            full.parameters.seed = Some(7);
            full.parameters.reasoning_effort = Some(Effort::Low);
        }
        assert!(hear(&client, full.clone()).await.error.is_none());
        let sent = vendor.requests().pop().unwrap().body;
        assert_eq!((&sent["top_p"], &sent["top_k"]), (&json!(0.9), &json!(5)));
        let stop = match kind {
            ProviderKind::Openai => {
                assert_eq!(
                    (&sent["seed"], &sent["reasoning_effort"]),
                    (&json!(7), &json!("low"))
                );
                &sent["stop"]
            }
            _ => &sent["stop_sequences"],
        };
        assert_eq!(*stop, json!(["END"]));

        let mut twice = full;
        twice
            .parameters
            .extra
            .insert("temperature".into(), json!(1));
        let refused = hear(&client, twice).await.error.unwrap();
        assert_eq!(refused.field.as_deref(), Some("extra"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn what_anthropic_cannot_do_is_said() {
    let vendor = Vendor::start().await;
    let client = client(ProviderKind::Anthropic, &vendor.base_url(), "sk-good");
    let mut seeded = request("scripted-small");
    seeded.parameters.seed = Some(1);
    let mut warm = request("scripted-small");
    warm.parameters.reasoning_effort = Some(Effort::High);
    let mut forced = with_tools("tools");
    forced.parameters.temperature = None;
    forced.parameters.reasoning_effort = Some(Effort::Low);
    forced.tool_choice = ToolChoice::Any;
    for (request, field) in [
        (seeded, "seed"),
        (warm, "temperature"),
        (forced, "tool_choice"),
    ] {
        let refused = hear(&client, request).await.error.unwrap();
        assert_eq!(refused.field.as_deref(), Some(field), "{refused}");
    }
    assert_eq!(vendor.calls(), 0, "nothing was asked");
    let mut thoughtful = request("scripted-small");
    thoughtful.parameters.temperature = None;
    thoughtful.parameters.reasoning_effort = Some(Effort::Medium);
    assert!(hear(&client, thoughtful).await.error.is_none());
    let sent = vendor.requests().pop().unwrap().body;
    assert_eq!(
        sent["thinking"],
        json!({ "type": "enabled", "budget_tokens": 8192 })
    );
    assert_eq!(sent["max_tokens"], 8192 + 100);
}
