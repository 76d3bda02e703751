//! Shares: strangers use a published flow on a page of their own, and nothing else.

use headwater_tests::client::{Events, reply_of};
use headwater_tests::{Answer, Client, Database, Options, Product, Vendor, stories, until};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::words::{greeting, publish, speaking};

stories!(
    a_stranger_asks_and_reads_a_cited_answer,
    what_a_visitor_is_told_has_nothing_of_the_inside,
    visitors_and_shares_are_apart,
    a_visitor_reaches_nothing_else,
    a_visitors_answer_is_stopped_and_written_again,
    a_form_is_filled_in_and_its_result_read,
);

/// What a refusal says to people.
pub trait Words {
    fn words(&self, status: u16) -> String;
}

impl Words for Answer {
    #[track_caller]
    fn words(&self, status: u16) -> String {
        self.problem(status);
        self.json()["detail"].as_str().unwrap().to_owned()
    }
}

/// Somebody in front of a share's page.
pub struct Visitor {
    pub client: Client,
    pub path: String,
}

impl Visitor {
    /// Begins a visit, as a page in a frame does.
    pub async fn at(product: &Product, share: &Value) -> Self {
        let path = format!("/shared/{}", token(share));
        let answer = begin(&product.anonymous(), &path, true).await.expect(201);
        Self {
            client: product
                .anonymous()
                .with_key(answer["secret"].as_str().unwrap()),
            path,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.client.get(&format!("{}{path}", self.path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.client
            .post(&format!("{}{path}", self.path), body)
            .await
    }

    pub async fn conversation(&self) -> String {
        let made = self.post("/conversations", json!({})).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    pub async fn ask(&self, conversation: &str, text: &str) -> Answer {
        let path = format!("/conversations/{conversation}/messages");
        self.post(&path, json!({ "text": text })).await
    }

    pub async fn events(&self, run: &str, after: Option<&str>) -> Events {
        let path = format!("{}/runs/{run}/events", self.path);
        let mut request = self.client.request(Method::GET, &path);
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after);
        }
        self.client.events(request).await
    }

    pub async fn answered(&self, conversation: &str) -> Value {
        until("the answer", 60, async || {
            let shown = self.get(&format!("/conversations/{conversation}")).await;
            let shown = shown.expect(200);
            let last = shown["messages"].as_array()?.last()?.clone();
            (last["role"] == "assistant" && last["status"] != "running").then_some(last)
        })
        .await
    }
}

pub fn token(share: &Value) -> &str {
    share["token"].as_str().unwrap()
}

pub fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

pub async fn begin(client: &Client, path: &str, embedded: bool) -> Answer {
    let request = client.request(Method::POST, &format!("{path}/visits"));
    let request = request.header("X-Requested-With", "headwater");
    client
        .send(request.json(&json!({ "embedded": embedded })))
        .await
}

pub async fn share(owner: &Client, flow: &str, more: Value) -> Value {
    let mut settings = json!({ "name": "Ask us" });
    let more = more.as_object().cloned().unwrap();
    settings.as_object_mut().unwrap().extend(more);
    let body = json!({ "flow": flow, "settings": settings });
    owner.post("/shares", body).await.expect(201)
}

/// The chat flow that a new workspace has, over the handbook.
pub async fn handbook_flow(owner: &Client) -> String {
    let made = owner.post("/conversations", json!({})).await.expect(201);
    made["flow_id"].as_str().unwrap().to_owned()
}

async fn a_stranger_asks_and_reads_a_cited_answer(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let flow = handbook_flow(&owner).await;
    let look = json!({
        "colour": "#ffe000", "greeting": "Hello!", "starters": ["Does Headwater need an API key?"],
        "citations": "passages",
    });
    let share = share(&owner, &flow, look).await;
    let path = format!("/shared/{}", token(&share));
    let page = product.anonymous().get(&path).await.expect(200);
    assert_eq!(
        (&page["name"], &page["greeting"], &page["kind"]),
        (&json!("Ask us"), &json!("Hello!"), &json!("chat"))
    );
    assert_eq!(page["starters"], json!(["Does Headwater need an API key?"]));
    // Yellow cannot be read on white, so the light theme has a darker one.
    assert_ne!(page["accent"]["light"]["colour"], "#ffe000");
    assert_eq!(page["accent"]["dark"]["colour"], "#ffe000");
    let visitor = Visitor::at(&product, &share).await;
    let conversation = visitor.conversation().await;
    let sent = visitor
        .ask(&conversation, "Does Headwater need an API key?")
        .await
        .expect(202);
    let run = sent["run_id"].as_str().unwrap();
    let mut events = visitor.events(run, None).await;
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        seen.push(event);
    }
    let names: Vec<&str> = seen.iter().map(|(event, _)| event.event.as_str()).collect();
    assert_eq!(names.last(), Some(&"run.finished"), "{names:?}");
    let reply = reply_of(&seen);
    let answer = visitor.answered(&conversation).await;
    assert_eq!(answer["text"], reply.as_str());
    let cited = answer["citations"].as_array().unwrap();
    assert!(
        !cited.is_empty() && cited[0]["text"].is_string(),
        "{answer}"
    );
    // Whoever rejoins in the middle misses nothing and reads nothing twice.
    let middle = seen.len() / 2;
    let rest = visitor
        .events(run, Some(&seen[middle].0.id))
        .await
        .all()
        .await;
    assert_eq!(rest.last().unwrap().1["reply"], reply.as_str());
    assert!(rest.len() < seen.len());
    // The workspace sees who asked, and what it cost.
    let runs = owner
        .get(&format!("/runs?share={}", id(&share)))
        .await
        .expect(200);
    assert_eq!(runs["items"].as_array().unwrap().len(), 1, "{runs}");
    assert_eq!(
        (&runs["items"][0]["id"], &runs["items"][0]["share_id"]),
        (&json!(run), &share["id"])
    );
    let kept = owner
        .get(&format!("/shares/{}", id(&share)))
        .await
        .expect(200);
    assert_eq!(kept["today"]["runs"], 1, "{kept}");
    let mine = visitor.get("/conversations").await.expect(200);
    assert_eq!(mine["items"][0]["title"], "Does Headwater need an API key?");
    // A member who runs it again does so on their own account.
    let again = owner
        .post(&format!("/runs/{run}/replay"), json!({}))
        .await
        .expect(202);
    assert_eq!(again.get("share_id"), None, "{again}");
}

async fn what_a_visitor_is_told_has_nothing_of_the_inside(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let flow = handbook_flow(&owner).await;
    let closed = share(&owner, &flow, json!({})).await;
    let visitor = Visitor::at(&product, &closed).await;
    let conversation = visitor.conversation().await;
    let sent = visitor
        .ask(&conversation, "Does Headwater need an API key?")
        .await;
    let run = sent.expect(202)["run_id"].as_str().unwrap().to_owned();
    let events = visitor.events(&run, None).await.all().await;
    visitor.answered(&conversation).await;
    let mut told: Vec<String> = events.iter().map(|(event, _)| event.data.clone()).collect();
    told.push(sent.text.clone());
    for path in [
        format!("/conversations/{conversation}"),
        "/conversations".to_owned(),
        format!("/runs/{run}"),
        String::new(),
    ] {
        let answer = visitor.get(&path).await;
        answer.expect(200);
        told.push(answer.text);
    }
    let secret = [
        "\"usage\"",
        "_tokens\"",
        "\"cost\"",
        "\"model\"",
        "\"step",
        "\"node\"",
        "\"flow",
        "_id\":\"kb_",
        "_id\":\"doc_",
        "_id\":\"chk_",
        "ws_",
        "\"score\"",
    ];
    for text in &told {
        for word in secret {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
    let answer = visitor.answered(&conversation).await;
    assert_eq!(
        answer["citations"],
        json!([]),
        "the share shows no passages"
    );
    // What went wrong inside is the workspace's to know.
    let _vendor = Vendor::as_default(&owner, "refuses").await;
    let flow = publish(&owner, speaking()).await;
    let visitor = Visitor::at(&product, &share(&owner, &flow, json!({})).await).await;
    let conversation = visitor.conversation().await;
    visitor.ask(&conversation, "Why?").await.expect(202);
    let answer = visitor.answered(&conversation).await;
    assert_eq!(answer["status"], "failed", "{answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("Something went wrong with the answer."),
        "{message}"
    );
    assert!(!answer.to_string().contains("scripted"), "{answer}");
}

async fn visitors_and_shares_are_apart(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let flow = handbook_flow(&owner).await;
    let first = share(&owner, &flow, json!({})).await;
    let second = share(&owner, &flow, json!({})).await;
    let ada = Visitor::at(&product, &first).await;
    let bob = Visitor::at(&product, &first).await;
    let cleo = Visitor::at(&product, &second).await;
    let conversation = ada.conversation().await;
    let sent = ada.ask(&conversation, "What is a flow?").await.expect(202);
    let run = sent["run_id"].as_str().unwrap().to_owned();
    let answer = ada.answered(&conversation).await;
    for stranger in [&bob, &cleo] {
        let none = stranger.get("/conversations").await.expect(200);
        assert_eq!(none["items"], json!([]));
        let again = format!(
            "/conversations/{conversation}/messages/{}/regenerate",
            id(&answer)
        );
        for (method, path) in [
            (Method::GET, format!("/conversations/{conversation}")),
            (
                Method::POST,
                format!("/conversations/{conversation}/messages"),
            ),
            (Method::POST, again),
            (Method::GET, format!("/runs/{run}")),
            (Method::GET, format!("/runs/{run}/events")),
            (Method::POST, format!("/runs/{run}/cancel")),
        ] {
            let path = format!("{}{path}", stranger.path);
            let request = stranger.client.request(method, &path);
            let answer = stranger
                .client
                .send(request.json(&json!({ "text": "Mine?" })))
                .await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        }
    }
    // A visit is good at its own share only.
    let elsewhere = Visitor {
        client: ada.client.clone(),
        path: cleo.path.clone(),
    };
    elsewhere.get("/conversations").await.expect(401);
    // A run of the same flow that a member started is no visitor's.
    let mine = owner
        .post("/conversations", json!({ "flow_id": flow }))
        .await
        .expect(201);
    ada.get(&format!("/conversations/{}", id(&mine)))
        .await
        .expect(404);
    let theirs = owner.get(&format!("/conversations/{conversation}")).await;
    assert_eq!(
        theirs.status, 404,
        "members' lists do not show visitors' conversations"
    );
}

async fn a_visitor_reaches_nothing_else(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let path = format!("/flows/{flow}/invoke");
    let input = json!({ "input": { "name": "Ada" } });
    let run = id(&owner.post(&path, input).await.expect(200));
    let shared = share(&owner, &flow, json!({})).await;
    let visitor = Visitor::at(&product, &shared).await;
    let secret = visitor.client.bearer().unwrap().to_owned();
    // With its secret in every place where one might be taken.
    let cookies = format!("headwater_session={secret}; headwater_visit={secret}");
    let with_cookie = |request: RequestBuilder| {
        request
            .header("Cookie", &cookies)
            .header("X-Requested-With", "headwater")
    };
    let document = owner.get("/openapi.json").await.expect(200);
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let bare = path.strip_prefix("/api/v1").unwrap();
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            let everybodys = operation["security"] == json!([{}]);
            if everybodys || bare == "/session" || !method.as_str().chars().all(char::is_alphabetic)
            {
                continue;
            }
            let filled: String = bare
                .split('/')
                .map(|part| match part {
                    "{flow}" => flow.clone(),
                    part if part.starts_with('{') && bare.starts_with("/flows/") => flow.clone(),
                    part if part.starts_with('{') && bare.starts_with("/runs/") => run.clone(),
                    part if part.starts_with('{') && bare.starts_with("/shares/") => id(&shared),
                    part if part.starts_with('{') => "x".to_owned(),
                    part => part.to_owned(),
                })
                .collect::<Vec<_>>()
                .join("/");
            tried += 1;
            let anonymous = product.anonymous();
            let by_key = visitor
                .client
                .request(method.clone(), &filled)
                .json(&json!({}));
            let by_cookie =
                with_cookie(anonymous.request(method.clone(), &filled)).json(&json!({}));
            for request in [by_key, by_cookie] {
                let answer = anonymous.send(request).await;
                if ![401, 403, 404].contains(&answer.status.as_u16()) {
                    wrong.push(format!(
                        "{method} {filled} → {} {}",
                        answer.status, answer.text
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(tried > 100, "only {tried} operations were tried");
    // Nor do members' credentials make a visit.
    let visits = format!("/shared/{}/conversations", token(&shared));
    owner.get(&visits).await.expect(401);
    // A cookie is not believed when another site makes the browser send it.
    let begun = begin(&product.anonymous(), &visitor.path, false).await;
    begun.expect(201);
    assert_eq!(begun.json().get("secret"), None);
    let cookie = begun.headers["set-cookie"].to_str().unwrap().to_owned();
    for part in [
        "HttpOnly",
        "SameSite=Lax",
        &format!("Path=/api/v1{}", visitor.path),
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let anonymous = product.anonymous();
    let filled = json!({ "input": { "name": "Eve" } });
    let start = || {
        anonymous
            .request(Method::POST, &format!("{}/runs", visitor.path))
            .json(&filled)
    };
    let forged = start()
        .header("Cookie", &cookie)
        .header("Sec-Fetch-Site", "cross-site");
    anonymous.send(forged).await.expect(403);
    let own = start()
        .header("Cookie", &cookie)
        .header("Sec-Fetch-Site", "same-origin");
    anonymous.send(own).await.expect(202);
}

async fn a_visitors_answer_is_stopped_and_written_again(database: Database) {
    let options = Options::default().with("HEADWATER_LIMITS__CONCURRENT_RUNS", 1);
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-2000-20").await;
    let flow = publish(&owner, speaking()).await;
    let shared = share(&owner, &flow, json!({})).await;
    let visitor = Visitor::at(&product, &shared).await;
    let conversation = visitor.conversation().await;
    let sent = visitor.ask(&conversation, "Count.").await.expect(202);
    let run = sent["run_id"].as_str().unwrap();
    visitor.events(run, None).await.until("message.delta").await;
    let busy = visitor.ask(&conversation, "More?").await.words(409);
    assert!(busy.contains("still being written"), "{busy}");
    // The workspace's own limit holds for visitors, who are not told of it.
    let other = Visitor::at(&product, &shared).await;
    let theirs = other.conversation().await;
    let full = other.ask(&theirs, "And me?").await;
    assert!(full.words(503).contains("Try again in a moment"));
    assert_eq!(full.json().get("limit"), None);
    visitor
        .post(&format!("/runs/{run}/cancel"), json!({}))
        .await
        .expect(200);
    let stopped = visitor.answered(&conversation).await;
    assert_eq!(stopped["status"], "cancelled", "{stopped}");
    owner
        .put("/models/default", json!({ "model": "scripted/words-3-5" }))
        .await
        .expect(200);
    let path = format!(
        "/conversations/{conversation}/messages/{}/regenerate",
        id(&stopped)
    );
    let run = until("room for another run", 20, async || {
        let again = visitor.post(&path, json!({})).await;
        (again.status == 202).then(|| again.json()["run_id"].as_str().unwrap().to_owned())
    })
    .await;
    visitor.events(&run, None).await.until("run.finished").await;
    let answer = visitor.answered(&conversation).await;
    assert!(
        answer["text"].as_str().unwrap().contains("wörd2"),
        "{answer}"
    );
    drop(vendor);
}

async fn a_form_is_filled_in_and_its_result_read(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let shared = share(&owner, &flow, json!({})).await;
    let visitor = Visitor::at(&product, &shared).await;
    let page = visitor.get("").await.expect(200);
    assert_eq!(
        (&page["kind"], &page["inputs"][0]["name"]),
        (&json!("task"), &json!("name"))
    );
    let wrong = visitor.post("/runs", json!({ "input": {} })).await;
    assert_eq!(wrong.expect(400)["field"], "input.name");
    let run = visitor
        .post("/runs", json!({ "input": { "name": "Ada" } }))
        .await
        .expect(202);
    let end = visitor
        .events(&id(&run), None)
        .await
        .until("run.finished")
        .await;
    assert_eq!(end["outputs"], json!({ "greeting": "Hello Ada!" }));
    let read = visitor
        .get(&format!("/runs/{}", id(&run)))
        .await
        .expect(200);
    assert_eq!(
        (&read["status"], &read["reply"]),
        (&json!("succeeded"), &json!("Hello Ada!"))
    );
    let other = Visitor::at(&product, &shared).await;
    other.get(&format!("/runs/{}", id(&run))).await.expect(404);
    let refused = visitor.post("/conversations", json!({})).await;
    assert!(refused.words(409).contains("a form"));
    // A new revision is what visitors use from then on.
    let mut document = greeting();
    document["nodes"][0]["settings"]["text"] = json!("Good day {{ start.name }}!");
    let kept = owner.get(&format!("/flows/{flow}")).await.expect(200);
    let version = &kept["draft"]["version"];
    let body = json!({ "document": document, "version": version });
    owner
        .put(&format!("/flows/{flow}/draft"), body)
        .await
        .expect(200);
    owner
        .post(&format!("/flows/{flow}/publish"), json!({}))
        .await
        .expect(201);
    let run = visitor
        .post("/runs", json!({ "input": { "name": "Ada" } }))
        .await
        .expect(202);
    let end = visitor
        .events(&id(&run), None)
        .await
        .until("run.finished")
        .await;
    assert_eq!(end["reply"], "Good day Ada!");
}
