//! Runs: waited for, streamed, rejoined, in batches, cancelled, started only once.

use headwater_tests::client::reply_of;
use headwater_tests::vendor::counted;
use headwater_tests::{Client, Database, Product, Vendor, stories, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::conversations::remembering;
use crate::feedback::{member, run_of};
use crate::words::{greeting, publish, speaking};

stories!(
    a_run_is_recorded_with_its_steps,
    a_stream_has_one_end_and_it_is_last,
    a_rejoined_stream_loses_and_repeats_nothing,
    a_cancelled_run_stops_paid_work,
    a_batch_answers_in_order,
    an_idempotency_key_starts_one_run,
    a_flow_from_a_file_runs_unstored,
    a_missing_input_is_named,
    a_stranger_cannot_follow_a_run,
    runs_are_found_by_who_asked_and_when,
    a_run_tells_when_its_answer_began,
    a_draft_runs_as_one_of_its_flow,
    a_draft_is_talked_with,
    steps_are_listed_in_outline_and_told_whole,
    runs_are_found_by_what_they_say,
);

async fn a_run_is_recorded_with_its_steps(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let body = json!({ "input": { "name": "Ada" } });
    let run = owner
        .post(&format!("/flows/{id}/runs"), body)
        .await
        .expect(202);
    let run = owner.ended(run["id"].as_str().unwrap()).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(run["reply"], "Hello Ada!");
    assert_eq!(run["outputs"]["greeting"], "Hello Ada!");
    assert_eq!(run["revision"], 1);
    let path = format!("/runs/{}/steps", run["id"].as_str().unwrap());
    let steps = owner.get(&path).await.expect(200);
    let nodes: Vec<_> = steps["items"].as_array().unwrap().iter().collect();
    assert!(
        nodes
            .iter()
            .any(|s| s["node"] == "greet" && s["status"] == "done"),
        "{steps}"
    );
    // Page by page they are the same, in the same order.
    let mut paged = Vec::new();
    let mut next = String::new();
    loop {
        let page = owner
            .get(&format!("{path}?limit=1{next}"))
            .await
            .expect(200);
        paged.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(after) => next = format!("&after={after}"),
            None => break,
        }
    }
    assert_eq!(json!(paged), steps["items"]);
    assert!(paged.len() > 1, "{steps}");
    let refused = owner.get(&format!("{path}?limit=201")).await.expect(400);
    assert_eq!(refused["field"], "limit", "{refused}");
    let list = owner
        .get(&format!("/runs?flow={id}&status=succeeded"))
        .await
        .expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

async fn a_stream_has_one_end_and_it_is_last(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let body = json!({ "input": { "name": "Ada" } });
    let events = owner
        .stream(&format!("/flows/{id}/stream"), body)
        .await
        .all()
        .await;
    let kinds: Vec<&str> = events.iter().map(|(e, _)| e.event.as_str()).collect();
    assert_eq!(kinds[0], "run.started", "{kinds:?}");
    assert_eq!(*kinds.last().unwrap(), "run.finished", "{kinds:?}");
    let ends = kinds
        .iter()
        .filter(|k| matches!(**k, "run.finished" | "run.failed" | "run.cancelled"));
    assert_eq!(ends.count(), 1);
    assert_eq!(reply_of(&events), "Hello Ada!");
    let numbers: Vec<u64> = events
        .iter()
        .map(|(_, d)| d["seq"].as_u64().unwrap())
        .collect();
    assert!(
        numbers.windows(2).all(|pair| pair[0] < pair[1]),
        "{numbers:?}"
    );
}

async fn a_rejoined_stream_loses_and_repeats_nothing(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-40-5").await;
    let id = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Say something." } });
    // Live: the connection is cut at every event and taken up again behind it.
    let run = owner
        .post(&format!("/flows/{id}/runs"), body)
        .await
        .expect(202);
    let run = run["id"].as_str().unwrap();
    let mut seen = Vec::new();
    let mut last: Option<String> = None;
    loop {
        let mut events = owner.rejoin(run, last.as_deref()).await;
        let Some((event, data)) = events.next().await else {
            break;
        };
        last = Some(event.id.clone());
        let over = event.event.starts_with("run.") && event.event != "run.started";
        seen.push((event, data));
        if over {
            break;
        }
    }
    assert_eq!(reply_of(&seen), counted(40));
    let stored = owner.get(&format!("/runs/{run}")).await.expect(200);
    assert_eq!(stored["reply"], counted(40));
    // Afterwards: from every event of the live stream, what follows completes the reply.
    for cut in (0..seen.len() - 1).step_by(7) {
        let mut again = seen[..=cut].to_vec();
        let rest = owner.rejoin(run, Some(&seen[cut].0.id)).await.all().await;
        assert!(
            rest.iter()
                .all(|(_, d)| d["seq"].as_u64() > seen[cut].1["seq"].as_u64())
        );
        again.extend(rest);
        assert_eq!(reply_of(&again), counted(40), "cut at {cut}");
        assert_eq!(again.last().unwrap().0.event, "run.finished");
    }
    assert_eq!(vendor.calls(), 1);
}

async fn a_cancelled_run_stops_paid_work(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-2000-20").await;
    let id = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Go on and on." } });
    let mut events = owner.stream(&format!("/flows/{id}/stream"), body).await;
    let run = events.until("message.delta").await["run_id"].clone();
    let run = run.as_str().unwrap();
    owner
        .post(&format!("/runs/{run}/cancel"), json!({}))
        .await
        .expect(202);
    events.until("run.cancelled").await;
    until("the vendor to be hung up on", 5, async || {
        (vendor.hung_up() == 1).then_some(())
    })
    .await;
    assert_eq!(owner.ended(run).await["status"], "cancelled");
}

async fn a_batch_answers_in_order(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let inputs: Vec<_> = (0..20)
        .map(|n| json!({ "name": format!("n{n}") }))
        .collect();
    let path = format!("/flows/{id}/batch");
    let done = owner
        .post(&path, json!({ "inputs": inputs }))
        .await
        .expect(200);
    for (index, run) in done["items"].as_array().unwrap().iter().enumerate() {
        assert_eq!(run["reply"], format!("Hello n{index}!"), "{run}");
    }
    let many: Vec<_> = (0..101).map(|_| json!({ "name": "x" })).collect();
    let refused = owner.post(&path, json!({ "inputs": many })).await;
    assert!(
        matches!(refused.status.as_u16(), 400 | 413),
        "{}",
        refused.text
    );
}

async fn an_idempotency_key_starts_one_run(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let start = || {
        owner
            .request(Method::POST, &format!("/flows/{id}/runs"))
            .header("Idempotency-Key", "order-4711")
            .json(&json!({ "input": { "name": "Ada" } }))
    };
    let first = owner.send(start()).await.expect(202);
    owner.ended(first["id"].as_str().unwrap()).await;
    let second = owner.send(start()).await;
    assert!(second.status.is_success(), "{}", second.text);
    assert_eq!(second.json()["id"], first["id"]);
    let list = owner.get("/runs").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

async fn a_flow_from_a_file_runs_unstored(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let body = json!({ "document": greeting(), "input": { "name": "Ada" }, "mode": "wait" });
    let run = owner.post("/runs", body).await;
    assert_eq!(run.json()["reply"], "Hello Ada!", "{}", run.text);
    let flows = owner.get("/flows").await.expect(200).to_string();
    assert!(!flows.contains("Greeting"), "{flows}");
}

async fn a_missing_input_is_named(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let answer = owner
        .post(&format!("/flows/{id}/invoke"), json!({ "input": {} }))
        .await;
    assert_eq!(answer.problem(400), "invalid");
    assert!(answer.text.contains("name"), "{}", answer.text);
}

async fn a_stranger_cannot_follow_a_run(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let body = json!({ "input": { "name": "Ada" } });
    let run = owner
        .post(&format!("/flows/{id}/invoke"), body)
        .await
        .expect(200);
    let other = owner
        .post("/workspaces", json!({ "name": "Other" }))
        .await
        .expect(201);
    let stranger = owner.in_workspace(other["id"].as_str().unwrap());
    let run = run["id"].as_str().unwrap();
    for path in [
        format!("/runs/{run}"),
        format!("/runs/{run}/events"),
        format!("/runs/{run}/steps"),
    ] {
        assert_eq!(
            stranger.get(&path).await.problem(404),
            "not_found",
            "{path}"
        );
    }
}

async fn runs_are_found_by_who_asked_and_when(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let vera = member(&product, &owner, "vera", "viewer").await;
    let program = product.key(&owner, &["run", "read"]).await;
    let flow = publish(&owner, greeting()).await;
    let mut runs = Vec::new();
    for (who, name) in [
        (&owner, "Ada"),
        (&vera, "Ben"),
        (&vera, "Cleo"),
        (&program, "Dora"),
        (&owner, "Eve"),
    ] {
        runs.push(run_of(who, &flow, name).await);
    }
    let trigger = json!({ "flow": flow, "name": "T", "settings": { "kind": "webhook" },
        "input": { "name": "Fay" } });
    let trigger = owner.post("/triggers", trigger).await.expect(201);
    let trigger = trigger["id"].as_str().unwrap();
    let fired = owner
        .post(&format!("/triggers/{trigger}/fire"), json!({ "body": {} }))
        .await;
    let fired = fired.json()["id"].as_str().unwrap().to_owned();
    owner.ended(&fired).await;
    let found = async |by: &Client, query: &str| {
        let list = by.get(&format!("/runs?{query}")).await.expect(200);
        let items = list["items"].as_array().unwrap().iter();
        let ids: Vec<String> = items
            .map(|run| run["id"].as_str().unwrap().to_owned())
            .collect();
        (ids, list["next"].as_str().map(str::to_owned))
    };
    let me = vera.get("/me").await.expect(200);
    let her = me["user"]["id"].as_str().unwrap();
    let hers = vec![runs[2].clone(), runs[1].clone()];
    assert_eq!(found(&owner, &format!("user={her}")).await.0, hers);
    assert_eq!(found(&vera, "user=me").await.0, hers);
    assert_eq!(
        found(&program, "user=me").await.0,
        std::slice::from_ref(&runs[3])
    );
    assert_eq!(found(&owner, &format!("user={trigger}")).await.0, [fired]);
    assert_eq!(found(&owner, "user=operator").await.0, Vec::<String>::new());
    // Page by page, and together with other filters.
    let (first, next) = found(&owner, &format!("user={her}&limit=1")).await;
    assert_eq!(first, hers[..1]);
    let rest = format!("user={her}&limit=1&after={}", next.unwrap());
    assert_eq!(found(&owner, &rest).await.0, hers[1..]);
    let none = format!("user={her}&status=failed");
    assert_eq!(found(&owner, &none).await.0, Vec::<String>::new());
    // The beginning belongs to a time, its end does not.
    let began = |run: &Value| run["created_at"].as_str().unwrap().to_owned();
    let second = owner.get(&format!("/runs/{}", runs[1])).await.expect(200);
    let fourth = owner.get(&format!("/runs/{}", runs[3])).await.expect(200);
    let between = format!("from={}&to={}", began(&second), began(&fourth));
    let (within, _) = found(&owner, &between).await;
    assert!(
        within.contains(&runs[1]) && within.contains(&runs[2]),
        "{within:?}"
    );
    assert!(!within.contains(&runs[3]), "{within:?}");
    let hers_then = format!("user={her}&{between}");
    assert_eq!(found(&owner, &hers_then).await.0, hers);
    assert_eq!(found(&owner, "from=2020-01-01").await.0.len(), 6);
    assert_eq!(found(&owner, "to=2020-01-01").await.0, Vec::<String>::new());
    for (wrong, field) in [
        ("user=vera", "user"),
        ("from=yesterday", "from"),
        ("to=2020-13-01", "to"),
        ("from=2020-01-02&to=2020-01-01", "to"),
    ] {
        let refused = owner.get(&format!("/runs?{wrong}")).await.expect(400);
        assert_eq!(refused["field"], field, "{refused}");
    }
}

async fn a_run_tells_when_its_answer_began(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "words-20-10").await;
    let flow = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "How many words?" } });
    let told = owner
        .post(&format!("/flows/{flow}/invoke"), body)
        .await
        .expect(200);
    let kept = owner
        .get(&format!("/runs/{}", told["id"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(told["first_token_at"], kept["first_token_at"], "{kept}");
    let times = ["started_at", "first_token_at", "finished_at"];
    let times = times.map(|name| kept[name].as_str().unwrap_or_default().to_owned());
    assert!(times.is_sorted() && times[1] < times[2], "{times:?}");
    // As long after the start as the first call's first piece, and not as the end.
    let steps = owner
        .get(&format!("/runs/{}/steps", kept["id"].as_str().unwrap()))
        .await
        .expect(200);
    let steps = steps["items"].as_array().unwrap();
    let write = steps.iter().find(|step| step["node"] == "write").unwrap();
    assert!(write["first_token_at"].as_str().unwrap() <= times[1].as_str());
    assert!(times[1].as_str() < write["finished_at"].as_str().unwrap());
}

async fn a_draft_runs_as_one_of_its_flow(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let mut draft = greeting();
    draft["nodes"][0]["settings"]["text"] = json!("Good day, {{ start.name }}.");
    let body = json!({ "document": draft, "flow": "greeting", "input": { "name": "Ada" } });
    let run = owner.post("/runs", body).await.expect(200);
    assert_eq!(run["reply"], "Good day, Ada.");
    assert_eq!(run["flow_id"], id);
    assert_eq!(run["revision"], 0);
    let of_flow = owner.get("/runs?flow=greeting").await.expect(200);
    assert_eq!(of_flow["items"][0]["id"], run["id"]);
    // What it ran is there although the draft was never kept; the published revision is what it was.
    let path = format!("/runs/{}/document", run["id"].as_str().unwrap());
    let ran = owner.get(&path).await.expect(200);
    assert_eq!(ran["nodes"][0]["settings"], draft["nodes"][0]["settings"]);
    let invoke = json!({ "input": { "name": "Ada" } });
    let live = owner.post("/flows/greeting/invoke", invoke).await;
    assert_eq!(live.expect(200)["reply"], "Hello Ada!");
    let body = json!({ "document": draft, "flow": "nobody", "input": { "name": "Ada" } });
    assert_eq!(owner.post("/runs", body).await.problem(404), "not_found");
}

async fn a_draft_is_talked_with(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "scripted-small").await;
    let talk = |text: &str, more: Value| {
        let mut body = json!({ "document": remembering(), "input": { "question": text } });
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        body
    };
    let first = owner
        .post("/runs", talk("tea", json!({})))
        .await
        .expect(200);
    assert_eq!(first["reply"], "So far: tea");
    assert_eq!(first["variables"], json!({ "wanted": ["tea"] }));
    // It is told the same when it is asked for later.
    let path = format!("/runs/{}", first["id"].as_str().unwrap());
    assert_eq!(
        owner.get(&path).await.expect(200)["variables"],
        first["variables"]
    );
    let next = talk("milk", json!({ "variables": first["variables"] }));
    let second = owner.post("/runs", next).await.expect(200);
    assert_eq!(second["reply"], "So far: tea, milk");
    // Models are told what was said before.
    let mut speaking = speaking();
    speaking["nodes"][1]["settings"]["history"] = json!(6);
    let history = json!([
        { "role": "user", "text": "Who sleeps on one leg?" },
        { "role": "assistant", "text": "The heron." },
    ]);
    let body = json!({ "document": speaking, "input": { "question": "And who dives?" }, "history": history });
    let run = owner.post("/runs", body).await.expect(200);
    assert_eq!(run["variables"], Value::Null);
    let asked = vendor.requests_for("scripted-small");
    let told = asked[0].body["messages"].to_string();
    assert!(
        told.contains("The heron.") && told.contains("And who dives?"),
        "{told}"
    );
    for (more, field) in [
        (
            json!({ "variables": { "unwanted": 1 } }),
            "variables.unwanted",
        ),
        (
            json!({ "variables": { "wanted": "tea" } }),
            "variables.wanted",
        ),
        (
            json!({ "history": vec![history[0].clone(); 41] }),
            "history",
        ),
    ] {
        let refused = owner.post("/runs", talk("tea", more)).await;
        assert_eq!(refused.problem(400), "invalid");
        assert_eq!(refused.json()["field"], field);
    }
    let body = json!({ "document": greeting(), "input": { "name": "Ada" }, "history": history });
    assert_eq!(owner.post("/runs", body).await.json()["field"], "history");
}

async fn steps_are_listed_in_outline_and_told_whole(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    publish(&owner, greeting()).await;
    let invoke = json!({ "input": { "name": "Ada" } });
    let run = owner.post("/flows/greeting/invoke", invoke).await;
    let run = run.expect(200);
    let path = format!("/runs/{}/steps", run["id"].as_str().unwrap());
    let whole = owner.get(&path).await.expect(200);
    let outline = owner.get(&format!("{path}?payloads=false")).await;
    let outline = outline.expect(200);
    let (whole, outline) = (&whole["items"], &outline["items"]);
    assert_eq!(
        whole.as_array().unwrap().len(),
        outline.as_array().unwrap().len()
    );
    for (step, short) in whole
        .as_array()
        .unwrap()
        .iter()
        .zip(outline.as_array().unwrap())
    {
        assert_eq!(
            (&short["inputs"], &short["outputs"]),
            (&json!(null), &json!(null))
        );
        for same in [
            "id",
            "node",
            "kind",
            "status",
            "started_at",
            "finished_at",
            "usage",
        ] {
            assert_eq!(step[same], short[same]);
        }
        let one = format!("{path}/{}", step["id"].as_str().unwrap());
        assert_eq!(&owner.get(&one).await.expect(200), step);
    }
    let nobodys = format!("{path}/stp_01900000000070008000000000000001");
    assert_eq!(owner.get(&nobodys).await.problem(404), "not_found");
}

async fn runs_are_found_by_what_they_say(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    publish(&owner, greeting()).await;
    let mut ids = Vec::new();
    for name in ["Ada \"100%\" Lovelace", "Grace_Hopper", "Ærø"] {
        let input = json!({ "input": { "name": name } });
        let run = owner.post("/flows/greeting/invoke", input).await;
        ids.push(run.expect(200)["id"].as_str().unwrap().to_owned());
    }
    let found = async |query: &str| {
        let query = query
            .replace('%', "%25")
            .replace('"', "%22")
            .replace(' ', "%20");
        let page = owner.get(&format!("/runs?q={query}")).await.expect(200);
        assert!(page["next"].is_null(), "{page}");
        let items = page["items"].as_array().unwrap().clone();
        let found = items
            .iter()
            .map(|run| run["id"].as_str().unwrap().to_owned());
        found.collect::<Vec<_>>()
    };
    assert_eq!(found("LOVELACE").await, [&*ids[0]]);
    assert_eq!(found("\"100%\"").await, [&*ids[0]]);
    assert_eq!(found("e_h").await, [&*ids[1]]);
    assert_eq!(found("Ærø!").await, [&*ids[2]]);
    assert_eq!(found(&ids[1]).await, [&*ids[1]]);
    assert_eq!(found("greeting").await.len(), 3);
    // What stands in no input and no answer is not found by how runs are kept.
    assert_eq!(found("environment").await, [""; 0]);
    assert_eq!(owner.get("/runs?q=").await.problem(400), "invalid");
}
