//! Prompts that people ask with again: their own, and those of all members.

use headwater_tests::{Client, Database, Product, stories};
use serde_json::{Value, json};

use crate::feedback::{audited, member};

stories!(
    a_prompt_is_kept_found_changed_and_deleted,
    own_prompts_are_nobody_elses_and_common_ones_everybodys,
    a_prompt_that_cannot_be_kept_is_told_which_field_is_wrong,
    a_long_list_of_prompts_is_read_page_by_page,
);

fn new(name: &str, text: &str) -> Value {
    json!({ "name": name, "text": text })
}

async fn keep(client: &Client, prompt: Value) -> Value {
    client.post("/prompts", prompt).await.expect(201)
}

fn path(prompt: &Value) -> String {
    format!("/prompts/{}", prompt["id"].as_str().unwrap())
}

async fn names(client: &Client, query: &str) -> Vec<String> {
    let list = client.get(&format!("/prompts{query}")).await.expect(200);
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_prompt_is_kept_found_changed_and_deleted(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let text = "Write to {{customer}} about {{ the matter }}.\r\nBe brief, {{customer}} is busy.";
    let letter = keep(&owner, new(" Letter ", text)).await;
    assert!(
        letter["id"].as_str().unwrap().starts_with("prm_"),
        "{letter}"
    );
    assert_eq!(letter["name"], "Letter");
    assert_eq!(letter["variables"], json!(["customer", "the matter"]));
    assert!(letter["text"].as_str().unwrap().contains(".\nBe brief"));
    assert_eq!(letter["created_by"]["name"], "Olga Owner", "{letter}");
    keep(&owner, new("Überblick 100%", "Fasse {{Text}} zusammen.")).await;
    keep(&owner, new("assess", "Assess the risk of {{plan}}.")).await;
    // By name, whatever the case.
    assert_eq!(
        names(&owner, "?limit=2").await,
        ["assess", "Letter"],
        "in order"
    );
    // Words are found in names and texts, in whichever case; signs of patterns are signs.
    assert_eq!(names(&owner, "?q=BRIEF%20letter").await, ["Letter"]);
    assert_eq!(names(&owner, "?q=%C3%9CBER").await, ["Überblick 100%"]);
    assert_eq!(names(&owner, "?q=0%25").await, ["Überblick 100%"]);
    assert_eq!(names(&owner, "?q=_").await, Vec::<String>::new());
    let change = json!({ "text": "Write to {{whom}}." });
    let changed = owner.patch(&path(&letter), change).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["variables"]),
        (&json!("Letter"), &json!(["whom"]))
    );
    assert_eq!(owner.get(&path(&letter)).await.expect(200), changed);
    assert_eq!(
        names(&owner, "?q=busy").await,
        Vec::<String>::new(),
        "what was said before is no longer found"
    );
    owner.delete(&path(&letter)).await.expect(204);
    assert_eq!(owner.get(&path(&letter)).await.problem(404), "not_found");
    assert_eq!(owner.delete(&path(&letter)).await.problem(404), "not_found");
    let mut actions = audited(&owner, letter["id"].as_str().unwrap()).await;
    actions.sort_unstable();
    assert_eq!(actions, ["prompt.create", "prompt.delete", "prompt.update"]);
}

