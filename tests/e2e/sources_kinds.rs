//! Feeds, folders and buckets that knowledge bases are kept in step with, and the commands for sources.

use std::fs;
use std::os::unix::fs::symlink;

use headwater_tests::{Bucket, Database, Page, Product, Site, stories, until};
use serde_json::{Value, json};

use crate::sources::{add, counts, documents, open, options, sync_again, synced, urls};

stories!(
    a_feed_gives_the_pages_it_leads_to_or_its_own_words,
    a_folder_is_kept_in_step_and_nothing_outside_is_read,
    a_bucket_is_kept_in_step,
    the_command_line_adds_lists_syncs_and_removes_sources,
    what_cannot_be_a_source_is_told,
);

fn item(title: &str, link: &str, text: &str) -> String {
    format!(
        "<item><title>{title}</title><link>{link}</link><guid isPermaLink=\"false\">{title}</guid>\
         <description><![CDATA[<p>{text}</p>]]></description></item>"
    )
}

fn feed(items: &[String]) -> Page {
    let text = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel>{}</channel></rss>",
        items.concat()
    );
    Page::of("application/rss+xml", text)
}

async fn a_feed_gives_the_pages_it_leads_to_or_its_own_words(database: Database) {
    let site = Site::start().await;
    let one = item("One", &site.url("/one"), "In short: herons.");
    let two = item("Two", &site.url("/two"), "In short: bitterns.");
    site.put("/feed", feed(&[two.clone(), one.clone()]));
    site.put(
        "/one",
        Page::html("Page one", "<p>All about herons.</p><a href=/three>on</a>"),
    );
    site.put("/two", Page::html("Page two", "<p>All about bitterns.</p>"));
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "feed", "url": site.url("/feed") }),
    )
    .await;
    let sync = synced(&owner, &source).await;
    assert_eq!(counts(&sync), [2, 0, 0, 0, 0, 0, 0], "{sync}");
    assert_eq!(
        urls(&owner, &kb).await,
        [site.url("/one"), site.url("/two")]
    );
    assert!(!site.was_asked("/three"));
    // An entry that has left the feed is old, not gone.
    let three = item("Three", &site.url("/three"), "In short: coots.");
    site.put(
        "/three",
        Page::html("Page three", "<p>All about coots.</p>"),
    );
    site.put("/feed", feed(&[three, two.clone()]));
    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [1, 0, 1, 0, 0, 0, 0], "{sync}");
    assert_eq!(documents(&owner, &kb).await.len(), 3);

    // The feed's own words, for those who want old ones to go.
    let other = owner.notes().await;
    site.seen();
    let settings =
        json!({ "kind": "feed", "url": site.url("/feed"), "take": "entry", "forget": true });
    let words = add(&owner, &other, settings).await;
    assert_eq!(counts(&synced(&owner, &words).await)[0], 2);
    let asked: Vec<String> = site.seen().into_iter().map(|asked| asked.path).collect();
    assert_eq!(asked, ["/feed"]);
    let names: Vec<Value> = documents(&owner, &other)
        .await
        .iter()
        .map(|d| d["name"].clone())
        .collect();
    assert_eq!(names, ["Three", "Two"]);
    site.put(
        "/feed",
        feed(&[item(
            "Two",
            &site.url("/two"),
            "In short: bitterns, and more.",
        )]),
    );
    let sync = sync_again(&owner, &words).await;
    assert_eq!(counts(&sync), [0, 1, 0, 1, 0, 0, 0], "{sync}");
}

