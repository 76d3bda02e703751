//! What the monitor says of traffic that is known exactly.

use headwater_tests::{Client, Database, Product, Vendor, stories, until};
use serde_json::{Value, json};

use crate::words::{publish, speaking};

stories!(
    what_happened_is_counted_exactly_and_a_restart_keeps_it,
    another_workspace_is_told_nothing_of_this_one,
    a_figure_above_its_threshold_is_an_alert_until_it_is_not,
    documents_and_kept_results_are_counted,
);

async fn invoke(client: &Client, flow: &str) -> u16 {
    let body = json!({ "input": { "question": "Who is counted?" } });
    let path = format!("/flows/{flow}/invoke");
    client.post(&path, body).await.status.as_u16()
}

/// A flow that asks a model the vendor refuses.
fn refused() -> Value {
    let mut flow = speaking();
    flow["name"] = json!("Refused");
    flow["nodes"][1]["settings"]["model"] = json!("scripted/refuses");
    flow
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn sum(line: &Value) -> u64 {
    line.as_array().unwrap().iter().map(number).sum()
}

async fn board(client: &Client, board: &str) -> Value {
    let path = format!("/monitor/{board}?range=1h");
    client.get(&path).await.expect(200)
}

async fn what_happened_is_counted_exactly_and_a_restart_keeps_it(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let price = json!({ "model": "scripted/scripted-small",
        "price": { "input": "1.5", "output": 2.25, "cached": null } });
    owner.put("/models/prices", price).await.expect(200);
    let (good, bad) = (
        publish(&owner, speaking()).await,
        publish(&owner, refused()).await,
    );
    let key = product.key(&owner, &["run"]).await;
    let before = board(&owner, "system").await;
    for caller in [&owner, &owner, &owner, &key] {
        assert_eq!(invoke(caller, &good).await, 200);
    }
    invoke(&owner, &bad).await;
    assert_eq!(owner.get("/flows/nothing").await.status, 404);

    let overview = board(&owner, "overview").await;
    let totals = &overview["totals"];
    assert_eq!(
        (&totals["runs"], &totals["failed"]),
        (&json!(5), &json!(1)),
        "{totals}"
    );
    assert_eq!(totals["first_tokens"], 4, "{totals}");
    assert!(totals["took"]["p95"].is_number() && totals["first_token"]["p50"].is_number());
    let lines = &overview["lines"];
    assert_eq!((sum(&lines["runs"]), sum(&lines["failed"])), (5, 1));
    assert_eq!(lines["at"].as_array().unwrap().len(), 60);
    assert_eq!(overview["now"]["running"], 0);

    let usage = board(&owner, "usage").await;
    let row = |of: &str, id: &str| {
        let rows = usage[of]["top"].as_array().unwrap().iter();
        let mut rows = rows.filter(|row| row["id"].as_str().is_some_and(|name| name.contains(id)));
        rows.next()
            .unwrap_or_else(|| panic!("no {id} in {usage}"))
            .clone()
    };
    let speaks = row("flows", &good);
    assert_eq!(
        (&speaks["name"], &speaks["count"]),
        (&json!("Speaking"), &json!(4))
    );
    let model = row("models", "scripted-small");
    assert_eq!((&model["count"], &model["failed"]), (&json!(4), &json!(0)));
    assert_eq!(
        model["cost"], speaks["cost"],
        "runs cost what their calls cost"
    );
    assert_eq!(usage["totals"]["cost"], speaks["cost"]);
    assert!(model["first_token"]["p95"].is_number(), "{model}");
    assert_eq!(row("models", "refuses")["failed"], 1);
    let person = row("members", "usr_");
    assert_eq!(
        (&person["name"], &person["count"]),
        (&json!("Olga Owner"), &json!(4))
    );
    let program = row("members", "key_");
    assert_eq!(
        (&program["name"], &program["count"]),
        (&json!("run"), &json!(1))
    );
    assert_eq!(
        sum(&speaks["tokens"]),
        number(&speaks["input_tokens"]) + number(&speaks["output_tokens"])
    );

    let after = board(&owner, "system").await;
    let more = |name: &str| number(&after["totals"][name]) - number(&before["totals"][name]);
    assert_eq!(
        (more("requests"), more("refused"), more("errors")),
        (6, 1, 0)
    );
    assert!(after["servers"][0]["memory"].as_u64().unwrap() > 1_000_000);
    let metrics = owner.get("//metrics").await.text;
    assert!(
        metrics.contains("headwater_first_token_seconds"),
        "{metrics}"
    );

    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    assert_eq!(board(&owner, "overview").await["totals"], *totals);
    let again = board(&owner, "system").await;
    for name in ["requests", "refused", "errors"] {
        assert_eq!(again["totals"][name], after["totals"][name], "{name}");
    }
    assert_eq!(again["totals"]["took"], after["totals"]["took"]);
    // What another process measured is shown by the minute, not by five seconds.
    let path = "/monitor/system?range=15m";
    assert_eq!(owner.get(path).await.expect(200)["step_ms"], 60_000);
    assert_eq!(
        owner.get("/monitor/usage?range=2h").await.problem(400),
        "invalid"
    );
    // A time of one's own has the same in it, and nothing of before.
    let at = &overview["lines"]["at"];
    let (first, last) = (at[0].as_i64().unwrap(), at[59].as_i64().unwrap() + 120_000);
    let own = format!("from={}&to={}", of_millis(first), of_millis(last));
    let of_own = async |board: &str| {
        let path = format!("/monitor/{board}?{own}");
        owner.get(&path).await.expect(200)
    };
    let looked = of_own("overview").await;
    assert_eq!(
        (&looked["range"], &looked["totals"]),
        (&Value::Null, totals)
    );
    assert_eq!(looked["step_ms"], 60_000);
    assert_eq!(of_own("usage").await["totals"], usage["totals"]);
    let servers = of_own("system").await;
    assert_eq!(servers["totals"]["refused"], after["totals"]["refused"]);
    assert!(servers["processors"].as_u64().unwrap() > 0 && servers["servers"][0]["this"] == true);
    let past = format!(
        "from={}&to={}",
        of_millis(first - 7_200_000),
        of_millis(first)
    );
    let past = owner.get(&format!("/monitor/overview?{past}")).await;
    assert_eq!(past.expect(200)["totals"]["runs"], 0);
    for (query, field) in [
        ("from=2026-01-01", "to"),
        ("to=2026-01-01", "from"),
        ("from=2026-01-02&to=2026-01-01", "to"),
        ("from=2025-01-01&to=2026-01-01", "from"),
        ("from=yesterday&to=2026-01-01", "from"),
        ("range=1h&from=2026-01-01&to=2026-01-02", "range"),
    ] {
        let refused = owner.get(&format!("/monitor/overview?{query}")).await;
        assert_eq!(refused.problem(400), "invalid", "{query}");
        assert_eq!(refused.json()["field"], field, "{query}");
    }
}

fn of_millis(ms: i64) -> String {
    headwater_model::Timestamp::from_millis(ms).to_string()
}

async fn another_workspace_is_told_nothing_of_this_one(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let flow = publish(&owner, refused()).await;
    invoke(&owner, &flow).await;
    let limit = json!({ "items": [{ "figure": "error_rate", "limit": 1 }] });
    owner.put("/monitor/thresholds", limit).await.expect(200);
    let made = owner
        .post("/workspaces", json!({ "name": "Other" }))
        .await
        .expect(201);
    let other = owner.in_workspace(made["id"].as_str().unwrap());
    let overview = board(&other, "overview").await;
    assert_eq!(
        (&overview["totals"]["runs"], sum(&overview["lines"]["runs"])),
        (&json!(0), 0)
    );
    let usage = board(&other, "usage").await;
    for of in ["flows", "models", "members"] {
        assert_eq!(usage[of]["top"], json!([]), "{of}");
    }
    for list in ["alerts", "thresholds"] {
        let told = other.get(&format!("/monitor/{list}")).await.expect(200);
        assert_eq!(told["items"], json!([]), "{list}");
        let own = owner.get(&format!("/monitor/{list}")).await.expect(200);
        assert_eq!(own["items"].as_array().unwrap().len(), 1, "{list}");
    }
}

async fn a_figure_above_its_threshold_is_an_alert_until_it_is_not(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let flow = publish(&owner, refused()).await;
    invoke(&owner, &flow).await;
    let reader = product.key(&owner, &["read"]).await;
    let set = async |items: Value| {
        owner
            .put("/monitor/thresholds", json!({ "items": items }))
            .await
    };
    let alerts = async |client: &Client| {
        let told = client.get("/monitor/alerts").await.expect(200);
        told["items"].as_array().unwrap().clone()
    };
    let limits =
        json!([{ "figure": "error_rate", "limit": 50 }, { "figure": "memory", "limit": 1 }]);
    set(limits).await.expect(200);
    let told = alerts(&owner).await;
    assert_eq!(told.len(), 2, "{told:?}");
    let errors = told
        .iter()
        .find(|alert| alert["figure"] == "error_rate")
        .unwrap();
    assert_eq!(
        (&errors["value"], &errors["limit"]),
        (&json!(100.0), &json!(50.0))
    );
    assert!(errors["ended_at"].is_null() && errors["since"].is_string());
    let figures = board(&owner, "overview").await["figures"].clone();
    let rate = figures
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["figure"] == "error_rate")
        .unwrap();
    assert_eq!(
        (&rate["value"], &rate["exceeded"]),
        (&json!(100.0), &json!(true))
    );
    // The memory of the server is no business of those who only read.
    let theirs = alerts(&reader).await;
    assert_eq!(
        (theirs.len(), &theirs[0]["figure"]),
        (1, &json!("error_rate"))
    );
    let figures = board(&reader, "overview").await["figures"].to_string();
    assert!(!figures.contains("memory"), "{figures}");
    // An alert goes on across a restart, and is the same.
    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    let set = async |items: Value| {
        owner
            .put("/monitor/thresholds", json!({ "items": items }))
            .await
    };
    set(json!([{ "figure": "error_rate", "limit": 60 }]))
        .await
        .expect(200);
    let told = alerts(&owner).await;
    assert_eq!(
        (&told[0]["id"], &told[0]["since"]),
        (&errors["id"], &errors["since"])
    );
    assert_eq!(
        (&told[0]["limit"], &told[0]["ended_at"]),
        (&json!(60.0), &Value::Null)
    );
    assert!(told[1]["ended_at"].is_string(), "{told:?}");
    set(json!([{ "figure": "error_rate", "limit": 100 }]))
        .await
        .expect(200);
    let told = alerts(&owner).await;
    assert!(
        told.iter().all(|alert| alert["ended_at"].is_string()),
        "{told:?}"
    );
    let audit = owner.get("/audit").await.expect(200).to_string();
    assert!(
        audit.contains("monitor.thresholds") && audit.contains("error_rate 60"),
        "{audit}"
    );
    for wrong in [
        json!([{ "figure": "error_rate", "limit": 101 }]),
        json!([{ "figure": "memory", "limit": -1 }]),
        json!([{ "figure": "run_p95", "limit": 1 }, { "figure": "run_p95", "limit": 2 }]),
    ] {
        assert_eq!(set(wrong).await.problem(400), "invalid");
    }
}

