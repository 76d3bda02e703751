//! Texts as vectors: with models of the server and of vendors, kept, counted and priced.

use headwater_tests::tiny::WIDTH;
use headwater_tests::vendor::embeddings::DIMENSIONS;
use headwater_tests::{Client, Database, Hub, Options, Product, Tiny, Vendor, stories};
use serde_json::{Value, json};

stories!(
    a_model_of_a_directory_embeds_without_a_key,
    a_model_is_fetched_from_the_hub_whole_or_not_at_all,
    what_was_embedded_once_is_neither_paid_nor_computed_again,
    models_that_embed_are_listed_beside_those_that_chat,
);

async fn embed(client: &Client, model: &str, texts: &[&str]) -> Value {
    let body = json!({ "model": model, "texts": texts });
    client.post("/embeddings", body).await.expect(200)
}

fn model(product: &Product, arguments: &[&str]) -> (bool, String) {
    let mut command = product.command();
    let run = command.arg("models").args(arguments).output().unwrap();
    let told = [run.stdout, run.stderr].concat();
    (
        run.status.success(),
        String::from_utf8_lossy(&told).into_owned(),
    )
}

async fn a_model_of_a_directory_embeds_without_a_key(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let dir = tempfile::tempdir().unwrap();
    Tiny::default().write(&dir.path().join("small-one"));
    let path = dir.path().join("small-one").display().to_string();
    let (done, told) = model(&product, &["add", &path]);
    assert!(
        done && told.contains("Added local/small-one (32 dimensions"),
        "{told}"
    );
    let (done, told) = model(&product, &["add", &path]);
    assert!(!done && told.contains("already"), "{told}");
    let (done, told) = model(&product, &["add", &path, "--as", "second"]);
    assert!(done, "{told}");
    let first = embed(&owner, "local/small-one", &["a bird", "the river"]).await;
    assert_eq!(first["dimensions"], WIDTH);
    assert_eq!(first["usage"]["cost"], "0", "{first}");
    assert!(first["usage"]["input_tokens"].as_u64() > Some(6), "{first}");
    // An owner reads the list, and the directory is the operator's alone to name.
    let list = owner.get("/models/local").await.expect(200);
    assert_eq!(list["items"][1]["id"], "local/small-one");
    let sneaky = owner.post("/models/local", json!({ "path": path })).await;
    assert_eq!(sneaky.problem(403), "forbidden");
    // What was copied is all that is needed, after a restart, too.
    drop(dir);
    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    let again = embed(&owner, "local/second", &["the river"]).await;
    assert_eq!(again["vectors"][0], first["vectors"][1]);
    let (done, told) = model(&product, &["remove", "local/small-one"]);
    assert!(done, "{told}");
    let body = json!({ "model": "local/small-one", "texts": ["a bird"] });
    assert_eq!(
        owner.post("/embeddings", body).await.problem(404),
        "not_found"
    );
    let audit = owner.get("/audit").await.expect(200).to_string();
    assert!(
        audit.contains("model.add") && audit.contains("model.remove"),
        "{audit}"
    );
}

async fn a_model_is_fetched_from_the_hub_whole_or_not_at_all(database: Database) {
    let dir = tempfile::tempdir().unwrap();
    Tiny::default().write(dir.path());
    let hub = Hub::start(dir.path().to_owned()).await;
    let options = Options::default().with("HEADWATER_MODELS__HUB_URL", &hub.url);
    let mut product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let add = async |name: &str| owner.post("/models/local", json!({ "name": name })).await;
    let added = add("somebody/tiny@main").await.expect(201);
    assert_eq!(added["id"], "local/tiny");
    assert_eq!(added["revision"], headwater_tests::hub::COMMIT);
    let asked = hub.asked();
    assert_eq!(asked[0], "main/config.json");
    let pinned = format!("{}/model.safetensors", headwater_tests::hub::COMMIT);
    assert_eq!(asked.last(), Some(&pinned), "all files are of one commit");
    embed(&owner, "local/tiny", &["a bird"]).await;
    for (name, code, words) in [
        ("nobody/tiny2", "not_found", "has no model “nobody/tiny2”"),
        ("damaged/tiny2", "upstream", "arrived damaged"),
        ("cut/tiny2", "upstream", "cannot be reached"),
        ("circle/tiny2", "upstream", "leads to something"),
        ("tiny2", "invalid", "OWNER/MODEL"),
        ("somebody/tiny", "conflict", "already"),
    ] {
        let answer = add(name).await;
        let problem = answer.json();
        assert_eq!(problem["code"], code, "{name}: {problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains(words),
            "{name}: {problem}"
        );
    }
    let url = hub.url.clone();
    drop(hub);
    // A connection that is open already would still be answered.
    product.stop().await;
    product.restart().await;
    let (done, told) = model(&product, &["add", "somebody/else"]);
    assert!(
        !done && told.contains(&format!("The hub at {url} cannot be reached")),
        "{told}"
    );
    let list = owner.at(&product.url).get("/models/local").await;
    let list = list.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
}

