//! From a passage's Markdown to the sentences in it, fit to stand alone.

use unicode_segmentation::UnicodeSegmentation;

/// The longest sentence that is quoted, in characters.
const LONGEST: usize = 480;

/// A sentence and the heading it stands under inside the passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    pub text: String,
    pub heading: String,
}

/// The sentences of a passage, in order.
pub(super) fn sentences(passage: &str) -> Vec<Sentence> {
    let mut out: Vec<Sentence> = Vec::new();
    let mut heading = String::new();
    for block in blocks(passage) {
        match block {
            Block::Heading(text) => heading = text,
            Block::Text(text) => {
                for sentence in split(&text) {
                    push(&mut out, sentence, &heading);
                }
            }
            Block::Item(text) => push(&mut out, text, &heading),
        }
    }
    out.retain(|sentence| sentence.text.chars().any(char::is_alphabetic));
    for sentence in &mut out {
        tidy(&mut sentence.text);
    }
    out
}

/// "Run this:" says nothing without what follows it, so the two stay together.
fn push(out: &mut Vec<Sentence>, text: String, heading: &str) {
    if let Some(last) = out.last_mut()
        && last.heading == heading
        && last.text.ends_with(':')
        && last.text.chars().count() + text.chars().count() < LONGEST
    {
        last.text.push(' ');
        last.text.push_str(&text);
        return;
    }
    out.push(Sentence {
        text,
        heading: heading.to_owned(),
    });
}

enum Block {
    Heading(String),
    Text(String),
    /// A list item, a table row or a line of code: stays whole.
    Item(String),
}

fn blocks(passage: &str) -> Vec<Block> {
    let mut out = Vec::new();
    let mut paragraph = String::new();
    let mut code = String::new();
    let mut fenced = false;
    for line in passage.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            flush(&mut paragraph, &mut out);
            fenced = !fenced;
            out.extend(snippet(&mut code));
        } else if fenced {
            // A command over several lines is one command.
            code.push_str(trimmed.strip_suffix('\\').unwrap_or(trimmed));
            code.push(if trimmed.ends_with('\\') { ' ' } else { '\n' });
        } else if trimmed.is_empty() {
            flush(&mut paragraph, &mut out);
        } else if let Some(text) = heading(trimmed) {
            flush(&mut paragraph, &mut out);
            out.push(Block::Heading(clean(text)));
        } else if trimmed.starts_with('|') {
            flush(&mut paragraph, &mut out);
            out.extend(row(trimmed).map(Block::Item));
        } else if let Some(text) = item(trimmed) {
            flush(&mut paragraph, &mut out);
            paragraph.push_str(text);
        } else if !is_rule(trimmed) {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(trimmed.trim_start_matches(['>', ' ']));
        }
    }
    flush(&mut paragraph, &mut out);
    out.extend(snippet(&mut code));
    out
}

/// The first line of code, as what a sentence before it leads to.
fn snippet(code: &mut String) -> Option<Block> {
    let code = std::mem::take(code);
    let line = code.lines().find(|line| !line.trim().is_empty())?;
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Block::Item(format!("`{}`", line.replace('`', "'"))))
}

fn flush(paragraph: &mut String, out: &mut Vec<Block>) {
    let text = clean(&std::mem::take(paragraph));
    if !text.is_empty() {
        out.push(Block::Text(text));
    }
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    ((1..=6).contains(&level) && rest.starts_with(' ')).then(|| rest.trim_matches(['#', ' ']))
}

