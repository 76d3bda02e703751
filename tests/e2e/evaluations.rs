//! Question sets asked of their knowledge bases: measured, compared, interrupted.

use std::process::Output;

use headwater_tests::{Client, Database, Product, Vendor, stories, until};
use serde_json::{Value, json};

stories!(
    an_evaluation_measures_what_is_found_and_tells_what_is_gone,
    two_evaluations_stand_side_by_side,
    an_evaluation_survives_a_server_that_dies,
    a_cancelled_evaluation_ends_and_keeps_what_it_has,
    a_build_fails_when_a_measure_is_too_low,
);

pub const PUMPS: &str = "Use lithium grease every ninety days. Never mix it with other greases.";
pub const FILTERS: &str = "Filters are cleaned in spring and in autumn. Wear gloves.";
pub const VALVES: &str = "A valve that drips needs a new seal. Order it by its number.";

pub async fn notes(client: &Client) -> String {
    let body = json!({ "name": "Notes" });
    let kb = client.post("/knowledge-bases", body).await.expect(201);
    let kb = kb["id"].as_str().unwrap().to_owned();
    for (name, text) in [
        ("pumps.txt", PUMPS),
        ("filters.txt", FILTERS),
        ("valves.txt", VALVES),
    ] {
        let document = client.upload(&kb, name, text).await;
        let done = client.processed(document["id"].as_str().unwrap()).await;
        assert_eq!(done["status"], "ready", "{done}");
    }
    kb
}

pub async fn set(client: &Client, kb: &str, questions: &[Value]) -> String {
    let path = format!("/knowledge-bases/{kb}/question-sets");
    let set = client.post(&path, json!({ "name": "FAQ" })).await;
    let set = set.expect(201)["id"].as_str().unwrap().to_owned();
    for question in questions {
        let path = format!("/question-sets/{set}/questions");
        client.post(&path, question.clone()).await.expect(201);
    }
    set
}

pub async fn start(client: &Client, kb: &str, set: &str, settings: Value) -> String {
    let body = json!({ "question_set": set, "settings": settings });
    let path = format!("/knowledge-bases/{kb}/evaluations");
    let started = client.post(&path, body).await.expect(202);
    assert_eq!(started["status"], "queued", "{started}");
    started["id"].as_str().unwrap().to_owned()
}

pub async fn over(client: &Client, id: &str) -> Value {
    let path = format!("/evaluations/{id}");
    until("the evaluation to be over", 120, async || {
        let evaluation = client.get(&path).await.expect(200);
        let status = evaluation["status"].as_str().unwrap();
        (!matches!(status, "queued" | "running")).then_some(evaluation)
    })
    .await
}

pub async fn evaluate(client: &Client, kb: &str, set: &str, settings: Value) -> Value {
    let id = start(client, kb, set, settings).await;
    let done = over(client, &id).await;
    assert_eq!(done["status"], "done", "{done}");
    done
}

