//! `headwater doctor`: looks at everything an installation needs and names the fix for what is wrong.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use headwater_model::operations::Check;
use serde_json::{Value, json};

use super::Global;
use super::terminal::{Terminal, text};
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
    checks.push(data_directory(&config.data_dir));
    let exists = config.data_dir.join("headwater.lock").exists();
    checks.push(secret_key(&config, exists));
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

/// What the server itself finds, and which model writes by default.
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
            checks.extend(found.filter_map(|c| serde_json::from_value(c.clone()).ok()));
        }
        Err(problem) => checks.push(unreachable(&problem)),
    }
    match client.get("/models").await {
        Ok(models) => {
            if let Some(finding) = unavailable_default(&models) {
                checks.retain(|check| check.name != finding.name);
                checks.push(finding);
            }
        }
        Err(problem) => checks.push(bad("model", problem.detail(), "See the server's log.")),
    }
}

/// What is wrong with the default model, as far as its provider's list tells.
fn unavailable_default(models: &Value) -> Option<Check> {
    let default = text(models, "default");
    let items = models["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let listed = items.iter().find(|model| model["id"] == default.as_str());
    if listed.is_none_or(|model| model["available"] == true) {
        return None;
    }
    Some(bad(
        "model",
        &format!("The default model {default} is not available."),
        "Test its provider with `headwater provider test NAME`, or choose another model with \
         `headwater model default builtin/extractive`.",
    ))
}

fn data_directory(dir: &Path) -> Check {
    let shown = dir.display();
    let name = "data directory";
    let Ok(about) = std::fs::metadata(dir) else {
        return to_be_created(dir);
    };
    if !about.is_dir() {
        return bad(
            name,
            &format!("{shown} is not a directory."),
            "Choose another with --data.",
        );
    }
    if let Err(error) = try_to_write(dir) {
        return bad(
            name,
            &format!("{shown} cannot be written: {error}."),
            &format!("Give it to the user that runs Headwater: chown -R USER {shown}."),
        );
    }
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return bad(
            name,
            &format!("{shown} can be read by other users (mode {mode:o})."),
            &format!("chmod 700 {shown}"),
        );
    }
    good(name, &format!("{shown} is writable and private."))
}

/// A data directory that is not there yet: can the first start create it?
fn to_be_created(dir: &Path) -> Check {
    let (name, shown) = ("data directory", dir.display());
    let full = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let above = full.ancestors().skip(1).find(|above| above.exists());
    match above.map(try_to_write) {
        Some(Err(error)) => bad(
            name,
            &format!("{shown} does not exist and cannot be created: {error}."),
            "Choose another with --data.",
        ),
        _ => good(
            name,
            &format!("{shown} does not exist yet; the first start creates it."),
        ),
    }
}

fn try_to_write(dir: &Path) -> std::io::Result<()> {
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&probe, b"probe")?;
    // Left behind it does no harm; the next check-up overwrites it.
    let _ = std::fs::remove_file(&probe);
    Ok(())
}

fn secret_key(config: &Config, exists: bool) -> Check {
    let name = "secret key";
    if config.store.secret_key.is_some() {
        return good(name, "The secret key comes from the configuration.");
    }
    let file = config.data_dir.join("secret.key");
    let shown = file.display();
    match std::fs::metadata(&file) {
        Ok(about) if about.permissions().mode() & 0o077 == 0 => {
            good(name, &format!("{shown} is private."))
        }
        Ok(_) => bad(
            name,
            &format!("{shown} can be read by other users."),
            &format!("chmod 600 {shown}"),
        ),
        Err(_) if !exists => good(name, "The first start makes one."),
        Err(error) => bad(
            name,
            &format!("{shown} cannot be read: {error}."),
            "Restore it from where it was kept: without it, stored provider keys cannot be read.",
        ),
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
