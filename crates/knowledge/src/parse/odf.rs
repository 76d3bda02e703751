//! OpenDocument texts and presentations: headings, paragraphs, lists, tables, notes; slides as pages.

use headwater_model::Result;
use headwater_model::knowledge::ParsedDocument;
use roxmltree::Node;

use crate::outline::Outline;
use crate::reading::archive::Archive;
use crate::reading::xml::{attribute, below, name, tree};

pub(super) fn parse(archive: &mut Archive<'_, '_, '_>) -> Result<ParsedDocument> {
    let title = archive.title()?;
    let text = archive.needed("content.xml")?;
    let tree = tree(&text)?;
    let mut writer = Writer::default();
    if let Some(body) = below(tree.root(), "body") {
        writer.blocks(body, 0);
    }
    Ok(writer.outline.finish(title))
}

#[derive(Default)]
struct Writer {
    outline: Outline,
    slide: u32,
}

impl Writer {
    fn blocks(&mut self, parent: Node<'_, '_>, depth: usize) {
        for node in parent.children() {
            match name(node) {
                "h" => {
                    let level = attribute(node, "outline-level").and_then(|l| l.parse().ok());
                    self.outline.heading(level.unwrap_or(1), &text(node));
                }
                "p" => {
                    self.outline.paragraph(&text(node));
                    self.frames(node);
                }
                "list" => self.list(node, 0),
                "table" => self.outline.table(rows(node)),
                "page" => self.slide(node),
                // Deleted text, styles, indexes that repeat the headings, comments.
                "tracked-changes" | "automatic-styles" | "table-of-content" | "annotation"
                | "sequence-decls" | "forms" | "alphabetical-index" | "" => {}
                _ if depth < 60 => self.blocks(node, depth + 1),
                _ => {}
            }
        }
    }

    /// Text boxes hang on the paragraph they are anchored to.
    fn frames(&mut self, paragraph: Node<'_, '_>) {
        let boxes: Vec<Node<'_, '_>> = paragraph
            .descendants()
            .filter(|n| name(*n) == "text-box")
            .filter(|n| {
                !n.ancestors()
                    .skip(1)
                    .take_while(|a| *a != paragraph)
                    .any(|a| name(a) == "text-box")
            })
            .collect();
        for node in boxes {
            self.blocks(node, 30);
        }
    }

    fn list(&mut self, list: Node<'_, '_>, depth: usize) {
        for item in list
            .children()
            .filter(|n| matches!(name(*n), "list-item" | "list-header"))
        {
            for node in item.children() {
                match name(node) {
                    "p" | "h" => self.outline.item(depth, &text(node)),
                    "list" if depth < 40 => self.list(node, depth + 1),
                    _ => {}
                }
            }
        }
    }

    fn slide(&mut self, page: Node<'_, '_>) {
        self.slide += 1;
        self.outline.page(Some(self.slide));
        let class = |node: Node<'_, '_>| attribute(node, "class").map(str::to_owned);
        let frames: Vec<Node<'_, '_>> = page.children().filter(|n| n.is_element()).collect();
        let title = frames
            .iter()
            .find(|f| class(**f).as_deref() == Some("title"))
            .map(|f| deep_text(*f))
            .filter(|title| !title.trim().is_empty());
        let title = title.unwrap_or_else(|| format!("Slide {}", self.slide));
        self.outline.heading(1, &title);
        for frame in frames {
            if class(frame).as_deref() == Some("title") {
                continue;
            }
            if name(frame) == "notes" {
                let said = deep_text(frame);
                if !said.trim().is_empty() {
                    self.outline.paragraph(&format!("Notes: {}", said.trim()));
                }
                continue;
            }
            self.blocks(frame, 30);
        }
    }
}

/// The paragraphs below, each on its line.
fn deep_text(node: Node<'_, '_>) -> String {
    let lines: Vec<String> = node
        .descendants()
        .filter(|n| matches!(name(*n), "p" | "h"))
        .map(text)
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines.join("\n")
}

/// The text of a paragraph: white space as it is meant, notes in brackets, no boxes.
fn text(node: Node<'_, '_>) -> String {
    let mut out = String::new();
    collect(node, &mut out);
    out.trim().to_owned()
}

fn collect(node: Node<'_, '_>, out: &mut String) {
    for child in node.children() {
        if let Some(text) = child.text().filter(|_| child.is_text()) {
            // Runs of blanks are one blank; meant ones have an element.
            for c in text.chars() {
                let blank = matches!(c, ' ' | '\n' | '\t' | '\r');
                if !blank {
                    out.push(c);
                } else if !out.ends_with([' ', '\n', '\t']) {
                    out.push(' ');
                }
            }
            continue;
        }
        match name(child) {
            "s" => {
                let count = attribute(child, "c")
                    .and_then(|c| c.parse().ok())
                    .unwrap_or(1usize);
                out.push_str(&" ".repeat(count.min(80)));
            }
            "tab" => out.push('\t'),
            "line-break" => out.push('\n'),
            "note" => {
                let said = deep_text(child);
                if !said.is_empty() {
                    out.push_str(&format!(" [{said}]"));
                }
            }
            "annotation" | "annotation-end" | "frame" | "text-box" | "" => {}
            _ => collect(child, out),
        }
    }
}

/// The rows of a table, headers included; repeated cells are written out while there are few.
fn rows(table: Node<'_, '_>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for row in table.descendants().filter(|n| name(*n) == "table-row") {
        // A table within a cell is part of that cell's text.
        let own = row.ancestors().skip(1).find(|n| name(*n) == "table");
        if own != Some(table) {
            continue;
        }
        let mut cells = Vec::new();
        for cell in row.children() {
            if !matches!(name(cell), "table-cell" | "covered-table-cell") {
                continue;
            }
            let times: usize = attribute(cell, "number-columns-repeated")
                .and_then(|n| n.parse().ok())
                .unwrap_or(1);
            let text = deep_text(cell);
            let times = if text.is_empty() {
                times.min(64)
            } else {
                times.min(1_000)
            };
            cells.extend(std::iter::repeat_n(text, times));
        }
        rows.push(cells);
    }
    rows
}
