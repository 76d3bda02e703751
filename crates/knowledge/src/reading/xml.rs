//! XML of office documents and e-books, as a tree. Document types are refused, so there are no
//! entities to expand or to fetch; building the tree and walking it take no recursion deeper than `DEEPEST`.

use headwater_model::Result;
use roxmltree::{Document, Node, ParsingOptions};

use super::unreadable;

/// Elements within elements; no program writes more.
const DEEPEST: usize = 300;
/// Nodes of one part, so that a tree stays within the memory of the process that builds it.
const MOST_NODES: u32 = 12_000_000;

/// The tree of a part.
pub(crate) fn tree(text: &str) -> Result<Document<'_>> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let text = text.trim_start_matches(['\u{feff}', ' ', '\n', '\t']);
    let tree = Document::parse_with_options(text, options).map_err(|error| {
        let told = match error {
            roxmltree::Error::DtdDetected => {
                "This file holds a document type declaration, which no office program writes and which is not read. Save a fresh copy and add that."
            }
            roxmltree::Error::NodesLimitReached => {
                "This file holds more elements than can be read at once. Split it and add the parts."
            }
            _ => "A part of this file is damaged. Open it in its program, save a fresh copy and add that.",
        };
        unreadable(told).with_source(error)
    })?;
    if too_deep(tree.root()) {
        return Err(unreadable(
            "The elements of this file are nested too deeply to be read. Save its text and add that.",
        ));
    }
    Ok(tree)
}

fn too_deep(root: Node<'_, '_>) -> bool {
    let mut depth = 0usize;
    let mut node = root;
    loop {
        if let Some(child) = node.first_child() {
            depth += 1;
            if depth > DEEPEST {
                return true;
            }
            node = child;
            continue;
        }
        loop {
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            match node.parent() {
                Some(parent) if depth > 0 => {
                    depth -= 1;
                    node = parent;
                }
                _ => return false,
            }
        }
    }
}

/// The local name of an element; empty for text.
pub(crate) fn name<'a>(node: Node<'a, '_>) -> &'a str {
    if node.is_element() {
        node.tag_name().name()
    } else {
        ""
    }
}

/// An attribute by its local name, whatever its prefix.
pub(crate) fn attribute<'a>(node: Node<'a, '_>, wanted: &str) -> Option<&'a str> {
    node.attributes()
        .find(|a| a.name() == wanted)
        .map(|a| a.value())
}

/// The first child element with this local name.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, wanted: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|c| name(*c) == wanted)
}

/// The first element below with this local name.
pub(crate) fn below<'a, 'i>(node: Node<'a, 'i>, wanted: &str) -> Option<Node<'a, 'i>> {
    node.descendants().find(|c| name(*c) == wanted)
}

/// All text below, as it stands.
pub(crate) fn all_text(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter(Node::is_text)
        .filter_map(|n| n.text())
        .collect()
}

/// The targets of a part's relationships, by id, as paths within the archive.
pub(crate) fn relations(text: &str, folder: &str) -> Result<Vec<Relation>> {
    let tree = tree(text)?;
    Ok(tree
        .descendants()
        .filter(|n| name(*n) == "Relationship")
        .filter(|n| attribute(*n, "TargetMode") != Some("External"))
        .filter_map(|n| {
            Some(Relation {
                id: attribute(n, "Id")?.to_owned(),
                kind: attribute(n, "Type")?.rsplit('/').next()?.to_owned(),
                target: resolve(folder, attribute(n, "Target")?),
            })
        })
        .collect())
}

/// One relationship of a part.
pub(crate) struct Relation {
    pub(crate) id: String,
    /// The last word of its type, such as `slide`.
    pub(crate) kind: String,
    pub(crate) target: String,
}

/// `../media/a.png` seen from `ppt/slides` is `ppt/media/a.png`.
pub(crate) fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        folder.split('/').filter(|p| !p.is_empty()).collect()
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_and_depth_are_refused() {
        let laughs = "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        assert!(tree(laughs).unwrap_err().message.contains("document type"));
        let file = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>";
        assert!(tree(file).is_err());
        let deep = format!("{}x{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(tree(&deep).unwrap_err().message.contains("deeply"));
        assert!(tree("<a><b>text</b></a>").is_ok());
        assert!(tree("<a><b>").is_err());
    }

    #[test]
    fn targets_are_paths_in_the_archive() {
        assert_eq!(resolve("ppt/slides", "../media/a.png"), "ppt/media/a.png");
        assert_eq!(resolve("ppt", "slides/s1.xml"), "ppt/slides/s1.xml");
        assert_eq!(resolve("ppt", "/word/x.xml"), "word/x.xml");
        assert_eq!(resolve("a", "../../../x"), "x");
    }
}
