//! Collects what a parser finds, in reading order, into blocks that know the headings above them.

pub(crate) mod table;

use headwater_model::knowledge::{Block, BlockKind, ParsedDocument};

/// Between the headings of a path.
pub(crate) const SEPARATOR: &str = headwater_model::knowledge::BETWEEN_HEADINGS;
/// A longer heading is a paragraph in large letters; this much of it is enough to cite.
const LONGEST_HEADING: usize = 200;

#[derive(Default)]
pub(crate) struct Outline {
    path: Vec<(usize, String)>,
    page: Option<u32>,
    text: String,
    kind: BlockKind,
    /// The last heading has nothing below it yet.
    bare: bool,
    blocks: Vec<Block>,
    title: Option<String>,
}

impl Outline {
    /// A heading; levels count from 1. What follows is below it until the next one as high.
    pub(crate) fn heading(&mut self, level: usize, heading: &str) {
        let heading = one_line(heading);
        if heading.is_empty() {
            return;
        }
        self.close();
        self.bare_heading(level);
        self.path.retain(|(above, _)| *above < level);
        if level == 1 && self.title.is_none() {
            self.title = Some(heading.clone());
        }
        self.path.push((level, heading));
        self.bare = true;
    }

    /// A page or slide begins.
    pub(crate) fn page(&mut self, page: Option<u32>) {
        self.close();
        self.page = page;
    }

    /// A paragraph, kept apart from its neighbours by a blank line.
    pub(crate) fn paragraph(&mut self, text: &str) {
        self.push(BlockKind::Text, text.trim(), "\n\n");
    }

    /// An item of a list, `depth` from 0.
    pub(crate) fn item(&mut self, depth: usize, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            let line = format!("{}- {text}", "  ".repeat(depth.min(8)));
            self.push(BlockKind::Text, &line, "\n");
        }
    }

    /// Lines of `Name: value` that belong together.
    pub(crate) fn record(&mut self, text: &str) {
        self.push(BlockKind::Records, text.trim(), "\n\n");
    }

    /// A table whose first row is its head.
    pub(crate) fn table(&mut self, rows: Vec<Vec<String>>) {
        if let Some((kind, text)) = table::render(rows) {
            self.block(kind, text);
        }
    }

    /// A block of its own.
    pub(crate) fn block(&mut self, kind: BlockKind, text: String) {
        self.close();
        self.kind = kind;
        self.text = text;
        self.close();
    }

    /// Takes over the blocks of something inside, below the headings here.
    pub(crate) fn include(&mut self, blocks: Vec<Block>) {
        self.close();
        let above = self.heading_path();
        for mut block in blocks {
            block.heading = match (&above, block.heading) {
                (Some(above), Some(own)) => Some(format!("{above}{SEPARATOR}{own}")),
                (above, own) => own.or_else(|| above.clone()),
            };
            self.bare = false;
            self.blocks.push(block);
        }
    }

    /// The document; `title` is what the file says of itself.
    pub(crate) fn finish(mut self, title: Option<String>) -> ParsedDocument {
        self.close();
        self.bare_heading(0);
        ParsedDocument {
            title: title
                .map(|t| one_line(&t))
                .filter(|t| !t.is_empty())
                .or(self.title),
            blocks: self.blocks,
            left_out: Vec::new(),
        }
    }

    /// A document whose headings are the names of its parts, none of which is its title.
    pub(crate) fn finish_parts(mut self) -> ParsedDocument {
        self.title = None;
        self.finish(None)
    }

    fn push(&mut self, kind: BlockKind, text: &str, between: &str) {
        if text.is_empty() {
            return;
        }
        if self.kind != kind {
            self.close();
            self.kind = kind;
        }
        if !self.text.is_empty() {
            // A list ends with a blank line, too.
            let list = self
                .text
                .lines()
                .last()
                .is_some_and(|l| l.trim_start().starts_with("- "));
            self.text.push_str(if list && between == "\n" {
                "\n"
            } else {
                "\n\n"
            });
        }
        self.text.push_str(text);
    }

    fn close(&mut self) {
        let text = std::mem::take(&mut self.text);
        let kind = std::mem::take(&mut self.kind);
        if !text.trim().is_empty() {
            self.bare = false;
            self.blocks.push(Block {
                kind,
                text,
                heading: self.heading_path(),
                page: self.page,
            });
        }
    }

    /// A heading with nothing below it is all there is of its section: it becomes text.
    fn bare_heading(&mut self, next: usize) {
        let Some((level, _)) = self.path.last() else {
            return;
        };
        if self.bare && *level >= next {
            let (_, heading) = self.path.pop().unwrap_or_default();
            self.blocks.push(Block {
                kind: BlockKind::Text,
                text: heading,
                heading: self.heading_path(),
                page: self.page,
            });
        }
        self.bare = false;
    }

    fn heading_path(&self) -> Option<String> {
        let path: Vec<&str> = self.path.iter().map(|(_, h)| h.as_str()).collect();
        (!path.is_empty()).then(|| path.join(SEPARATOR))
    }
}

/// Without line breaks and doubled blanks, and not endless.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_HEADING) {
        Some((at, _)) => format!("{}…", line[..at].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_lists_and_tables_become_blocks() {
        let mut outline = Outline::default();
        outline.heading(1, "Pump\nmanual");
        outline.paragraph("Intro.");
        outline.item(0, "one");
        outline.item(1, "two");
        outline.paragraph("After.");
        outline.heading(2, "Empty part");
        outline.heading(2, "Codes");
        outline.table(vec![
            vec!["Code".into(), "Meaning".into()],
            vec!["E17".into(), "low | high".into()],
        ]);
        let parsed = outline.finish(None);
        assert_eq!(parsed.title.as_deref(), Some("Pump manual"));
        let seen: Vec<_> = parsed
            .blocks
            .iter()
            .map(|b| (b.kind, b.heading.as_deref().unwrap(), b.text.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (
                    BlockKind::Text,
                    "Pump manual",
                    "Intro.\n\n- one\n  - two\n\nAfter."
                ),
                (BlockKind::Text, "Pump manual", "Empty part"),
                (
                    BlockKind::Table,
                    "Pump manual › Codes",
                    "| Code | Meaning |\n| --- | --- |\n| E17 | low \\| high |"
                ),
            ]
        );
    }
}
