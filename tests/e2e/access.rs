//! Deny by default: every operation of the API × everyone who might call it, against one table.

use std::collections::BTreeMap;

use headwater_tests::{Answer, Client, Database, Product, stories};
use reqwest::Method;
use serde_json::{Value, json};

use crate::access_table::{
    Admin, Anyone, Editor, FILE, FLOW, May, NONE, Owner, Row, TABLE, Viewer,
};
use crate::words::{greeting, publish};

stories!(
    every_operation_is_in_the_table,
    nobody_gets_in_without_credentials,
    each_role_may_what_its_row_says,
    a_key_does_only_what_its_scopes_say,
    another_workspace_sees_nothing,
);

/// An id that is well formed and names nothing, by the path segment before it.
fn nothing(family: &str) -> String {
    let hex = "01900000000070008000000000000001";
    match family {
        "flows" => format!("flw_{hex}"),
        "runs" => format!("run_{hex}"),
        "steps" => format!("stp_{hex}"),
        "conversations" => format!("cnv_{hex}"),
        "snapshots" => format!("snp_{hex}"),
        "messages" => format!("msg_{hex}"),
        "conversation-folders" => format!("fld_{hex}"),
        "prompts" => format!("prm_{hex}"),
        "knowledge-bases" => format!("kb_{hex}"),
        "documents" => format!("doc_{hex}"),
        "chunks" => format!("chk_{hex}"),
        "uploads" => format!("upl_{hex}"),
        "attachments" => format!("att_{hex}"),
        "question-sets" => format!("qst_{hex}"),
        "questions" => format!("qes_{hex}"),
        "evaluations" | "compare" => format!("evl_{hex}"),
        "sources" => format!("src_{hex}"),
        "members" => format!("usr_{hex}"),
        "keys" => format!("key_{hex}"),
        "providers" => format!("prv_{hex}"),
        "waits" => format!("wai_{hex}"),
        "tools" => format!("tol_{hex}"),
        "triggers" => format!("trg_{hex}"),
        "shares" => format!("shr_{hex}"),
        "answers" => "x".to_owned(),
        "nodes" => "greet".to_owned(),
        "revisions" => "1".to_owned(),
        "environment" | "secrets" => "NOTHING".to_owned(),
        "local" => "nothing".to_owned(),
        other => panic!("which ids have {other}?"),
    }
}

/// The path with its parameters filled in.
fn filled(path: &str, ids: &BTreeMap<&str, String>) -> String {
    let mut before = "";
    let mut out = String::new();
    for segment in path.split('/').skip(1) {
        out.push('/');
        if let Some(query) = segment.strip_prefix("{}") {
            out.push_str(&ids.get(before).cloned().unwrap_or_else(|| nothing(before)));
            out.push_str(query);
        } else {
            out.push_str(segment);
        }
        before = segment;
    }
    out
}

async fn call(client: &Client, row: &Row, ids: &BTreeMap<&str, String>) -> Answer {
    let (method, path, _, body) = *row;
    let method: Method = method.parse().unwrap();
    let request = client.request(method, &filled(path, ids));
    let request = match body {
        NONE => request,
        FILE => {
            let part = reqwest::multipart::Part::bytes(b"A bird.".to_vec()).file_name("bird.txt");
            request.multipart(reqwest::multipart::Form::new().part("file", part))
        }
        FLOW => request.json(&match path {
            "/runs" => json!({ "document": greeting(), "input": { "name": "Ada" } }),
            "/flows/{}/draft" => json!({ "document": greeting(), "version": 1 }),
            _ => json!({ "document": greeting() }),
        }),
        text => request.json(&serde_json::from_str::<Value>(text).unwrap()),
    };
    let request = match path.contains("/uploads") {
        true => request
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Length", 1)
            .header("Upload-Metadata", "filename YQ==")
            .header("Upload-Offset", 0)
            .header("Content-Type", "application/offset+octet-stream"),
        false => request,
    };
    if path.ends_with("/events") && path.starts_with("/knowledge-bases") {
        return begun(request).await;
    }
    client.send(request).await
}

/// An answer that has no end, as far as it matters here.
async fn begun(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        text: String::new(),
        url: response.url().clone(),
    }
}

/// Fails with every row that was answered otherwise than expected.
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

async fn every_operation_is_in_the_table(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let document = owner.get("/openapi.json").await.expect(200);
    let mut offered = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap_or(path);
        let path: Vec<&str> = path
            .split('/')
            .map(|segment| {
                if segment.starts_with('{') {
                    "{}"
                } else {
                    segment
                }
            })
            .collect();
        for method in item.as_object().unwrap().keys() {
            if ["get", "head", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                offered.push(format!("{} {}", method.to_uppercase(), path.join("/")));
            }
        }
    }
    let path = |row: &Row| row.1.split('?').next().unwrap_or_default().to_owned();
    let known: Vec<String> = TABLE
        .iter()
        .map(|r| format!("{} {}", r.0, path(r)))
        .collect();
    let health = ["/livez", "/readyz", "/metrics", "/openapi.json", "/docs"];
    let mut wrong: Vec<String> = offered
        .iter()
        .filter(|o| !known.contains(o) && !health.iter().any(|h| o.ends_with(h)))
        .map(|o| format!("say in the table who may {o}"))
        .collect();
    let gone = known.iter().filter(|k| !offered.contains(k));
    wrong.extend(gone.map(|k| format!("the API has no {k}")));
    none(wrong);
}

