//! Runs that wait for people: across restarts and servers, once and in time, and running again.

use headwater_tests::client::reply_of;
use headwater_tests::{Client, Database, Product, Vendor, stories, until};
use serde_json::{Value, json};

use crate::words::{publish, speaking};

stories!(
    a_paused_run_survives_a_kill_and_is_answered_later,
    events_go_on_across_a_pause_without_loss_or_repetition,
    one_of_many_answers_at_once_is_taken,
    a_deadline_fires_once_also_after_a_restart,
    only_those_who_are_asked_may_answer,
    a_link_answers_once_without_an_account,
    a_run_is_paused_whole_and_resumed,
    a_paused_run_is_cancelled,
    a_failed_run_goes_on_in_a_new_one,
    a_run_is_replayed_with_results_that_stand,
    one_node_of_a_draft_is_tried_out,
);

/// start → human → answers by button.
fn approval(settings: Value) -> Value {
    let mut ask = json!({
        "title": "Publish {{ start.what }}?",
        "fields": [{ "name": "note", "label": "Note", "default": "none" }],
    });
    ask.as_object_mut()
        .unwrap()
        .extend(settings.as_object().cloned().unwrap());
    json!({
        "headwater": 1, "name": "Approval", "kind": "task",
        "inputs": [{ "name": "what", "type": "string", "required": true }],
        "nodes": [
            { "id": "first", "kind": "answer", "settings": { "text": "Asked about {{ start.what }}. " } },
            { "id": "ask", "kind": "human", "settings": ask },
            { "id": "good", "kind": "answer", "settings": { "text": "Yes: {{ ask.note }} by {{ ask.by }}." } },
            { "id": "bad", "kind": "answer", "settings": { "text": "No." } },
        ],
        "edges": [
            { "from": "start", "to": "first" },
            { "from": "first", "to": "ask" },
            { "from": "ask", "to": "good", "handle": "approve" },
            { "from": "ask", "to": "bad", "handle": "reject" },
        ],
    })
}

/// With a way for those who are late.
fn with_deadline(deadline: &str) -> Value {
    let mut flow = approval(json!({ "deadline": deadline }));
    let late = json!({ "id": "late", "kind": "answer", "settings": { "text": "Late." } });
    flow["nodes"].as_array_mut().unwrap().push(late);
    let edge = json!({ "from": "ask", "to": "late", "handle": "timeout" });
    flow["edges"].as_array_mut().unwrap().push(edge);
    flow
}

async fn paused(client: &Client, flow: Value) -> (String, String) {
    let flow = publish(client, flow).await;
    let body = json!({ "input": { "what": "the report" } });
    let run = client.post(&format!("/flows/{flow}/invoke"), body).await;
    let run = run.expect(200);
    assert_eq!(run["status"], "paused", "{run}");
    assert_eq!(run["reply"], "Asked about the report. ");
    let run = run["id"].as_str().unwrap().to_owned();
    (run.clone(), asked(client, &run).await)
}

async fn asked(client: &Client, run: &str) -> String {
    let waits = client.get(&format!("/runs/{run}/waits")).await.expect(200);
    let wait = waits["items"].as_array().unwrap().last().unwrap();
    assert_eq!(wait["status"], "open", "{wait}");
    wait["id"].as_str().unwrap().to_owned()
}

async fn a_paused_run_survives_a_kill_and_is_answered_later(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let (run, wait) = paused(&owner, approval(json!({}))).await;
    let began = owner.get(&format!("/runs/{run}")).await.expect(200);
    let began = began["first_token_at"].clone();
    assert!(began.is_string());
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    let mine = owner.get("/waits").await.expect(200);
    assert_eq!(mine["items"][0]["id"], wait.as_str());
    assert_eq!(mine["items"][0]["title"], "Publish the report?");
    let answer = json!({ "button": "approve", "fields": { "note": "fine" } });
    let answered = owner.post(&format!("/waits/{wait}/answer"), answer).await;
    assert_eq!(answered.expect(200)["status"], "answered");
    let ended = owner.ended(&run).await;
    let reply = "Asked about the report. Yes: fine by owner@example.com.";
    assert_eq!(
        (ended["status"].as_str(), ended["reply"].as_str()),
        (Some("succeeded"), Some(reply))
    );
    assert_eq!(ended["first_token_at"], began, "it began before the pause");
    assert_eq!(owner.get("/waits").await.expect(200)["items"], json!([]));
    let audit = owner.get("/audit").await.expect(200).to_string();
    assert!(audit.contains("wait.answer"), "{audit}");
}

