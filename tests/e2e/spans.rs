//! Runs told to a collector: the tree, what is in it and what is not, and a collector that is away.

use headwater_tests::collector::{Manner, Seen};
use headwater_tests::product::Options;
use headwater_tests::{Client, Collector, Database, Product, Vendor, stories, until};
use serde_json::{Value, json};

use crate::words::{publish, speaking};

stories!(
    a_run_is_told_as_a_tree_of_spans,
    what_people_wrote_is_told_only_when_the_operator_says_so,
    a_run_belongs_to_the_trace_it_was_asked_for_in,
    a_collector_that_is_away_changes_nothing,
    a_run_that_goes_on_elsewhere_keeps_its_trace,
    spans_are_sent_before_the_house_closes,
);

const CANARY: &str = "canary-Heron-collector-71";

fn told(collector: &Collector) -> Options {
    Options::default()
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)
        .with(
            "OTEL_EXPORTER_OTLP_HEADERS",
            format!("authorization=Basic%20{CANARY}"),
        )
        .with("OTEL_SERVICE_NAME", "assistants")
        .with("RUST_LOG", "debug")
}

/// A subflow-free flow with a container, a search and a model in it.
fn searching() -> Value {
    json!({
        "headwater": 1, "name": "Searching", "kind": "chat",
        "inputs": [{ "name": "question", "type": "string", "required": true }],
        "nodes": [
            { "id": "find", "kind": "retrieve",
              "settings": { "knowledge_bases": ["handbook"], "query": "{{ start.question }}" } },
            { "id": "each1", "kind": "each",
              "settings": { "items": ["a", "b"], "output": "{{ ask.text }}" },
              "body": { "nodes": [{ "id": "ask", "kind": "chat", "settings": {
                  "messages": [{ "role": "user", "content": "{{ item }} {{ start.question }}" }] } }] } },
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ each1.items[0] }}" } },
        ],
        "edges": [
            { "from": "start", "to": "find" },
            { "from": "find", "to": "each1" },
            { "from": "each1", "to": "reply" },
        ],
    })
}

async fn invoke(client: &Client, flow: &str, question: &str) -> String {
    let body = json!({ "input": { "question": question } });
    let run = client.post(&format!("/flows/{flow}/invoke"), body).await;
    run.expect(200)["id"].as_str().unwrap().to_owned()
}

fn named<'s>(spans: &'s [Seen], name: &str) -> &'s Seen {
    let mut found = spans.iter().filter(|span| span.name == name);
    let names: Vec<&String> = spans.iter().map(|span| &span.name).collect();
    found
        .next()
        .unwrap_or_else(|| panic!("no {name} in {names:?}"))
}

