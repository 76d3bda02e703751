//! Websites that knowledge bases are kept in step with.

use headwater_tests::{Client, Database, Options, Page, Product, Site, stories, until};
use serde_json::{Value, json};

stories!(
    a_website_is_kept_in_step,
    what_a_site_asks_for_is_obeyed,
    what_leads_elsewhere_or_nowhere_costs_itself_only,
    a_site_in_trouble_wipes_nothing,
    a_sitemap_says_which_pages_there_are,
    a_source_goes_with_its_documents_or_without,
);

/// A product whose sources may call this machine.
pub async fn open(database: Database) -> Product {
    Product::with(database, options()).await
}

pub fn options() -> Options {
    Options::default().with("HEADWATER_KNOWLEDGE__ALLOW_PRIVATE", "true")
}

/// Adds a source; gives its path.
pub async fn add(client: &Client, kb: &str, settings: Value) -> String {
    let path = format!("/knowledge-bases/{kb}/sources");
    let made = client.post(&path, json!({ "settings": settings })).await;
    let made = made.expect(201);
    format!("{path}/{}", made["id"].as_str().unwrap())
}

/// The latest sync once it is over.
pub async fn synced(client: &Client, source: &str) -> Value {
    until("the sync to end", 60, async || {
        let source = client.get(source).await.expect(200);
        let sync = source["last_sync"].clone();
        sync["finished_at"].is_string().then_some(sync)
    })
    .await
}

pub async fn sync_again(client: &Client, source: &str) -> Value {
    let path = format!("{source}/sync");
    client.post(&path, json!({})).await.expect(202);
    synced(client, source).await
}

/// Every document once none is being read any more, by where it came from.
pub async fn documents(client: &Client, kb: &str) -> Vec<Value> {
    let path = format!("/knowledge-bases/{kb}/documents?limit=200");
    until("the documents to be read", 60, async || {
        let page = client.get(&path).await.expect(200);
        let mut items = page["items"].as_array().unwrap().clone();
        items.sort_by_key(|item| item["source_url"].to_string());
        let over = |item: &Value| item["status"] == "ready" || item["status"] == "failed";
        items.iter().all(over).then_some(items)
    })
    .await
}

pub async fn urls(client: &Client, kb: &str) -> Vec<String> {
    let documents = documents(client, kb).await;
    let urls = documents
        .iter()
        .map(|document| document["source_url"].as_str().unwrap());
    urls.map(str::to_owned).collect()
}

/// `[added, changed, unchanged, removed, failed, robots, skipped]`.
pub fn counts(sync: &Value) -> Vec<u64> {
    [
        "added",
        "changed",
        "unchanged",
        "removed",
        "failed",
        "robots",
        "skipped",
    ]
    .iter()
    .map(|name| sync["counts"][name].as_u64().unwrap())
    .collect()
}

