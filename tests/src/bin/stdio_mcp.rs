//! An MCP server on standard input and output, for the stories of tools. It tells its environment,
//! complains on standard error, and ends when it is asked to.

#![allow(
    clippy::disallowed_methods,
    reason = "it stands for a program of anybody's"
)]

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};

fn main() {
    eprintln!(
        "started with {}",
        std::env::var("TOOL_KEY").unwrap_or_default()
    );
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let message: Value = serde_json::from_str(&line).unwrap_or_default();
        if message["id"].is_null() {
            continue;
        }
        let result = match message["method"].as_str().unwrap_or_default() {
            "initialize" => json!({
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": { "tools": {} },
                "serverInfo": { "name": "stdio", "version": "1" },
            }),
            "tools/list" => {
                let schema = json!({ "type": "object" });
                let tool = |name| json!({ "name": name, "inputSchema": schema });
                json!({ "tools": [tool("environment"), tool("die")] })
            }
            "tools/call" if message["params"]["name"] == "die" => return,
            "tools/call" => {
                let mut names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
                names.sort();
                let told = format!("{} {}", std::process::id(), names.join(","));
                json!({ "content": [{ "type": "text", "text": told }] })
            }
            _ => json!({}),
        };
        let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
        if writeln!(out, "{answer}")
            .and_then(|()| out.flush())
            .is_err()
        {
            return;
        }
    }
}