async fn a_run_is_told_as_a_tree_of_spans(database: Database) {
    let collector = Collector::start().await;
    let product = Product::with(database, told(&collector)).await;
    let owner = product.with_handbook().await;
    let vendor = Vendor::as_default(&owner, "busy-once").await;
    let price = json!({ "model": "scripted/busy-once", "price": { "input": "1", "output": "2" } });
    owner.put("/models/prices", price).await.expect(200);
    let flow = publish(&owner, searching()).await;
    let run = invoke(&owner, &flow, "What is a subflow?").await;
    let spans = collector.run(&run).await;
    let root = named(&spans, "invoke_workflow Searching");
    assert_eq!(format!("run_{}", root.trace), run, "the run's own trace");
    assert_eq!(root.parent, "");
    assert_eq!(root.attributes["gen_ai.operation.name"], "invoke_workflow");
    assert!(spans.iter().all(|span| span.trace == root.trace));
    assert!(
        spans
            .iter()
            .all(|s| root.start <= s.start && s.start <= s.end && s.end <= root.end)
    );
    let search = named(&spans, "retrieval handbook");
    assert_eq!(search.parent, root.id);
    assert_eq!(search.attributes["gen_ai.operation.name"], "retrieval");
    let each = named(&spans, "each each1");
    assert_eq!(each.parent, root.id);
    let steps: Vec<&Seen> = spans.iter().filter(|s| s.name == "chat ask").collect();
    assert_eq!(steps.len(), 2);
    assert!(steps.iter().all(|step| step.parent == each.id));
    let calls: Vec<&Seen> = spans
        .iter()
        .filter(|s| s.name == "chat busy-once")
        .collect();
    assert_eq!(calls.len(), 2);
    let mut retries = 0;
    for call in calls {
        assert!(steps.iter().any(|step| step.id == call.parent));
        let told = |name: &str| &call.attributes[name];
        assert_eq!(told("gen_ai.operation.name"), "chat");
        assert_eq!(told("gen_ai.provider.name"), "scripted");
        assert_eq!(told("gen_ai.request.model"), "busy-once");
        assert_eq!(told("gen_ai.response.model"), "busy-once");
        assert_eq!(told("gen_ai.response.finish_reasons"), &json!(["stop"]));
        let (input, output) = (
            told("gen_ai.usage.input_tokens").as_u64().unwrap(),
            told("gen_ai.usage.output_tokens").as_u64().unwrap(),
        );
        assert!(input > 0 && output > 0);
        let cost = told("gen_ai.usage.cost").as_f64().unwrap();
        assert!((cost - (input + 2 * output) as f64 / 1e6).abs() < 1e-9);
        assert!(
            call.events
                .iter()
                .any(|(name, _)| name == "gen_ai.first_token")
        );
        for (_, event) in call.events.iter().filter(|(name, _)| name == "retry") {
            assert_eq!(event["error.type"], "rate_limited");
            retries += 1;
        }
    }
    assert_eq!(retries, 1, "the vendor was busy once");
    // Whoever is called hears of the trace.
    let last = vendor.requests_for("busy-once").pop().unwrap();
    let header = last.headers["traceparent"]
        .split('-')
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        header.starts_with(&format!("00 {} ", root.trace)),
        "{header}"
    );
    assert!(
        spans.iter().any(|span| header.contains(&span.id)),
        "{header}"
    );
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "assistants");
    assert!(
        collector
            .headers()
            .iter()
            .all(|headers| { headers["authorization"] == format!("Basic {CANARY}").as_str() })
    );
    assert!(!product.log().contains(CANARY), "a header is in the log");
}

async fn what_people_wrote_is_told_only_when_the_operator_says_so(database: Database) {
    let secret = "the heron is in the harbour";
    for capture in [false, true] {
        let collector = Collector::start().await;
        let options = told(&collector).with("HEADWATER_TELEMETRY__OTLP__CAPTURE_CONTENT", capture);
        let product = Product::with(database, options).await;
        let owner = product.set_up().await;
        let _vendor = Vendor::as_default(&owner, "scripted-small").await;
        let flow = publish(&owner, speaking()).await;
        let run = invoke(&owner, &flow, secret).await;
        let spans = collector.run(&run).await;
        let said = format!("{spans:?}").contains(secret);
        assert_eq!(said, capture, "{spans:#?}");
        if capture {
            let call = named(&spans, "chat scripted-small");
            let messages = call.attributes["gen_ai.input.messages"].as_str().unwrap();
            let messages: Value = serde_json::from_str(messages).unwrap();
            let part = json!({ "type": "text", "content": secret });
            assert_eq!(messages[0], json!({ "role": "user", "parts": [part] }));
            let answer = call.attributes["gen_ai.output.messages"].as_str().unwrap();
            assert!(answer.contains(secret), "{answer}");
        }
        // What a vendor says of a failure may repeat what was asked.
        owner
            .put("/models/default", json!({ "model": "scripted/refuses" }))
            .await
            .expect(200);
        let run = invoke(&owner, &flow, "x").await;
        let spans = collector.run(&run).await;
        let call = named(&spans, "chat default");
        assert_eq!(call.attributes["error.type"], "upstream", "{call:?}");
        let status = call.failed.clone().unwrap();
        assert_eq!(status.contains("Too many words"), capture, "{status}");
    }
}