async fn a_website_is_kept_in_step(database: Database) {
    let site = Site::start().await;
    site.put(
        "/docs/",
        Page::html(
            "Start",
            "<p>Welcome.</p><a href=a>A</a> <a href='b#part'>B</a><a href=/elsewhere>x</a>",
        ),
    );
    site.put(
        "/docs/a",
        Page::html(
            "About herons",
            "<p>The heron stands in the reeds.</p><a href=deep>D</a>",
        ),
    );
    site.put(
        "/docs/b",
        Page::html(
            "About bitterns",
            "<p>The bittern booms at dusk.</p><a href=/docs/?utm_source=b>up</a>",
        ),
    );
    site.put(
        "/docs/deep",
        Page::html("Deep", "<p>A kingfisher dives.</p><a href=deeper>E</a>"),
    );
    site.put("/docs/deeper", Page::html("Deeper", "<p>Too far away.</p>"));
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "website", "start": [site.url("/docs/")] }),
    )
    .await;
    let sync = synced(&owner, &source).await;
    assert_eq!(
        (counts(&sync), &sync["status"]),
        (vec![4, 0, 0, 0, 0, 0, 0], &json!("succeeded")),
        "{sync}"
    );
    let expected = ["/docs/", "/docs/a", "/docs/b", "/docs/deep"].map(|path| site.url(path));
    assert_eq!(urls(&owner, &kb).await, expected);
    let found = owner.search(&kb, json!({ "query": "heron reeds" })).await;
    assert_eq!(found[0]["document_name"], "About herons", "{found:?}");
    assert_eq!(found[0]["source_url"], site.url("/docs/a"));
    let asked = site.seen();
    assert!(
        asked
            .iter()
            .all(|asked| asked.agent.starts_with("headwater/")),
        "{asked:?}"
    );
    assert_eq!(
        asked
            .iter()
            .filter(|asked| asked.path == "/robots.txt")
            .count(),
        1
    );
    assert!(asked.iter().all(|asked| asked.path != "/elsewhere"));

    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [0, 0, 4, 0, 0, 0, 0], "{sync}");
    let asked = site.seen();
    assert!(
        asked
            .iter()
            .all(|asked| asked.conditional || asked.path == "/robots.txt"),
        "{asked:?}"
    );

    // One changes, one goes, one comes; what led to the one that went leads on.
    site.put(
        "/docs/b",
        Page::html(
            "About bitterns",
            "<p>The bittern is silent now.</p><a href=c>C</a>",
        ),
    );
    site.put(
        "/docs/c",
        Page::html("About coots", "<p>The coot quarrels.</p>"),
    );
    site.remove("/docs/deep");
    let before = documents(&owner, &kb).await;
    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [1, 1, 2, 1, 0, 0, 0], "{sync}");
    let after = documents(&owner, &kb).await;
    let id = |all: &[Value], url: &str| -> Value {
        all.iter()
            .find(|d| d["source_url"] == url)
            .map_or(Value::Null, |d| d["id"].clone())
    };
    let b = site.url("/docs/b");
    assert_eq!(id(&before, &b), id(&after, &b), "a page stays one document");
    assert!(
        owner
            .search(&kb, json!({ "query": "booms dusk" }))
            .await
            .iter()
            .all(|p| !p["text"].as_str().unwrap().contains("booms"))
    );
    assert!(
        !owner
            .search(&kb, json!({ "query": "bittern silent" }))
            .await
            .is_empty()
    );
    assert!(
        owner
            .search(&kb, json!({ "query": "kingfisher dives" }))
            .await
            .iter()
            .all(|p| !p["text"].as_str().unwrap().contains("kingfisher"))
    );

    // By hand it cannot be made to differ.
    let one = format!("/documents/{}", id(&after, &b).as_str().unwrap());
    assert_eq!(owner.delete(&one).await.problem(409), "conflict");
    let history = owner
        .get(&format!("{source}/syncs?limit=2"))
        .await
        .expect(200);
    assert_eq!(history["items"].as_array().unwrap().len(), 2);
    assert!(history["next"].is_string());
    let audit = owner.get("/audit?limit=200").await.expect(200);
    let actions: Vec<&str> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["action"].as_str().unwrap())
        .collect();
    for action in [
        "source.create",
        "source.sync",
        "document.add",
        "document.replace",
        "document.delete",
    ] {
        assert!(actions.contains(&action), "{actions:?}");
    }
}

async fn what_a_site_asks_for_is_obeyed(database: Database) {
    let site = Site::start().await;
    site.put(
        "/robots.txt",
        Page::of(
            "text/plain",
            "User-agent: *\nDisallow: /private\nUser-agent: other\nDisallow: /",
        ),
    );
    site.put("/", Page::html("Start", "<a href=/private/x>P</a><a href=/ad rel=nofollow>ad</a><a href=/hidden>H</a><a href=/closed>C</a><a href=/copy?id=1>1</a><a href=/copy?id=2>2</a>"));
    site.put("/private/x", Page::html("Private", "Nothing for you."));
    site.put("/ad", Page::html("Ad", "Buy."));
    site.put(
        "/hidden",
        Page::html(
            "Hidden",
            "<meta name=robots content=noindex><a href=/behind>on</a>",
        ),
    );
    site.put("/behind", Page::html("Behind", "Behind what is hidden."));
    site.put(
        "/closed",
        Page::html("Closed", "No way on. <a href=/ad2>on</a>").with("x-robots-tag", "nofollow"),
    );
    site.put("/ad2", Page::html("Ad", "Buy."));
    let copy = "<link rel=canonical href=/copy><p>The one text.</p>";
    for path in ["/copy", "/copy?id=1", "/copy?id=2"] {
        site.put(path, Page::html("Copy", copy));
    }
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "website", "start": [site.url("/#top")] }),
    )
    .await;
    let sync = synced(&owner, &source).await;
    let expected = ["/", "/behind", "/closed", "/copy"].map(|path| site.url(path));
    assert_eq!(urls(&owner, &kb).await, expected);
    assert_eq!(counts(&sync), [4, 0, 0, 0, 0, 1, 1], "{sync}");
    let asked: Vec<String> = site.seen().into_iter().map(|asked| asked.path).collect();
    for never in ["/private/x", "/ad", "/ad2"] {
        assert!(!asked.contains(&never.to_owned()), "{asked:?}");
    }
    let robots = sync["problems"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["outcome"] == "robots")
        .unwrap();
    assert_eq!(robots["item"], site.url("/private/x"));

    // A site that cannot say what it allows is left alone, and nothing goes.
    site.put("/robots.txt", Page::status(503));
    let sync = sync_again(&owner, &source).await;
    assert_eq!(sync["status"], "failed", "{sync}");
    assert!(
        sync["error"]["message"].as_str().unwrap().contains("503"),
        "{sync}"
    );
    let asked: Vec<String> = site.seen().into_iter().map(|asked| asked.path).collect();
    assert!(asked.iter().all(|path| path == "/robots.txt"), "{asked:?}");
    assert_eq!(urls(&owner, &kb).await.len(), 4);
}

