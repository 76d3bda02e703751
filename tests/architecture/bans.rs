//! `deny.toml`'s bans and sources, without having to install the tool that reads them.

use crate::tree;

fn table(path: &str) -> toml::Table {
    tree::read(path)
        .parse()
        .unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every locked package: its name, where it comes from, and the names it depends on.
fn locked() -> Vec<(String, Option<String>, Vec<String>)> {
    let lock = table("Cargo.lock");
    let packages = lock["package"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let text = |key: &str| package.get(key).and_then(|v| v.as_str().map(str::to_owned));
            let needs = package.get("dependencies").and_then(toml::Value::as_array);
            // An entry is a name, or a name with what tells two versions apart.
            let needs = needs.into_iter().flatten().filter_map(|entry| {
                let name = entry.as_str()?.split(' ').next()?;
                Some(name.to_owned())
            });
            (text("name").unwrap(), text("source"), needs.collect())
        })
        .collect()
}

#[test]
fn banned_crates_are_absent_or_behind_their_wrappers() {
    let locked = locked();
    let deny = table("deny.toml");
    let mut problems = Vec::new();
    for ban in deny["bans"]["deny"].as_array().unwrap() {
        let banned = ban["crate"].as_str().unwrap();
        let wrappers = ban.get("wrappers").and_then(toml::Value::as_array);
        let Some(wrappers) = wrappers else {
            if locked.iter().any(|(name, ..)| name == banned) {
                problems.push(format!("{banned}: {}", ban["reason"]));
            }
            continue;
        };
        for (name, _, needs) in &locked {
            let allowed = wrappers.iter().any(|w| w.as_str() == Some(name));
            if !allowed && needs.iter().any(|need| need == banned) {
                problems.push(format!("{name} needs {banned}: {}", ban["reason"]));
            }
        }
    }
    tree::none(problems, "deny.toml bans:");
}

#[test]
fn every_crate_comes_from_the_registry() {
    let from_elsewhere = locked().into_iter().filter_map(|(name, source, _)| {
        let source = source?;
        let ours = "registry+https://github.com/rust-lang/crates.io-index";
        (source != ours).then(|| format!("{name}: {source}"))
    });
    tree::none(
        from_elsewhere.collect(),
        "these come from somewhere else than crates.io:",
    );
}
