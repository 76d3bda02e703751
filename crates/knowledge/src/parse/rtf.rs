//! Rich text: paragraphs, headings by style or outline level, lists and tables.

mod fonts;
mod words;

use std::collections::HashMap;

use encoding_rs::Encoding;
use headwater_model::Result;
use headwater_model::knowledge::ParsedDocument;

use crate::outline::Outline;
use fonts::Fonts;
use words::{Token, Tokens};

/// What the text of a group is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    Body,
    Fonts,
    Styles,
    Title,
    /// Inside the information group, which holds the title among others.
    Info,
    Nothing,
}

/// What a group inherits and forgets at its end.
#[derive(Clone, Copy)]
struct State {
    aim: Aim,
    /// How many characters stand in for one that is given as a number.
    stand_ins: usize,
    font: i32,
    hidden: bool,
}

#[derive(Default)]
struct Paragraph {
    text: String,
    style: i32,
    level: Option<usize>,
    listed: bool,
    depth: usize,
    in_table: bool,
}

struct Writer {
    outline: Outline,
    fonts: Fonts,
    /// Heading levels by number of style.
    styles: HashMap<i32, usize>,
    paragraph: Paragraph,
    cells: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Bytes that await the end of a character of several.
    pending: Vec<u8>,
    surrogate: Option<u16>,
    title: String,
    /// The style or font that a table is describing.
    described: (i32, String),
}

pub(super) fn parse(bytes: &[u8]) -> Result<ParsedDocument> {
    let mut writer = Writer {
        outline: Outline::default(),
        fonts: Fonts::default(),
        styles: HashMap::new(),
        paragraph: Paragraph::default(),
        cells: Vec::new(),
        rows: Vec::new(),
        pending: Vec::new(),
        surrogate: None,
        title: String::new(),
        described: (0, String::new()),
    };
    writer.read(Tokens::new(bytes));
    writer.end_paragraph();
    writer.end_table();
    let title = writer.title.trim().to_owned();
    Ok(writer.outline.finish((!title.is_empty()).then_some(title)))
}

impl Writer {
    fn read(&mut self, tokens: Tokens<'_>) {
        let mut state = State {
            aim: Aim::Body,
            stand_ins: 1,
            font: -1,
            hidden: false,
        };
        let mut above = Vec::new();
        let mut skip = 0usize;
        let mut optional = false;
        for token in tokens {
            if !matches!(token, Token::Byte(_)) {
                self.settle(&state);
            }
            match token {
                Token::Open => {
                    above.push(state);
                    skip = 0;
                }
                Token::Close => {
                    self.close(&state);
                    skip = 0;
                    // More closed than opened: a damaged file; what follows is read all the same.
                    state = above.pop().unwrap_or(state);
                }
                Token::Optional => {
                    optional = true;
                    continue;
                }
                Token::Byte(_) | Token::Char(_) if skip > 0 => skip -= 1,
                Token::Byte(byte) => self.pending.push(byte),
                Token::Char(c) => self.put(&state, c),
                Token::Word("u", code) => {
                    self.unicode(&state, code.unwrap_or(0));
                    skip = state.stand_ins;
                }
                Token::Word(word, value) => self.word(&mut state, word, value, optional),
            }
            optional = false;
        }
        self.settle(&state);
    }

    fn word(&mut self, state: &mut State, word: &str, value: Option<i32>, optional: bool) {
        if let Some(aim) = destination(word, state.aim) {
            state.aim = aim;
            return;
        }
        if optional {
            // A group that programs may leave out if they do not know it.
            state.aim = Aim::Nothing;
            return;
        }
        let number = value.unwrap_or(0);
        match word {
            "uc" => state.stand_ins = usize::try_from(number).unwrap_or(0).min(16),
            "f" => {
                state.font = number;
                if state.aim == Aim::Fonts {
                    self.fonts.describe(number);
                }
            }
            "fcharset" => self.fonts.charset(number),
            "ansicpg" => self.fonts.page(number),
            "v" => state.hidden = value != Some(0),
            "plain" => state.hidden = false,
            "s" if state.aim == Aim::Styles => self.described = (number, String::new()),
            _ if state.aim == Aim::Body && !state.hidden => self.layout(word, number),
            _ => {}
        }
    }

    /// Words that shape the text.
    fn layout(&mut self, word: &str, number: i32) {
        match word {
            "par" | "sect" | "page" | "column" => self.end_paragraph(),
            "pard" => {
                let text = std::mem::take(&mut self.paragraph.text);
                self.paragraph = Paragraph {
                    text,
                    ..Paragraph::default()
                };
            }
            "s" => self.paragraph.style = number,
            "outlinelevel" if (0..9).contains(&number) => {
                self.paragraph.level = usize::try_from(number).ok().map(|n| n + 1);
            }
            "ls" => self.paragraph.listed = true,
            "ilvl" => self.paragraph.depth = usize::try_from(number).unwrap_or(0),
            "intbl" => self.paragraph.in_table = true,
            "cell" | "nestcell" => {
                let text = std::mem::take(&mut self.paragraph.text);
                self.cells.push(text);
            }
            "row" | "nestrow" => {
                let row = std::mem::take(&mut self.cells);
                self.rows.push(row);
                self.paragraph.in_table = false;
            }
            "line" => self.paragraph.text.push('\n'),
            "tab" => self.paragraph.text.push('\t'),
            _ => {
                if let Some(c) = words::character(word) {
                    self.paragraph.text.push(c);
                }
            }
        }
    }

