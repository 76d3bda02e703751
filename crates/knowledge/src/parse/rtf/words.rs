//! Rich text as a sequence of braces, words and characters.

pub(super) enum Token<'b> {
    Open,
    Close,
    /// `\*`: the group that follows may be skipped by who does not know it.
    Optional,
    /// A control word and its number.
    Word(&'b str, Option<i32>),
    Char(char),
    /// A byte of the text's code page.
    Byte(u8),
}

pub(super) struct Tokens<'b> {
    rest: &'b [u8],
}

impl<'b> Tokens<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    fn escape(&mut self) -> Option<Token<'b>> {
        let first = *self.rest.first()?;
        if first.is_ascii_alphabetic() {
            return Some(self.word());
        }
        self.rest = &self.rest[1..];
        Some(match first {
            b'\'' => {
                let hex = self.rest.get(..2).and_then(|h| std::str::from_utf8(h).ok());
                let byte = hex.and_then(|h| u8::from_str_radix(h, 16).ok());
                if byte.is_some() {
                    self.rest = &self.rest[2..];
                }
                Token::Byte(byte.unwrap_or(b'?'))
            }
            b'*' => Token::Optional,
            b'~' => Token::Char(' '),
            b'_' => Token::Char('-'),
            // A hyphen that shows at the end of a line only.
            b'-' => Token::Word("softhyphen", None),
            b'\n' | b'\r' => Token::Word("par", None),
            other => Token::Char(char::from(other)),
        })
    }

    fn word(&mut self) -> Token<'b> {
        let end = self
            .rest
            .iter()
            .position(|b| !b.is_ascii_alphabetic())
            .unwrap_or(self.rest.len());
        let (word, after) = self.rest.split_at(end);
        let word = std::str::from_utf8(word).unwrap_or_default();
        let digits = after
            .iter()
            .enumerate()
            .take_while(|(at, b)| b.is_ascii_digit() || (*at == 0 && **b == b'-'))
            .count();
        let value = std::str::from_utf8(&after[..digits])
            .ok()
            .and_then(|n| n.parse().ok());
        self.rest = &after[digits..];
        // One blank ends the word and is no text.
        if let [b' ', rest @ ..] = self.rest {
            self.rest = rest;
        }
        if word == "bin" {
            let skip = usize::try_from(value.unwrap_or(0))
                .unwrap_or(0)
                .min(self.rest.len());
            self.rest = &self.rest[skip..];
        }
        Token::Word(word, value)
    }
}

impl<'b> Iterator for Tokens<'b> {
    type Item = Token<'b>;

    fn next(&mut self) -> Option<Token<'b>> {
        loop {
            let first = *self.rest.first()?;
            self.rest = &self.rest[1..];
            return match first {
                b'{' => Some(Token::Open),
                b'}' => Some(Token::Close),
                b'\\' => self.escape(),
                b'\n' | b'\r' | 0 => continue,
                byte => Some(Token::Byte(byte)),
            };
        }
    }
}

/// Words that stand for a character.
pub(super) fn character(word: &str) -> Option<char> {
    Some(match word {
        "emdash" => '—',
        "endash" => '–',
        "bullet" => '•',
        "lquote" => '‘',
        "rquote" => '’',
        "ldblquote" => '“',
        "rdblquote" => '”',
        "emspace" | "enspace" | "qmspace" => ' ',
        _ => return None,
    })
}