async fn a_folder_is_kept_in_step_and_nothing_outside_is_read(database: Database) {
    let home = tempfile::tempdir().unwrap();
    let docs = home.path().join("docs");
    fs::create_dir_all(docs.join("birds/deep")).unwrap();
    fs::write(
        home.path().join("secret.md"),
        "# Secret\n\nNobody may read the cassowary.",
    )
    .unwrap();
    fs::write(docs.join("birds/heron.md"), "# Heron\n\nThe heron stands.").unwrap();
    fs::write(
        docs.join("birds/deep/coot.md"),
        "# Coot\n\nThe coot quarrels.",
    )
    .unwrap();
    fs::write(docs.join("plan.txt"), "The plan is simple.").unwrap();
    fs::write(docs.join(".hidden.md"), "# Hidden").unwrap();
    fs::write(docs.join("birds/photo.png"), b"\x89PNG\r\n\x1a\n0000").unwrap();
    symlink(home.path().join("secret.md"), docs.join("link.md")).unwrap();
    symlink(home.path(), docs.join("up")).unwrap();
    symlink(home.path(), docs.join("escape")).unwrap();
    let options = options().with("HEADWATER_KNOWLEDGE__FOLDERS", docs.display());
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let path = format!("/knowledge-bases/{kb}/sources");
    for wrong in [
        docs.join("up"),
        docs.join("../"),
        docs.join("escape/docs/.."),
        home.path().join("none"),
    ] {
        let settings = json!({ "kind": "folder", "path": wrong });
        let refused = owner.post(&path, json!({ "settings": settings })).await;
        assert_eq!(refused.problem(400), "invalid", "{wrong:?}");
        assert_eq!(refused.json()["field"], "settings.path");
    }
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "folder", "path": docs, "exclude": ["*.png"] }),
    )
    .await;
    let sync = synced(&owner, &source).await;
    assert_eq!(counts(&sync), [3, 0, 0, 0, 0, 0, 0], "{sync}");
    let names: Vec<String> = documents(&owner, &kb)
        .await
        .iter()
        .map(|d| d["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["coot.md", "heron.md", "plan.txt"]);

    fs::write(docs.join("plan.txt"), "The plan is no longer simple.").unwrap();
    fs::remove_file(docs.join("birds/deep/coot.md")).unwrap();
    // Touched, and still the same.
    fs::write(docs.join("birds/heron.md"), "# Heron\n\nThe heron stands.").unwrap();
    fs::write(docs.join("new.md"), "# New\n\nThe swift is new.").unwrap();
    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [1, 1, 1, 1, 0, 0, 0], "{sync}");

    // A directory that is not there now is no empty one.
    fs::rename(&docs, home.path().join("away")).unwrap();
    let sync = sync_again(&owner, &source).await;
    assert_eq!(sync["status"], "failed", "{sync}");
    assert_eq!(documents(&owner, &kb).await.len(), 3);
    // And one that lost everything may be a disk that is not mounted.
    fs::create_dir(&docs).unwrap();
    let sync = sync_again(&owner, &source).await;
    assert_eq!(
        (sync["status"].as_str(), counts(&sync)[3]),
        (Some("succeeded"), 0),
        "{sync}"
    );
    assert!(
        sync["notes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|n| n.as_str().unwrap().contains("more than half")),
        "{sync}"
    );
    assert_eq!(documents(&owner, &kb).await.len(), 3);
}

async fn a_bucket_is_kept_in_step(database: Database) {
    let Some(bucket) = Bucket::start().await else {
        return;
    };
    let http = reqwest::Client::new();
    let at = |key: &str| format!("{}/documents/{key}", bucket.endpoint);
    // Whoever names nobody may not change what is there.
    let name = "AWS4-HMAC-SHA256 Credential=somebody/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let put = async |key: &str, text: &'static str| {
        let put = http
            .put(at(key))
            .header("authorization", name)
            .body(text)
            .send()
            .await
            .unwrap();
        assert!(put.status().is_success());
    };
    put("guides/heron.md", "# Heron\n\nThe heron stands.").await;
    put("guides/a%20b/coot.md", "# Coot\n\nThe coot quarrels.").await;
    put("guides/draft/x.md", "# Draft").await;
    put("other/y.md", "# Other").await;
    let mut product = open(database).await;
    product.keep_out_of_the_log("canary-bucket-key");
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    for (name, value) in [("S3_ID", "somebody"), ("S3_KEY", "canary-bucket-key")] {
        let value = json!({ "value": value });
        owner
            .put(&format!("/secrets/{name}"), value)
            .await
            .expect(204);
    }
    let settings = json!({ "kind": "bucket", "url": "s3://documents/guides/", "endpoint": bucket.endpoint,
        "region": "eu-central-1", "access_key_id": "S3_ID", "secret_access_key": "S3_KEY", "exclude": ["draft/*"] });
    let source = add(&owner, &kb, settings.clone()).await;
    let sync = synced(&owner, &source).await;
    assert_eq!(counts(&sync), [2, 0, 0, 0, 0, 0, 0], "{sync}");
    let expected = [
        "s3://documents/guides/a b/coot.md",
        "s3://documents/guides/heron.md",
    ];
    assert_eq!(urls(&owner, &kb).await, expected);
    put("guides/heron.md", "# Heron\n\nThe heron flies.").await;
    assert!(
        http.delete(at("guides/a%20b/coot.md"))
            .header("authorization", name)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    put("guides/new.md", "# New\n\nThe swift is new.").await;
    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [1, 1, 0, 1, 0, 0, 0], "{sync}");
    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [0, 0, 2, 0, 0, 0, 0], "{sync}");

    let mut wrong = settings.clone();
    wrong["url"] = json!("s3://nobody-has-this");
    let missing = add(&owner, &kb, wrong).await;
    let sync = synced(&owner, &missing).await;
    assert!(
        sync["error"]["message"]
            .as_str()
            .unwrap()
            .contains("nobody-has-this"),
        "{sync}"
    );
    let mut wrong = settings;
    wrong["access_key_id"] = json!("UNSET");
    let unset = add(&owner, &kb, wrong).await;
    let sync = synced(&owner, &unset).await;
    assert!(
        sync["error"]["message"].as_str().unwrap().contains("UNSET"),
        "{sync}"
    );
}