pub async fn results(client: &Client, evaluation: &Value) -> Vec<Value> {
    let id = evaluation["id"].as_str().unwrap();
    let path = format!("/evaluations/{id}/questions?limit=200");
    let page = client.get(&path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

pub fn close(value: &Value, expected: f64) -> bool {
    (value.as_f64().unwrap_or(f64::NAN) - expected).abs() < 1e-9
}

pub async fn provider(client: &Client, vendor: &Vendor) {
    let body =
        json!({ "kind": "openai", "name": "acme", "api_key": "k", "base_url": vendor.base_url() });
    client.post("/providers", body).await.expect(201);
}

async fn an_evaluation_measures_what_is_found_and_tells_what_is_gone(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = notes(&owner).await;
    let set = set(
        &owner,
        &kb,
        &[
            json!({ "question": "grease", "relevant": [{ "quote": "every NINETY days", "grade": 3 },
                { "document": "manual.pdf" }] }),
            json!({ "question": "gloves and a seal", "relevant": [{ "document": "filters" },
                { "document": "valves.txt", "grade": 2 }, { "document": "pumps.txt" }] }),
            json!({ "question": "gloves", "relevant": [{ "quote": "Zeppelins are filled with helium." }] }),
            json!({ "question": "seal" }),
            json!({ "question": "seal", "relevant": [{ "document": "valves.txt" }],
                "filter": { "equals": { "field": "document_name", "value": "pumps.txt" } } }),
        ],
    )
    .await;
    let done = evaluate(&owner, &kb, &set, json!({ "k": [1, 3] })).await;
    assert_eq!((&done["questions"], &done["done"]), (&json!(5), &json!(5)));
    let report = &done["report"];
    assert_eq!(
        (&report["measured"], &report["skipped"]),
        (&json!(3), &json!(2)),
        "{report}"
    );
    assert_eq!(report["lost_labels"], 2, "{report}");
    let all = results(&owner, &done).await;
    // One is found at once, and the label of what is not there does not count.
    let first = &all[0]["result"];
    assert!(close(&first["measures"]["ndcg@1"], 1.0), "{first}");
    assert_eq!(first["lost"][0]["label"], 1);
    assert!(
        first["lost"][0]["why"]
            .as_str()
            .unwrap()
            .contains("manual.pdf")
    );
    assert_eq!(first["passages"][0]["grade"], 3);
    assert_eq!(first["passages"][0]["labels"], json!([0]));
    // Two of three documents are found, in one order or the other.
    let second = &all[1]["result"];
    let grades: Vec<f64> = second["passages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|passage| passage["grade"].as_f64().unwrap())
        .collect();
    assert_eq!(grades.len(), 2, "{second}");
    let log3 = 3_f64.log2();
    let gain = grades[0] + grades[1] / log3;
    let best = 2.0 + 1.0 / log3 + 1.0 / 2.0;
    assert!(
        close(&second["measures"]["ndcg@3"], gain / best),
        "{second}"
    );
    assert!(close(&second["measures"]["recall@3"], 2.0 / 3.0));
    assert!(close(&second["measures"]["precision@3"], 2.0 / 3.0));
    assert!(close(&second["measures"]["map"], 2.0 / 3.0));
    assert!(
        all[2]["result"]["skipped"]
            .as_str()
            .unwrap()
            .contains("any more"),
        "{}",
        all[2]
    );
    assert!(
        all[3]["result"]["skipped"]
            .as_str()
            .unwrap()
            .contains("labelled")
    );
    assert!(
        close(&all[4]["result"]["measures"]["hit@3"], 0.0),
        "{}",
        all[4]
    );
    assert!(close(&report["measures"]["hit@3"], 2.0 / 3.0), "{report}");
    // A model that fails is told, and the measures are of what was found without it.
    let vendor = Vendor::start().await;
    provider(&owner, &vendor).await;
    let settings = json!({ "options": { "rerank_model": "acme/rerank-broken" } });
    let done = evaluate(&owner, &kb, &set, settings).await;
    let note = &done["report"]["notes"][0];
    assert_eq!(note["note"]["about"], "rerank", "{done}");
    assert!(note["questions"].as_u64() >= Some(3), "{note}");
    // A question that cannot be searched for is one of those that failed.
    let done = evaluate(
        &owner,
        &kb,
        &set,
        json!({ "options": { "mode": "vector" } }),
    )
    .await;
    assert_eq!(done["report"]["failed"], 5, "{done}");
    assert_eq!(done["report"]["measures"], json!({}));
    let all = owner
        .get(&format!(
            "/knowledge-bases/{kb}/evaluations?question_set={set}&limit=2"
        ))
        .await
        .expect(200);
    assert_eq!(all["items"][0]["id"], done["id"]);
    assert!(all["next"].is_string(), "{all}");
    let path = format!("/evaluations/{}", done["id"].as_str().unwrap());
    assert_eq!(
        owner
            .post(&format!("{path}/cancel"), json!({}))
            .await
            .problem(409),
        "conflict"
    );
    owner.delete(&path).await.expect(204);
    assert_eq!(owner.get(&path).await.problem(404), "not_found");
}

async fn two_evaluations_stand_side_by_side(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let body =
        json!({ "kind": "jina", "name": "jina", "api_key": "k", "base_url": vendor.base_url() });
    owner.post("/providers", body).await.expect(201);
    let kb = owner
        .post("/knowledge-bases", json!({ "name": "Notes" }))
        .await
        .expect(201);
    let kb = kb["id"].as_str().unwrap().to_owned();
    for (name, text) in [
        (
            "long.txt",
            "Pumps, pumps and again pumps: whoever keeps pumps greases pumps, since pumps without grease are pumps that squeal.",
        ),
        ("short.txt", "Grease pumps in May."),
    ] {
        let document = owner.upload(&kb, name, text).await;
        owner.processed(document["id"].as_str().unwrap()).await;
    }
    let asked = |n: usize, document: &str| json!({ "question": format!("grease pumps {n}"), "relevant": [{ "document": document }] });
    let questions: Vec<Value> = (0..8)
        .map(|n| asked(n, if n == 7 { "long.txt" } else { "short.txt" }))
        .collect();
    let set = set(&owner, &kb, &questions).await;
    let before = evaluate(&owner, &kb, &set, json!({})).await;
    let settings = json!({ "options": { "rerank_model": "jina/judge" } });
    let after = evaluate(&owner, &kb, &set, settings).await;
    let id = |evaluation: &Value| evaluation["id"].as_str().unwrap().to_owned();
    let path = format!("/evaluations/{}/compare/{}", id(&before), id(&after));
    let compared = owner
        .get(&format!("{path}?measure=mrr&seed=7"))
        .await
        .expect(200);
    assert_eq!(
        (&compared["questions"], &compared["left_out"]),
        (&json!(8), &json!(0))
    );
    let measures = compared["measures"].as_array().unwrap();
    let mrr = measures.iter().find(|m| m["measure"] == "mrr").unwrap();
    let expected = (7.0 * 0.5 - 0.5) / 8.0;
    assert!(close(&mrr["difference"], expected), "{mrr}");
    assert!(close(
        &mrr["before"],
        before["report"]["measures"]["mrr"].as_f64().unwrap()
    ));
    assert!(close(
        &mrr["after"],
        after["report"]["measures"]["mrr"].as_f64().unwrap()
    ));
    // Of 256 ways to swap eight equal gains, 18 are as great: seven or more of one sign.
    let p = mrr["p_value"].as_f64().unwrap();
    assert!((p - 18.0 / 256.0).abs() < 0.02, "{mrr}");
    assert!(
        mrr["low"].as_f64() < mrr["difference"].as_f64()
            && mrr["high"].as_f64() > mrr["difference"].as_f64()
    );
    assert_eq!(compared["gained"].as_array().unwrap().len(), 7);
    assert_eq!(compared["lost"][0]["question"], "grease pumps 7");
    assert_eq!(
        owner
            .get(&format!("{path}?measure=mrr&seed=7"))
            .await
            .expect(200),
        compared
    );
    assert_eq!(owner.get(&path).await.expect(200)["measure"], "ndcg@10");
    assert_eq!(
        owner.get(&format!("{path}?measure=f1")).await.problem(400),
        "invalid"
    );
    assert_eq!(
        owner.get(&format!("{path}?rounds=1")).await.problem(400),
        "invalid"
    );
    // A question that was changed between is another one.
    let listed = owner
        .get(&format!("/question-sets/{set}/questions"))
        .await
        .expect(200);
    let first = listed["items"][0]["id"].as_str().unwrap();
    owner
        .put(&format!("/questions/{first}"), asked(99, "long.txt"))
        .await
        .expect(200);
    let later = evaluate(&owner, &kb, &set, json!({})).await;
    let path = format!("/evaluations/{}/compare/{}", id(&before), id(&later));
    let compared = owner.get(&path).await.expect(200);
    assert_eq!(
        (&compared["questions"], &compared["left_out"]),
        (&json!(7), &json!(1))
    );
    let other = owner
        .post(
            &format!("/knowledge-bases/{kb}/question-sets"),
            json!({ "name": "B" }),
        )
        .await;
    let other = other.expect(201)["id"].as_str().unwrap().to_owned();
    owner
        .post(
            &format!("/question-sets/{other}/questions"),
            asked(1, "short.txt"),
        )
        .await
        .expect(201);
    let of_other = evaluate(&owner, &kb, &other, json!({})).await;
    let path = format!("/evaluations/{}/compare/{}", id(&before), id(&of_other));
    assert_eq!(owner.get(&path).await.problem(409), "conflict");
}

const MANY: usize = 16;

/// A set whose answers take a while each.
async fn lengthy(owner: &Client, vendor: &Vendor) -> (String, String, Value) {
    provider(owner, vendor).await;
    let kb = notes(owner).await;
    let questions: Vec<Value> = (0..MANY)
        .map(|n| json!({ "question": format!("grease {n}"), "relevant": [{ "document": "pumps.txt" }] }))
        .collect();
    let set = set(owner, &kb, &questions).await;
    let settings =
        json!({ "judge": { "judge_model": "acme/judge", "answer_model": "acme/words-10-60" } });
    (kb, set, settings)
}

async fn under_way(client: &Client, id: &str) -> u64 {
    until("some questions to be asked", 60, async || {
        let evaluation = client.get(&format!("/evaluations/{id}")).await.expect(200);
        let done = evaluation["done"].as_u64().unwrap();
        (done > 0).then_some(done)
    })
    .await
}

async fn an_evaluation_survives_a_server_that_dies(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let (kb, set, settings) = lengthy(&owner, &vendor).await;
    let id = start(&owner, &kb, &set, settings).await;
    let before = under_way(&owner, &id).await;
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    let done = over(&owner, &id).await;
    assert_eq!(done["status"], "done", "{done}");
    assert_eq!(
        (&done["done"], &done["report"]["measured"]),
        (&json!(MANY), &json!(MANY))
    );
    assert_eq!(done["report"]["judged"]["failed"], 0, "{done}");
    // What was kept was not asked again: at most what was on its way.
    let asked = vendor.requests_for("words-10-60").len();
    assert!((MANY..=MANY + 4).contains(&asked), "{asked} after {before}");
}

async fn a_cancelled_evaluation_ends_and_keeps_what_it_has(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let (kb, set, settings) = lengthy(&owner, &vendor).await;
    let id = start(&owner, &kb, &set, settings).await;
    under_way(&owner, &id).await;
    let path = format!("/evaluations/{id}");
    let cancelled = owner
        .post(&format!("{path}/cancel"), json!({}))
        .await
        .expect(200);
    assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    assert_eq!(cancelled["report"], Value::Null);
    until("the vendor to be left alone", 30, async || {
        (vendor.finished() + vendor.hung_up() == vendor.calls()).then_some(())
    })
    .await;
    let after = owner.get(&path).await.expect(200);
    let kept = after["done"].as_u64().unwrap();
    assert!(kept > 0 && kept < MANY as u64, "{after}");
    assert!(vendor.requests_for("words-10-60").len() < MANY);
    // The worker is free for the next one.
    let done = evaluate(&owner, &kb, &set, json!({})).await;
    assert_eq!(done["report"]["measured"], MANY);
    // With the set go its evaluations.
    owner
        .delete(&format!("/question-sets/{set}"))
        .await
        .expect(204);
    assert_eq!(owner.get(&path).await.problem(404), "not_found");
}

fn run(product: &Product, words: &[&str]) -> Output {
    product.command().args(words).output().unwrap()
}

async fn a_build_fails_when_a_measure_is_too_low(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    notes(&owner).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("faq.csv");
    std::fs::write(
        &file,
        "question,quote\ngrease,every ninety days\ngloves,wear gloves\nzeppelin,new seal\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let done = run(
        &product,
        &["kb", "questions", "import", "notes", "faq", file],
    );
    assert!(done.status.success(), "{done:?}");
    let out = String::from_utf8(done.stdout).unwrap();
    assert!(out.contains("3 questions were added"), "{out}");
    let listed = run(&product, &["kb", "questions", "list", "notes"]);
    assert!(String::from_utf8(listed.stdout).unwrap().contains("faq"));
    let export = run(&product, &["kb", "questions", "export", "notes", "faq"]);
    assert_eq!(String::from_utf8(export.stdout).unwrap().lines().count(), 3);
    let base = ["kb", "evaluate", "notes", "faq"];
    let with = |more: &[&str]| run(&product, &[&base[..], more].concat());
    let compare = with(&["--compare", "last"]);
    assert!(!compare.status.success());
    let passed = with(&["--threshold", "mrr=0.66", "--k", "1,5"]);
    assert!(passed.status.success(), "{passed:?}");
    let out = String::from_utf8(passed.stdout).unwrap();
    assert!(out.contains("ndcg@5") && !out.contains("ndcg@10"), "{out}");
    let failed = with(&["--min", "hit@10=0.7"]);
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    let told = String::from_utf8(failed.stderr).unwrap();
    assert!(told.contains("hit@10 is 0.6667, below 0.7"), "{told}");
    let unknown = with(&["--threshold", "f1=0.1"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        String::from_utf8(unknown.stderr)
            .unwrap()
            .contains("There is no f1")
    );
    let compared = with(&["--compare", "last", "--mode", "lexical", "--json"]);
    assert!(compared.status.success(), "{compared:?}");
    let compared: Value = serde_json::from_slice(&compared.stdout).unwrap();
    assert_eq!(
        compared["evaluation"]["settings"]["options"]["mode"],
        "lexical"
    );
    assert_eq!(compared["comparison"]["questions"], 3, "{compared}");
    let table = with(&["--compare", "last"]);
    let out = String::from_utf8(table.stdout).unwrap();
    assert!(
        out.contains("difference") && out.contains("+0.000 to +0.000"),
        "{out}"
    );
    let gone = with(&["--mode", "vector"]);
    assert_eq!(gone.status.code(), Some(1), "{gone:?}");
    let deleted = run(
        &product,
        &["kb", "questions", "delete", "notes", "faq", "--yes"],
    );
    assert!(deleted.status.success(), "{deleted:?}");
}
