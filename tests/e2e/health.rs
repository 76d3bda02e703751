//! Health, metrics, documents of the API, and a graceful end.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use headwater_tests::vendor::counted;
use headwater_tests::{Database, Options, Product, Vendor, stories, until};
use serde_json::json;

use crate::words::{publish, speaking};

stories!(
    health_answers_before_set_up,
    metrics_count_what_happened,
    the_api_describes_itself,
    a_first_signal_lets_streams_finish,
    a_second_signal_ends_at_once,
    as_many_files_may_be_open_as_the_system_allows,
);

async fn health_answers_before_set_up(database: Database) {
    let product = Product::start(database).await;
    let nobody = product.anonymous();
    nobody.get("//livez").await.expect(200);
    nobody.get("//readyz").await.expect(200);
    nobody.get("//metrics").await.expect(200);
}

async fn metrics_count_what_happened(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    owner.get("/me").await.expect(200);
    let metrics = product.anonymous().get("//metrics").await;
    assert!(metrics.text.contains("headwater_"), "{}", metrics.text);
    let system = owner.get("/system").await.expect(200);
    let expected = match database {
        Database::Sqlite => "sqlite",
        Database::Postgres => "postgres",
    };
    assert_eq!(system["database"], expected);
    assert!(system["uptime_seconds"].is_u64(), "{system}");
    // A checkout has a commit; a tree without git says so.
    let commit = system["commit"].as_str().unwrap();
    let is_hash = commit.len() >= 7 && commit.chars().all(|c| c.is_ascii_hexdigit());
    assert!(is_hash || commit == "unknown", "{commit}");
    let checks = system["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["ok"] == true), "{system}");
    let names: Vec<&str> = checks.iter().filter_map(|c| c["name"].as_str()).collect();
    let all = "data directory, secret key, database, migrations, index, model";
    assert_eq!(names.join(", "), all);
    // What others can read is told, with the command that mends it.
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(product.data(), open).unwrap();
    let system = owner.get("/system").await.expect(200);
    let told = &system["checks"][0];
    assert_eq!(told["ok"], false, "{told}");
    let fix = told["fix"].as_str().unwrap();
    assert!(fix.starts_with("chmod 700 /"), "{fix}");
}

async fn the_api_describes_itself(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let document = owner.get("/openapi.json").await.expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let docs = owner.get("//docs").await;
    docs.expect(200);
    for elsewhere in ["src=\"http", "href=\"http", "cdn."] {
        assert!(
            !docs.text.contains(elsewhere),
            "the docs load from elsewhere: {elsewhere}"
        );
    }
}

async fn a_first_signal_lets_streams_finish(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "words-60-25").await;
    let id = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Say something." } });
    let mut events = owner.stream(&format!("/flows/{id}/stream"), body).await;
    events.until("message.delta").await;
    product.signal("TERM");
    let end = events.until("run.finished").await;
    assert_eq!(end["reply"], counted(60));
    assert!(product.exit().await.success(), "{}", product.log());
}

async fn a_second_signal_ends_at_once(database: Database) {
    let options = Options::default().with("HEADWATER_SERVER__DRAIN_SECONDS", 60);
    let mut product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "words-4000-25").await;
    let id = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Go on and on." } });
    let mut events = owner.stream(&format!("/flows/{id}/stream"), body).await;
    events.until("message.delta").await;
    product.signal("TERM");
    until("the drain to begin", 10, async || {
        product.log().contains("stopping").then_some(())
    })
    .await;
    product.signal("TERM");
    let ended = tokio::time::timeout(Duration::from_secs(5), product.exit()).await;
    assert!(!ended.expect("it should end at once").success());
}

async fn as_many_files_may_be_open_as_the_system_allows(database: Database) {
    let product = Product::start(database).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", product.pid())).unwrap();
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let mut numbers = files.unwrap().split_whitespace().skip(3);
    assert_eq!(numbers.next(), numbers.next(), "{files:?}");
}
