//! `[mcp.servers.NAME]`: programs that tools may be made of. In the file they are tables; in the
//! environment one JSON object by name.

use std::collections::BTreeMap;

use headwater_platform::tools::Program;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The key's name, whose table is not taken apart.
pub(super) const KEY: &str = "mcp.servers";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    command: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

/// Reads the servers from JSON.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, Program>, String> {
    let declared: Map<String, Value> = serde_json::from_str(text)
        .map_err(|_| "must be an object of servers by name.".to_owned())?;
    let mut programs = BTreeMap::new();
    for (name, server) in declared {
        if !headwater_model::tool::valid_name(&name) {
            return Err(format!(
                "“{name}” is no name of a server; use small letters, digits, _ and -."
            ));
        }
        // What is wrong is told without the values: some are secrets.
        let Declared { command, args, env } = Declared::deserialize(server)
            .map_err(|_| format!("{name}: a server has command (text), args (a list of texts) and env (texts by name), nothing else."))?;
        if command.trim().is_empty() {
            return Err(format!("{name}: command is empty."));
        }
        programs.insert(name, Program { command, args, env });
    }
    Ok(programs)
}

/// The servers as JSON, values of their environment hidden; nothing when there are none.
pub(super) fn show(programs: &BTreeMap<String, Program>) -> String {
    if programs.is_empty() {
        return String::new();
    }
    let shown = programs.iter().map(|(name, program)| {
        let mut server = json!({ "command": program.command, "args": program.args });
        if !program.env.is_empty() {
            let env = program
                .env
                .keys()
                .map(|name| (name.clone(), json!("(hidden)")));
            server["env"] = Value::Object(env.collect());
        }
        (name.clone(), server)
    });
    Value::Object(shown.collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_and_shown_without_its_environment() {
        let text =
            r#"{"time":{"command":"/usr/bin/time-mcp","args":["--utc"],"env":{"KEY":"canary"}}}"#;
        let read = read(text).unwrap();
        assert_eq!(read["time"].env["KEY"], "canary");
        let shown = show(&read);
        assert!(
            shown.contains("(hidden)") && !shown.contains("canary"),
            "{shown}"
        );
        assert!(!format!("{read:?}").contains("canary"));
    }

    #[test]
    fn a_mistake_names_the_server_and_no_value() {
        for text in [
            r#"{"time":{"command":["canary"]}}"#,
            r#"{"time":{"command":"x","environment":{"KEY":"canary"}}}"#,
            r#"{"Time canary":{"command":"x"}}"#,
        ] {
            let said = read(text).unwrap_err();
            assert!(said.to_lowercase().contains("time"), "{said}");
            assert!(
                said.contains("Time canary") || !said.contains("canary"),
                "{said}"
            );
        }
    }
}
