//! The first visitor, signing in, members and keys.

use headwater_tests::product::{OWNER, PASSWORD};
use headwater_tests::{Database, Options, Product, stories};
use reqwest::Method;
use serde_json::{Value, json};

stories!(
    nothing_answers_until_the_owner_exists,
    behind_a_proxy_the_owner_needs_the_printed_code,
    a_session_ends_when_it_is_ended,
    a_cookie_alone_changes_nothing,
    a_new_member_signs_in_with_the_initial_password,
    the_last_owner_cannot_leave,
    a_revoked_key_ends_at_once,
    every_change_is_in_the_audit_trail,
    the_audit_trail_is_narrowed_down,
);

async fn nothing_answers_until_the_owner_exists(database: Database) {
    let product = Product::start(database).await;
    let nobody = product.anonymous();
    for path in ["/me", "/flows", "/knowledge-bases", "/conversations"] {
        assert_eq!(nobody.get(path).await.problem(503), "unavailable", "{path}");
    }
    assert!(!product.log().contains("WARN"), "{}", product.log());
    assert_eq!(nobody.get("/setup").await.expect(200)["needed"], true);
    let weak = json!({ "email": OWNER, "name": "O", "password": "password12" });
    assert_eq!(nobody.post("/setup", weak).await.problem(400), "invalid");
    let owner = product.set_up().await;
    let me = owner.get("/me").await.expect(200);
    assert_eq!(me["user"]["email"], OWNER);
    assert_eq!(me["role"], "owner");
    assert_eq!(nobody.get("/setup").await.expect(200)["needed"], false);
    let again = json!({ "email": "x@example.com", "name": "X", "password": PASSWORD });
    assert_eq!(nobody.post("/setup", again).await.problem(409), "conflict");
    assert_eq!(nobody.get("/me").await.problem(401), "unauthenticated");
}

async fn behind_a_proxy_the_owner_needs_the_printed_code(database: Database) {
    let options = Options::default().with("HEADWATER_SERVER__TRUST_PROXY", true);
    let product = Product::with(database, options).await;
    let nobody = product.anonymous();
    assert_eq!(
        nobody.get("/setup").await.expect(200)["code_required"],
        true
    );
    let owner = |code: Option<&str>| json!({ "email": OWNER, "name": "O", "password": PASSWORD, "code": code });
    for wrong in [None, Some(""), Some("0000-000")] {
        let answer = nobody.post("/setup", owner(wrong)).await;
        assert_eq!(answer.problem(403), "forbidden");
        assert_eq!(answer.json()["field"], "code");
    }
    let code = product.setup_code().await;
    nobody.post("/setup", owner(Some(&code))).await.expect(201);
    assert_eq!(
        nobody.get("/setup").await.expect(200)["code_required"],
        false
    );
}

async fn a_session_ends_when_it_is_ended(database: Database) {
    let mut product = Product::start(database).await;
    product.set_up().await;
    let nobody = product.anonymous();
    let wrong = json!({ "email": OWNER, "password": "not the password" });
    assert_eq!(
        nobody.post("/session", wrong).await.problem(401),
        "unauthenticated"
    );
    let owner = nobody.sign_in("Owner@Example.com", PASSWORD).await;
    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    owner.get("/me").await.expect(200);
    owner.delete("/session").await.expect(204);
    assert_eq!(owner.get("/me").await.problem(401), "unauthenticated");
}

async fn a_cookie_alone_changes_nothing(database: Database) {
    let product = Product::start(database).await;
    let nobody = product.anonymous();
    let body = json!({ "email": OWNER, "name": "Olga Owner", "password": PASSWORD });
    let answer = nobody.post("/setup", body).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let forged = nobody
        .request(Method::POST, "/workspaces")
        .header("Cookie", &cookie)
        .header("Sec-Fetch-Site", "cross-site")
        .json(&json!({ "name": "Forged" }));
    assert_eq!(nobody.send(forged).await.problem(403), "forbidden");
    let read = nobody.request(Method::GET, "/me").header("Cookie", &cookie);
    nobody.send(read).await.expect(200);
}