async fn what_was_embedded_once_is_neither_paid_nor_computed_again(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let add = async |owner: &Client, kind: &str, name: &str| {
        let body =
            json!({ "kind": kind, "name": name, "api_key": "k", "base_url": vendor.base_url() });
        owner.post("/providers", body).await.expect(201)["id"].clone()
    };
    let id = add(&owner, "openai", "acme").await;
    let price = json!({ "input": "2", "output": "0" });
    let body = json!({ "model": "acme/embed", "price": price });
    owner.put("/models/prices", body).await.expect(200);
    let before = vendor.calls();
    let first = embed(&owner, "acme/embed", &["one two", "three", "one two"]).await;
    assert_eq!(first["dimensions"], DIMENSIONS);
    assert_eq!(first["usage"]["input_tokens"], 3, "the same text goes once");
    assert_eq!(first["usage"]["cost"], "0.000006", "{first}");
    assert_eq!(first["vectors"][0], first["vectors"][2]);
    // A new text is all that is asked for; after a restart, too, and whatever the provider is called.
    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    let path = format!("/providers/{}", id.as_str().unwrap());
    owner
        .patch(&path, json!({ "name": "renamed" }))
        .await
        .expect(200);
    let second = embed(&owner, "renamed/embed", &["three", "four", "one two"]).await;
    assert_eq!(second["usage"]["input_tokens"], 1, "{second}");
    assert_eq!(second["vectors"][2], first["vectors"][0]);
    assert_eq!(vendor.calls() - before, 2);
    let third = embed(&owner, "renamed/embed", &["four"]).await;
    assert_eq!(third["usage"]["input_tokens"], 0, "{third}");
    assert_eq!(vendor.calls() - before, 2);
    // Another purpose, model, vendor or workspace has vectors of its own.
    let body = json!({ "model": "renamed/embed", "texts": ["four"], "purpose": "query" });
    owner.post("/embeddings", body).await.expect(200);
    embed(&owner, "renamed/embed-other", &["four"]).await;
    add(&owner, "cohere", "cohere").await;
    embed(&owner, "cohere/embed", &["four"]).await;
    let other = owner
        .post("/workspaces", json!({ "name": "Other" }))
        .await
        .expect(201);
    let elsewhere = owner.in_workspace(other["id"].as_str().unwrap());
    let body = json!({ "kind": "openai", "name": "renamed", "base_url": vendor.base_url() });
    elsewhere.post("/providers", body).await.expect(201);
    embed(&elsewhere, "renamed/embed", &["four"]).await;
    assert_eq!(vendor.calls() - before, 6);
    let wrong = json!({ "model": "nobody/embed", "texts": ["x"] });
    assert_eq!(
        owner.post("/embeddings", wrong).await.problem(404),
        "not_found"
    );
    let none = json!({ "model": "renamed/embed", "texts": [] });
    assert_eq!(
        owner.post("/embeddings", none).await.problem(400),
        "invalid"
    );
}

async fn models_that_embed_are_listed_beside_those_that_chat(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let dir = tempfile::tempdir().unwrap();
    Tiny::default().write(dir.path());
    let path = dir.path().display().to_string();
    let (done, told) = model(&product, &["add", &path, "--as", "mine"]);
    assert!(done, "{told}");
    let body = json!({ "kind": "ollama", "name": "home", "base_url": vendor.base_url() });
    owner.post("/providers", body).await.expect(201);
    let models = owner.get("/models").await.expect(200);
    let kind = |id: &str| {
        let mut items = models["items"].as_array().unwrap().iter();
        items.find(|item| item["id"] == id).unwrap()["kind"].clone()
    };
    assert_eq!(kind("builtin/extractive"), "chat");
    assert_eq!(kind("local/mine"), "embedding");
    assert_eq!(kind("home/scripted-embed"), "embedding");
    assert_eq!(kind("home/scripted-large"), "chat");
    let taken = json!({ "kind": "openai", "name": "local", "base_url": vendor.base_url() });
    assert_eq!(
        owner.post("/providers", taken).await.problem(400),
        "invalid"
    );
}