async fn nobody_gets_in_without_credentials(database: Database) {
    let product = Product::start(database).await;
    product.set_up().await;
    let callers = [
        ("nobody", product.anonymous()),
        (
            "a wrong key",
            product
                .anonymous()
                .with_key("hw_notarealkeynotarealkeynotarealkey"),
        ),
    ];
    let mut wrong = Vec::new();
    for (name, caller) in &callers {
        for row in TABLE.iter().filter(|row| row.2 != Anyone) {
            let answer = call(caller, row, &BTreeMap::new()).await;
            // Ending a session that is none is refused before anyone asks who it was.
            let refused = answer.status == 401 || (row.1 == "/session" && answer.status == 403);
            if !refused {
                wrong.push(format!("{name}: {} {} → {}", row.0, row.1, answer.status));
            }
        }
    }
    none(wrong);
}

async fn member(product: &Product, by: &Client, name: &str, role: &str) -> Client {
    let email = format!("{name}@example.com");
    let body = json!({ "email": email, "name": name, "role": role });
    let added = by.post("/members", body).await.expect(201);
    let password = added["initial_password"].as_str().unwrap();
    product.anonymous().sign_in(&email, password).await
}

async fn each_role_may_what_its_row_says(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let roles = [
        (
            Viewer,
            "viewer",
            member(&product, &owner, "vera", "viewer").await,
        ),
        (
            Editor,
            "editor",
            member(&product, &owner, "emil", "editor").await,
        ),
        (
            Admin,
            "admin",
            member(&product, &owner, "anna", "admin").await,
        ),
        (Owner, "owner", owner.clone()),
    ];
    let mut wrong = Vec::new();
    for (role, name, caller) in &roles {
        for row in TABLE {
            let May(least, _) = row.2 else { continue };
            let answer = call(caller, row, &BTreeMap::new()).await;
            let refused = answer.status == 403;
            if refused != (*role < least) || answer.status == 401 || answer.status.is_server_error()
            {
                wrong.push(format!(
                    "{name}: {} {} → {} {}",
                    row.0, row.1, answer.status, answer.text
                ));
            }
        }
    }
    none(wrong);
}

async fn a_key_does_only_what_its_scopes_say(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut wrong = Vec::new();
    for scope in ["read", "run", "edit", "admin"] {
        let caller = product.key(&owner, &[scope]).await;
        for row in TABLE {
            let May(_, needed) = row.2 else { continue };
            // The key was made by the owner, so only its scope holds it back.
            let allowed = needed == scope;
            let answer = call(&caller, row, &BTreeMap::new()).await;
            if (answer.status == 403) == allowed || answer.status == 401 {
                wrong.push(format!(
                    "{scope}: {} {} → {} {}",
                    row.0, row.1, answer.status, answer.text
                ));
            }
        }
    }
    none(wrong);
}

