//! Lines of all pages to headings, paragraphs and tables.

use std::collections::{BTreeMap, HashMap};

use headwater_model::knowledge::ParsedDocument;

use super::layout::{Item, Line, is_marker};
use crate::outline::Outline;

/// A heading's letters are larger than those of the text by this factor.
const LARGER: f64 = 1.12;
/// Longer lines in large letters are text.
const LONGEST_HEADING: usize = 160;
/// Ranks of headings; smaller ones share the last.
const LEVELS: usize = 4;

/// A page's number and what is on it.
pub(super) type Page = (u32, Vec<Item>);

pub(super) fn write(mut pages: Vec<Page>, title: Option<String>) -> ParsedDocument {
    drop_furniture(&mut pages);
    let sizes = Sizes::of(&pages);
    let mut writer = Writer {
        outline: Outline::default(),
        sizes,
        paragraph: String::new(),
        heading: None,
        last: None,
    };
    for (number, items) in pages {
        writer.flush();
        writer.outline.page(Some(number));
        for item in items {
            match item {
                Item::Line(line) => writer.line(line),
                Item::Table(rows) => {
                    writer.flush();
                    writer.outline.table(
                        rows.into_iter()
                            .map(|row| row.iter().map(|c| unligated(c)).collect())
                            .collect(),
                    );
                }
            }
        }
    }
    writer.flush();
    writer.outline.finish(title)
}

/// Lines that stand first or last on most pages, page numbers aside, are furniture.
fn drop_furniture(pages: &mut [Page]) {
    let key = |item: &Item| match item {
        Item::Line(line) => Some(
            line.text
                .chars()
                .map(|c| if c.is_ascii_digit() { '#' } else { c })
                .collect::<String>(),
        ),
        Item::Table(_) => None,
    };
    let edges = |items: &[Item]| {
        let last = items.len().saturating_sub(1);
        let mut edges = vec![0, 1, last.saturating_sub(1), last];
        edges.retain(|at| *at < items.len());
        edges.sort_unstable();
        edges.dedup();
        edges
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (_, items) in pages.iter() {
        for at in edges(items) {
            if let Some(key) = key(&items[at]) {
                *seen.entry(key).or_default() += 1;
            }
        }
    }
    let often = (pages.len() / 2 + 1).max(3);
    let is_furniture = |item: &Item| {
        let key = key(item);
        key.is_some_and(|key| seen.get(&key).is_some_and(|n| *n >= often))
    };
    // Where there is nothing else on any page, it is what the document says.
    if pages
        .iter()
        .all(|(_, items)| items.iter().all(is_furniture))
    {
        return;
    }
    for (_, items) in pages.iter_mut() {
        for at in edges(items).into_iter().rev() {
            if is_furniture(&items[at]) {
                items.remove(at);
            }
        }
    }
}

/// The sizes of letters: that of the text, and those of headings, largest first.
struct Sizes {
    body: f64,
    headings: Vec<i64>,
}

/// Half points: producers round differently.
fn step(size: f64) -> i64 {
    (size * 2.0).round() as i64
}

impl Sizes {
    fn of(pages: &[Page]) -> Self {
        let mut letters: BTreeMap<i64, usize> = BTreeMap::new();
        for item in pages.iter().flat_map(|(_, items)| items) {
            if let Item::Line(line) = item {
                *letters.entry(step(line.size)).or_default() += line.text.chars().count();
            }
        }
        let body = letters
            .iter()
            .max_by_key(|(_, count)| **count)
            .map_or(0, |(size, _)| *size);
        let body = body as f64 / 2.0;
        let headings = letters
            .keys()
            .rev()
            .copied()
            .filter(|size| *size as f64 / 2.0 >= body * LARGER)
            .collect();
        Self { body, headings }
    }

    fn level(&self, line: &Line) -> Option<usize> {
        let is_heading = line.size >= self.body * LARGER
            && line.text.chars().count() <= LONGEST_HEADING
            && line.text.chars().any(char::is_alphabetic);
        let rank = self
            .headings
            .iter()
            .position(|size| *size == step(line.size))?;
        is_heading.then_some((rank + 1).min(LEVELS))
    }
}

struct Writer {
    outline: Outline,
    sizes: Sizes,
    paragraph: String,
    /// A heading that may go on in the next line.
    heading: Option<(usize, String)>,
    last: Option<Line>,
}

impl Writer {
    fn line(&mut self, line: Line) {
        let text = unligated(line.text.trim());
        if text.is_empty() {
            return;
        }
        if let Some(level) = self.sizes.level(&line) {
            let near = self
                .last
                .as_ref()
                .is_some_and(|last| line.y > last.y && line.y - last.y < line.size * 1.6);
            match &mut self.heading {
                Some((same, heading)) if *same == level && near => {
                    heading.push(' ');
                    heading.push_str(&text);
                }
                _ => {
                    self.flush();
                    self.heading = Some((level, text));
                }
            }
            self.last = Some(line);
            return;
        }
        if self.heading.is_some() {
            self.flush();
        }
        match self.last.take() {
            Some(last) => match seam(&last, &line, &text) {
                Seam::Paragraph => {
                    self.flush();
                    self.paragraph = text;
                }
                Seam::Line => {
                    self.paragraph.push('\n');
                    self.paragraph.push_str(&text);
                }
                Seam::None => join(&mut self.paragraph, &text),
            },
            None => self.paragraph.push_str(&text),
        }
        self.last = Some(line);
    }

    fn flush(&mut self) {
        if let Some((level, heading)) = self.heading.take() {
            self.outline.heading(level, &heading);
        }
        self.outline.paragraph(&std::mem::take(&mut self.paragraph));
        self.last = None;
    }
}

enum Seam {
    None,
    Line,
    Paragraph,
}

/// How two lines that follow each other hang together.
fn seam(last: &Line, line: &Line, text: &str) -> Seam {
    let size = line.size.max(last.size);
    let gap = line.y - last.y;
    let width = (last.column.1 - last.column.0).max(1.0);
    if last.column != line.column {
        // The text goes on at the top of the next column, unless a sentence just ended.
        return if last.text.ends_with(['.', '!', '?', ':']) {
            Seam::Paragraph
        } else {
            Seam::None
        };
    }
    if gap > size * 1.9 || gap < 0.0 {
        return Seam::Paragraph;
    }
    if text.split_whitespace().next().is_some_and(is_marker) {
        return Seam::Line;
    }
    let indented = line.x0 - line.column.0 > size * 0.8 && last.x0 - last.column.0 < size * 0.4;
    let ended = last.text.ends_with(['.', '!', '?', ':', '”', '"']);
    if indented && ended {
        return Seam::Paragraph;
    }
    // A line that ends early was not wrapped: a heading, a cell, an item, or the end of a paragraph.
    if last.x1 < last.column.1 - width * 0.25 {
        return Seam::Line;
    }
    Seam::None
}

/// Wrapped lines and hyphenated words are joined; scripts without blanks get none.
fn join(paragraph: &mut String, text: &str) {
    let hyphenated = paragraph.ends_with('-')
        && paragraph[..paragraph.len() - 1].ends_with(char::is_alphabetic)
        && text.starts_with(char::is_lowercase);
    let dense = |c: char| matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0xFF00..=0xFFEF);
    let close = paragraph.is_empty() || (paragraph.ends_with(dense) && text.starts_with(dense));
    if hyphenated {
        paragraph.pop();
    } else if !close {
        paragraph.push(' ');
    }
    paragraph.push_str(text);
}

