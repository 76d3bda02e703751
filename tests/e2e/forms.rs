//! Form pages: sent once, checked here, and nothing anybody types becomes markup.

use headwater_tests::{Answer, Client, Database, Options, Product, Vendor, stories, until};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::words::{greeting, publish, speaking};

stories!(
    a_form_asks_for_the_flows_inputs_and_runs_it_once,
    what_is_wrong_stands_beside_its_field_and_values_stay,
    nothing_becomes_markup,
    a_form_that_shows_results_waits_for_the_run,
    a_form_is_not_sent_from_elsewhere,
    a_form_for_members_is_for_members,
    forms_have_a_rate,
    a_form_takes_a_file,
    the_example_form_reads_a_letter,
);

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;{{ 7*7 }}";

/// Every kind of field.
fn order() -> Value {
    json!({
        "headwater": 1, "name": "Order", "kind": "task",
        "inputs": [
            { "name": "full_name", "type": "string", "required": true, "max_length": 40, "description": "As on your card" },
            { "name": "amount", "type": "number", "required": true, "min": 1, "max": 9 },
            { "name": "colour", "type": "string", "options": ["red", "dark green"], "default": "red" },
            { "name": "gift", "type": "boolean" },
            { "name": "notes", "type": "string" },
            { "name": "tags", "type": "list", "items": "string" },
            { "name": "source", "type": "string", "default": "?" },
        ],
        "nodes": [{ "id": "out", "kind": "output", "settings": { "values": { "all": "{{ start }}" } } }],
        "edges": [{ "from": "start", "to": "out" }],
    })
}

async fn form(client: &Client, flow: &str, input: Value, settings: Value) -> (String, String) {
    let mut all = json!({ "kind": "form" });
    let more = settings.as_object().cloned().unwrap();
    all.as_object_mut().unwrap().extend(more);
    let body = json!({ "flow": flow, "name": "Form", "input": input, "settings": all });
    let made = client.post("/triggers", body).await.expect(201);
    let path = format!("/{}", made["path"].as_str().unwrap());
    (made["id"].as_str().unwrap().to_owned(), path)
}

fn token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// What a browser sends; like one, the client goes where it is sent on to.
async fn send(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    client.send(posting(client, path, fields)).await
}

/// A request with fields as a browser writes them.
fn posting(client: &Client, path: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let encoded = |text: &str| -> String {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encoded(name), encoded(value));
    let body: Vec<String> = fields.iter().map(pair).collect();
    client
        .request(Method::POST, path)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body.join("&"))
}

async fn page(client: &Client, path: &str) -> String {
    let answer = client.get(path).await;
    answer.expect(200);
    answer.text
}

async fn runs(client: &Client) -> Vec<Value> {
    let runs = client.get("/runs?limit=200").await.expect(200);
    runs["items"].as_array().unwrap().clone()
}

async fn a_form_asks_for_the_flows_inputs_and_runs_it_once(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, order()).await;
    let settings = json!({ "title": "Order here", "description": "Two lines.\n\nAnd more.", "submit": "Order", "thanks": "We are on it." });
    let (id, path) = form(&owner, &flow, json!({ "source": "form" }), settings).await;
    let visitor = product.anonymous();
    let shown = visitor.get(&path).await;
    shown.expect(200);
    assert_eq!(shown.headers["content-type"], "text/html; charset=utf-8");
    let policy = shown.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(shown.headers["x-frame-options"], "DENY");
    assert_eq!(shown.headers["cache-control"], "no-store");
    let text = &shown.text;
    for part in [
        "<h1>Order here</h1>",
        "<p>And more.</p>",
        ">Full name</label>",
        "As on your card",
        "maxlength=\"40\"",
        "type=\"number\"",
        "min=\"1\"",
        "<option value=\"dark green\">",
        "<option value=\"red\" selected>",
        "type=\"checkbox\"",
        "<textarea",
        "One item a line.",
        "<button type=\"submit\">Order</button>",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // What the trigger sets is not asked for.
    assert!(
        !text.contains("in.source") && !text.contains("<script"),
        "{text}"
    );
    let token = token(text);
    let fields = [
        ("token", token.as_str()),
        ("in.full_name", "Ada Lovelace"),
        ("in.amount", "2.5"),
        ("in.colour", "dark green"),
        ("in.gift", "on"),
        ("in.notes", "one\r\ntwo"),
        ("in.tags", "a\r\n\r\nb"),
        ("in.source", "mallory"),
        ("website", ""),
    ];
    // Two clicks, or a reload, are one order.
    let (one, two) = futures::future::join(
        send(&visitor, &path, &fields),
        send(&visitor, &path, &fields),
    )
    .await;
    for answer in [&one, &two] {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(answer.text.contains("We are on it."), "{}", answer.text);
    }
    let found = runs(&owner).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["trigger_id"], id.as_str());
    let input = json!({
        "full_name": "Ada Lovelace", "amount": 2.5, "colour": "dark green", "gift": true,
        "notes": "one\ntwo", "tags": ["a", "b"], "source": "form",
    });
    assert_eq!(found[0]["input"], input);
    // The same page with other words is asked about; its new token then sends it.
    let mut other = fields;
    other[2].1 = "3";
    let again = send(&visitor, &path, &other).await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("was sent already"), "{}", again.text);
    let fresh = self::token(&again.text);
    other[0].1 = &fresh;
    assert_eq!(send(&visitor, &path, &other).await.status, 200);
    assert_eq!(runs(&owner).await.len(), 2);
    // Switched off, and gone.
    let off = json!({ "enabled": false });
    owner
        .patch(&format!("/triggers/{id}"), off)
        .await
        .expect(200);
    let gone = visitor.get(&path).await;
    let unknown = visitor
        .get("//forms/trg_01900000000070008000000000000001")
        .await;
    assert_eq!((gone.status.as_u16(), unknown.status.as_u16()), (404, 404));
    assert_eq!(gone.text, unknown.text);
    assert_eq!(send(&visitor, &path, &other).await.status, 404);
}

