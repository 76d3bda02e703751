//! Triggers as things that are kept, changed, switched and deleted; how each kind fires is told in
//! `webhooks.rs`, `schedules.rs` and `forms.rs`.

use headwater_tests::{Database, Product, stories};
use serde_json::{Value, json};

use crate::webhooks::{Sender, webhook};
use crate::words::{greeting, publish};

stories!(
    a_trigger_is_changed_switched_and_deleted,
    what_could_never_fire_is_refused,
    triggers_go_with_their_flow,
    a_pinned_revision_stays,
);

async fn a_trigger_is_changed_switched_and_deleted(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let made = webhook(&owner, &flow, json!({ "verify": "bearer" })).await;
    let sender = Sender::new(&product, &made, "bearer");
    let path = format!("/triggers/{}", made["id"].as_str().unwrap());
    let off = owner
        .patch(&path, json!({ "enabled": false }))
        .await
        .expect(200);
    assert_eq!((&off["enabled"], off.get("secret")), (&json!(false), None));
    // Who knows the secret is told; who does not, is not.
    assert_eq!(
        sender.send(&json!({ "name": "x" }), &[]).await.problem(404),
        "not_found"
    );
    let stranger = Sender {
        secret: "whs_guess".into(),
        ..Sender::new(&product, &made, "bearer")
    };
    stranger
        .send(&json!({ "name": "x" }), &[])
        .await
        .problem(401);
    // By hand it fires all the same.
    let fired = owner
        .post(
            &format!("{path}/fire"),
            json!({ "body": { "name": "Eve" } }),
        )
        .await;
    let run = fired.expect(202)["id"].as_str().unwrap().to_owned();
    assert_eq!(owner.ended(&run).await["reply"], "Hello Eve!");
    owner
        .patch(&path, json!({ "enabled": true, "name": "Other" }))
        .await
        .expect(200);
    sender.send(&json!({ "name": "x" }), &[]).await.expect(202);
    // Another way to verify brings another secret.
    let settings = json!({ "kind": "webhook", "verify": "hmac" });
    let changed = owner
        .patch(&path, json!({ "settings": settings }))
        .await
        .expect(200);
    let signed = Sender::new(&product, &changed, "hmac");
    assert_ne!(signed.secret, sender.secret);
    signed.send(&json!({ "name": "x" }), &[]).await.expect(202);
    sender.send(&json!({ "name": "x" }), &[]).await.problem(401);
    let other_kind = json!({ "settings": { "kind": "form" } });
    assert_eq!(owner.patch(&path, other_kind).await.problem(400), "invalid");
    let listed = owner
        .get(&format!("/triggers?flow={flow}&kind=webhook"))
        .await
        .expect(200);
    assert_eq!(listed["items"][0]["name"], "Other");
    let none = owner.get("/triggers?kind=schedule").await.expect(200);
    assert_eq!(none["items"], json!([]));
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.problem(404);
    signed.send(&json!({ "name": "x" }), &[]).await.problem(401);
    // What it started stays.
    assert_eq!(
        owner.get(&format!("/runs/{run}")).await.expect(200)["trigger_id"],
        made["id"]
    );
    let audit = owner.get("/audit").await.expect(200).to_string();
    for action in ["create", "disable", "enable", "update", "delete"] {
        assert!(
            audit.contains(&format!("trigger.{action}")),
            "{action}: {audit}"
        );
    }
}

