//! `headwater doctor`: looks at everything an installation needs and names the fix for what is wrong.

use headwater_model::operations::Check;
use headwater_platform::system::place;
use serde_json::json;

use super::Global;
use super::terminal::Terminal;
use crate::client::Client;
use crate::config::Config;
use crate::problem::{Problem, Result};

/// Checks, tells, and answers 1 when something is wrong.
pub async fn run(global: &Global, terminal: &Terminal) -> Result<u8> {
    let mut checks = Vec::new();
    match global.load() {
        Ok(config) => {
            checks.push(good("configuration", "The configuration is valid."));
            installation(global, config, &mut checks).await;
        }
        Err(problem) => checks.push(bad(
            "configuration",
            problem.detail(),
            "Correct what it names; `headwater config show --reference` lists all keys.",
        )),
    }
    tell(&checks, terminal)
}

fn tell(checks: &[Check], terminal: &Terminal) -> Result<u8> {
    let healthy = checks.iter().all(|check| check.ok);
    if terminal.json {
        let version = env!("CARGO_PKG_VERSION");
        terminal.print_json(&json!({ "ok": healthy, "version": version, "checks": checks }))?;
        return Ok(u8::from(!healthy));
    }
    for check in checks {
        let mark = if check.ok { "ok  " } else { "FAIL" };
        terminal.line(format!("{mark}  {}: {}", check.name, check.message))?;
        if let Some(fix) = &check.fix {
            terminal.line(format!("      fix: {fix}"))?;
        }
    }
    Ok(u8::from(!healthy))
}

async fn installation(global: &Global, config: Config, checks: &mut Vec<Check>) {
    if global.url.is_some() {
        match global.connect().await {
            Ok(client) => from_server(&client, checks).await,
            Err(problem) => checks.push(unreachable(&problem)),
        }
        return;
    }
    checks.push(place::data_directory(&config.data_dir));
    let exists = config.data_dir.join("headwater.lock").exists();
    checks.push(match config.store.secret_key {
        Some(_) => place::given_key(),
        None => place::secret_key(&config.data_dir, exists),
    });
    let running = Client::running(&config.data_dir, &global.destination()).await;
    checks.push(port(&config.server.listen, running.as_ref()).await);
    if !exists {
        checks.push(good(
            "database",
            "Nothing is stored yet; the first start creates it.",
        ));
        return;
    }
    if running.is_none() {
        match headwater_store::migrations::pending(&config.store()).await {
            Ok(pending) if pending.is_empty() => {
                checks.push(good("migrations", "The schema is up to date."));
            }
            Ok(pending) => checks.push(good(
                "migrations",
                &format!("The next start applies {}.", pending.join(", ")),
            )),
            Err(error) => {
                checks.push(unreachable(&error.into()));
                return;
            }
        }
    }
    match Client::connect(&global.destination(), || Ok(config)).await {
        Ok(client) => {
            from_server(&client, checks).await;
            client.close().await;
        }
        Err(problem) => checks.push(unreachable(&problem)),
    }
}

/// What the server itself finds.
async fn from_server(client: &Client, checks: &mut Vec<Check>) {
    match client.get("/setup").await {
        Ok(setup) if setup["needed"] == true => {
            checks.push(Check {
                name: "owner".to_owned(),
                ok: true,
                message: "There is no owner account yet.".to_owned(),
                fix: Some("Open the web app, or run `headwater user create`.".to_owned()),
            });
            return;
        }
        Ok(_) => {}
        Err(problem) => return checks.push(unreachable(&problem)),
    }
    match client.get("/system").await {
        Ok(system) => {
            let found = system["checks"].as_array().into_iter().flatten();
            let found = found.filter_map(|c| serde_json::from_value::<Check>(c.clone()).ok());
            // What was looked at here need not be told twice.
            let others: Vec<Check> = found
                .filter(|found| checks.iter().all(|check| check.name != found.name))
                .collect();
            checks.extend(others);
        }
        Err(problem) => checks.push(unreachable(&problem)),
    }
}

async fn port(listen: &str, running: Option<&Client>) -> Check {
    let name = "port";
    if let Some(client) = running {
        return good(
            name,
            &format!(
                "The server of this data directory answers at {}.",
                client.base()
            ),
        );
    }
    match tokio::net::TcpListener::bind(listen).await {
        Ok(_) => good(name, &format!("{listen} is free.")),
        Err(error) => bad(
            name,
            &format!("{listen} is taken: {error}."),
            "Stop the program that uses it, or choose another port with --listen.",
        ),
    }
}

fn unreachable(problem: &Problem) -> Check {
    let field = problem.to_json()["field"].as_str().unwrap_or_default();
    if field.starts_with("knowledge.") {
        return bad(
            "index",
            problem.detail(),
            "`headwater config show` prints what the configuration says of it.",
        );
    }
    bad(
        "database",
        problem.detail(),
        "DATABASE_URL says where the database is; without it, SQLite in the data directory is used.",
    )
}

fn good(name: &str, message: &str) -> Check {
    Check {
        name: name.to_owned(),
        ok: true,
        message: message.to_owned(),
        fix: None,
    }
}

fn bad(name: &str, message: &str, fix: &str) -> Check {
    Check {
        name: name.to_owned(),
        ok: false,
        message: message.to_owned(),
        fix: Some(fix.to_owned()),
    }
}
