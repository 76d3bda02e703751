//! Syncs that are interrupted, shared between servers, due by the clock, and watched.

use headwater_tests::{Client, Database, Page, Product, Site, stories, until};
use serde_json::{Value, json};

use crate::sources::{add, counts, documents, open, options, sync_again, synced};

stories!(
    a_sync_goes_on_where_a_crash_left_it,
    a_sync_that_is_cancelled_stops,
    a_source_is_looked_at_when_its_time_comes,
    whoever_watches_a_knowledge_base_is_told,
    what_people_changed_outlives_a_sync,
);

const PAGES: usize = 8;

/// A start page and some it leads to.
fn book() -> Vec<(String, Page)> {
    let links: String = (0..PAGES).map(|n| format!("<a href=/{n}>x</a>")).collect();
    let mut pages = vec![("/".to_owned(), Page::html("Start", &links))];
    for n in 0..PAGES {
        pages.push((
            format!("/{n}"),
            Page::html(&format!("Page {n}"), &format!("<p>This is page {n}.</p>")),
        ));
    }
    pages
}

async fn site() -> Site {
    let site = Site::start().await;
    for (path, page) in book() {
        site.put(&path, page);
    }
    site
}

async fn asked_for(site: &Site, path: &str) {
    until("the page to be asked for", 30, async || {
        site.was_asked(path).then_some(())
    })
    .await;
}

async fn a_sync_goes_on_where_a_crash_left_it(database: Database) {
    let site = site().await;
    let mut product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    site.hold("/4");
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "website", "start": [site.url("/")] }),
    )
    .await;
    asked_for(&site, "/4").await;
    let half = owner.get(&source).await.expect(200)["last_sync"].clone();
    assert_eq!(
        (&half["status"], counts(&half)[0]),
        (&json!("running"), 5),
        "{half}"
    );
    product.kill9();
    site.release();
    site.seen();
    product.restart().await;
    let owner = owner.at(&product.url);
    let sync = synced(&owner, &source).await;
    assert_eq!(counts(&sync), [9, 0, 0, 0, 0, 0, 0], "{sync}");
    let asked: Vec<String> = site.seen().into_iter().map(|asked| asked.path).collect();
    let again = asked
        .iter()
        .filter(|path| ["/", "/0", "/3"].contains(&path.as_str()));
    assert_eq!(again.count(), 0, "{asked:?}");
    let documents = documents(&owner, &kb).await;
    assert_eq!(documents.len(), PAGES + 1);
    assert!(
        documents
            .iter()
            .all(|document| document["status"] == "ready")
    );
}

async fn a_sync_that_is_cancelled_stops(database: Database) {
    let site = site().await;
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    site.hold("/2");
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "website", "start": [site.url("/")] }),
    )
    .await;
    asked_for(&site, "/2").await;
    let twice = owner.post(&format!("{source}/sync"), json!({})).await;
    assert_eq!(twice.problem(409), "conflict");
    let cancelled = owner
        .post(&format!("{source}/cancel"), json!({}))
        .await
        .expect(200);
    let sync = &cancelled["last_sync"];
    assert_eq!(
        (sync["status"].as_str(), counts(sync)[0]),
        (Some("cancelled"), 3),
        "{sync}"
    );
    site.release();
    assert_eq!(
        owner
            .post(&format!("{source}/cancel"), json!({}))
            .await
            .problem(409),
        "conflict"
    );
    assert_eq!(documents(&owner, &kb).await.len(), 3);
    // What it did stays done, and the next one does the rest.
    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [6, 0, 3, 0, 0, 0, 0], "{sync}");
}

async fn history(client: &Client, source: &str) -> Vec<Value> {
    let syncs = client.get(&format!("{source}/syncs?limit=200")).await;
    syncs.expect(200)["items"].as_array().unwrap().clone()
}

async fn a_source_is_looked_at_when_its_time_comes(database: Database) {
    let site = Site::start().await;
    site.put("/", Page::html("Start", "<p>The only page.</p>"));
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let settings = json!({ "kind": "website", "start": [site.url("/")] });
    let body =
        json!({ "settings": settings, "schedule": { "cron": "* * * * * *" }, "paused": true });
    let path = format!("/knowledge-bases/{kb}/sources");
    let made = owner.post(&path, body).await.expect(201);
    assert_eq!(
        (&made["next_at"], &made["last_sync"]),
        (&Value::Null, &Value::Null),
        "{made}"
    );
    let source = format!("{path}/{}", made["id"].as_str().unwrap());
    let on = owner
        .patch(&source, json!({ "paused": false }))
        .await
        .expect(200);
    assert!(on["next_at"].is_string(), "{on}");
    let syncs = until("three syncs", 30, async || {
        let syncs = history(&owner, &source).await;
        (syncs.len() >= 3).then_some(syncs)
    })
    .await;
    assert!(
        syncs.iter().all(|sync| sync["by"] == "schedule"),
        "{syncs:?}"
    );
    let changed = json!({ "schedule": { "every": "7d" } });
    let weekly = owner.patch(&source, changed).await.expect(200);
    assert_eq!(weekly["schedule"]["every"], "7d");
    let off = owner
        .patch(&source, json!({ "schedule": null }))
        .await
        .expect(200);
    assert_eq!(
        (&off["schedule"], &off["next_at"]),
        (&Value::Null, &Value::Null)
    );
}