async fn documents_and_kept_results_are_counted(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let documents = owner
        .get("/knowledge-bases/handbook/documents?limit=100")
        .await
        .expect(200);
    let documents = documents["items"].as_array().unwrap().clone();
    let chunks: u64 = documents
        .iter()
        .map(|document| number(&document["chunks"]))
        .sum();
    let now = board(&owner, "overview").await["now"].clone();
    assert_eq!(
        (&now["documents_ready"], &now["chunks"]),
        (&json!(documents.len()), &json!(chunks))
    );
    assert_eq!(now["documents_waiting"], 0);
    let totals = until("all documents to be counted", 10, async || {
        let totals = board(&owner, "system").await["totals"].clone();
        (totals["documents_done"] == documents.len()).then_some(totals)
    })
    .await;
    assert_eq!(
        (&totals["chunks_done"], &totals["documents_failed"]),
        (&json!(chunks), &json!(0))
    );

    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let mut flow = speaking();
    flow["kind"] = json!("task");
    flow["nodes"][1]["cache"] = json!({ "ttl": "10m" });
    let flow = publish(&owner, flow).await;
    for _ in 0..3 {
        assert_eq!(invoke(&owner, &flow).await, 200);
    }
    let results = board(&owner, "system").await["totals"]["results"].clone();
    assert_eq!(results, json!({ "hits": 2, "misses": 1 }));
}
