//! Webhooks: proved, once, and without telling strangers anything.

use std::time::{SystemTime, UNIX_EPOCH};

use headwater_tests::{Answer, Client, Database, Options, Product, Vendor, stories};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::words::{greeting, publish, speaking};

stories!(
    a_signed_delivery_starts_one_run,
    a_wrong_signature_and_an_unknown_webhook_look_alike,
    a_replayed_or_old_delivery_is_refused,
    the_same_delivery_is_the_same_run,
    github_and_bearer_prove_themselves_in_their_way,
    a_rotated_secret_overlaps_with_the_one_before,
    a_body_must_be_json_that_fits_and_is_not_huge,
    a_webhook_that_waits_answers_with_what_the_run_gives,
    inputs_are_made_from_templates_over_the_event,
    deliveries_have_a_rate,
);

/// A caller of webhooks: it has a secret and nothing else.
pub struct Sender<'c> {
    pub client: Client,
    pub path: String,
    pub secret: String,
    pub verify: &'c str,
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn hmac(secret: &str, text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text);
    hex::encode(mac.finalize().into_bytes())
}

impl<'c> Sender<'c> {
    pub fn new(product: &Product, made: &Value, verify: &'c str) -> Self {
        Self {
            client: product.anonymous(),
            path: format!("/{}", made["path"].as_str().unwrap()),
            secret: made["secret"].as_str().unwrap().to_owned(),
            verify,
        }
    }

    /// The headers that prove a body at a time.
    fn proof(&self, body: &str, at: i64) -> Vec<(&'static str, String)> {
        match self.verify {
            "hmac" => {
                let signature = hmac(&self.secret, format!("{at}.{body}").as_bytes());
                vec![
                    ("Headwater-Timestamp", at.to_string()),
                    ("Headwater-Signature", format!("v1={signature}")),
                ]
            }
            "github" => vec![(
                "X-Hub-Signature-256",
                format!("sha256={}", hmac(&self.secret, body.as_bytes())),
            )],
            _ => vec![("Authorization", format!("Bearer {}", self.secret))],
        }
    }

    async fn raw(&self, query: &str, body: &str, headers: &[(&str, String)]) -> Answer {
        let path = format!("{}{query}", self.path);
        let mut request = self.client.request(Method::POST, &path);
        request = request.body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.client.send(request).await
    }