async fn events_go_on_across_a_pause_without_loss_or_repetition(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, approval(json!({}))).await;
    let body = json!({ "input": { "what": "it" } });
    let mut stays = owner.stream(&format!("/flows/{flow}/stream"), body).await;
    let mut seen = vec![];
    while seen
        .last()
        .is_none_or(|(e, _): &(eventsource_stream::Event, Value)| e.event != "run.paused")
    {
        seen.push(stays.next().await.unwrap());
    }
    let run = seen[0].1["run_id"].as_str().unwrap().to_owned();
    let told = &seen.last().unwrap().1;
    assert_eq!(told["form"]["buttons"], json!(["approve", "reject"]));
    owner.becomes(&run, "paused").await;
    let last = seen.last().unwrap().0.id.clone();
    // Another reader leaves at the pause and comes back after a restart; one comes only then.
    let wait = asked(&owner, &run).await;
    let mut late = owner.rejoin(&run, None).await;
    assert_eq!(late.next().await.unwrap().0.event, "run.started");
    let path = format!("/waits/{wait}/answer");
    owner
        .post(&path, json!({ "button": "reject" }))
        .await
        .expect(200);
    let mut one = seen.clone();
    one.extend(stays.all().await);
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    let mut two = seen.clone();
    two.extend(owner.rejoin(&run, Some(&last)).await.all().await);
    let three = owner.rejoin(&run, None).await.all().await;
    for events in [&one, &two, &three] {
        let numbers: Vec<u64> = events
            .iter()
            .map(|e| e.1["seq"].as_u64().unwrap())
            .collect();
        assert!(numbers.windows(2).all(|w| w[0] <= w[1]), "{numbers:?}");
        assert_eq!(reply_of(events), "Asked about it. No.");
        let count = |name: &str| events.iter().filter(|e| e.0.event == name).count();
        for once in ["run.started", "run.paused", "run.resumed", "run.finished"] {
            assert_eq!(count(once), 1, "{once}: {events:?}");
        }
        assert_eq!(count("step.finished"), 4, "{events:?}");
        assert_eq!(events.last().unwrap().0.event, "run.finished");
    }
}

async fn one_of_many_answers_at_once_is_taken(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let (run, wait) = paused(&owner, approval(json!({}))).await;
    let path = format!("/waits/{wait}/answer");
    let answers = (0..12).map(|n| {
        let button = if n % 2 == 0 { "approve" } else { "reject" };
        owner.post(
            &path,
            json!({ "button": button, "fields": { "note": n.to_string() } }),
        )
    });
    let answers = futures::future::join_all(answers).await;
    let taken: Vec<_> = answers.iter().filter(|a| a.status == 200).collect();
    assert_eq!(taken.len(), 1);
    for refused in answers.iter().filter(|a| a.status != 200) {
        assert_eq!(refused.problem(409), "conflict");
        assert!(
            refused.text.contains("was answered already"),
            "{}",
            refused.text
        );
    }
    let ended = owner.ended(&run).await;
    let steps = owner.get(&format!("/runs/{run}/steps")).await.expect(200);
    let steps = steps["items"].as_array().unwrap().clone();
    let asks: Vec<_> = steps.iter().filter(|s| s["node"] == "ask").collect();
    assert_eq!(asks.len(), 1);
    assert_eq!(
        asks[0]["outputs"]["note"],
        taken[0].json()["answer"]["fields"]["note"]
    );
    assert_eq!(ended["status"], "succeeded");
}