async fn what_could_never_fire_is_refused(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let schedule = |more: Value| {
        let mut settings = json!({ "kind": "schedule", "cron": "0 7 * * *" });
        settings
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap());
        settings
    };
    let named = json!({ "name": "Ada" });
    let hook = |more: Value| {
        let mut settings = json!({ "kind": "webhook" });
        settings
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap());
        settings
    };
    let cases = [
        (
            schedule(json!({ "cron": "0 7 * *" })),
            named.clone(),
            "settings.cron",
        ),
        (
            schedule(json!({ "cron": "0 0 30 2 *" })),
            named.clone(),
            "settings.cron",
        ),
        (
            schedule(json!({ "time_zone": "Mars" })),
            named.clone(),
            "settings.time_zone",
        ),
        (schedule(json!({})), json!({}), "input.name"),
        (schedule(json!({})), json!({ "nam": "x" }), "input.nam"),
        (
            schedule(json!({})),
            json!({ "name": "{{ body.x }}" }),
            "input.name",
        ),
        (
            hook(json!({})),
            json!({ "name": "{{ env.KEY }}" }),
            "input.name",
        ),
        (
            hook(json!({ "schema": { "type": "nonsense" } })),
            json!({}),
            "settings.schema",
        ),
        (hook(json!({ "wait": "3h" })), json!({}), "settings.wait"),
        (
            hook(json!({ "max_bytes": 0 })),
            json!({}),
            "settings.max_bytes",
        ),
        (
            json!({ "kind": "form", "fields": [{ "name": "x" }] }),
            json!({}),
            "settings.fields[0].name",
        ),
        (
            json!({ "kind": "form", "fields": [{ "name": "name" }] }),
            named.clone(),
            "settings.fields[0].name",
        ),
    ];
    for (settings, input, field) in cases {
        let body = json!({ "flow": flow, "name": "T", "settings": settings, "input": input });
        let answer = owner.post("/triggers", body).await;
        answer.problem(400);
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    // A flow that is not published, and one that needs a conversation.
    let mut remembering = greeting();
    remembering["name"] = json!("Remembering");
    remembering["kind"] = json!("chat");
    remembering["variables"] = json!([{ "name": "mood", "type": "string" }]);
    let draft = owner
        .post("/flows", json!({ "document": greeting() }))
        .await
        .expect(201);
    let remembering = publish(&owner, remembering).await;
    for flow in [draft["id"].as_str().unwrap(), &remembering] {
        let body = json!({ "flow": flow, "name": "T", "settings": { "kind": "webhook" } });
        assert_eq!(owner.post("/triggers", body).await.problem(409), "conflict");
    }
}

async fn triggers_go_with_their_flow(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let made = webhook(&owner, &flow, json!({ "verify": "bearer" })).await;
    let sender = Sender::new(&product, &made, "bearer");
    sender.send(&json!({ "name": "x" }), &[]).await.expect(202);
    owner.delete(&format!("/flows/{flow}")).await.expect(204);
    assert_eq!(owner.get("/triggers").await.expect(200)["items"], json!([]));
    sender.send(&json!({ "name": "x" }), &[]).await.problem(401);
}

async fn a_pinned_revision_stays(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let body = json!({ "flow": flow, "name": "Pinned", "revision": 1,
        "settings": { "kind": "webhook", "verify": "bearer", "answer": "wait" } });
    let pinned = owner.post("/triggers", body).await.expect(201);
    let follows = webhook(
        &owner,
        &flow,
        json!({ "verify": "bearer", "answer": "wait" }),
    )
    .await;
    let mut next = greeting();
    next["nodes"][0]["settings"]["text"] = json!("Good day {{ start.name }}!");
    let draft = json!({ "document": next, "version": 1 });
    owner
        .put(&format!("/flows/{flow}/draft"), draft)
        .await
        .expect(200);
    owner
        .post(&format!("/flows/{flow}/publish"), json!({}))
        .await
        .expect(201);
    for (made, reply) in [(&pinned, "Hello Ada!"), (&follows, "Good day Ada!")] {
        let sender = Sender::new(&product, made, "bearer");
        let answer = sender
            .send(&json!({ "name": "Ada" }), &[])
            .await
            .expect(200);
        assert_eq!(answer["reply"], reply);
    }
    let path = format!("/triggers/{}", pinned["id"].as_str().unwrap());
    assert_eq!(
        owner
            .patch(&path, json!({ "revision": 9 }))
            .await
            .problem(404),
        "not_found"
    );
    let followed = owner
        .patch(&path, json!({ "revision": null }))
        .await
        .expect(200);
    assert_eq!(followed["revision"], Value::Null);
}