async fn a_run_belongs_to_the_trace_it_was_asked_for_in(database: Database) {
    let collector = Collector::start().await;
    let none = told(&collector).with("HEADWATER_TELEMETRY__OTLP__SAMPLE_RATIO", 0);
    let product = Product::with(database, none).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, speaking()).await;
    let asked = |parent: &'static str| {
        owner
            .request(reqwest::Method::POST, &format!("/flows/{flow}/invoke"))
            .header("traceparent", parent)
            .json(&json!({ "input": { "question": "Who?" } }))
    };
    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    // Nobody is told of it, and of one whose caller does not want it.
    invoke(&owner, &flow, "Who?").await;
    let unwanted = "00-4bf92f3577b34da6a3ce929d0e0e4735-00f067aa0ba902b7-00";
    owner.send(asked(unwanted)).await.expect(200);
    let wanted = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let run = owner.send(asked(wanted)).await.expect(200);
    let spans = collector.run(run["id"].as_str().unwrap()).await;
    let root = named(&spans, "invoke_workflow Speaking");
    assert_eq!((root.trace.as_str(), root.parent.as_str()), (trace, parent));
    assert!(collector.spans().iter().all(|span| span.trace == trace));
    // What is no traceparent is no trace, and no mistake.
    owner.send(asked("nonsense")).await.expect(200);
}

async fn a_collector_that_is_away_changes_nothing(database: Database) {
    let mut gone = Collector::start().await;
    let refusing = Collector::that(Manner::Refuses).await;
    let hanging = Collector::that(Manner::Hangs).await;
    gone.url = "http://127.0.0.1:9".to_owned();
    for collector in [gone, refusing, hanging] {
        let mut product = Product::with(database, told(&collector)).await;
        let owner = product.set_up().await;
        let flow = publish(&owner, speaking()).await;
        for _ in 0..5 {
            let run = invoke(&owner, &flow, "Is anybody there?").await;
            let run = owner.get(&format!("/runs/{run}")).await.expect(200);
            assert_eq!(run["status"], "succeeded", "{run}");
        }
        if collector.headers().is_empty() || collector.spans().is_empty() {
            until("the drops to be counted", 30, async || {
                let metrics = owner.get("//metrics").await.text;
                let counted = "headwater_spans_total{result=\"dropped\"}";
                metrics.contains(counted).then_some(())
            })
            .await;
        }
        let began = std::time::Instant::now();
        product.stop().await;
        assert!(
            began.elapsed().as_secs() < 10,
            "closing waits only a moment"
        );
        assert!(!product.log().contains(CANARY));
    }
}

async fn a_run_that_goes_on_elsewhere_keeps_its_trace(database: Database) {
    let collector = Collector::start().await;
    let mut product = Product::with(database, told(&collector)).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "words-60-20").await;
    let flow = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Go on." } });
    let mut events = owner.stream(&format!("/flows/{flow}/stream"), body).await;
    let run = events.until("message.delta").await["run_id"].clone();
    let run = run.as_str().unwrap().to_owned();
    // The steps before the model have been told by the server that is killed now.
    until("the first steps to be told", 20, async || {
        let spans = collector.spans();
        spans
            .iter()
            .any(|s| s.name == "template before")
            .then_some(())
    })
    .await;
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    owner.ended(&run).await;
    let spans = collector.run(&run).await;
    let root = named(&spans, "invoke_workflow Speaking");
    assert!(spans.iter().all(|span| span.trace == root.trace));
    for name in ["template before", "chat write", "answer reply"] {
        assert_eq!(named(&spans, name).parent, root.id);
    }
    let ids: std::collections::HashSet<&str> = spans.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids.len(), spans.len(), "no step is told twice");
}

async fn spans_are_sent_before_the_house_closes(database: Database) {
    let collector = Collector::start().await;
    let mut product = Product::with(database, told(&collector)).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, speaking()).await;
    let run = invoke(&owner, &flow, "Quickly!").await;
    product.stop().await;
    let told = collector.spans();
    assert!(
        told.iter()
            .any(|span| span.attributes["headwater.run.id"] == run.as_str()
                && span.name.starts_with("invoke_workflow")),
        "{told:?}"
    );
}