async fn what_is_wrong_stands_beside_its_field_and_values_stay(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, order()).await;
    let (_, path) = form(&owner, &flow, json!({}), json!({})).await;
    let visitor = product.anonymous();
    let token = token(&page(&visitor, &path).await);
    let long = "x".repeat(41);
    let fields = [
        ("token", token.as_str()),
        ("in.full_name", long.as_str()),
        ("in.amount", "ten"),
        ("in.colour", "blue"),
        ("in.notes", "kept <b>as typed</b>"),
    ];
    let answer = send(&visitor, &path, &fields).await;
    assert_eq!(answer.status, 422);
    let text = &answer.text;
    for part in [
        "3 fields need another look.",
        "This may have at most 40 characters.",
        "This must be a number.",
        "This must be one of: red, dark green.",
        "kept &lt;b&gt;as typed&lt;/b&gt;",
        "value=\"ten\"",
        "aria-invalid=\"true\"",
        "aria-describedby=\"f1-error\"",
        "role=\"alert\"",
        &long,
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let answer = send(&visitor, &path, &[("token", &token), ("in.amount", "10")]).await;
    assert!(
        answer.text.contains("is required.") && answer.text.contains("This must be at most 9."),
        "{}",
        answer.text
    );
    assert_eq!(runs(&owner).await.len(), 0);
    // What was wrong does not use the page up.
    let good = [
        ("token", token.as_str()),
        ("in.full_name", "Ada"),
        ("in.amount", "1"),
    ];
    assert_eq!(send(&visitor, &path, &good).await.status, 200);
    let input = &runs(&owner).await[0]["input"];
    assert_eq!(input["colour"], "red", "a default is the flow's");
    assert_eq!(input["gift"], false);
}

async fn nothing_becomes_markup(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut flow = greeting();
    flow["name"] = json!(HOSTILE);
    flow["slug"] = json!("hostile");
    flow["inputs"] = json!([
        { "name": "name", "type": "string", "required": true, "description": HOSTILE, "max_length": 1000 },
        { "name": "choice", "type": "string", "options": [HOSTILE], "default": HOSTILE },
    ]);
    let flow = publish(&owner, flow).await;
    let settings = json!({
        "description": HOSTILE, "submit": "\"><b>x", "show": "result",
        "fields": [{ "name": "name", "label": HOSTILE, "help": HOSTILE }, { "name": "choice" }],
    });
    let (_, path) = form(&owner, &flow, json!({}), settings).await;
    let visitor = product.anonymous();
    let shown = page(&visitor, &path).await;
    let token = token(&shown);
    let wrong = [
        ("token", token.as_str()),
        ("in.name", ""),
        ("in.choice", HOSTILE),
    ];
    let refused = send(&visitor, &path, &wrong).await;
    assert_eq!(refused.status, 422);
    let good = [
        ("token", token.as_str()),
        ("in.name", HOSTILE),
        ("in.choice", HOSTILE),
    ];
    let sent = send(&visitor, &path, &good).await;
    assert_eq!(sent.status, 200);
    let run = runs(&owner).await[0]["id"].as_str().unwrap().to_owned();
    owner.ended(&run).await;
    let result = page(&visitor, &sent_path(&sent)).await;
    assert!(
        result.contains("Hello &quot;&#39;&gt;&lt;script&gt;"),
        "{result}"
    );
    for text in [&shown, &refused.text, &result] {
        for markup in ["<script", "<img", "<b>", "onerror=alert(2)>"] {
            assert!(!text.contains(markup), "{markup} is in {text}");
        }
    }
}