/// One of everything in the owner's workspace, by the path segment that comes before its id.
async fn belongings(owner: &Client) -> BTreeMap<&'static str, String> {
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let flow = publish(owner, greeting()).await;
    let run = format!("/flows/{flow}/invoke");
    let run = owner
        .post(&run, json!({ "input": { "name": "Ada" } }))
        .await
        .expect(200);
    let kb = owner
        .post("/knowledge-bases", json!({ "name": "Notes" }))
        .await
        .expect(201);
    let document = owner
        .upload(&id(&kb), "bird.txt", "A kingfisher is a bird.")
        .await;
    owner.processed(&id(&document)).await;
    let chunks = format!("/documents/{}/chunks", id(&document));
    let chunks = owner.get(&chunks).await.expect(200);
    let set = format!("/knowledge-bases/{}/question-sets", id(&kb));
    let set = owner.post(&set, json!({ "name": "S" })).await.expect(201);
    let question = format!("/question-sets/{}/questions", id(&set));
    let question = owner
        .post(&question, json!({ "question": "Which bird?" }))
        .await
        .expect(201);
    let evaluation = format!("/knowledge-bases/{}/evaluations", id(&kb));
    let evaluation = owner
        .post(&evaluation, json!({ "question_set": id(&set) }))
        .await
        .expect(202);
    let conversation = owner.post("/conversations", json!({})).await.expect(201);
    let path = format!("/conversations/{}/messages", id(&conversation));
    let sent = owner
        .post(&path, json!({ "text": "What is a flow?" }))
        .await
        .expect(202);
    owner.ended(sent["run_id"].as_str().unwrap()).await;
    let part = reqwest::multipart::Part::text("Ours.").file_name("ours.txt");
    let form = reqwest::multipart::Form::new().part("file", part);
    let attaching = owner.request(Method::POST, "/attachments").multipart(form);
    let attachment = owner.send(attaching).await.expect(201);
    let folder = owner
        .post("/conversation-folders", json!({ "name": "F" }))
        .await
        .expect(201);
    // One that all members of the workspace see.
    let prompt = json!({ "name": "P", "text": "x", "common": true });
    let prompt = owner.post("/prompts", prompt).await.expect(201);
    let key = owner
        .post("/keys", json!({ "name": "k", "scopes": ["read"] }))
        .await
        .expect(201);
    let provider =
        json!({ "kind": "openai", "name": "beside", "base_url": "http://127.0.0.1:9/v1" });
    let provider = owner.post("/providers", provider).await.expect(201);
    // The owner herself owns the other workspace, too: somebody else stands for the members.
    let body = json!({ "email": "mia@example.com", "name": "Mia", "role": "viewer" });
    let value = json!({ "value": "kept" });
    owner.put("/environment/OURS", value).await.expect(204);
    let secret = json!({ "value": "kept as well" });
    owner.put("/secrets/OURS", secret).await.expect(204);
    let member = owner.post("/members", body).await.expect(201);
    let tool =
        json!({ "name": "ours", "kind": "http", "settings": { "url": "https://x.example" } });
    let tool = owner.post("/tools", tool).await.expect(201);
    let trigger = json!({ "flow": flow, "name": "T", "settings": { "kind": "webhook" } });
    let trigger = owner.post("/triggers", trigger).await.expect(201);
    let share = json!({ "flow": flow, "settings": { "name": "S" } });
    let share = owner.post("/shares", share).await.expect(201);
    let feed = json!({ "kind": "feed", "url": "https://x.example/feed" });
    let source = json!({ "paused": true, "settings": feed });
    let path = format!("/knowledge-bases/{}/sources", id(&kb));
    let source = owner.post(&path, source).await.expect(201);
    BTreeMap::from([
        ("sources", id(&source)),
        ("triggers", id(&trigger)),
        ("shares", id(&share)),
        ("flows", flow),
        ("runs", id(&run)),
        ("knowledge-bases", id(&kb)),
        ("documents", id(&document)),
        ("chunks", id(&chunks["items"][0])),
        ("question-sets", id(&set)),
        ("questions", id(&question)),
        ("evaluations", id(&evaluation)),
        ("compare", id(&evaluation)),
        ("attachments", id(&attachment)),
        ("conversations", id(&conversation)),
        ("conversation-folders", id(&folder)),
        ("prompts", id(&prompt)),
        ("messages", id(&sent["message"])),
        ("keys", id(&key["key"])),
        ("providers", id(&provider)),
        ("environment", "OURS".to_owned()),
        ("tools", id(&tool)),
        ("secrets", "OURS".to_owned()),
        (
            "members",
            member["member"]["user_id"].as_str().unwrap().to_owned(),
        ),
    ])
}

async fn another_workspace_sees_nothing(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let ids = belongings(&owner).await;
    let other = owner
        .post("/workspaces", json!({ "name": "Other" }))
        .await
        .expect(201);
    let other = owner.in_workspace(other["id"].as_str().unwrap());
    let stranger = member(&product, &other, "sven", "owner").await;
    let mut wrong = Vec::new();
    for row in TABLE.iter().filter(|row| matches!(row.2, May(..))) {
        let answer = call(&stranger, row, &ids).await;
        // The name of an environment value or a secret is everybody's own to choose.
        let chosen = ["/environment/", "/secrets/"];
        let chosen = chosen.iter().any(|path| row.1.starts_with(path));
        let named = row.1.contains("{}") && !chosen;
        if named && answer.status != 404 {
            wrong.push(format!(
                "{} {} → {} {}",
                row.0, row.1, answer.status, answer.text
            ));
        }
        if row.0 == "GET" && ids.values().any(|id| answer.text.contains(id.as_str())) {
            wrong.push(format!("{} {} shows {}", row.0, row.1, answer.text));
        }
    }
    // Asking for the other workspace by name does not help either.
    let home = owner.get("/me").await.expect(200)["workspace"]["id"].clone();
    let sneaking = stranger.in_workspace(home.as_str().unwrap());
    let answer = sneaking.get("/flows").await;
    if !matches!(answer.status.as_u16(), 403 | 404) {
        wrong.push(format!(
            "the workspace header opens the door: {}",
            answer.text
        ));
    }
    none(wrong);
    // And everything is still there.
    let set = owner.get("/environment").await.expect(200);
    assert_eq!(set["values"], json!({ "OURS": "kept" }));
    let kept = owner.get("/secrets").await.expect(200);
    assert_eq!(kept["secrets"][0]["name"], "OURS");
    for path in ["flows", "knowledge-bases", "documents", "conversations"] {
        owner
            .get(&format!("/{path}/{}", ids[path]))
            .await
            .expect(200);
    }
}
