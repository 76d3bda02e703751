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
    a_share_ends_at_once,
    a_share_has_limits,
    a_visitors_answer_is_stopped_and_written_again,
    only_allowed_sites_may_frame_the_page,
    a_form_is_filled_in_and_its_result_read,
    a_share_for_members_is_for_members,
    a_share_is_kept_changed_and_audited,
);

/// Somebody in front of a share's page.
struct Visitor {
    client: Client,
    path: String,
}

impl Visitor {
    /// Begins a visit, as a page in a frame does.
    async fn at(product: &Product, share: &Value) -> Self {
        let path = format!("/shared/{}", token(share));
        let answer = begin(&product.anonymous(), &path, true).await.expect(201);
        Self {
            client: product
                .anonymous()
                .with_key(answer["secret"].as_str().unwrap()),
            path,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.client.get(&format!("{}{path}", self.path)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.client
            .post(&format!("{}{path}", self.path), body)
            .await
    }

    async fn conversation(&self) -> String {
        let made = self.post("/conversations", json!({})).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, conversation: &str, text: &str) -> Answer {
        let path = format!("/conversations/{conversation}/messages");
        self.post(&path, json!({ "text": text })).await
    }

    async fn events(&self, run: &str, after: Option<&str>) -> Events {
        let path = format!("{}/runs/{run}/events", self.path);
        let mut request = self.client.request(Method::GET, &path);
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after);
        }
        self.client.events(request).await
    }

    async fn answered(&self, conversation: &str) -> Value {
        until("the answer", 60, async || {
            let shown = self.get(&format!("/conversations/{conversation}")).await;
            let shown = shown.expect(200);
            let last = shown["messages"].as_array()?.last()?.clone();
            (last["role"] == "assistant" && last["status"] != "running").then_some(last)
        })
        .await
    }
}