async fn a_new_member_signs_in_with_the_initial_password(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let body = json!({ "email": "vera@example.com", "name": "Vera", "role": "viewer" });
    let added = owner.post("/members", body).await.expect(201);
    let initial = added["initial_password"].as_str().unwrap();
    let vera = product
        .anonymous()
        .sign_in("vera@example.com", initial)
        .await;
    let me = vera.get("/me").await.expect(200);
    assert_eq!(me["role"], "viewer");
    let change = json!({ "current_password": initial, "new_password": "sunny-Quay-2281-walnut" });
    vera.patch("/me", change).await.expect(200);
    product
        .anonymous()
        .sign_in("vera@example.com", "sunny-Quay-2281-walnut")
        .await;
    let id = me["user"]["id"].as_str().unwrap();
    owner.delete(&format!("/members/{id}")).await.expect(204);
    let status = vera.get("/flows").await.status.as_u16();
    assert!(matches!(status, 401 | 403), "{status}");
}

async fn the_last_owner_cannot_leave(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let me = owner.get("/me").await.expect(200);
    let path = format!("/members/{}", me["user"]["id"].as_str().unwrap());
    assert_eq!(owner.delete(&path).await.problem(409), "conflict");
    let body = json!({ "role": "viewer" });
    assert_eq!(owner.patch(&path, body).await.problem(409), "conflict");
}

async fn a_revoked_key_ends_at_once(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let reader = product.key(&owner, &["read"]).await;
    reader.get("/flows").await.expect(200);
    let keys = owner.get("/keys").await.expect(200);
    let key = &keys["items"][0];
    assert!(
        key.get("secret").is_none() && key.get("hash").is_none(),
        "{key}"
    );
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    owner.delete(&path).await.expect(204);
    assert_eq!(reader.get("/flows").await.problem(401), "unauthenticated");
}

async fn the_audit_trail_is_narrowed_down(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let me = owner.get("/me").await.expect(200);
    let base = owner
        .post("/knowledge-bases", json!({ "name": "Notes" }))
        .await
        .expect(201);
    let id = base["id"].as_str().unwrap();
    let key = owner
        .post("/keys", json!({ "name": "robot", "scopes": ["edit"] }))
        .await
        .expect(201);
    let robot = owner.with_key(key["secret"].as_str().unwrap());
    let change = json!({ "description": "what a robot says" });
    robot
        .patch(&format!("/knowledge-bases/{id}"), change)
        .await
        .expect(200);
    let found = async |query: &str| -> Vec<String> {
        let page = owner
            .get(&format!("/audit?limit=200&{query}"))
            .await
            .expect(200);
        let entries = page["items"].as_array().unwrap();
        let action = |entry: &Value| entry["action"].as_str().unwrap().to_owned();
        entries.iter().map(action).collect()
    };
    let both = ["knowledge_base.update", "knowledge_base.create"];
    assert_eq!(found(&format!("target={id}")).await, both);
    assert_eq!(
        found(&format!("target={id}&action=knowledge_base.create")).await,
        both[1..]
    );
    assert_eq!(
        found(&format!("action=knowledge_base&target={id}")).await,
        both
    );
    assert_eq!(
        found("action=knowledge").await,
        [""; 0],
        "half a word is no kind"
    );
    let robot_id = key["key"]["id"].as_str().unwrap();
    assert_eq!(found(&format!("caller={robot_id}")).await, both[..1]);
    let user = me["user"]["id"].as_str().unwrap();
    assert!(
        !found(&format!("caller={user}&target={id}"))
            .await
            .contains(&both[0].to_owned())
    );
    assert_eq!(found("to=2020-01-01T00:00:00Z").await, [""; 0]);
    assert!(found("from=2020-01-01T00:00:00Z").await.len() > 2);
    for (query, field) in [
        ("action=flow%25", "action"),
        ("from=2021-01-01T00:00:00Z&to=2020-01-01T00:00:00Z", "to"),
    ] {
        let answer = owner.get(&format!("/audit?{query}")).await;
        assert_eq!(answer.problem(400), "invalid");
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
}

async fn every_change_is_in_the_audit_trail(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    product.key(&owner, &["read"]).await;
    let kb = json!({ "name": "Notes" });
    let kb = owner.post("/knowledge-bases", kb).await.expect(201);
    let trail = owner.get("/audit").await.expect(200).to_string();
    assert!(trail.contains("key."), "{trail}");
    assert!(trail.contains(kb["id"].as_str().unwrap()), "{trail}");
}