fn item(line: &str) -> Option<&str> {
    for bullet in ["- ", "* ", "+ ", "• "] {
        if let Some(rest) = line.strip_prefix(bullet) {
            let rest = rest.trim_start();
            return Some(
                rest.strip_prefix("[ ] ")
                    .or_else(|| rest.strip_prefix("[x] "))
                    .unwrap_or(rest),
            );
        }
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    (1..=3)
        .contains(&digits)
        .then(|| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")))
        .flatten()
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3
        && line
            .chars()
            .all(|c| matches!(c, '-' | '*' | '_' | '=' | ' '))
}

fn row(line: &str) -> Option<String> {
    let cells: Vec<String> = line
        .trim_matches('|')
        .split('|')
        .map(|cell| clean(cell.trim()))
        .filter(|cell| !cell.is_empty())
        .collect();
    let is_ruler = cells
        .iter()
        .all(|cell| cell.chars().all(|c| matches!(c, '-' | ':')));
    (!is_ruler).then(|| cells.join(" – "))
}

/// Text without Markdown's signs; code in backticks keeps them, since answers are Markdown too.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '`'
            && let Some(end) = rest[1..].find('`')
        {
            out.push_str(&rest[..end + 2]);
            rest = &rest[end + 2..];
        } else if let Some((label, after)) = link(rest) {
            out.push_str(&clean(label));
            rest = after;
        } else if let Some(after) = tag(rest) {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**").or_else(|| rest.strip_prefix("__")) {
            rest = after;
        } else if c == '*' && !out.ends_with(' ') | !rest[1..].starts_with(' ') {
            rest = &rest[1..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `[label](target)` or `![label](target)` at the start of `text`: the label and what follows.
fn link(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('!').unwrap_or(text).strip_prefix('[')?;
    let end = inside.find(']')?;
    let target = inside[end + 1..].strip_prefix('(')?;
    let close = target.find(')')?;
    let label = if text.starts_with('!') {
        ""
    } else {
        &inside[..end]
    };
    Some((label, &target[close + 1..]))
}

/// What follows an HTML tag or comment at the start of `text`.
fn tag(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('<')?;
    let looks_like_one =
        inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    let end = inside.find('>')?;
    (looks_like_one && end < 200).then(|| &inside[end + 1..])
}

/// Words with a full stop that does not end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "e.g.", "i.e.", "etc.", "vs.", "cf.", "Dr.", "Mr.", "Mrs.", "Ms.", "No.", "Nr.", "Fig.",
    "approx.", "z.B.", "ca.", "p.", "pp.",
];

fn split(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for piece in text.split_sentence_bounds() {
        let open = out.last().is_some_and(|before| {
            let last_word = before.split_whitespace().next_back().unwrap_or("");
            let inside_code = before.matches('`').count() % 2 == 1;
            inside_code || ABBREVIATIONS.contains(&last_word.trim_start_matches('('))
        });
        match out.last_mut() {
            Some(before) if open => before.push_str(piece),
            _ => out.push(piece.to_owned()),
        }
    }
    let trimmed = out.into_iter().map(|sentence| sentence.trim().to_owned());
    trimmed.filter(|sentence| !sentence.is_empty()).collect()
}

/// A quoted sentence must not carry numbers that look like our citations, nor run on for a page.
fn tidy(text: &mut String) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find('[') {
        let inside = &rest[start + 1..];
        let digits = inside.bytes().take_while(u8::is_ascii_digit).count();
        out.push_str(&rest[..start]);
        if digits > 0 && inside[digits..].starts_with(']') {
            out.push_str(&format!("({})", &inside[..digits]));
            rest = &inside[digits + 1..];
        } else {
            out.push('[');
            rest = inside;
        }
    }
    out.push_str(rest);
    if let Some((at, _)) = out.char_indices().nth(LONGEST) {
        let cut = out[..at].rfind(' ').unwrap_or(at);
        out.truncate(cut);
        out.push('…');
    }
    *text = out;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(passage: &str) -> Vec<String> {
        sentences(passage).into_iter().map(|s| s.text).collect()
    }

    #[test]
    fn markdown_becomes_plain_sentences() {
        let passage = "## Set **up**\nOpen [Settings](/s), then\n*Models*. Press **Add**, e.g. twice.\n\n\
            - one thing\n- use `a * b`\n\n| key | value |\n|---|---|\n| port | 3000 |\n\nRun this:\n\n```sh\nmake run\n```\n";
        let found = sentences(passage);
        assert!(found.iter().all(|s| s.heading == "Set up"));
        assert_eq!(
            texts(passage),
            [
                "Open Settings, then Models.",
                "Press Add, e.g. twice.",
                "one thing",
                "use `a * b`",
                "key – value",
                "port – 3000",
                "Run this: `make run`",
            ]
        );
    }

    #[test]
    fn a_number_in_brackets_cannot_pose_as_a_citation() {
        assert_eq!(texts("As shown [12] by [a]."), ["As shown (12) by [a]."]);
    }

    #[test]
    fn any_text_is_survived() {
        for text in [
            "",
            "[",
            "![",
            "<",
            "`",
            "**",
            "|",
            "1.",
            "#",
            "[é](",
            "<é",
            "日本語。終わり",
        ] {
            let _ = sentences(text);
        }
    }
}