fn token(share: &Value) -> &str {
    share["token"].as_str().unwrap()
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

async fn begin(client: &Client, path: &str, embedded: bool) -> Answer {
    let request = client.request(Method::POST, &format!("{path}/visits"));
    let request = request.header("X-Requested-With", "headwater");
    client
        .send(request.json(&json!({ "embedded": embedded })))
        .await
}

async fn share(owner: &Client, flow: &str, more: Value) -> Value {
    let mut settings = json!({ "name": "Ask us" });
    let more = more.as_object().cloned().unwrap();
    settings.as_object_mut().unwrap().extend(more);
    let body = json!({ "flow": flow, "settings": settings });
    owner.post("/shares", body).await.expect(201)
}

/// The chat flow that a new workspace has, over the handbook.
async fn handbook_flow(owner: &Client) -> String {
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

async fn a_share_ends_at_once(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let _vendor = Vendor::as_default(&owner, "words-2000-20").await;
    let flow = handbook_flow(&owner).await;
    let shared = share(&owner, &flow, json!({})).await;
    let path = format!("/shares/{}", id(&shared));
    let visitor = Visitor::at(&product, &shared).await;
    let conversation = visitor.conversation().await;
    let sent = visitor
        .ask(&conversation, "Does Headwater need an API key?")
        .await
        .expect(202);
    let run = sent["run_id"].as_str().unwrap();
    let mut events = visitor.events(run, None).await;
    events.until("message.delta").await;
    owner
        .patch(&path, json!({ "enabled": false }))
        .await
        .expect(200);
    let closed = events.until("share.closed").await;
    assert!(
        closed["message"]
            .as_str()
            .unwrap()
            .contains("not shared any more"),
        "{closed}"
    );
    assert!(events.next().await.is_none());
    for path in ["", "/conversations", &format!("/runs/{run}")] {
        let told = visitor.get(path).await.problem(404);
        assert!(told.contains("not shared any more"), "{told}");
    }
    // On again, it is as it was.
    owner
        .patch(&path, json!({ "enabled": true }))
        .await
        .expect(200);
    visitor
        .post(&format!("/runs/{run}/cancel"), json!({}))
        .await
        .expect(200);
    visitor.answered(&conversation).await;
    // With another address the one before leads nowhere, and no visit from before is good at the new one.
    let rotated = owner
        .post(&format!("{path}/rotate"), json!({}))
        .await
        .expect(200);
    assert_ne!(rotated["token"], shared["token"]);
    visitor.get("").await.expect(404);
    visitor.get("/conversations").await.expect(404);
    let moved = Visitor {
        client: visitor.client.clone(),
        path: format!("/shared/{}", token(&rotated)),
    };
    moved.get("").await.expect(200);
    moved.get("/conversations").await.expect(401);
    // A time that is over.
    let visitor = Visitor::at(&product, &rotated).await;
    visitor.get("/conversations").await.expect(200);
    let mut settings = rotated["settings"].clone();
    settings["expires_at"] = json!("2020-01-01T00:00:00Z");
    let past = owner.patch(&path, json!({ "settings": settings })).await;
    assert!(past.problem(400).contains("is over already"));
    let soon = std::time::SystemTime::now() + std::time::Duration::from_secs(2);
    let soon: u128 = soon
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    settings["expires_at"] = json!(rfc3339(soon));
    owner
        .patch(&path, json!({ "settings": settings }))
        .await
        .expect(200);
    let told = until("the share to end", 20, async || {
        let answer = visitor.get("/conversations").await;
        (answer.status == 404).then_some(answer.text)
    })
    .await;
    assert!(told.contains("a time that is over"), "{told}");
    // A flow that is gone takes its shares along.
    let other = publish(&owner, greeting()).await;
    let shared = share(&owner, &other, json!({})).await;
    let visitor = Visitor::at(&product, &shared).await;
    owner.delete(&format!("/flows/{other}")).await.expect(204);
    visitor.get("").await.expect(404);
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect(404);
}

/// A time of today's as RFC 3339 writes it.
fn rfc3339(millis: u128) -> String {
    let (days, rest) = (millis / 86_400_000, millis % 86_400_000);
    let (mut year, mut left) = (1970_u128, days);
    let leap = |year: u128| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while left >= 365 + u128::from(leap(year)) {
        left -= 365 + u128::from(leap(year));
        year += 1;
    }
    let february = 28 + u128::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    format!(
        "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z",
        left + 1
    )
}

async fn a_share_has_limits(database: Database) {
    let options = Options::default().with("HEADWATER_LIMITS__VISITS_PER_MINUTE", 5);
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let limits = json!({ "visitor_per_minute": 1, "runs_per_day": 3 });
    let shared = share(&owner, &flow, limits).await;
    let filled = || json!({ "input": { "name": "Ada" } });
    let ada = Visitor::at(&product, &shared).await;
    ada.post("/runs", filled()).await.expect(202);
    let refused = ada.post("/runs", filled()).await;
    assert!(
        refused
            .problem(429)
            .contains("faster than this page answers")
    );
    assert_eq!(refused.json()["limit"], "visitor_per_minute");
    let wait: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    for _ in 0..2 {
        let next = Visitor::at(&product, &shared).await;
        next.post("/runs", filled()).await.expect(202);
    }
    let late = Visitor::at(&product, &shared).await;
    let refused = late.post("/runs", filled()).await;
    assert!(refused.problem(429).contains("today"));
    assert_eq!(refused.json()["limit"], "runs_per_day");
    let kept = owner
        .get(&format!("/shares/{}", id(&shared)))
        .await
        .expect(200);
    assert_eq!(kept["today"]["runs"], 3);
    // What was refused left nothing behind.
    let runs = owner
        .get(&format!("/runs?share={}", id(&shared)))
        .await
        .expect(200);
    assert_eq!(runs["items"].as_array().unwrap().len(), 3);
    // And nobody makes themselves a new visitor for ever.
    begin(&product.anonymous(), &late.path, true)
        .await
        .expect(201);
    let refused = begin(&product.anonymous(), &late.path, true).await;
    refused.expect(429);
    assert_eq!(refused.json()["limit"], "visits_per_minute");
    let big = json!({ "input": { "name": "x".repeat(7 * 1024 * 1024) } });
    late.post("/runs", big).await.expect(413);
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
    let busy = visitor.ask(&conversation, "More?").await.problem(409);
    assert!(busy.contains("still being written"), "{busy}");
    // The workspace's own limit holds for visitors, who are not told of it.
    let other = Visitor::at(&product, &shared).await;
    let theirs = other.conversation().await;
    let full = other.ask(&theirs, "And me?").await;
    assert!(full.problem(503).contains("Try again in a moment"));
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

async fn only_allowed_sites_may_frame_the_page(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let shared = share(&owner, &flow, json!({})).await;
    let path = format!("/shares/{}", id(&shared));
    let stranger = product.anonymous();
    let open = async |path: &str| {
        let request = stranger
            .request(Method::GET, path)
            .header("Accept", "text/html");
        let answer = stranger.send(request).await;
        assert_eq!(answer.status, 200, "{path}");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        let (_, ancestors) = policy.split_once("frame-ancestors ").unwrap();
        let framed = answer
            .headers
            .get("x-frame-options")
            .map(|v| v.to_str().unwrap().to_owned());
        (ancestors.to_owned(), framed, answer)
    };
    let page = format!("/{}", shared["path"].as_str().unwrap());
    let (ancestors, framed, answer) = open(&page).await;
    assert_eq!(
        (ancestors.as_str(), framed.as_deref()),
        ("'none'", Some("DENY"))
    );
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.headers[name], value, "{name}");
    }
    let mut settings = shared["settings"].clone();
    settings["origins"] = json!([
        "https://Shop.example.com/",
        "http://127.0.0.1:8123",
        "https://*.example.org"
    ]);
    owner
        .patch(&path, json!({ "settings": settings }))
        .await
        .expect(200);
    let (ancestors, framed, _) = open(&page).await;
    let sites = "https://shop.example.com http://127.0.0.1:8123 https://*.example.org";
    assert_eq!((ancestors.as_str(), framed), (sites, None));
    // Also turned off, so that the frame can say so.
    owner
        .patch(&path, json!({ "enabled": false }))
        .await
        .expect(200);
    assert_eq!(open(&page).await.0, sites);
    for other in ["//s/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "//", "//flows"] {
        let request = stranger
            .request(Method::GET, other)
            .header("Accept", "text/html");
        let answer = stranger.send(request).await;
        assert_eq!(answer.headers["x-frame-options"], "DENY", "{other}");
        if let Some(policy) = answer.headers.get("content-security-policy") {
            assert!(
                policy.to_str().unwrap().ends_with("frame-ancestors 'none'"),
                "{other}"
            );
        }
    }
    // Nothing of the API is for other sites' scripts.
    let request = stranger
        .request(Method::GET, &format!("/shared/{}", token(&shared)))
        .header("Origin", "https://shop.example.com");
    let answer = stranger.send(request).await;
    assert_eq!(answer.headers.get("access-control-allow-origin"), None);
    let script = stranger.get("//embed.js").await;
    assert_eq!(script.status, 200);
    assert!(script.text.contains("data-share") && script.text.len() < 8_000);
    assert_eq!(
        script.headers["cross-origin-resource-policy"],
        "cross-origin"
    );
    let tag = script.headers["etag"].to_str().unwrap().to_owned();
    let known = stranger
        .request(Method::GET, "//embed.js")
        .header("If-None-Match", tag);
    assert_eq!(stranger.send(known).await.status, 304);
    for wrong in [
        "*",
        "https://*",
        "example.com",
        "https://example.com/page",
        "https://a.example; script-src *",
    ] {
        settings["origins"] = json!([wrong]);
        let refused = owner.patch(&path, json!({ "settings": settings })).await;
        assert!(
            refused
                .problem(400)
                .contains("is not a site that can embed"),
            "{wrong}"
        );
        assert_eq!(refused.json()["field"], "settings.origins");
    }
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
    assert!(refused.problem(409).contains("a form"));
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

async fn a_share_for_members_is_for_members(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let look = json!({ "audience": "members", "greeting": "Between us" });
    let shared = share(&owner, &flow, look).await;
    let path = format!("/shared/{}", token(&shared));
    let stranger = product.anonymous();
    let page = stranger.get(&path).await.expect(200);
    assert_eq!(
        (&page["sign_in"], &page["greeting"], &page["inputs"]),
        (&json!(true), &json!(""), &json!([]))
    );
    let refused = begin(&stranger, &path, true).await;
    assert!(refused.problem(401).contains("Sign in first"));
    let page = owner.get(&path).await.expect(200);
    assert_eq!(
        (&page["sign_in"], &page["greeting"]),
        (&json!(false), &json!("Between us"))
    );
    let visit = begin(&owner, &path, true).await.expect(201)["secret"].clone();
    let visit = visit.as_str().unwrap();
    // The visit alone is not enough: whoever signs out, or is somebody else, is out.
    stranger
        .with_key(visit)
        .get(&format!("{path}/conversations"))
        .await
        .expect(401);
    let both = owner
        .request(Method::GET, &format!("{path}/conversations"))
        .bearer_auth(visit);
    owner.send(both).await.expect(200);
    let other = owner
        .post("/workspaces", json!({ "name": "Other" }))
        .await
        .expect(201);
    let other = owner.in_workspace(other["id"].as_str().unwrap());
    let added = json!({ "email": "sven@example.com", "name": "Sven", "role": "owner" });
    let added = other.post("/members", added).await.expect(201);
    let password = added["initial_password"].as_str().unwrap();
    let sven = stranger.sign_in("sven@example.com", password).await;
    assert_eq!(sven.get(&path).await.expect(200)["sign_in"], true);
    let both = sven
        .request(Method::GET, &format!("{path}/conversations"))
        .bearer_auth(visit);
    sven.send(both).await.expect(401);
}

async fn a_share_is_kept_changed_and_audited(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let draft = owner
        .post("/flows", json!({ "document": greeting() }))
        .await
        .expect(201);
    let body = json!({ "flow": draft["slug"], "settings": { "name": "Hello" } });
    let early = owner.post("/shares", body.clone()).await;
    assert!(early.problem(409).contains("not published"));
    owner
        .post(&format!("/flows/{}/publish", id(&draft)), json!({}))
        .await
        .expect(201);
    let shared = owner.post("/shares", body).await.expect(201);
    let settings = json!({
        "name": "Good day", "colour": "#0a7", "starters": ["Who?"], "citations": "links",
        "origins": ["https://example.com"], "visitor_per_minute": 3, "runs_per_day": 30,
        "expires_at": "2099-01-01T00:00:00Z",
    });
    let path = format!("/shares/{}", id(&shared));
    let changed = owner
        .patch(&path, json!({ "settings": settings }))
        .await
        .expect(200);
    assert_eq!(
        (&changed["token"], &changed["settings"]["colour"]),
        (&shared["token"], &json!("#00aa77"))
    );
    product.restart().await;
    let owner = owner.at(&product.url);
    let listed = owner
        .get(&format!("/shares?flow={}", id(&draft)))
        .await
        .expect(200);
    assert_eq!(listed["items"][0], changed);
    let none = publish(&owner, speaking()).await;
    let listed = owner.get(&format!("/shares?flow={none}")).await.expect(200);
    assert_eq!(listed["items"], json!([]));
    owner
        .post(&format!("{path}/rotate"), json!({}))
        .await
        .expect(200);
    owner
        .patch(&path, json!({ "enabled": false }))
        .await
        .expect(200);
    owner.delete(&path).await.expect(204);
    let audit = owner.get("/audit").await.expect(200).to_string();
    for action in [
        "share.create",
        "share.update",
        "share.rotate",
        "share.delete",
        "turned off",
    ] {
        assert!(audit.contains(action), "{action} in {audit}");
    }
    // The link is not in the trail, nor in the log.
    assert!(!audit.contains(token(&shared)));
    product.keep_out_of_the_log(token(&shared));
    let unknown = json!({ "flow": id(&draft), "settings": { "name": "X", "font": "Arial" } });
    assert!(
        owner
            .post("/shares", unknown)
            .await
            .problem(400)
            .contains("font")
    );
}
