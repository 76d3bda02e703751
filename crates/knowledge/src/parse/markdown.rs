//! Markdown: one block per section, with the path of headings above it.

use headwater_model::knowledge::{Block, BlockKind, ParsedDocument};

use crate::outline::SEPARATOR;

/// The sections of a Markdown text.
pub fn parse(markdown: &str) -> ParsedDocument {
    let (front_title, body) = front_matter(markdown);
    let mut sections = Sections::default();
    let mut fence: Option<&str> = None;
    for line in body.lines() {
        let trimmed = line.trim_start();
        if let Some(mark) = fence {
            if trimmed.starts_with(mark) {
                fence = None;
            }
            sections.text(line);
        } else if let Some(mark) = ["```", "~~~"].into_iter().find(|m| trimmed.starts_with(m)) {
            fence = Some(mark);
            sections.text(line);
        } else if let Some((level, heading)) = atx(line) {
            sections.heading(level, heading);
        } else if let Some(level) = setext(line) {
            sections.underline(level, line);
        } else {
            sections.text(line);
        }
    }
    sections.finish(front_title)
}

#[derive(Default)]
struct Sections {
    path: Vec<(usize, String)>,
    lines: Vec<String>,
    blocks: Vec<Block>,
    title: Option<String>,
    /// The last heading that had no text below it, so that it is not lost.
    bare: Option<String>,
}

impl Sections {
    fn text(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    /// `===` or `---` below one line of text makes that line a heading.
    fn underline(&mut self, level: usize, line: &str) {
        let before = self.lines.len().checked_sub(2).map(|i| &self.lines[i]);
        let alone = before.is_none_or(|l| l.trim().is_empty());
        match self.lines.last() {
            Some(last)
                if alone && !last.trim().is_empty() && !last.starts_with(['|', '-', '*', '>']) =>
            {
                let heading = self.lines.pop().unwrap_or_default();
                self.heading(level, heading.trim());
            }
            _ => self.text(line),
        }
    }

    fn heading(&mut self, level: usize, heading: &str) {
        self.close();
        if level == 1 && self.title.is_none() {
            self.title = Some(heading.to_owned());
        }
        self.path.retain(|(above, _)| *above < level);
        self.path.push((level, heading.to_owned()));
        self.bare = Some(heading.to_owned());
    }

    fn close(&mut self) {
        let text = self.lines.join("\n").trim().to_owned();
        self.lines.clear();
        if text.is_empty() {
            return;
        }
        let path: Vec<&str> = self.path.iter().map(|(_, h)| h.as_str()).collect();
        let heading = (!path.is_empty()).then(|| path.join(SEPARATOR));
        self.bare = None;
        for (kind, text) in parts(&text) {
            self.blocks.push(Block {
                kind,
                text,
                heading: heading.clone(),
                page: None,
            });
        }
    }

    fn finish(mut self, front_title: Option<String>) -> ParsedDocument {
        self.close();
        if self.blocks.is_empty()
            && let Some(heading) = self.bare.take()
        {
            self.blocks.push(Block {
                text: heading,
                ..Block::default()
            });
        }
        ParsedDocument {
            title: front_title.or(self.title),
            blocks: self.blocks,
            left_out: Vec::new(),
        }
    }
}

/// Tables apart from the text around them; program text between fences is no table.
fn parts(text: &str) -> Vec<(BlockKind, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut parts = Vec::new();
    let mut before: Vec<&str> = Vec::new();
    let mut fenced = false;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let trimmed = line.trim_start();
        fenced ^= trimmed.starts_with("```") || trimmed.starts_with("~~~");
        let table = if fenced {
            0
        } else {
            table_length(&lines[at..])
        };
        if table == 0 {
            before.push(line);
            at += 1;
            continue;
        }
        push(&mut parts, BlockKind::Text, &std::mem::take(&mut before));
        push(&mut parts, BlockKind::Table, &lines[at..at + table]);
        at += table;
    }
    push(&mut parts, BlockKind::Text, &before);
    parts
}

fn push(parts: &mut Vec<(BlockKind, String)>, kind: BlockKind, lines: &[&str]) {
    let text = lines.join("\n").trim_matches('\n').trim_end().to_owned();
    if !text.trim().is_empty() {
        parts.push((kind, text));
    }
}

/// How many of the lines are a table: a head, a rule below it, and rows; 0 when they are none.
fn table_length(lines: &[&str]) -> usize {
    let is_rule = |line: &str| {
        let line = line.trim();
        line.contains('-')
            && line.starts_with('|')
            && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
    };
    if !lines[0].trim_start().starts_with('|') || !lines.get(1).is_some_and(|line| is_rule(line)) {
        return 0;
    }
    lines
        .iter()
        .take_while(|line| line.trim_start().starts_with('|'))
        .count()
}

/// `## Heading ##` → (2, "Heading").
fn atx(line: &str) -> Option<(usize, &str)> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let line = line.trim();
    let level = line.len() - line.trim_start_matches('#').len();
    let rest = &line[level..];
    if indent > 3 || !(1..=6).contains(&level) || !rest.starts_with([' ', '\t']) {
        return None;
    }
    let heading = rest.trim().trim_end_matches('#').trim_end();
    (!heading.is_empty()).then_some((level, heading))
}

fn setext(line: &str) -> Option<usize> {
    let line = line.trim_end();
    if line.len() < 3 {
        return None;
    }
    match line.as_bytes()[0] {
        b'=' if line.bytes().all(|b| b == b'=') => Some(1),
        b'-' if line.bytes().all(|b| b == b'-') => Some(2),
        _ => None,
    }
}

/// Cuts a YAML preamble off and takes its title.
fn front_matter(text: &str) -> (Option<String>, &str) {
    let Some(rest) = text.strip_prefix("---\n") else {
        return (None, text);
    };
    let Some(end) = rest.find("\n---\n") else {
        return (None, text);
    };
    let title = rest[..end]
        .lines()
        .find_map(|line| line.strip_prefix("title:"))
        .map(|title| title.trim().trim_matches(['"', '\'']).to_owned())
        .filter(|title| !title.is_empty());
    (title, &rest[end + 5..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_knows_the_headings_above_it() {
        let parsed =
            parse("# A\nintro\n## B\n### C\ndeep\n```\n# not a heading\n```\n## D ##\nlast\n");
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
            [("A", "intro"), ("A › B › C", "deep"), ("A › D", "last")]
        );
        assert_eq!(parsed.title.as_deref(), Some("A"));
        assert!(parsed.blocks[1].text.contains("# not a heading"));
    }

    #[test]
    fn underlined_headings_front_matter_and_lone_headings_are_understood() {
        let parsed = parse(
            "---\ntitle: \"Front\"\nx: 1\n---\nTop\n===\ntext\n\nSub\n---\nmore\n\na | b\n---\n",
        );
        assert_eq!(parsed.title.as_deref(), Some("Front"));
        assert_eq!(parsed.blocks[0].heading.as_deref(), Some("Top"));
        assert_eq!(parsed.blocks[1].heading.as_deref(), Some("Top › Sub"));
        assert_eq!(parse("# Only").blocks[0].text, "Only");
    }
}