async fn a_deadline_fires_once_also_after_a_restart(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let (live, _) = paused(&owner, with_deadline("300ms")).await;
    assert_eq!(
        owner.ended(&live).await["reply"],
        "Asked about the report. Late."
    );
    let mut other = with_deadline("1500ms");
    other["name"] = json!("Another");
    let (run, wait) = paused(&owner, other).await;
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    assert_eq!(
        owner.ended(&run).await["reply"],
        "Asked about the report. Late."
    );
    let late = owner
        .post(
            &format!("/waits/{wait}/answer"),
            json!({ "button": "approve" }),
        )
        .await;
    assert_eq!(late.problem(409), "conflict");
    assert!(
        late.text.contains("time to answer this is over"),
        "{}",
        late.text
    );
    let waits = owner.get(&format!("/runs/{run}/waits")).await.expect(200);
    assert_eq!(waits["items"][0]["status"], "timed_out", "{waits}");
}

async fn only_those_who_are_asked_may_answer(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let body = json!({ "email": "ada@example.com", "name": "Ada", "role": "viewer" });
    let ada = owner.post("/members", body).await.expect(201);
    let password = ada["initial_password"].as_str().unwrap();
    let ada = product
        .anonymous()
        .sign_in("ada@example.com", password)
        .await;
    let key = product.key(&owner, &["run", "read"]).await;
    let (run, wait) = paused(
        &owner,
        approval(json!({ "assignees": ["ada@example.com"] })),
    )
    .await;
    let path = format!("/waits/{wait}/answer");
    for stranger in [&owner, &key] {
        assert_eq!(stranger.get("/waits").await.expect(200)["items"], json!([]));
        let refused = stranger.post(&path, json!({ "button": "approve" })).await;
        assert_eq!(refused.problem(403), "forbidden");
    }
    assert_eq!(
        ada.get("/waits").await.expect(200)["items"][0]["id"],
        wait.as_str()
    );
    let wrong = ada.post(&path, json!({ "button": "maybe" })).await;
    assert_eq!(wrong.problem(400), "invalid");
    let wrong = ada
        .post(
            &path,
            json!({ "button": "approve", "fields": { "note": 7 } }),
        )
        .await;
    assert_eq!(wrong.problem(400), "invalid");
    ada.post(&path, json!({ "button": "approve" }))
        .await
        .expect(200);
    let ended = owner.ended(&run).await;
    assert_eq!(
        ended["reply"],
        "Asked about the report. Yes: none by ada@example.com."
    );
}

async fn a_link_answers_once_without_an_account(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let (run, wait) = paused(&owner, approval(json!({}))).await;
    let body = json!({ "for": "Pat of Partner Ltd", "lasts": "1h" });
    let link = owner
        .post(&format!("/waits/{wait}/link"), body)
        .await
        .expect(201);
    let token = link["token"].as_str().unwrap();
    let path = format!("/answers/{token}");
    assert_eq!(
        link["page"],
        json!(path),
        "the page is at the same address, outside of the API"
    );
    let nobody = product.anonymous();
    let form = nobody.get(&path).await.expect(200);
    assert_eq!(
        (form["title"].as_str(), form["assignees"].clone()),
        (Some("Publish the report?"), json!([]))
    );
    let mut changed = token.to_owned();
    changed.replace_range(30..31, if &token[30..31] == "A" { "B" } else { "A" });
    nobody
        .get(&format!("/answers/{changed}"))
        .await
        .problem(404);
    nobody
        .post(&path, json!({ "button": "approve" }))
        .await
        .expect(204);
    let ended = owner.ended(&run).await;
    assert_eq!(
        ended["reply"],
        "Asked about the report. Yes: none by Pat of Partner Ltd."
    );
    nobody.get(&path).await.problem(409);
    nobody
        .post(&path, json!({ "button": "approve" }))
        .await
        .problem(409);
    let (_, wait) = paused(&owner, {
        let mut flow = approval(json!({}));
        flow["name"] = json!("Again");
        flow
    })
    .await;
    let body = json!({ "lasts": "1ms" });
    let link = owner
        .post(&format!("/waits/{wait}/link"), body)
        .await
        .expect(201);
    let path = format!("/answers/{}", link["token"].as_str().unwrap());
    until("the link to end", 5, async || {
        (nobody.get(&path).await.status == 403).then_some(())
    })
    .await;
}

