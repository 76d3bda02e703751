//! The corpus of the fuzz targets, replayed: what once made a parser stumble never does again.

#![allow(clippy::unwrap_used)]

#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;

use std::path::PathBuf;

fn root(path: &str) -> PathBuf {
    format!("{}/../../fuzz/{path}", env!("CARGO_MANIFEST_DIR")).into()
}

#[test]
fn every_target_is_listed_and_its_corpus_does_no_harm() {
    let manifest = std::fs::read_to_string(root("Cargo.toml")).unwrap();
    for target in fuzz::targets() {
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target} is not in fuzz/Cargo.toml"
        );
        let source = std::fs::read_to_string(root(&format!("fuzz_targets/{target}.rs"))).unwrap();
        assert!(source.contains(&format!("run(\"{target}\"")), "{target}");
        let mut seen = 0;
        for entry in std::fs::read_dir(root(&format!("corpus/{target}"))).unwrap() {
            fuzz::run(target, &std::fs::read(entry.unwrap().path()).unwrap());
            seen += 1;
        }
        assert!(seen > 0, "{target} has no corpus");
    }
}
