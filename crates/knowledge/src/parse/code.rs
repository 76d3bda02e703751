//! Program text: pieces of whole definitions, each called by its lines.

use headwater_model::knowledge::{Block, BlockKind, ParsedDocument};

/// Extensions of program text and of what lies beside it, with the language they stand for.
pub const LANGUAGES: &[(&str, &[&str])] = &[
    ("Assembly", &["asm", "s"]),
    ("C", &["c", "h"]),
    ("C#", &["cs"]),
    ("C++", &["cc", "cpp", "cxx", "hpp", "hh"]),
    ("Clojure", &["clj", "cljs"]),
    ("CSS", &["css", "scss", "less"]),
    ("Dart", &["dart"]),
    ("Diff", &["diff", "patch"]),
    ("Elixir", &["ex", "exs"]),
    ("Erlang", &["erl"]),
    ("Fortran", &["f90", "f"]),
    ("Go", &["go"]),
    ("GraphQL", &["graphql"]),
    ("Groovy", &["groovy", "gradle"]),
    ("Haskell", &["hs"]),
    ("INI", &["ini", "cfg", "conf", "properties"]),
    ("Java", &["java"]),
    ("JavaScript", &["js", "mjs", "cjs", "jsx"]),
    ("Julia", &["jl"]),
    ("Kotlin", &["kt", "kts"]),
    ("LaTeX", &["tex", "bib"]),
    ("Lisp", &["lisp", "el"]),
    ("Lua", &["lua"]),
    ("Nix", &["nix"]),
    ("OCaml", &["ml", "mli"]),
    ("Pascal", &["pas"]),
    ("Perl", &["pl", "pm"]),
    ("PHP", &["php"]),
    ("PowerShell", &["ps1"]),
    ("Protocol Buffers", &["proto"]),
    ("Python", &["py", "pyi"]),
    ("R", &["r"]),
    ("reStructuredText", &["rst"]),
    ("Ruby", &["rb"]),
    ("Rust", &["rs"]),
    ("Scala", &["scala"]),
    ("Shell", &["sh", "bash", "zsh", "fish"]),
    ("SQL", &["sql"]),
    ("Svelte", &["svelte"]),
    ("Swift", &["swift"]),
    ("Terraform", &["tf", "hcl"]),
    ("TOML", &["toml"]),
    ("TypeScript", &["ts", "tsx"]),
    ("Vue", &["vue"]),
    ("XML", &["xml", "xsd", "xsl"]),
    ("YAML", &["yaml", "yml"]),
    ("Zig", &["zig"]),
];

/// About as much per block as per chunk.
const TARGET: usize = 1_000;

/// Every extension of program text.
pub(crate) fn extensions() -> impl Iterator<Item = &'static str> {
    LANGUAGES
        .iter()
        .flat_map(|(_, extensions)| *extensions)
        .copied()
}

/// The language of a file with this name.
pub(crate) fn language(name: &str) -> Option<&'static str> {
    let extension = crate::format::extension(name)?;
    LANGUAGES
        .iter()
        .find(|(_, extensions)| extensions.contains(&extension.as_str()))
        .map(|(language, _)| *language)
}

/// Blocks that begin where a definition begins: at a line without indent after a blank one.
pub(crate) fn parse(text: &str) -> ParsedDocument {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut start = 0;
    let mut size = 0;
    for (at, line) in lines.iter().enumerate() {
        let length = unit(&lines[at..]);
        let begins = at > start && lines[at - 1].trim().is_empty() && begins(line);
        if begins && size + length > TARGET {
            blocks.extend(block(&lines, start, at));
            start = at;
            size = 0;
        }
        size += line.len() + 1;
    }
    blocks.extend(block(&lines, start, lines.len()));
    ParsedDocument {
        title: None,
        blocks,
        left_out: Vec::new(),
    }
}

fn begins(line: &str) -> bool {
    line.starts_with(|c: char| !c.is_whitespace() && !matches!(c, '}' | ')' | ']'))
}

/// The length of the definition that begins with the first of these lines, as far as it matters.
fn unit(lines: &[&str]) -> usize {
    let mut size = 0;
    for (at, line) in lines.iter().enumerate() {
        if size > TARGET || (at > 0 && lines[at - 1].trim().is_empty() && begins(line)) {
            break;
        }
        size += line.len() + 1;
    }
    size
}

fn block(lines: &[&str], start: usize, end: usize) -> Option<Block> {
    let text = lines[start..end].join("\n");
    let text = text.trim_end().trim_start_matches('\n');
    (!text.trim().is_empty()).then(|| Block {
        kind: BlockKind::Code,
        text: text.to_owned(),
        heading: Some(format!("lines {}–{}", start + 1, end)),
        page: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_stay_whole_and_know_their_lines() {
        let function = |name: &str| format!("fn {name}() {{\n{}}}\n\n", "    work();\n".repeat(40));
        let text = format!(
            "use std::io;\n\n{}{}",
            function("first"),
            function("second")
        );
        let parsed = parse(&text);
        let seen: Vec<_> = parsed
            .blocks
            .iter()
            .map(|b| {
                (
                    b.heading.as_deref().unwrap(),
                    b.text.lines().next().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("lines 1–45", "use std::io;"),
                ("lines 46–88", "fn second() {")
            ]
        );
        assert_eq!(language("Main.RS"), Some("Rust"));
        assert_eq!(language("Makefile"), None);
    }
}