async fn a_run_is_paused_whole_and_resumed(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-40-20").await;
    let flow = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Say something." } });
    let mut events = owner.stream(&format!("/flows/{flow}/stream"), body).await;
    let first = events.until("message.delta").await;
    let run = first["run_id"].as_str().unwrap().to_owned();
    owner
        .post(&format!("/runs/{run}/pause"), json!({}))
        .await
        .expect(202);
    events.until("run.paused").await;
    owner.becomes(&run, "paused").await;
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    assert_eq!(
        owner.get(&format!("/runs/{run}")).await.expect(200)["status"],
        "paused"
    );
    let mut events = owner.rejoin(&run, None).await;
    events.until("run.paused").await;
    owner
        .post(&format!("/runs/{run}/resume"), json!({}))
        .await
        .expect(202);
    events.until("run.resumed").await;
    events.until("run.finished").await;
    let ended = owner.ended(&run).await;
    assert_eq!(ended["reply"], headwater_tests::vendor::counted(40));
    assert_eq!(vendor.calls(), 1, "what ran was finished, not repeated");
    owner
        .post(&format!("/runs/{run}/pause"), json!({}))
        .await
        .problem(409);
    owner
        .post(&format!("/runs/{run}/resume"), json!({}))
        .await
        .problem(409);
}

async fn a_paused_run_is_cancelled(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let (run, wait) = paused(&owner, approval(json!({}))).await;
    let refused = owner.post(&format!("/runs/{run}/resume"), json!({})).await;
    assert!(refused.problem(409) == "conflict" && refused.text.contains("waits for an answer"));
    let run = owner
        .post(&format!("/runs/{run}/cancel"), json!({}))
        .await
        .expect(202);
    assert_eq!(run["status"], "cancelled", "{run}");
    let late = owner
        .post(
            &format!("/waits/{wait}/answer"),
            json!({ "button": "approve" }),
        )
        .await;
    assert!(late.problem(409) == "conflict" && late.text.contains("Nobody waits"));
}

async fn a_failed_run_goes_on_in_a_new_one(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "refuses").await;
    let mut flow = approval(json!({}));
    flow["nodes"][2] = json!({ "id": "good", "kind": "chat", "settings": {
        "messages": [{ "role": "user", "content": "{{ ask.note }}" }],
    } });
    let reply =
        json!({ "id": "said", "kind": "answer", "settings": { "text": "{{ good.text }}" } });
    flow["nodes"].as_array_mut().unwrap().push(reply);
    let edge = json!({ "from": "good", "to": "said" });
    flow["edges"].as_array_mut().unwrap().push(edge);
    let (run, wait) = paused(&owner, flow).await;
    let answer = json!({ "button": "approve" });
    owner
        .post(&format!("/waits/{wait}/answer"), answer)
        .await
        .expect(200);
    let failed = owner.ended(&run).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    let better = json!({ "model": "scripted/words-3-0" });
    owner.put("/models/default", better).await.expect(200);
    let path = format!("/runs/{run}/retry");
    let again = owner.post(&path, json!({})).await.expect(202);
    assert_eq!(again["retry_of"], run.as_str());
    let again = owner.ended(again["id"].as_str().unwrap()).await;
    let said = headwater_tests::vendor::counted(3);
    assert_eq!(again["reply"], format!("Asked about the report. {said}"));
    assert_eq!(
        again["status"], "succeeded",
        "nobody was asked again: {again}"
    );
    assert_eq!(vendor.requests_for("words-3-0").len(), 1);
}