async fn what_leads_elsewhere_or_nowhere_costs_itself_only(database: Database) {
    let site = Site::start().await;
    let links = [
        "/meta",
        "/a",
        "/moved",
        "/huge",
        "/none",
        "/picture.png",
        "/data.bin2",
        "/notes.pdf2",
    ];
    let links: String = links
        .iter()
        .map(|path| format!("<a href={path}>x</a>"))
        .collect();
    site.put("/", Page::html("Start", &links));
    site.put(
        "/meta",
        Page::leading_to("http://169.254.169.254/latest/meta-data/"),
    );
    site.put("/a", Page::leading_to("/b"));
    site.put("/b", Page::leading_to("/a"));
    site.put("/moved", Page::leading_to("/new"));
    site.put("/new", Page::html("New", "<p>The osprey has moved.</p>"));
    site.put("/huge", Page::of("text/plain", "huge ".repeat(60_000)));
    site.put(
        "/data.bin2",
        Page::of("application/octet-stream", vec![0x1f, 0x8b, 0, 1, 2, 3]),
    );
    site.put(
        "/notes.pdf2",
        Page::of("text/markdown", "# Notes\n\nThe grebe dances."),
    );
    let product = Product::with(
        database,
        options().with("HEADWATER_LIMITS__UPLOAD_BYTES", 200_000),
    )
    .await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "website", "start": [site.url("/")] }),
    )
    .await;
    let sync = synced(&owner, &source).await;
    assert_eq!(counts(&sync), [3, 0, 0, 0, 1, 0, 3], "{sync}");
    let expected = ["/", "/new", "/notes.pdf2"].map(|path| site.url(path));
    assert_eq!(urls(&owner, &kb).await, expected);
    let reason = |path: &str| -> String {
        let problems = sync["problems"].as_array().unwrap();
        let found = problems.iter().find(|p| p["item"] == site.url(path));
        found.unwrap_or_else(|| panic!("nothing of {path}: {sync}"))["reason"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(reason("/meta").contains("outside"), "{}", reason("/meta"));
    assert!(
        reason("/huge").contains("200000 bytes"),
        "{}",
        reason("/huge")
    );
    assert!(reason("/none").contains("404"));
    assert!(reason("/data.bin2").contains("gzip"));
    assert!(!site.was_asked("/picture.png"));

    // A feed may name any page, and is told no by the same rules.
    let item = "<item><title>Meta</title><link>http://169.254.169.254/latest/</link></item>";
    site.put(
        "/feed",
        Page::of(
            "application/rss+xml",
            format!("<rss><channel>{item}</channel></rss>"),
        ),
    );
    let feed = add(
        &owner,
        &kb,
        json!({ "kind": "feed", "url": site.url("/feed") }),
    )
    .await;
    let sync = synced(&owner, &feed).await;
    assert_eq!(sync["status"], "failed", "{sync}");
    let told = sync["error"]["message"].as_str().unwrap();
    assert!(told.contains("may not be called from here"), "{told}");
}

async fn a_site_in_trouble_wipes_nothing(database: Database) {
    let site = Site::start().await;
    let names = ["a", "b", "c", "d", "e"];
    let links: String = names
        .iter()
        .map(|name| format!("<a href=/{name}>x</a>"))
        .collect();
    let start = Page::html("Start", &links);
    site.put("/", start.clone());
    for name in names {
        site.put(
            &format!("/{name}"),
            Page::html(name, &format!("<p>Page {name} of six.</p>")),
        );
    }
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let source = add(
        &owner,
        &kb,
        json!({ "kind": "website", "start": [site.url("/")] }),
    )
    .await;
    assert_eq!(counts(&synced(&owner, &source).await)[0], 6);

    // All of it is ill.
    site.put("/", Page::status(500));
    for name in names {
        site.put(&format!("/{name}"), Page::status(502));
    }
    let sync = sync_again(&owner, &source).await;
    assert_eq!(sync["status"], "failed", "{sync}");
    assert_eq!(urls(&owner, &kb).await.len(), 6);

    // A start page without links, as a broken template gives: more than half would go.
    site.put("/", Page::html("Start", "<p>Under construction.</p>"));
    let sync = sync_again(&owner, &source).await;
    assert_eq!(
        (sync["status"].as_str(), counts(&sync)[3]),
        (Some("succeeded"), 0),
        "{sync}"
    );
    assert!(
        sync["notes"][0].as_str().unwrap().contains("remove_many"),
        "{sync}"
    );
    assert_eq!(urls(&owner, &kb).await.len(), 6);

    // Somebody says that it is right.
    owner
        .post(&format!("{source}/sync"), json!({ "remove_many": true }))
        .await
        .expect(202);
    let sync = synced(&owner, &source).await;
    assert_eq!(counts(&sync)[3], 5, "{sync}");
    assert_eq!(urls(&owner, &kb).await, [site.url("/")]);

    // One page that is ill for a moment is tried again, and keeps its document when it stays so.
    site.put("/", start);
    site.put("/a", Page::html("a", "<p>Page a is well.</p>"));
    site.seen();
    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [1, 1, 0, 0, 4, 0, 0], "{sync}");
    assert_eq!(
        site.seen()
            .iter()
            .filter(|asked| asked.path == "/b")
            .count(),
        3
    );
}