async fn the_command_line_adds_lists_syncs_and_removes_sources(database: Database) {
    let site = Site::start().await;
    site.put("/docs/", Page::html("Start", "<p>The only page.</p>"));
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let run = |args: &[&str]| {
        let output = product
            .command()
            .args(["kb", "source"])
            .args(args)
            .arg("--json")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {said}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let url = site.url("/docs/");
    let made = run(&[
        "add", "notes", "website", &url, "--depth", "1", "--every", "6h", "--name", "Docs",
    ]);
    assert_eq!(made["settings"]["depth"], 1, "{made}");
    assert!(made["next_at"].is_string());
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/knowledge-bases/{kb}/sources/{id}");
    synced(&owner, &path).await;
    let listed = run(&["list", "notes"]);
    assert_eq!(listed["items"][0]["name"], "Docs", "{listed}");
    let ended = run(&["sync", "notes", "Docs"]);
    assert_eq!(ended["last_sync"]["status"], "succeeded", "{ended}");
    assert_eq!(counts(&ended["last_sync"]), [0, 0, 1, 0, 0, 0, 0]);
    run(&["pause", "notes", "Docs"]);
    assert_eq!(owner.get(&path).await.expect(200)["next_at"], Value::Null);
    run(&["resume", "notes", &id]);
    assert!(owner.get(&path).await.expect(200)["next_at"].is_string());
    run(&["remove", "notes", "Docs", "--keep-documents"]);
    until("the source to be gone", 10, async || {
        (owner.get(&path).await.status == 404).then_some(())
    })
    .await;
    assert_eq!(documents(&owner, &kb).await.len(), 1);
}

async fn what_cannot_be_a_source_is_told(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let path = format!("/knowledge-bases/{kb}/sources");
    for (settings, schedule, field) in [
        (json!({ "kind": "website" }), Value::Null, "settings.start"),
        (
            json!({ "kind": "website", "start": ["ftp://x"] }),
            Value::Null,
            "settings.start",
        ),
        (
            json!({ "kind": "feed", "url": "https://u:p@x.org/" }),
            Value::Null,
            "settings.url",
        ),
        (
            json!({ "kind": "folder", "path": "/etc" }),
            Value::Null,
            "settings.path",
        ),
        (
            json!({ "kind": "bucket", "url": "https://x" }),
            Value::Null,
            "settings.url",
        ),
        (
            json!({ "kind": "bucket", "url": "s3://docs", "endpoint": "x" }),
            Value::Null,
            "settings.endpoint",
        ),
        (
            json!({ "kind": "feed", "url": "https://x.org" }),
            json!({ "every": "5s" }),
            "schedule.every",
        ),
        (
            json!({ "kind": "feed", "url": "https://x.org" }),
            json!({ "cron": "x" }),
            "schedule.cron",
        ),
    ] {
        let body = json!({ "settings": settings, "schedule": schedule });
        let refused = owner.post(&path, body).await;
        assert_eq!(refused.problem(400), "invalid");
        assert_eq!(refused.json()["field"], field, "{settings}");
    }
    // Nobody allowed it to call this machine.
    let site = Site::start().await;
    site.put("/", Page::html("Start", "<p>Inside.</p>"));
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "website", "start": [site.url("/")] }),
    )
    .await;
    let sync = synced(&owner, &source).await;
    assert_eq!(sync["status"], "failed", "{sync}");
    let told = sync["error"]["message"].as_str().unwrap();
    assert!(told.contains("knowledge.allow_private"), "{told}");
    assert!(site.seen().is_empty());
}