/// Two servers on one database look at one source at the same times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_one_looks_at_a_source() {
    let site = site().await;
    let product = Product::with(Database::Postgres, options()).await;
    let owner = product.set_up().await;
    let replica = product.replica().await;
    let kb = owner.notes().await;
    let body = json!({ "schedule": { "cron": "* * * * * *" },
        "settings": { "kind": "website", "start": [site.url("/")] } });
    let path = format!("/knowledge-bases/{kb}/sources");
    let made = owner.post(&path, body).await.expect(201);
    let source = format!("{path}/{}", made["id"].as_str().unwrap());
    let other = owner.at(&replica.url);
    until("some syncs", 60, async || {
        let over = history(&other, &source).await;
        let over = over
            .iter()
            .filter(|sync| sync["finished_at"].is_string())
            .count();
        (over >= 3).then_some(())
    })
    .await;
    other
        .patch(&source, json!({ "schedule": null }))
        .await
        .expect(200);
    synced(&other, &source).await;
    let syncs = history(&owner, &source).await;
    let ended = syncs
        .iter()
        .filter(|sync| sync["status"] == "succeeded")
        .count();
    assert_eq!(ended, syncs.len(), "{syncs:?}");
    // Each looked at every page once.
    let asked = site.seen();
    for (path, _) in book() {
        let times = asked.iter().filter(|asked| asked.path == path).count();
        assert_eq!(times, syncs.len(), "{path}");
    }
    assert_eq!(documents(&owner, &kb).await.len(), PAGES + 1);
}

async fn whoever_watches_a_knowledge_base_is_told(database: Database) {
    let site = Site::start().await;
    site.put("/", Page::html("Start", "<p>Welcome.</p><a href=/a>A</a>"));
    site.put("/a", Page::html("A", "<p>The heron stands.</p>"));
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let path = format!("/knowledge-bases/{kb}/events");
    let watch = async |last: Option<&str>| {
        let mut request = owner.request(reqwest::Method::GET, &path);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        owner.events(request).await
    };
    let mut events = watch(None).await;
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "website", "start": [site.url("/")] }),
    )
    .await;
    let mut ready = std::collections::BTreeSet::new();
    let (mut sync, mut last) = (Value::Null, String::new());
    while ready.len() < 2 || sync["status"] != "succeeded" {
        let (event, data) = events.next().await.unwrap();
        assert_eq!(event.event, data["type"], "{data}");
        last = event.id;
        match event.event.as_str() {
            "document" if data["document"]["status"] == "ready" => {
                ready.insert(data["document"]["id"].to_string());
            }
            "document" => assert!(data["document"]["stages"].is_array()),
            "sync" => sync = data["sync"].clone(),
            other => panic!("{other}"),
        }
    }
    assert_eq!(counts(&sync)[0], 2);
    drop(events);
    // While nobody watched, a page went; whoever comes back is told.
    site.remove("/a");
    site.put("/", Page::html("Start", "<p>Welcome back.</p>"));
    sync_again(&owner, &source).await;
    let mut events = watch(Some(&last)).await;
    let gone = events.until("document_gone").await;
    assert!(
        gone["document_id"].as_str().unwrap().starts_with("doc_"),
        "{gone}"
    );
    drop(events);
    let wrong = owner.get(&format!("{path}?after=yesterday")).await;
    assert_eq!(wrong.problem(400), "invalid");
}

async fn what_people_changed_outlives_a_sync(database: Database) {
    let page = |last: &str| {
        let text = format!("<h2>Valve</h2><p>The valve opens.</p><h2>Motor</h2><p>{last}</p>");
        Page::html("Pumps", &text)
    };
    let site = Site::start().await;
    site.put("/", page("The motor hums."));
    let product = open(database).await;
    let owner = product.set_up().await;
    let chunking = json!({ "size": 25 });
    let kb = json!({ "name": "Notes", "chunking": chunking });
    let kb = owner.base(kb).await;
    let settings = json!({ "kind": "website", "start": [site.url("/")] });
    let source = add(&owner, &kb, settings).await;
    synced(&owner, &source).await;
    let document = documents(&owner, &kb).await[0]["id"].clone();
    let document = document.as_str().unwrap();
    let list = format!("/documents/{document}/chunks");
    let valve = owner.get(&format!("{list}?query=valve")).await.expect(200);
    let valve = format!("/chunks/{}", valve["items"][0]["id"].as_str().unwrap());
    let better = json!({ "text": "The valve sings.", "keywords": ["opera"] });
    owner.patch(&valve, better).await.expect(200);
    let added = json!({ "text": "Ask Rosa about everything.", "heading": "People" });
    owner.post(&list, added).await.expect(201);
    // The page changes elsewhere: what was corrected and added by hand stays.
    site.put("/", page("The motor roars."));
    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [0, 1, 0, 0, 0, 0, 0], "{sync}");
    let after = documents(&owner, &kb).await;
    assert_eq!((after.len(), &after[0]["lost_edits"]), (1, &json!(0)));
    for (asked, text) in [
        ("opera", "The valve sings."),
        ("Rosa", "Ask Rosa about everything."),
        ("roars", "The motor roars."),
    ] {
        let found = owner.search(&kb, json!({ "query": asked })).await;
        let text_found = found[0]["text"].as_str().unwrap();
        assert!(text_found.contains(text), "{asked}: {found:?}");
    }
    // The sentence itself goes: the correction is kept aside, and told.
    site.put("/", Page::html("Pumps", "<p>Nothing about pumps.</p>"));
    sync_again(&owner, &source).await;
    assert_eq!(documents(&owner, &kb).await[0]["lost_edits"], 1);
    let lost = owner.get(&format!("{list}?lost=true")).await.expect(200);
    assert_eq!(lost["items"][0]["text"], "The valve sings.");
}