/// Where a browser stood after it was sent on.
fn sent_path(answer: &Answer) -> String {
    let url = answer.url.path();
    format!("/{url}")
}

async fn a_form_that_shows_results_waits_for_the_run(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "words-30-100").await;
    let flow = publish(&owner, speaking()).await;
    let (_, path) = form(&owner, &flow, json!({}), json!({ "show": "result" })).await;
    let visitor = product.anonymous();
    let token = token(&page(&visitor, &path).await);
    let sent = send(
        &visitor,
        &path,
        &[("token", &token), ("in.question", "Why?")],
    )
    .await;
    assert_eq!(sent.status, 200);
    assert_eq!(sent.headers["refresh"], "2");
    assert!(sent.text.contains("being worked on"), "{}", sent.text);
    let run = runs(&owner).await[0]["id"].as_str().unwrap().to_owned();
    let reply = owner.ended(&run).await["reply"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = sent_path(&sent);
    let over = visitor.get(&path).await;
    over.expect(200);
    assert!(over.text.contains(&reply), "{}", over.text);
    assert!(!over.headers.contains_key("refresh"));
    // Another's address is nobody's guess.
    let (start, ticket) = path.rsplit_once('/').unwrap();
    let forged = format!("{start}/{}", ticket.chars().rev().collect::<String>());
    assert_eq!(visitor.get(&forged).await.status, 404);
}

async fn a_form_is_not_sent_from_elsewhere(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let (_, path) = form(&owner, &flow, json!({}), json!({})).await;
    let (_, other) = form(&owner, &flow, json!({}), json!({})).await;
    let visitor = product.anonymous();
    let token = token(&page(&visitor, &path).await);
    let strange = self::token(&page(&visitor, &other).await);
    for wrong in ["", "x", &strange, &token[1..]] {
        let answer = send(&visitor, &path, &[("token", wrong), ("in.name", "Ada")]).await;
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(
            answer.text.contains("value=\"Ada\"") || answer.text.contains(">\nAda<"),
            "{}",
            answer.text
        );
    }
    let fields = [("token", token.as_str()), ("in.name", "Ada")];
    let foreign = posting(&visitor, &path, &fields).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(visitor.send(foreign).await.status, 403);
    let as_json = visitor
        .request(Method::POST, &path)
        .json(&json!({ "token": token, "in.name": "Ada" }));
    assert_eq!(visitor.send(as_json).await.status, 400);
    let huge = "x".repeat(7 << 20);
    assert_eq!(
        send(&visitor, &path, &[("token", &token), ("in.name", &huge)])
            .await
            .status,
        413
    );
    // A program fills in everything; it is thanked, and nothing happens.
    let trapped = [
        ("token", token.as_str()),
        ("in.name", "Bot"),
        ("website", "http://spam.example"),
    ];
    let answer = send(&visitor, &path, &trapped).await;
    assert!(answer.text.contains("Thank you"), "{}", answer.text);
    assert_eq!(runs(&owner).await.len(), 0);
    assert_eq!(send(&visitor, &path, &fields).await.status, 200);
    assert_eq!(runs(&owner).await.len(), 1);
}

async fn a_form_for_members_is_for_members(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let (id, path) = form(&owner, &flow, json!({}), json!({ "access": "members" })).await;
    let visitor = product.anonymous();
    let refused = visitor.get(&path).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text.contains("Sign in"), "{}", refused.text);
    let token = token(&page(&owner, &path).await);
    let fields = [("token", token.as_str()), ("in.name", "Ada")];
    assert_eq!(send(&visitor, &path, &fields).await.status, 401);
    // A member of another workspace is a stranger here.
    let other = owner
        .post("/workspaces", json!({ "name": "Other" }))
        .await
        .expect(201);
    let there = owner.in_workspace(other["id"].as_str().unwrap());
    let member = json!({ "email": "sven@example.com", "name": "Sven", "role": "viewer" });
    let member = there.post("/members", member).await.expect(201);
    let password = member["initial_password"].as_str().unwrap();
    let stranger = product
        .anonymous()
        .sign_in("sven@example.com", password)
        .await;
    assert_eq!(stranger.get(&path).await.status, 401);
    assert_eq!(send(&owner, &path, &fields).await.status, 200);
    let firings = owner
        .get(&format!("/triggers/{id}/firings"))
        .await
        .expect(200);
    let detail = firings["items"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("usr_"), "{detail}");
    // One member's page is not another's to send.
    let member = json!({ "email": "vera@example.com", "name": "Vera", "role": "viewer" });
    let member = owner.post("/members", member).await.expect(201);
    let password = member["initial_password"].as_str().unwrap();
    let vera = product
        .anonymous()
        .sign_in("vera@example.com", password)
        .await;
    assert_eq!(send(&vera, &path, &fields).await.status, 422);
}