    fn end_paragraph(&mut self) {
        if self.paragraph.in_table || !self.cells.is_empty() {
            // A cell of several paragraphs.
            if !self.paragraph.text.is_empty() {
                self.paragraph.text.push('\n');
            }
            return;
        }
        let text = std::mem::take(&mut self.paragraph.text);
        if text.trim().is_empty() {
            return;
        }
        self.end_table();
        let style = self.styles.get(&self.paragraph.style).copied();
        match self.paragraph.level.or(style) {
            Some(level) => self.outline.heading(level, &text),
            None if self.paragraph.listed => self.outline.item(self.paragraph.depth, &text),
            None => self.outline.paragraph(&text),
        }
    }

    fn end_table(&mut self) {
        if !self.cells.is_empty() {
            let row = std::mem::take(&mut self.cells);
            self.rows.push(row);
        }
        let rows = std::mem::take(&mut self.rows);
        self.outline.table(rows);
    }

    /// A group of a style ends with its name.
    fn close(&mut self, state: &State) {
        if state.aim == Aim::Styles {
            let (number, name) = std::mem::take(&mut self.described);
            let name = name.trim().trim_end_matches(';').to_lowercase();
            let level = match name.strip_prefix("heading ") {
                Some(level) => level.trim().parse().ok().filter(|l| (1..=9).contains(l)),
                None => (name == "title").then_some(1),
            };
            if let Some(level) = level {
                self.styles.insert(number, level);
            }
        }
    }

    fn unicode(&mut self, state: &State, code: i32) {
        // Written as a signed number of 16 bits; larger characters come in two halves.
        let unit = (code & 0xFFFF) as u16;
        let text = match (self.surrogate.take(), unit) {
            (Some(high), 0xDC00..=0xDFFF) => {
                char::decode_utf16([high, unit]).next().and_then(Result::ok)
            }
            (_, 0xD800..=0xDBFF) => {
                self.surrogate = Some(unit);
                None
            }
            _ => char::from_u32(u32::from(unit)),
        };
        if let Some(c) = text {
            self.put(state, c);
        }
    }

    /// Bytes become characters by the code page of their font.
    fn settle(&mut self, state: &State) {
        if self.pending.is_empty() {
            return;
        }
        let encoding: &'static Encoding = self.fonts.encoding(state.font);
        let bytes = std::mem::take(&mut self.pending);
        let (text, _) = encoding.decode_without_bom_handling(&bytes);
        for c in text.chars() {
            self.put(state, c);
        }
    }

    fn put(&mut self, state: &State, c: char) {
        match state.aim {
            Aim::Body if !state.hidden => self.paragraph.text.push(c),
            Aim::Styles => self.described.1.push(c),
            Aim::Title => self.title.push(c),
            _ => {}
        }
    }
}

/// Where the text of a group goes that begins with this word.
fn destination(word: &str, now: Aim) -> Option<Aim> {
    Some(match word {
        _ if now == Aim::Nothing => return None,
        "fonttbl" => Aim::Fonts,
        "stylesheet" => Aim::Styles,
        "info" => Aim::Info,
        "title" if now == Aim::Info => Aim::Title,
        "shpinst" | "shptxt" | "fldrslt" | "nesttableprops" => now,
        "colortbl" | "pict" | "object" | "header" | "headerl" | "headerr" | "headerf"
        | "footer" | "footerl" | "footerr" | "footerf" | "fldinst" | "listtext" | "pntext"
        | "pntxta" | "pntxtb" | "listtable" | "listoverridetable" | "themedata" | "datastore"
        | "xmlnstbl" | "nonshppict" | "ftnsep" | "ftnsepc" | "aftnsep" | "bkmkstart"
        | "bkmkend" | "sp" | "author" | "operator" | "company" | "doccomm" | "generator"
        | "rxe" | "xe" | "tc" | "annotation" | "nonesttables" => Aim::Nothing,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_tables_and_characters_are_understood() {
        let parsed = parse(
            b"{\\rtf1\\ansi\\ansicpg1252\\uc1{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset204 Arial Cyr;}}\
              {\\stylesheet{\\s0 Normal;}{\\s1\\outlinelevel0 heading 1;}}{\\info{\\title The pump}{\\author A}}\
              \\pard\\s1 Caf\\'e9 \\u8364?5\\par\\pard Text {\\b bold} {\\f1\\'cf\\'f0\\'e8}{\\*\\unknown gone}{\\pict 0102}.\\par\
              {\\trowd\\pard\\intbl Code\\cell Meaning\\cell\\row\\trowd\\pard\\intbl E17\\cell low\\cell\\row}\\pard After\\par}",
        )
        .unwrap();
        assert_eq!(parsed.title.as_deref(), Some("The pump"));
        let seen: Vec<_> = parsed
            .blocks
            .iter()
            .map(|b| (b.heading.as_deref(), b.text.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (Some("Café €5"), "Text bold При."),
                (
                    Some("Café €5"),
                    "| Code | Meaning |\n| --- | --- |\n| E17 | low |"
                ),
                (Some("Café €5"), "After"),
            ]
        );
    }

    #[test]
    fn groups_without_end_do_no_harm() {
        let mut bytes = b"{\\rtf1 ".to_vec();
        bytes.extend(std::iter::repeat_n(b'{', 1_000_000));
        bytes.extend(b"deep");
        assert_eq!(parse(&bytes).unwrap().blocks[0].text, "deep");
        assert!(
            parse(b"{\\rtf1 }}}}} \\bin99999999 x")
                .unwrap()
                .blocks
                .is_empty()
        );
    }
}
