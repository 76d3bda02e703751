//! Schedules: every due time has one run, whichever servers come and go.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use headwater_tests::{Client, Database, Product, Vendor, stories, until};
use serde_json::{Value, json};

use crate::words::{greeting, publish};

stories!(
    a_schedule_misses_nothing_across_a_restart,
    a_schedule_does_not_overlap_itself_when_told,
    a_firing_that_the_flow_refuses_is_told,
    a_schedule_tells_its_next_times_and_is_switched_off,
    the_command_line_makes_and_shows_triggers,
    the_example_report_is_written_on_a_schedule,
);

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A trigger that fires every second; its run is greeted with the time it is for.
async fn every_second(client: &Client, flow: &str, more: Value) -> String {
    let mut settings = json!({ "kind": "schedule", "cron": "* * * * * *" });
    let more = more.as_object().cloned().unwrap();
    settings.as_object_mut().unwrap().extend(more);
    let body = json!({
        "flow": flow, "name": "Tick", "settings": settings,
        "input": { "name": "{{ schedule.time }}" },
    });
    let made = client.post("/triggers", body).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn firings(client: &Client, id: &str) -> Vec<Value> {
    let path = format!("/triggers/{id}/firings?limit=200");
    let firings = client.get(&path).await.expect(200);
    firings["items"].as_array().unwrap().clone()
}

async fn at_least(client: &Client, id: &str, count: usize) -> Vec<Value> {
    until("the schedule to fire", 60, async || {
        let firings = firings(client, id).await;
        (firings.len() >= count).then_some(firings)
    })
    .await
}

/// Milliseconds of a time as the API writes it.
fn millis(at: &Value) -> i64 {
    let at: headwater_model::Timestamp = serde_json::from_value(at.clone()).unwrap();
    at.as_millis()
}

/// Switches it off, and checks that every second from its first to its last has one firing and one
/// run that ended well. Gives how late the latest was, in milliseconds.
async fn check_exactly_once(client: &Client, id: &str) -> i64 {
    let off = json!({ "enabled": false });
    client
        .patch(&format!("/triggers/{id}"), off)
        .await
        .expect(200);
    let firings = firings(client, id).await;
    let due: Vec<i64> = firings
        .iter()
        .map(|f| millis(&f["due_at"]) / 1000)
        .collect();
    let distinct: BTreeSet<i64> = due.iter().copied().collect();
    assert_eq!(due.len(), distinct.len(), "twice: {due:?}");
    let (first, last) = (distinct.first().unwrap(), distinct.last().unwrap());
    let span = usize::try_from(last - first + 1).unwrap();
    assert_eq!(distinct.len(), span, "missed: {due:?}");
    let mut runs = BTreeSet::new();
    for firing in &firings {
        assert_eq!(firing["outcome"], "started", "{firing}");
        let run = client.ended(firing["run_id"].as_str().unwrap()).await;
        assert_eq!(run["status"], "succeeded", "{run}");
        assert_eq!(run["trigger_id"], id);
        assert_eq!(run["input"]["name"], firing["due_at"]);
        runs.insert(run["id"].to_string());
    }
    assert_eq!(runs.len(), firings.len());
    let all = client.get("/runs?limit=200").await.expect(200);
    assert_eq!(
        all["items"].as_array().unwrap().len(),
        runs.len(),
        "runs without a firing"
    );
    let late = firings
        .iter()
        .map(|f| millis(&f["at"]) - millis(&f["due_at"]));
    late.max().unwrap()
}

/// Two servers on one database; one is killed in the middle of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_fires_exactly_once_while_servers_die() {
    let mut product = Product::start(Database::Postgres).await;
    let owner = product.set_up().await;
    let mut replica = product.replica().await;
    let flow = publish(&owner, greeting()).await;
    let id = every_second(&owner, &flow, json!({})).await;
    at_least(&owner, &id, 6).await;
    product.kill9();
    let other = owner.at(&replica.url);
    let before = firings(&other, &id).await.len();
    at_least(&other, &id, before + 6).await;
    // The one that died comes back, and the other dies.
    product.restart().await;
    let owner = owner.at(&product.url);
    replica.kill9();
    let before = firings(&owner, &id).await.len();
    at_least(&owner, &id, before + 6).await;
    let late = check_exactly_once(&owner, &id).await;
    eprintln!("the latest of the firings was {late} ms late");
    assert!(late <= 5_000, "{late} ms late");
}