async fn a_run_is_replayed_with_results_that_stand(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-5-0").await;
    let flow = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Hello?" } });
    let first = owner
        .post(&format!("/flows/{flow}/invoke"), body)
        .await
        .expect(200);
    let id = first["id"].as_str().unwrap();
    owner
        .post(&format!("/runs/{id}/retry"), json!({}))
        .await
        .problem(409);
    let wrong = json!({ "pins": ["nobody"] });
    owner
        .post(&format!("/runs/{id}/replay"), wrong)
        .await
        .problem(400);
    let pinned = json!({ "pins": ["write"] });
    let pinned = owner
        .post(&format!("/runs/{id}/replay"), pinned)
        .await
        .expect(202);
    let pinned = owner.ended(pinned["id"].as_str().unwrap()).await;
    assert_eq!(
        (&pinned["reply"], &pinned["replay_of"]),
        (&first["reply"], &json!(id))
    );
    assert_eq!(pinned["usage"]["output_tokens"], 0, "nothing was consumed");
    assert_eq!(vendor.calls(), 1);
    let anew = owner
        .post(&format!("/runs/{id}/replay"), json!({}))
        .await
        .expect(202);
    let anew = owner.ended(anew["id"].as_str().unwrap()).await;
    assert_eq!(anew["status"], "succeeded");
    assert_eq!(vendor.calls(), 2);
}

async fn one_node_of_a_draft_is_tried_out(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut document = speaking();
    document["nodes"][2] = json!({ "id": "reply", "kind": "answer", "settings": { "text": "[{{ write.text }} to {{ start.question }}]" } });
    let flow = owner
        .post("/flows", json!({ "document": document }))
        .await
        .expect(201);
    let path = format!("/flows/{}/nodes/reply/run", flow["id"].as_str().unwrap());
    let body =
        json!({ "input": { "question": "Why?" }, "outputs": { "write": { "text": "Because" } } });
    let run = owner.post(&path, body).await.expect(200);
    assert_eq!(run["status"], "succeeded", "{run}");
    let steps = format!("/runs/{}/steps", run["id"].as_str().unwrap());
    let steps = owner.get(&steps).await.expect(200);
    let steps = steps["items"].as_array().unwrap();
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!(steps[0]["outputs"]["text"], "[Because to Why?]");
    let wrong = json!({ "outputs": { "nobody": {} } });
    assert_eq!(owner.post(&path, wrong).await.problem(400), "invalid");
}

/// Two servers on one database: what one paused the other answers, what one works on the other
/// follows, pauses and cancels.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_runs() {
    let product = Product::start(Database::Postgres).await;
    let owner = product.set_up().await;
    let replica = product.replica().await;
    let there = owner.at(&replica.url);
    let (run, wait) = paused(&owner, approval(json!({}))).await;
    let mut follows = owner.rejoin(&run, None).await;
    follows.until("run.paused").await;
    let answer = json!({ "button": "approve" });
    there
        .post(&format!("/waits/{wait}/answer"), answer)
        .await
        .expect(200);
    follows.until("run.resumed").await;
    let end = follows.until("run.finished").await;
    assert_eq!(
        end["reply"],
        "Asked about the report. Yes: none by owner@example.com."
    );
    assert_eq!(there.ended(&run).await["status"], "succeeded");

    let vendor = Vendor::as_default(&owner, "words-2000-20").await;
    let flow = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Say something." } });
    let run = owner
        .post(&format!("/flows/{flow}/runs"), body)
        .await
        .expect(202);
    let run = run["id"].as_str().unwrap();
    let mut far = there.rejoin(run, None).await;
    assert_eq!(far.next().await.unwrap().0.event, "run.started");
    until("the model to be asked", 10, async || {
        (vendor.calls() > 0).then_some(())
    })
    .await;
    let cancelled = there
        .post(&format!("/runs/{run}/cancel"), json!({}))
        .await
        .expect(202);
    assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    far.until("run.cancelled").await;
}
