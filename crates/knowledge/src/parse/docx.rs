//! DOCX: paragraphs, headings by style or outline level, lists, tables, text boxes and notes, in the
//! order of the text. What was deleted with changes tracked, headers and footers are not read.

use std::collections::HashMap;

use headwater_model::Result;
use headwater_model::knowledge::ParsedDocument;
use roxmltree::Node;

use crate::outline::Outline;
use crate::reading::archive::Archive;
use crate::reading::xml::{all_text, attribute, below, child, name, tree};

/// The heading level of a style, from 1.
type Styles = HashMap<String, usize>;

/// The style of a document's title is its first heading.
const TITLE: usize = 1;

pub(super) fn parse(archive: &mut Archive<'_, '_, '_>) -> Result<ParsedDocument> {
    let styles = match archive.part("word/styles.xml")? {
        Some(text) => styles(&text)?,
        None => Styles::new(),
    };
    let body = match archive.part("word/document.xml")? {
        Some(text) => text,
        None => archive.needed("word/document2.xml")?,
    };
    let title = archive.title()?;
    let mut writer = Writer {
        styles,
        outline: Outline::default(),
    };
    let body = tree(&body)?;
    if let Some(body) = below(body.root(), "body") {
        writer.blocks(body);
    }
    for (part, heading, note) in [
        ("word/footnotes.xml", "Footnotes", "footnote"),
        ("word/endnotes.xml", "Endnotes", "endnote"),
    ] {
        if let Some(text) = archive.part(part)? {
            writer.notes(&text, heading, note)?;
        }
    }
    Ok(writer.outline.finish(title))
}

/// Styles that are headings: by outline level, or by name where the level is inherited.
fn styles(text: &str) -> Result<Styles> {
    let tree = tree(text)?;
    let mut levels = Styles::new();
    let mut based: Vec<(String, String)> = Vec::new();
    for style in tree.descendants().filter(|n| name(*n) == "style") {
        let Some(id) = attribute(style, "styleId") else {
            continue;
        };
        let called = child(style, "name")
            .and_then(|n| attribute(n, "val"))
            .unwrap_or(id)
            .to_lowercase();
        let outlined = child(style, "pPr").and_then(outline_level);
        let named = called
            .strip_prefix("heading ")
            .and_then(|n| n.trim().parse().ok())
            .filter(|n| (1..=9).contains(n));
        let level = match called.as_str() {
            "title" => Some(TITLE),
            _ => outlined.or(named),
        };
        if let Some(level) = level {
            levels.insert(id.to_owned(), level);
        } else if let Some(parent) = child(style, "basedOn").and_then(|n| attribute(n, "val")) {
            based.push((id.to_owned(), parent.to_owned()));
        }
    }
    // A style may be based on one that comes later; chains are short.
    for _ in 0..4 {
        for (id, parent) in &based {
            if let Some(level) = levels.get(parent).copied() {
                levels.entry(id.clone()).or_insert(level);
            }
        }
    }
    Ok(levels)
}

/// `w:outlineLvl` counts from 0, and 9 means body text.
fn outline_level(properties: Node<'_, '_>) -> Option<usize> {
    let level: usize = attribute(child(properties, "outlineLvl")?, "val")?
        .parse()
        .ok()?;
    (level < 9).then_some(level + 1)
}

struct Writer {
    styles: Styles,
    outline: Outline,
}

impl Writer {
    /// Paragraphs and tables, and what wraps them.
    fn blocks(&mut self, parent: Node<'_, '_>) {
        for node in parent.children() {
            match name(node) {
                "p" => self.paragraph(node),
                "tbl" => {
                    let rows = rows(node);
                    self.outline.table(rows);
                }
                // Content controls, custom XML, insertions: what is inside counts.
                "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo" | "smartTag" => {
                    self.blocks(node)
                }
                _ => {}
            }
        }
    }