async fn a_schedule_misses_nothing_across_a_restart(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let id = every_second(&owner, &flow, json!({})).await;
    let before = at_least(&owner, &id, 2).await.len();
    product.kill9();
    let back = now() + 2_500;
    until("times to go by without a server", 10, async || {
        (now() > back).then_some(())
    })
    .await;
    product.restart().await;
    let owner = owner.at(&product.url);
    at_least(&owner, &id, before + 5).await;
    check_exactly_once(&owner, &id).await;
}

async fn a_schedule_does_not_overlap_itself_when_told(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let asking = json!({
        "headwater": 1, "name": "Asking", "kind": "task",
        "inputs": [{ "name": "name", "type": "string" }],
        "nodes": [
            { "id": "ask", "kind": "human", "settings": { "title": "Go on?" } },
            { "id": "good", "kind": "answer", "settings": { "text": "Yes." } },
        ],
        "edges": [
            { "from": "start", "to": "ask" },
            { "from": "ask", "to": "good", "handle": "approve" },
        ],
    });
    let flow = publish(&owner, asking).await;
    let id = every_second(&owner, &flow, json!({ "overlap": "skip" })).await;
    let started = |firings: &[Value]| -> Vec<String> {
        let started = firings.iter().filter(|f| f["outcome"] == "started");
        started
            .map(|f| f["run_id"].as_str().unwrap().to_owned())
            .collect()
    };
    let seen = at_least(&owner, &id, 4).await;
    let runs = started(&seen);
    assert_eq!(runs.len(), 1, "{seen:?}");
    let others = seen.iter().filter(|f| f["outcome"] == "overlapped");
    assert_eq!(others.count(), seen.len() - 1);
    owner
        .post(&format!("/runs/{}/cancel", runs[0]), json!({}))
        .await;
    owner.ended(&runs[0]).await;
    until("the next run to start", 20, async || {
        let firings = firings(&owner, &id).await;
        (started(&firings).len() == 2).then_some(())
    })
    .await;
}

async fn a_firing_that_the_flow_refuses_is_told(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut counting = greeting();
    counting["inputs"] = json!([{ "name": "name", "type": "number", "required": true }]);
    let flow = publish(&owner, counting).await;
    let id = every_second(&owner, &flow, json!({})).await;
    let seen = at_least(&owner, &id, 2).await;
    for firing in &seen {
        assert_eq!(firing["outcome"], "refused");
        let detail = firing["detail"].as_str().unwrap();
        assert!(detail.contains("“name” must be a number"), "{detail}");
        assert_eq!(firing["run_id"], Value::Null);
    }
    let runs = owner.get("/runs").await.expect(200);
    assert_eq!(runs["items"], json!([]));
}

async fn a_schedule_tells_its_next_times_and_is_switched_off(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let body = json!({
        "flow": flow, "name": "Mornings", "input": { "name": "Ada" },
        "settings": { "kind": "schedule", "cron": "30 7 * * 1-5", "time_zone": "America/New_York" },
    });
    let made = owner.post("/triggers", body).await.expect(201);
    let next = made["next"].as_array().unwrap().clone();
    assert_eq!(next.len(), 5, "{made}");
    let times: Vec<i64> = next.iter().map(millis).collect();
    assert!(times.is_sorted() && times[0] > now(), "{made}");
    for at in &next {
        let at = at.as_str().unwrap();
        // Half past seven in New York is 11:30 or 12:30 in UTC.
        assert!(at.contains("T11:30:00") || at.contains("T12:30:00"), "{at}");
    }
    let path = format!("/triggers/{}", made["id"].as_str().unwrap());
    let off = owner
        .patch(&path, json!({ "enabled": false }))
        .await
        .expect(200);
    assert_eq!(off["next"], json!([]));
    let on = owner
        .patch(&path, json!({ "enabled": true }))
        .await
        .expect(200);
    assert_eq!(on["next"], made["next"]);
    let fired = owner
        .post(&format!("{path}/fire"), json!({}))
        .await
        .expect(202);
    assert_eq!(
        owner.ended(fired["id"].as_str().unwrap()).await["reply"],
        "Hello Ada!"
    );
}