    /// A proved delivery of JSON, with more headers.
    pub async fn send(&self, body: &Value, more: &[(&'static str, &str)]) -> Answer {
        let body = body.to_string();
        let mut headers = self.proof(&body, now());
        headers.push(("Content-Type", "application/json".to_owned()));
        headers.extend(
            more.iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        self.raw("", &body, &headers).await
    }
}

pub async fn webhook(client: &Client, flow: &str, settings: Value) -> Value {
    let mut all = json!({ "kind": "webhook" });
    let more = settings.as_object().cloned().unwrap();
    all.as_object_mut().unwrap().extend(more);
    let body = json!({ "flow": flow, "name": "Hook", "settings": all });
    client.post("/triggers", body).await.expect(201)
}

/// How many runs there are.
async fn runs(client: &Client) -> usize {
    let runs = client.get("/runs?limit=200").await.expect(200);
    runs["items"].as_array().unwrap().len()
}

async fn a_signed_delivery_starts_one_run(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let made = webhook(&owner, &flow, json!({})).await;
    assert_eq!(made["settings"]["verify"], "hmac");
    let sender = Sender::new(&product, &made, "hmac");
    let body = json!({ "name": "Ada", "of no interest": [1] });
    let answer = sender.send(&body, &[]).await;
    let run = answer.expect(202)["run_id"].as_str().unwrap().to_owned();
    assert_eq!(answer.headers["headwater-run"], run.as_str());
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    let ended = owner.ended(&run).await;
    assert_eq!(ended["reply"], "Hello Ada!");
    assert_eq!(ended["trigger_id"], made["id"]);
    // A run of anybody else's names no trigger.
    let other = owner
        .post(
            &format!("/flows/{flow}/invoke"),
            json!({ "input": { "name": "B" } }),
        )
        .await;
    assert_eq!(other.expect(200).get("trigger_id"), None);
    let path = format!("/triggers/{}/firings", made["id"].as_str().unwrap());
    let firings = owner.get(&path).await.expect(200);
    assert_eq!(firings["items"].as_array().unwrap().len(), 1, "{firings}");
    assert_eq!(firings["items"][0]["outcome"], "started");
    assert_eq!(firings["items"][0]["run_id"], run.as_str());
    // The secret is shown once.
    let shown = owner.get("/triggers").await.expect(200).to_string();
    assert!(
        !shown.contains(&sender.secret) && !shown.contains("secret\":\""),
        "{shown}"
    );
    let metrics = product.anonymous().get("//metrics").await.text;
    let counted = "headwater_trigger_firings_total{kind=\"webhook\",outcome=\"started\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
}

async fn a_wrong_signature_and_an_unknown_webhook_look_alike(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let made = webhook(&owner, &flow, json!({ "max_bytes": 100 })).await;
    let schedule = json!({ "flow": flow, "name": "S", "input": { "name": "A" },
        "settings": { "kind": "schedule", "cron": "0 0 1 1 *" } });
    let schedule = owner.post("/triggers", schedule).await.expect(201);
    let sender = Sender::new(&product, &made, "hmac");
    let (body, time) = (json!({ "name": "Ada" }).to_string(), now());
    let good = sender.proof(&body, time);
    let json_type = ("Content-Type", "application/json".to_owned());
    let with = |signature: &str| {
        vec![
            good[0].clone(),
            ("Headwater-Signature", signature.to_owned()),
            json_type.clone(),
        ]
    };
    let other = Sender {
        secret: "whs_guess".into(),
        ..Sender::new(&product, &made, "hmac")
    };
    let twice = vec![
        good[0].clone(),
        good[1].clone(),
        good[1].clone(),
        json_type.clone(),
    ];
    let late = Sender::new(&product, &made, "hmac").proof(&body, time - 400);
    let proofs = [
        vec![json_type.clone()],
        with("v1=00"),
        with(""),
        with("v1=zz,v1=,,,,,,,"),
        other.proof(&body, time),
        twice,
        late,
        vec![("Authorization", format!("Bearer {}", sender.secret))],
        vec![("Headwater-Timestamp", "-1".into()), good[1].clone()],
    ];
    let unknown = "//hooks/trg_01900000000070008000000000000001".to_owned();
    let elsewhere = [
        unknown,
        "//hooks/nonsense".to_owned(),
        format!("//hooks/{}", schedule["id"].as_str().unwrap()),
    ];
    let mut told = Vec::new();
    for proof in &proofs {
        told.push(sender.raw("", &body, proof).await);
    }
    for path in elsewhere {
        let sender = Sender {
            path,
            ..Sender::new(&product, &made, "hmac")
        };
        told.push(sender.raw("", &body, &good).await);
        // What is wrong with a body is nobody's business who has no secret.
        told.push(sender.raw("", &"x".repeat(500), &[]).await);
    }
    told.push(sender.raw("", &"x".repeat(500), &[]).await);
    for answer in &told {
        assert_eq!(answer.problem(401), "unauthenticated");
        let mut body = answer.json();
        body["request_id"] = Value::Null;
        let mut first = told[0].json();
        first["request_id"] = Value::Null;
        assert_eq!(body, first);
    }
    assert_eq!(runs(&owner).await, 0);
    let path = format!("/triggers/{}/firings", made["id"].as_str().unwrap());
    assert_eq!(owner.get(&path).await.expect(200)["items"], json!([]));
}

async fn a_replayed_or_old_delivery_is_refused(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let made = webhook(&owner, &flow, json!({})).await;
    let sender = Sender::new(&product, &made, "hmac");
    let body = json!({ "name": "Ada" }).to_string();
    let mut headers = sender.proof(&body, now());
    headers.push(("Content-Type", "application/json".into()));
    sender.raw("", &body, &headers).await.expect(202);
    assert_eq!(
        sender.raw("", &body, &headers).await.problem(409),
        "conflict"
    );
    // Nor with a name that the one who overheard it made up, nor with the signature written otherwise.
    let mut named = headers.clone();
    named.push(("Idempotency-Key", "mine".into()));
    assert_eq!(sender.raw("", &body, &named).await.problem(409), "conflict");
    let mut upper = headers.clone();
    upper[1].1 = format!("v1={}", headers[1].1[3..].to_uppercase());
    assert_eq!(sender.raw("", &body, &upper).await.problem(409), "conflict");
    assert_eq!(runs(&owner).await, 1);
    let old = sender.proof(&body, now() - 301);
    assert_eq!(
        sender.raw("", &body, &old).await.problem(401),
        "unauthenticated"
    );
}

async fn the_same_delivery_is_the_same_run(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let made = webhook(&owner, &flow, json!({ "verify": "bearer" })).await;
    let sender = Sender::new(&product, &made, "bearer");
    let body = json!({ "name": "Ada" });
    let key = [("Idempotency-Key", "order-7")];
    let many = (0..12).map(|_| sender.send(&body, &key));
    let answers = futures::future::join_all(many).await;
    let mut ids: Vec<String> = answers
        .iter()
        .map(|answer| answer.expect(202)["run_id"].as_str().unwrap().to_owned())
        .collect();
    ids.dedup();
    assert_eq!((ids.len(), runs(&owner).await), (1, 1), "{ids:?}");
    // The same name with another content is a mistake.
    let other = sender.send(&json!({ "name": "Bob" }), &key).await;
    assert_eq!(other.problem(409), "conflict");
    let named = [("Headwater-Delivery", "d-1")];
    let one = sender.send(&body, &named).await.expect(202);
    let two = sender.send(&body, &named).await.expect(202);
    assert_eq!(one, two);
    assert_ne!(one["run_id"], ids[0].as_str());
    let twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")];
    assert_eq!(sender.send(&body, &twice).await.problem(400), "invalid");
    // A delivery that was refused may be sent again under its name.
    let wrong = [("Idempotency-Key", "later")];
    sender.send(&json!({}), &wrong).await.problem(400);
    sender.send(&body, &wrong).await.expect(202);
}

async fn github_and_bearer_prove_themselves_in_their_way(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    for verify in ["github", "bearer"] {
        let made = webhook(&owner, &flow, json!({ "verify": verify })).await;
        let sender = Sender::new(&product, &made, verify);
        let body = json!({ "name": verify });
        let delivery = [("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")];
        let run = sender.send(&body, &delivery).await.expect(202);
        let ended = owner.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(ended["reply"], format!("Hello {verify}!"));
        // GitHub names its deliveries; to others the header says nothing.
        let again = sender.send(&body, &delivery).await.expect(202);
        assert_eq!(again == run, verify == "github");
        let stranger = Sender {
            secret: "whs_guess".into(),
            ..sender
        };
        assert_eq!(
            stranger.send(&body, &[]).await.problem(401),
            "unauthenticated"
        );
    }
}

async fn a_rotated_secret_overlaps_with_the_one_before(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    for verify in ["hmac", "bearer"] {
        let made = webhook(&owner, &flow, json!({ "verify": verify })).await;
        let path = format!("/triggers/{}/rotate", made["id"].as_str().unwrap());
        let old = Sender::new(&product, &made, verify);
        let rotated = owner
            .post(&path, json!({ "overlap": "1h" }))
            .await
            .expect(200);
        assert!(rotated["old_secret_until"].is_string(), "{rotated}");
        let new = Sender::new(&product, &rotated, verify);
        assert_ne!(old.secret, new.secret);
        old.send(&json!({ "name": "old" }), &[]).await.expect(202);
        new.send(&json!({ "name": "new" }), &[]).await.expect(202);
        let last = owner
            .post(&path, json!({ "overlap": "0s" }))
            .await
            .expect(200);
        assert_eq!(last["old_secret_until"], Value::Null);
        for gone in [&old, &new] {
            gone.send(&json!({ "name": "gone" }), &[])
                .await
                .problem(401);
        }
        let last = Sender::new(&product, &last, verify);
        last.send(&json!({ "name": "last" }), &[]).await.expect(202);
        product.keep_out_of_the_log(&old.secret);
        product.keep_out_of_the_log(&last.secret);
        let wrong = owner.post(&path, json!({ "overlap": "soon" })).await;
        assert_eq!(wrong.problem(400), "invalid");
    }
    let audit = owner.get("/audit").await.expect(200).to_string();
    assert!(
        audit.contains("trigger.rotate") && !audit.contains("whs_"),
        "{audit}"
    );
}

async fn a_body_must_be_json_that_fits_and_is_not_huge(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let schema = json!({
        "type": "object", "required": ["name"],
        "properties": { "name": { "type": "string", "maxLength": 10 }, "tags": { "items": { "type": "string" } } },
    });
    let settings = json!({ "verify": "bearer", "schema": schema, "max_bytes": 2000 });
    let made = webhook(&owner, &flow, settings).await;
    let sender = Sender::new(&product, &made, "bearer");
    let auth = sender.proof("", 0)[0].clone();
    let typed = |kind: &str| vec![auth.clone(), ("Content-Type", kind.to_owned())];
    let good = r#"{"name":"Ada"}"#;
    for kind in [
        "application/json",
        "application/JSON; charset=utf-8",
        "application/cloudevents+json",
    ] {
        sender.raw("", good, &typed(kind)).await.expect(202);
    }
    let before = runs(&owner).await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "application/json-seq",
    ] {
        let answer = sender.raw("", good, &typed(kind)).await;
        answer.problem(400);
        assert_eq!(answer.json()["field"], "Content-Type", "{kind}");
    }
    let deep = format!("{}{}", "[".repeat(900), "]".repeat(900));
    let cases = [
        ("{\"name\":", "body"),
        (deep.as_str(), "body"),
        ("{\"name\":\"\u{0}\"}", "body"),
        (r#"{"name":7}"#, "body.name"),
        (r#"{"name":"much too long for it"}"#, "body.name"),
        (r#"{"name":"x","tags":["a",1]}"#, "body.tags.1"),
        (
            r#"{"name":"\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"}"#,
            "body.name",
        ),
        ("{}", "body"),
        ("[]", "body"),
    ];
    for (body, field) in cases {
        let answer = sender.raw("", body, &typed("application/json")).await;
        answer.problem(400);
        assert_eq!(answer.json()["field"], field, "{body}: {}", answer.text);
    }
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(3000));
    let answer = sender.raw("", &long, &typed("application/json")).await;
    assert_eq!(answer.problem(413), "too_large");
    assert_eq!(answer.json()["limit"], "max_bytes");
    let huge = "x".repeat(7 << 20);
    let answer = sender.raw("", &huge, &typed("application/json")).await;
    assert_eq!(answer.problem(413), "too_large");
    assert_eq!(runs(&owner).await, before);
    // The owner sees what was refused, and why.
    let path = format!("/triggers/{}/firings", made["id"].as_str().unwrap());
    let firings = owner.get(&path).await.expect(200).to_string();
    assert!(
        firings.contains("refused") && firings.contains("body.tags"),
        "{firings}"
    );
}

async fn a_webhook_that_waits_answers_with_what_the_run_gives(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let waits = json!({ "verify": "bearer", "answer": "wait", "wait": "20s" });
    let made = webhook(&owner, &flow, waits.clone()).await;
    let sender = Sender::new(&product, &made, "bearer");
    let answer = sender.send(&json!({ "name": "Ada" }), &[]).await;
    let body = answer.expect(200);
    assert_eq!(body["outputs"], json!({ "greeting": "Hello Ada!" }));
    assert_eq!(
        (&body["status"], &body["reply"]),
        (&json!("succeeded"), &json!("Hello Ada!"))
    );
    assert_eq!(
        answer.headers["headwater-run"],
        body["run_id"].as_str().unwrap()
    );
    // One that takes longer than the limit goes on behind the answer.
    let _vendor = Vendor::as_default(&owner, "words-60-100").await;
    let flow = publish(&owner, speaking()).await;
    let settings = json!({ "verify": "bearer", "answer": "wait", "wait": "1s" });
    let made = webhook(&owner, &flow, settings).await;
    let slow = Sender::new(&product, &made, "bearer");
    let body = slow
        .send(&json!({ "question": "?" }), &[])
        .await
        .expect(202);
    let ended = owner.ended(body["run_id"].as_str().unwrap()).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    // One that fails is no success.
    let failing = json!({
        "headwater": 1, "name": "Failing", "kind": "task",
        "inputs": [{ "name": "given", "type": "string" }],
        "outputs": [{ "name": "given", "type": "string", "required": true }],
        "nodes": [{ "id": "out", "kind": "output", "settings": { "values": { "given": "{{ start.given }}" } } }],
        "edges": [{ "from": "start", "to": "out" }],
    });
    let flow = publish(&owner, failing).await;
    let made = webhook(&owner, &flow, waits).await;
    let failing = Sender::new(&product, &made, "bearer");
    let body = failing.send(&json!({}), &[]).await.expect(502);
    assert_eq!(body["status"], "failed");
    assert!(body["error"]["message"].is_string(), "{body}");
}

async fn inputs_are_made_from_templates_over_the_event(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = json!({
        "headwater": 1, "name": "Typed", "kind": "task",
        "inputs": [
            { "name": "n", "type": "number", "required": true },
            { "name": "urgent", "type": "boolean", "default": false },
            { "name": "tags", "type": "list", "items": "string", "default": [] },
            { "name": "from", "type": "string", "default": "nobody" },
            { "name": "secret", "type": "string", "default": "none" },
        ],
        "nodes": [{ "id": "out", "kind": "output", "settings": { "values": {
            "n": "{{ start.n }}", "urgent": "{{ start.urgent }}", "tags": "{{ start.tags }}",
            "from": "{{ start.from }}", "secret": "{{ start.secret }}",
        } } }],
        "edges": [{ "from": "start", "to": "out" }],
    });
    let flow = publish(&owner, flow).await;
    let input = json!({
        "n": "{{ query.n }}", "urgent": "{{ body.flags.urgent }}", "tags": "{{ body.tags }}",
        "from": "{{ headers.x_sender }} of {{ body.team }}", "secret": "<{{ headers.authorization }}>",
    });
    let body = json!({ "flow": flow, "name": "Typed", "input": input,
        "settings": { "kind": "webhook", "verify": "bearer", "answer": "wait" } });
    let made = owner.post("/triggers", body).await.expect(201);
    let sender = Sender::new(&product, &made, "bearer");
    let body = json!({ "flags": { "urgent": true }, "tags": ["a"], "team": "{{ env.X }}", "from": "mallory" });
    let mut headers = sender.proof("", 0);
    headers.push(("Content-Type", "application/json".into()));
    headers.push(("X-Sender", "Ada".into()));
    let body = body.to_string();
    let answer = sender.raw("?n=2.5&n2=1", &body, &headers).await.expect(200);
    let expected = json!({ "n": 2.5, "urgent": true, "tags": ["a"], "from": "Ada of {{ env.X }}", "secret": "<>" });
    assert_eq!(answer["outputs"], expected);
    for (query, says) in [
        ("?n=many", "must be a number"),
        ("", "required"),
        ("?n=1&n=2", "must be a number"),
    ] {
        let answer = sender.raw(query, &body, &headers).await;
        assert_eq!(answer.problem(400), "invalid");
        assert_eq!(answer.json()["field"], "input.n");
        assert!(answer.text.contains(says), "{}", answer.text);
    }
}

async fn deliveries_have_a_rate(database: Database) {
    let options = Options::default().with("HEADWATER_LIMITS__DELIVERIES_PER_MINUTE", 3);
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let (one, two) = (
        webhook(&owner, &flow, json!({ "verify": "bearer" })).await,
        webhook(&owner, &flow, json!({ "verify": "bearer" })).await,
    );
    let (one, two) = (
        Sender::new(&product, &one, "bearer"),
        Sender::new(&product, &two, "bearer"),
    );
    // Whoever lacks the secret uses up nothing of it.
    let stranger = Sender {
        secret: "whs_guess".into(),
        path: one.path.clone(),
        client: one.client.clone(),
        verify: "bearer",
    };
    for _ in 0..5 {
        stranger
            .send(&json!({ "name": "x" }), &[])
            .await
            .problem(401);
    }
    for _ in 0..3 {
        one.send(&json!({ "name": "x" }), &[]).await.expect(202);
    }
    let refused = one.send(&json!({ "name": "x" }), &[]).await;
    assert_eq!(refused.problem(429), "rate_limited");
    assert!(refused.headers.contains_key("retry-after"));
    two.send(&json!({ "name": "x" }), &[]).await.expect(202);
}