/// Letters joined for print, taken apart again for search.
fn unligated(text: &str) -> String {
    const JOINED: &[(char, &str)] = &[
        ('\u{fb00}', "ff"),
        ('\u{fb01}', "fi"),
        ('\u{fb02}', "fl"),
        ('\u{fb03}', "ffi"),
        ('\u{fb04}', "ffl"),
        ('\u{fb05}', "st"),
        ('\u{fb06}', "st"),
        ('\u{ad}', ""),
    ];
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match JOINED.iter().find(|(joined, _)| *joined == c) {
            Some((_, apart)) => out.push_str(apart),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, y: f64, x1: f64, size: f64) -> Item {
        Item::Line(Line {
            text: text.to_owned(),
            size,
            x0: 50.0,
            x1,
            y,
            column: (50.0, 550.0),
        })
    }

    #[test]
    fn wrapped_lines_and_hyphenated_words_are_joined_and_large_ones_are_headings() {
        let items = vec![
            line("Fault codes", 10.0, 120.0, 18.0),
            line("The main pump is inspected every nine-", 40.0, 548.0, 10.0),
            line("ty days by the people on du\u{fb01}", 52.0, 545.0, 10.0),
            line("who write it down.", 64.0, 150.0, 10.0),
            line("Next", 110.0, 80.0, 10.0),
        ];
        let parsed = write(vec![(3, items)], None);
        assert_eq!(parsed.title.as_deref(), Some("Fault codes"));
        assert_eq!(
            parsed.blocks[0].text,
            "The main pump is inspected every ninety days by the people on dufi who write it down.\n\nNext"
        );
        assert_eq!(
            (parsed.blocks[0].page, parsed.blocks[0].heading.as_deref()),
            (Some(3), Some("Fault codes"))
        );
    }

    #[test]
    fn what_stands_on_every_page_is_left_out() {
        let page = |n: u32| {
            let foot = format!("Manual of the pump, page {n}");
            (
                n,
                vec![
                    line(
                        &format!("Text {}", "abcdefg".repeat(n as usize)),
                        40.0,
                        300.0,
                        10.0,
                    ),
                    line(&foot, 700.0, 300.0, 10.0),
                ],
            )
        };
        let parsed = write((1..=4).map(page).collect(), None);
        assert!(
            parsed
                .blocks
                .iter()
                .all(|b| b.text.starts_with("Text") && !b.text.contains("Manual"))
        );
    }
}