    fn paragraph(&mut self, node: Node<'_, '_>) {
        let text = run_text(node);
        let properties = child(node, "pPr");
        let level = properties.and_then(|p| {
            let style = child(p, "pStyle").and_then(|s| attribute(s, "val"));
            outline_level(p).or_else(|| style.and_then(|s| self.styles.get(s).copied()))
        });
        let numbered = properties.and_then(|p| child(p, "numPr"));
        match (level, numbered) {
            (Some(level), _) => self.outline.heading(level, &text),
            (None, Some(list)) => {
                let depth = child(list, "ilvl")
                    .and_then(|n| attribute(n, "val"))
                    .and_then(|n| n.parse().ok())
                    .unwrap_or(0);
                self.outline.item(depth, &text);
            }
            (None, None) => self.outline.paragraph(&text),
        }
        // Text boxes hang on the paragraph they are anchored to.
        for node in boxes(node) {
            self.blocks(node);
        }
    }

    fn notes(&mut self, text: &str, heading: &str, note: &str) -> Result<()> {
        let tree = tree(text)?;
        let notes: Vec<String> = tree
            .descendants()
            .filter(|n| name(*n) == note)
            // Separators are notes with a type.
            .filter(|n| attribute(*n, "type").is_none_or(|t| t == "normal"))
            .map(cell_text)
            .filter(|text| !text.is_empty())
            .collect();
        if !notes.is_empty() {
            self.outline.heading(1, heading);
        }
        for note in notes {
            self.outline.paragraph(&note);
        }
        Ok(())
    }
}

/// The text of a paragraph's runs, without its text boxes.
fn run_text(node: Node<'_, '_>) -> String {
    let mut out = String::new();
    collect(node, &mut out);
    out
}

fn collect(node: Node<'_, '_>, out: &mut String) {
    for child in node.children() {
        match name(child) {
            "t" => out.push_str(&all_text(child)),
            "tab" | "ptab" => out.push('\t'),
            "br" | "cr" => out.push('\n'),
            "noBreakHyphen" => out.push('-'),
            // Deleted text, choices' poorer twins, pictures and boxes, properties, field codes.
            "del" | "moveFrom" | "Fallback" | "txbxContent" | "pPr" | "rPr" | "instrText" | "" => {}
            _ => collect(child, out),
        }
    }
}

/// The text boxes of a paragraph, each once.
fn boxes<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.descendants()
        .filter(|n| name(*n) == "txbxContent")
        .filter(|n| {
            !n.ancestors()
                .skip(1)
                .take_while(|a| *a != node)
                .any(|a| matches!(name(a), "Fallback" | "txbxContent"))
        })
        .collect()
}

/// The rows of a table; a cell that spans several columns stands in the first.
fn rows(table: Node<'_, '_>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for row in inside(table, "tr") {
        let mut cells = Vec::new();
        for cell in inside(row, "tc") {
            let properties = child(cell, "tcPr");
            let value = |wanted| {
                properties
                    .and_then(|p| child(p, wanted))
                    .map(|n| attribute(n, "val").unwrap_or(""))
            };
            // The lower part of a cell that spans rows is empty, whatever it holds.
            let text = match value("vMerge") {
                Some("" | "continue") => String::new(),
                _ => cell_text(cell),
            };
            cells.push(text);
            let span: usize = value("gridSpan").and_then(|n| n.parse().ok()).unwrap_or(1);
            cells.extend((1..span.min(64)).map(|_| String::new()));
        }
        rows.push(cells);
    }
    rows
}

/// Rows and cells, also those in content controls.
fn inside<'a, 'i>(node: Node<'a, 'i>, wanted: &str) -> Vec<Node<'a, 'i>> {
    let mut found = Vec::new();
    for child in node.children() {
        match name(child) {
            it if it == wanted => found.push(child),
            "sdt" | "sdtContent" | "customXml" | "ins" => found.extend(inside(child, wanted)),
            _ => {}
        }
    }
    found
}

/// The paragraphs of a cell or note, also those of a table within it.
fn cell_text(cell: Node<'_, '_>) -> String {
    let texts: Vec<String> = cell
        .descendants()
        .filter(|n| name(*n) == "p")
        .map(run_text)
        .filter(|text| !text.trim().is_empty())
        .collect();
    texts.join("\n").trim().to_owned()
}
