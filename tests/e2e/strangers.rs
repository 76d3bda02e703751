//! Strangers behind tools: hostile ones, programs that die, and addresses that nobody may reach.

use headwater_tests::{Database, Options, Product, Stranger, stories, until};
use serde_json::json;

use crate::tools::{add, call, functions, open};

stories!(
    hostile_mcp_servers_do_no_harm,
    a_declared_program_is_run_with_its_environment_and_started_again,
    strangers_do_not_lead_into_private_networks,
);

async fn hostile_mcp_servers_do_no_harm(database: Database) {
    let product = Product::with(database, open()).await;
    let (owner, stranger) = (product.set_up().await, Stranger::start().await);
    let at =
        |mode: &str| json!({ "url": stranger.url(&format!("/mcp/{mode}")), "timeout_seconds": 2 });
    for (mode, status, said) in [
        ("garbage", 502, "does not answer as an MCP server"),
        ("silent", 504, "within 2 s"),
        ("away", 502, "does not answer as an MCP server"),
        ("locked", 502, "Authorization"),
    ] {
        add(&owner, mode, "mcp", at(mode)).await;
        let answer = owner.post(&format!("/tools/{mode}/test"), json!({})).await;
        answer.problem(status);
        assert!(answer.text.contains(said), "{mode}: {}", answer.text);
    }
    add(&owner, "thousand", "mcp", at("thousand")).await;
    let listing = owner
        .post("/tools/thousand/test", json!({}))
        .await
        .expect(200);
    assert_eq!(listing["functions"].as_array().unwrap().len(), 1_000);
    owner.get("//livez").await.expect(200);
}

fn program() -> String {
    let exe = headwater_tests::product::binary();
    let beside = std::env::current_exe().unwrap();
    let places = [
        exe.parent().unwrap().to_owned(),
        beside.parent().unwrap().parent().unwrap().to_owned(),
    ];
    let found = places
        .iter()
        .map(|dir| dir.join("stdio_mcp"))
        .find(|path| path.is_file());
    found
        .expect("the program stdio_mcp is built with the tests")
        .display()
        .to_string()
}

async fn a_declared_program_is_run_with_its_environment_and_started_again(database: Database) {
    let servers =
        json!({ "local": { "command": program(), "env": { "TOOL_KEY": "canary-tool-key" } } });
    let options = Options::default().with("HEADWATER_MCP__SERVERS", servers);
    let mut product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let body = json!({ "name": "e", "kind": "mcp_stdio", "settings": { "server": "local" } });
    let editor = product.key(&owner, &["edit"]).await;
    assert_eq!(editor.post("/tools", body).await.problem(403), "forbidden");
    add(&owner, "local", "mcp_stdio", json!({ "server": "local" })).await;
    assert_eq!(functions(&owner, "local").await, ["environment", "die"]);
    let first = call(&owner, "local", Some("environment"), json!({})).await;
    let (pid, names) = first["text"].as_str().unwrap().split_once(' ').unwrap();
    assert_eq!(names, "TOOL_KEY", "nothing of the server's environment");

    let died = owner
        .post("/tools/local/call", json!({ "function": "die" }))
        .await;
    assert_eq!(died.problem(502), "upstream");
    let again = until("the program to be started again", 20, async || {
        let body = json!({ "function": "environment" });
        let answer = owner.post("/tools/local/call", body).await;
        (answer.status == 200).then(|| answer.json()["text"].as_str().unwrap().to_owned())
    })
    .await;
    assert!(
        !again.starts_with(&format!("{pid} ")),
        "another process: {again}"
    );
    let pid = again.split_once(' ').unwrap().0.to_owned();
    assert!(
        !product.log().contains("canary-tool-key"),
        "{}",
        product.log()
    );
    assert!(
        product.log().contains("started with [secret]"),
        "{}",
        product.log()
    );
    product.stop().await;
    until("the program to end with the server", 10, async || {
        (!std::path::Path::new(&format!("/proc/{pid}")).exists()).then_some(())
    })
    .await;
}

async fn strangers_do_not_lead_into_private_networks(database: Database) {
    let product = Product::start(database).await;
    let (owner, stranger) = (product.set_up().await, Stranger::start().await);
    let port = stranger.url("").rsplit(':').next().unwrap().to_owned();
    let hosts = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "10.0.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "0.0.0.0",
    ];
    for (n, host) in hosts.iter().enumerate() {
        let url = format!("http://{host}:{port}/api/echo/x");
        add(&owner, &format!("http{n}"), "http", json!({ "url": url })).await;
        let refused = owner.post(&format!("/tools/http{n}/call"), json!({})).await;
        assert_eq!(refused.problem(400), "invalid", "{host}");
        assert!(
            refused.text.contains("does not call"),
            "{host}: {}",
            refused.text
        );
        let url = format!("http://{host}:{port}/mcp/good");
        add(&owner, &format!("mcp{n}"), "mcp", json!({ "url": url })).await;
        let refused = owner.post(&format!("/tools/mcp{n}/test"), json!({})).await;
        assert_eq!(refused.problem(400), "invalid", "{host}");
        let url = format!("http://{host}:{port}/openapi.json");
        let body = json!({ "name": "o", "kind": "openapi", "settings": { "url": url } });
        assert_eq!(
            owner.post("/tools", body).await.problem(400),
            "invalid",
            "{host}"
        );
    }
    assert!(
        stranger.seen().is_empty() && stranger.opened() == 0,
        "nothing arrived"
    );

    // Where private networks are open, what nobody may reach stays closed, also behind a redirect.
    let product = Product::with(database, open()).await;
    let owner = product.set_up().await;
    for (n, to) in [
        "http://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]/",
        "file:///etc/passwd",
    ]
    .iter()
    .enumerate()
    {
        let settings = json!({ "url": stranger.url("/api/redirect"), "query": { "to": to } });
        add(&owner, &format!("r{n}"), "http", settings).await;
        let answer = owner.post(&format!("/tools/r{n}/call"), json!({})).await;
        let refused = answer.status == 400 || answer.json()["failed"] == true;
        assert!(refused, "{to}: {}", answer.text);
    }
    let inside = stranger.url("/api/echo/moved");
    let settings = json!({ "url": stranger.url("/api/redirect"), "query": { "to": inside } });
    add(&owner, "moved", "http", settings).await;
    let result = call(&owner, "moved", None, json!({})).await;
    assert_eq!(result["value"]["path"], "/api/echo/moved");
}