async fn the_command_line_makes_and_shows_triggers(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    publish(&owner, greeting()).await;
    let run = |args: &[&str]| {
        let output = product.command().args(args).arg("--json").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {said}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let made = run(&[
        "trigger",
        "add",
        "schedule",
        "greeting",
        "--cron",
        "0 7 * * *",
        "--time-zone",
        "Europe/London",
        "--missed",
        "once",
        "--input",
        "name=Ada",
        "--disabled",
    ]);
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        (&made["enabled"], &made["settings"]["missed"]),
        (&json!(false), &json!("once"))
    );
    assert_eq!(
        run(&["trigger", "enable", id])["next"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    let fired = run(&["trigger", "fire", id]);
    owner.ended(fired["id"].as_str().unwrap()).await;
    let shown = run(&["trigger", "show", id]);
    assert_eq!(shown["firings"][0]["run_id"], fired["id"]);
    let hook = run(&[
        "trigger", "add", "webhook", "greeting", "--verify", "bearer", "--wait", "20s",
    ]);
    assert!(hook["secret"].as_str().unwrap().starts_with("whs_"));
    let hook = hook["id"].as_str().unwrap();
    assert!(run(&["trigger", "rotate", hook])["old_secret_until"].is_string());
    let fired = run(&["trigger", "fire", hook, "--body", r#"{"name":"Bob"}"#]);
    assert_eq!(
        owner.ended(fired["id"].as_str().unwrap()).await["reply"],
        "Hello Bob!"
    );
    let form = run(&[
        "trigger", "add", "form", "greeting", "--title", "Greet me", "--field", "name", "--result",
    ]);
    assert_eq!(form["settings"]["show"], "result");
    let listed = run(&["trigger", "list", "--flow", "greeting"]);
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    run(&["trigger", "disable", hook]);
    run(&["trigger", "remove", hook]);
    let listed = run(&["trigger", "list", "--kind", "webhook"]);
    assert_eq!(listed["items"], json!([]));
    // For people there is a table, and five times.
    let output = product
        .command()
        .args(["trigger", "show", id])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text.matches("Next: ").count(), 5, "{text}");
    assert!(
        text.contains("schedule of greeting: a schedule of greeting, on"),
        "{text}"
    );
}

async fn the_example_report_is_written_on_a_schedule(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/scheduled-report");
    let run = |args: &[&str]| {
        let output = product.command().args(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {said}");
        output.stdout
    };
    run(&["flow", "apply", examples]);
    let made = run(&[
        "trigger",
        "add",
        "schedule",
        "weekly-report",
        "--cron",
        "*/2 * * * * *",
        "--time-zone",
        "Europe/London",
        "--missed",
        "once",
        "--overlap",
        "skip",
        "--input",
        "day={{ schedule.date }}",
        "--input",
        "topic=API keys",
        "--json",
    ]);
    let made: Value = serde_json::from_slice(&made).unwrap();
    let id = made["id"].as_str().unwrap();
    let seen = at_least(&owner, id, 1).await;
    let first = seen.last().unwrap();
    let ended = owner.ended(first["run_id"].as_str().unwrap()).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let title = ended["outputs"]["title"].as_str().unwrap();
    assert!(
        title.ends_with(": API keys") && title.starts_with("20"),
        "{title}"
    );
    assert!(
        ended["outputs"]["report"].as_str().unwrap().contains("[1]"),
        "{ended}"
    );
}