async fn a_sitemap_says_which_pages_there_are(database: Database) {
    let site = Site::start().await;
    let list = |paths: &[&str]| {
        let urls: String = paths
            .iter()
            .map(|path| format!("<url><loc>{}</loc></url>", site.url(path)))
            .collect();
        Page::of("application/xml", format!("<urlset>{urls}</urlset>"))
    };
    site.put("/sitemap.xml", Page::of("application/xml", "<sitemapindex><sitemap><loc>/one.xml</loc></sitemap><sitemap><loc>/two.xml</loc></sitemap></sitemapindex>"));
    site.put(
        "/one.xml",
        list(&["/guide/a", "/guide/b", "/guide/draft/c", "/blog/d"]),
    );
    site.put("/two.xml", list(&["/guide/e", "/guide/a"]));
    for path in [
        "/guide/a",
        "/guide/b",
        "/guide/draft/c",
        "/blog/d",
        "/guide/e",
    ] {
        site.put(
            path,
            Page::html(path, "<p>A page.</p><a href=/guide/unlisted>on</a>"),
        );
    }
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let settings = json!({ "kind": "website", "sitemap": site.url("/sitemap.xml"),
        "include": ["/guide/*"], "exclude": ["*/draft/*"] });
    let source = add(&owner, &kb, settings).await;
    let sync = synced(&owner, &source).await;
    assert_eq!(counts(&sync), [3, 0, 0, 0, 0, 0, 0], "{sync}");
    let expected = ["/guide/a", "/guide/b", "/guide/e"].map(|path| site.url(path));
    assert_eq!(urls(&owner, &kb).await, expected);
    // What is listed no longer goes, though it still answers.
    site.put("/one.xml", list(&["/guide/a"]));
    let sync = sync_again(&owner, &source).await;
    assert_eq!(counts(&sync), [0, 0, 2, 1, 0, 0, 0], "{sync}");
    // A list that cannot be read is no empty list.
    site.put("/two.xml", Page::of("application/xml", "<urlset><url>"));
    let sync = sync_again(&owner, &source).await;
    assert_eq!(sync["status"], "failed", "{sync}");
    assert!(
        sync["error"]["message"]
            .as_str()
            .unwrap()
            .contains("sitemap"),
        "{sync}"
    );
    assert_eq!(urls(&owner, &kb).await.len(), 2);
}

async fn a_source_goes_with_its_documents_or_without(database: Database) {
    let site = Site::start().await;
    site.put("/", Page::html("Start", "<p>The only page.</p>"));
    let product = open(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let settings = json!({ "kind": "website", "start": [site.url("/")], "depth": 0 });
    let source = add(&owner, &kb, settings.clone()).await;
    synced(&owner, &source).await;
    let document = &documents(&owner, &kb).await[0];
    assert!(document["source_id"].is_string());
    owner.delete(&source).await.problem(400);
    owner
        .delete(&format!("{source}?documents=keep"))
        .await
        .expect(204);
    owner.get(&source).await.problem(404);
    let kept = documents(&owner, &kb).await.remove(0);
    assert_eq!(
        (&kept["source_id"], &kept["source_url"]),
        (&Value::Null, &json!(site.url("/")))
    );
    // It is nobody's now, so people may delete it.
    owner
        .delete(&format!("/documents/{}", kept["id"].as_str().unwrap()))
        .await
        .expect(204);
    let source = add(&owner, &kb, settings).await;
    synced(&owner, &source).await;
    assert_eq!(documents(&owner, &kb).await.len(), 1);
    owner
        .delete(&format!("{source}?documents=remove"))
        .await
        .expect(204);
    assert_eq!(documents(&owner, &kb).await, Vec::<Value>::new());
}
