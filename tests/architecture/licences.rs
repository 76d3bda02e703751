//! Every crate we ship is under a licence `deny.toml` allows. This is the part of
//! `cargo deny check licenses` that matters most, without having to install it.

use crate::tree;
use std::process::Command;

fn allowed() -> Vec<String> {
    let deny: toml::Table = tree::read("deny.toml").parse().unwrap();
    let list = deny["licenses"]["allow"].as_array().unwrap();
    list.iter()
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

/// What `rustc` calls this machine.
fn host() -> String {
    let out = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap()
        .to_owned()
}

/// Is the expression satisfied by licences of the list? Understands `OR`, `AND`, `/` and
/// parentheses around alternatives, which is all that occurs.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.trim();
    if let Some((left, right)) = split_outside(expression, " AND ") {
        return satisfied(left, allowed) && satisfied(right, allowed);
    }
    if let Some((left, right)) =
        split_outside(expression, " OR ").or_else(|| split_outside(expression, "/"))
    {
        return satisfied(left, allowed) || satisfied(right, allowed);
    }
    if let Some(inner) = expression
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        return satisfied(inner, allowed);
    }
    allowed.iter().any(|licence| licence == expression)
}

/// Splits at the first separator that is not inside parentheses.
fn split_outside<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && text[at..].starts_with(separator) => {
                return Some((&text[..at], &text[at + separator.len()..]));
            }
            _ => {}
        }
    }
    None
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = ["MIT".to_owned(), "Unicode-3.0".to_owned()];
    assert!(satisfied("MIT OR Apache-2.0", &allowed));
    assert!(satisfied("Apache-2.0/MIT", &allowed));
    assert!(satisfied("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    assert!(!satisfied("MIT AND GPL-3.0", &allowed));
    assert!(!satisfied("GPL-3.0", &allowed));
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let out = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
        ])
        .arg(host())
        .current_dir(tree::root())
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let allowed = allowed();
    let problems = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| {
            !satisfied(
                package["license"].as_str().unwrap_or("none stated"),
                &allowed,
            )
        })
        .map(|package| format!("{} {}", package["name"], package["license"]))
        .collect();
    tree::none(problems, "licences deny.toml does not allow:");
}