async fn forms_have_a_rate(database: Database) {
    let options = Options::default().with("HEADWATER_LIMITS__FORMS_PER_MINUTE", 2);
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let (_, path) = form(&owner, &flow, json!({}), json!({})).await;
    let visitor = product.anonymous();
    for _ in 0..2 {
        let token = token(&page(&visitor, &path).await);
        let fields = [("token", token.as_str()), ("in.name", "Ada")];
        assert_eq!(send(&visitor, &path, &fields).await.status, 200);
    }
    let refused = send(&visitor, &path, &[("in.name", "Ada")]).await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    assert!(
        refused.text.contains("<h1>Too many at once</h1>"),
        "{}",
        refused.text
    );
}

async fn a_form_takes_a_file(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, reading()).await;
    let (_, path) = form(&owner, &flow, json!({}), json!({ "show": "result" })).await;
    let visitor = product.anonymous();
    let shown = page(&visitor, &path).await;
    assert!(shown.contains("enctype=\"multipart/form-data\""), "{shown}");
    assert!(shown.contains("<input type=\"file\" id=\"f0\""), "{shown}");
    let filled = |who: &str, text: &'static str| {
        let name = if text.is_empty() { "" } else { "plan.md" };
        let file = Part::bytes(text.as_bytes()).file_name(name.to_owned());
        Form::new()
            .text("token", token(&shown))
            .part("in.paper", file)
            .text("in.who", who.to_owned())
    };
    let post = async |form: Form| {
        let request = visitor.request(Method::POST, &path);
        visitor.send(request.multipart(form)).await
    };
    let none = post(filled("Ada", "")).await;
    assert_eq!(none.status, 422);
    assert!(none.text.contains("aria-invalid"), "{}", none.text);
    // The file was fine, the rest was not: the browser has to be given the file again.
    let other = post(filled("", "# The plan")).await;
    assert_eq!(other.status, 422);
    assert!(
        other.text.contains("Choose the file again."),
        "{}",
        other.text
    );
    assert!(!other.text.contains("base64"), "{}", other.text);
    let sent = post(filled("Ada", "# The plan")).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let run = &runs(&owner).await[0];
    let run = owner.ended(run["id"].as_str().unwrap()).await;
    assert_eq!(run["outputs"]["told"], "Ada: plan.md, The plan", "{run}");
}

/// start → document → output: who sent which file with what in it.
fn reading() -> Value {
    json!({
        "headwater": 1, "name": "Reading", "kind": "task",
        "inputs": [
            { "name": "paper", "type": "file", "required": true },
            { "name": "who", "type": "string", "required": true },
        ],
        "nodes": [
            { "id": "read", "kind": "document", "settings": { "file": "{{ start.paper }}" } },
            { "id": "out", "kind": "output", "settings": { "values": {
                "told": "{{ start.who }}: {{ start.paper.name }}, {{ read.text }}" } } },
        ],
        "edges": [{ "from": "start", "to": "read" }, { "from": "read", "to": "out" }],
    })
}

async fn the_example_form_reads_a_letter(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "form").await;
    let examples = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/form-to-extraction"
    );
    let applied = product
        .command()
        .args(["flow", "apply", examples])
        .output()
        .unwrap();
    assert!(applied.status.success(), "{applied:?}");
    let made = product
        .command()
        .args([
            "trigger",
            "add",
            "form",
            "read-a-letter",
            "--title",
            "Read a letter",
        ])
        .args(["--submit", "Read", "--result", "--json"])
        .output()
        .unwrap();
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let path = format!("/{}", made["path"].as_str().unwrap());
    let visitor = product.anonymous();
    let shown = page(&visitor, &path).await;
    assert!(shown.contains(">Read</button>"), "{shown}");
    let token = token(&shown);
    let letter = "Dear Sir, my teapot leaks. Yours, Ada";
    let fields = [
        ("token", token.as_str()),
        ("in.letter", letter),
        ("in.language", "German"),
    ];
    let sent = send(&visitor, &path, &fields).await;
    let result = until("the letter to be read", 30, async || {
        let result = page(&visitor, &sent_path(&sent)).await;
        (!result.contains("being worked on")).then_some(result)
    })
    .await;
    for part in ["<h2>subject</h2>", "<h2>urgent</h2>"] {
        assert!(result.contains(part), "{part} is not in {result}");
    }
}
