//! The bounds of shares: when they end, how much they allow, who may frame them and who is let in.

use headwater_tests::{Database, Options, Product, Vendor, stories, until};
use reqwest::Method;
use serde_json::json;

use crate::shares::{Visitor, Words as _, begin, handbook_flow, id, share, token};
use crate::words::{greeting, publish, speaking};

stories!(
    a_share_ends_at_once,
    a_share_has_limits,
    only_allowed_sites_may_frame_the_page,
    a_share_for_members_is_for_members,
    a_share_is_kept_changed_and_audited,
);

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
        let told = visitor.get(path).await.words(404);
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
    assert!(past.words(400).contains("is over already"));
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
    assert!(refused.words(429).contains("faster than this page answers"));
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
    assert!(refused.words(429).contains("today"));
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
    let mut refused = begin(&product.anonymous(), &late.path, true).await;
    for _ in 0..20 {
        if refused.status == 429 {
            break;
        }
        refused = begin(&product.anonymous(), &late.path, true).await;
    }
    refused.expect(429);
    assert_eq!(refused.json()["limit"], "visits_per_minute");
    let big = json!({ "input": { "name": "x".repeat(7 * 1024 * 1024) } });
    late.post("/runs", big).await.expect(413);
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
            refused.words(400).contains("is not a site that can embed"),
            "{wrong}"
        );
        assert_eq!(refused.json()["field"], "settings.origins");
    }
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
    assert!(refused.words(401).contains("Sign in first"));
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
    assert!(early.words(409).contains("not published"));
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
    product.stop().await;
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
            .words(400)
            .contains("font")
    );
}