async fn own_prompts_are_nobody_elses_and_common_ones_everybodys(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let viewer = member(&product, &owner, "vera", "viewer").await;
    let editor = member(&product, &owner, "emil", "editor").await;
    let own = keep(&viewer, new("Mine", "Only I see {{this}}.")).await;
    assert_eq!(own["common"], false);
    for other in [&owner, &editor] {
        assert_eq!(other.get(&path(&own)).await.problem(404), "not_found");
        let change = other.patch(&path(&own), json!({ "name": "Theirs" })).await;
        assert_eq!(change.problem(404), "not_found");
        assert_eq!(other.delete(&path(&own)).await.problem(404), "not_found");
        assert_eq!(names(other, "").await, Vec::<String>::new());
    }
    // Who may not edit uses common prompts and makes none, nor of their own.
    let ours = json!({ "name": "Ours", "text": "All see this.", "common": true });
    let refused = viewer.post("/prompts", ours.clone()).await;
    assert_eq!(refused.problem(403), "forbidden");
    let common = json!({ "common": true });
    let refused = viewer.patch(&path(&own), common.clone()).await;
    assert_eq!(refused.problem(403), "forbidden");
    let ours = keep(&editor, ours).await;
    assert_eq!(names(&viewer, "").await, ["Mine", "Ours"]);
    assert_eq!(
        viewer.get(&path(&ours)).await.expect(200)["created_by"]["name"],
        "emil"
    );
    let taken = viewer.patch(&path(&ours), json!({ "common": false })).await;
    assert_eq!(taken.problem(403), "forbidden");
    assert_eq!(viewer.delete(&path(&ours)).await.problem(403), "forbidden");
    // The same name may be one's own and common; an own one may become common, if none is called so.
    let hers = keep(&editor, new("Ours", "My own words.")).await;
    let clash = editor.patch(&path(&hers), common.clone()).await.expect(409);
    assert_eq!(clash["field"], "name", "{clash}");
    let renamed = json!({ "common": true, "name": "Also ours" });
    let moved = editor.patch(&path(&hers), renamed).await.expect(200);
    assert_eq!(moved["common"], true);
    assert_eq!(names(&viewer, "").await, ["Also ours", "Mine", "Ours"]);
    owner.delete(&path(&ours)).await.expect(204);
    // A program has its own, and needs the scope that chats.
    let program = product.key(&owner, &["run"]).await;
    keep(&program, new("Of a program", "x")).await;
    assert_eq!(names(&program, "").await, ["Also ours", "Of a program"]);
    assert_eq!(names(&owner, "").await, ["Also ours"]);
    let reader = product.key(&owner, &["read"]).await;
    assert_eq!(reader.get("/prompts").await.problem(403), "forbidden");
    let second = owner
        .post("/workspaces", json!({ "name": "Second" }))
        .await
        .expect(201);
    let elsewhere = owner.in_workspace(second["id"].as_str().unwrap());
    assert_eq!(names(&elsewhere, "").await, Vec::<String>::new());
    assert_eq!(elsewhere.get(&path(&moved)).await.problem(404), "not_found");
}

async fn a_prompt_that_cannot_be_kept_is_told_which_field_is_wrong(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let many: String = (0..21).map(|n| format!("{{{{v{n}}}}}")).collect();
    for (wrong, field) in [
        (new(" ", "x"), "name"),
        (new(&"n".repeat(101), "x"), "name"),
        (new("n", " \n"), "text"),
        (new("n", &"x".repeat(10_001)), "text"),
        (new("n", &many), "text"),
    ] {
        let refused = owner.post("/prompts", wrong).await.expect(400);
        assert_eq!(refused["field"], field, "{refused}");
    }
    let kept = keep(&owner, new("Twice", "x")).await;
    let taken = owner.post("/prompts", new("Twice", "y")).await;
    assert_eq!(taken.problem(409), "conflict");
    assert_eq!(taken.json()["field"], "name");
    let empty = owner.patch(&path(&kept), json!({ "text": "" })).await;
    assert_eq!(empty.expect(400)["field"], "text");
    assert_eq!(owner.get(&path(&kept)).await.expect(200), kept);
}

async fn a_long_list_of_prompts_is_read_page_by_page(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    for n in 0..7 {
        let name = format!("{} {n}", if n % 2 == 0 { "prompt" } else { "Prompt" });
        keep(&owner, new(&name, "x")).await;
    }
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let asked = [("limit", "3"), ("after", &*after)];
        let asked = reqwest::Url::parse_with_params("http://x", asked).unwrap();
        let path = format!("/prompts?{}", asked.query().unwrap());
        let page = owner.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap().iter();
        seen.extend(items.map(|item| item["name"].as_str().unwrap().to_lowercase()));
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let all: Vec<String> = (0..7).map(|n| format!("prompt {n}")).collect();
    assert_eq!(seen, all);
}
