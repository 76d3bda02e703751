//! Markers of citations in a text that is being written, checked against the passages that were
//! given: one that means none of them is left out. A marker may arrive in any number of pieces.

use std::collections::BTreeSet;

/// The longest that stands between two brackets of a marker, in bytes.
const LONGEST: usize = 64;
/// The most blanks that are held back, since a marker after them may be left out.
const BLANKS: usize = 8;
/// A larger number in brackets is a year, or something else, unless a passage has it.
const LARGEST: u32 = 999;

/// A part of the text as it shall be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Text(String),
    /// Program text, in which brackets mean something else.
    Code(String),
    Marker(String),
}

/// Finds markers in a text that comes piece by piece.
#[derive(Debug, Default)]
pub(super) struct Markers {
    known: BTreeSet<u32>,
    /// Of those known, the ones the text cites.
    pub written: BTreeSet<u32>,
    /// What the text cites that nobody gave.
    pub unknown: BTreeSet<u32>,
    /// Blanks and the beginning of a marker, or all of it.
    held: String,
    /// A marker was left out just now.
    dropped: bool,
    /// How many backticks began the program text we are in.
    code: Option<usize>,
    backticks: usize,
    /// Nothing was said in this line.
    fresh: bool,
    /// A bracket was said just now: what follows is no marker.
    bracket: bool,
}

impl Markers {
    pub fn new(known: BTreeSet<u32>) -> Self {
        Self {
            known,
            fresh: true,
            ..Self::default()
        }
    }

    /// Takes a piece; what can be said by now is added to `out`.
    pub fn push(&mut self, piece: &str, out: &mut Vec<Token>) {
        for c in piece.chars() {
            self.take(c, out);
        }
    }

    /// Nothing follows.
    pub fn finish(&mut self, out: &mut Vec<Token>) {
        if self.is_closed() {
            self.decide(out);
        }
        if self.dropped {
            self.held.clear();
        }
        self.release(out);
        self.backticks = 0;
    }

    fn take(&mut self, c: char, out: &mut Vec<Token>) {
        if self.is_closed() {
            match c {
                // A link, which only looks like one.
                '(' => self.release(out),
                _ => self.decide(out),
            }
        }
        if c == '`' {
            self.release(out);
            self.backticks += 1;
            return self.say_code(c, out);
        }
        self.count_backticks();
        if let Some(fence) = self.code {
            // Program text within a line ends with it, whatever its author forgot.
            if c == '\n' && fence < 3 {
                self.code = None;
            }
            return self.say_code(c, out);
        }
        let inside = self.held.rfind('[').map(|at| self.held.len() - at);
        match c {
            '[' if inside.is_none() && !(self.held.is_empty() && self.bracket) => {
                self.dropped = false;
                self.held.push(c);
            }
            '0'..='9' | ',' | ' ' | ']' if inside.is_some_and(|length| length <= LONGEST) => {
                self.held.push(c);
            }
            ' ' if inside.is_none() && self.dropped && (self.fresh || !self.held.is_empty()) => {}
            ' ' if inside.is_none() && self.held.len() < BLANKS => self.held.push(c),
            _ => {
                if self.dropped && (c == '\n' || ".,;:!?)]}".contains(c)) {
                    self.held.clear();
                }
                self.release(out);
                match c {
                    '[' if !self.bracket => self.held.push(c),
                    _ => self.say(c, out),
                }
            }
        }
    }

    fn is_closed(&self) -> bool {
        self.held.ends_with(']')
    }

    /// Says a marker, as far as it means something.
    fn decide(&mut self, out: &mut Vec<Token>) {
        let at = self.held.find('[').unwrap_or(0);
        let inside = &self.held[at + 1..self.held.len() - 1];
        let numbers: Option<Vec<u32>> = inside
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect();
        let known = |number: &u32| self.known.contains(number);
        let numbers = numbers.filter(|numbers| numbers.iter().all(|n| known(n) || *n <= LARGEST));
        let Some(numbers) = numbers else {
            return self.release(out);
        };
        let kept: Vec<String> = numbers
            .iter()
            .filter(|number| known(number))
            .map(u32::to_string)
            .collect();
        let (whole, none) = (kept.len() == numbers.len(), kept.is_empty());
        for number in numbers {
            match self.known.contains(&number) {
                true => self.written.insert(number),
                false => self.unknown.insert(number),
            };
        }
        if none {
            self.held.truncate(at);
            self.dropped = true;
            return;
        }
        let marker = match whole {
            true => self.held[at..].to_owned(),
            false => format!("[{}]", kept.join(", ")),
        };
        self.held.truncate(at);
        self.release(out);
        (self.fresh, self.bracket) = (false, false);
        out.push(Token::Marker(marker));
    }

    /// Says what was held back.
    fn release(&mut self, out: &mut Vec<Token>) {
        self.dropped = false;
        let held = std::mem::take(&mut self.held);
        for c in held.chars() {
            self.say(c, out);
        }
    }

    fn say(&mut self, c: char, out: &mut Vec<Token>) {
        self.fresh = c == '\n' || (self.fresh && c == ' ');
        self.bracket = c == '[';
        match out.last_mut() {
            Some(Token::Text(text)) => text.push(c),
            _ => out.push(Token::Text(c.into())),
        }
    }

    fn say_code(&mut self, c: char, out: &mut Vec<Token>) {
        (self.fresh, self.bracket) = (c == '\n', false);
        match out.last_mut() {
            Some(Token::Code(text)) => text.push(c),
            _ => out.push(Token::Code(c.into())),
        }
    }

    /// A run of backticks is over: program text begins, or ends with as many.
    fn count_backticks(&mut self) {
        let run = std::mem::take(&mut self.backticks);
        self.code = match self.code {
            open if run == 0 => open,
            None => Some(run),
            Some(fence) if fence == run => None,
            open => open,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn through<'p>(pieces: impl IntoIterator<Item = &'p str>) -> (String, Markers) {
        let mut markers = Markers::new([1, 2, 3, 2024].into());
        let mut out = Vec::new();
        for piece in pieces {
            markers.push(piece, &mut out);
        }
        markers.finish(&mut out);
        let said = out.into_iter().map(|token| match token {
            Token::Text(text) | Token::Code(text) | Token::Marker(text) => text,
        });
        (said.collect(), markers)
    }

    #[test]
    fn what_nobody_gave_is_left_out_with_its_blank() {
        for (text, said) in [
            ("Grease it [1].", "Grease it [1]."),
            ("Grease it [9].", "Grease it."),
            ("Grease it [9] now [2, 7].", "Grease it now [2]."),
            ("Grease it.[9] Now.", "Grease it. Now."),
            ("Grease it [8][1] [9].", "Grease it [1]."),
            ("[9] Grease it.\n [7] Now", "Grease it.\n Now"),
            ("Grease it [9]", "Grease it"),
            (
                "Since [1999] and [2024] and [x] and [] and [1",
                "Since [1999] and [2024] and [x] and [] and [1",
            ),
            (
                "See [9](https://example.com) and [[9]].",
                "See [9](https://example.com) and [[9]].",
            ),
            (
                "Write `a[9]` or\n```\nb[9]\n```\nbut [9].",
                "Write `a[9]` or\n```\nb[9]\n```\nbut.",
            ),
            ("A lone ` here\nand [9].", "A lone ` here\nand."),
        ] {
            assert_eq!(through([text]).0, said, "{text}");
        }
    }

    #[test]
    fn what_was_cited_is_known() {
        let (_, markers) = through(["a [1, 9] b [3] c [12]"]);
        assert_eq!(markers.written, [1, 3].into());
        assert_eq!(markers.unknown, [9, 12].into());
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_text_is_cut(
            text in "([a-c .,\\n`\\(\\[\\]]|\\[[0-9, ]{1,4}\\]){0,24}",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            at.extend([0, text.len()]);
            at.sort_unstable();
            let pieces = at.windows(2).map(|pair| &text[pair[0]..pair[1]]);
            let whole = through([text.as_str()]).0;
            prop_assert_eq!(&through(pieces).0, &whole);
            // What is left is in order, and what is said is said again.
            let mut rest = text.chars();
            let shorter = whole.chars().filter(|c| !"[], ".contains(*c) && !c.is_ascii_digit());
            for c in shorter {
                prop_assert!(rest.any(|other| other == c));
            }
            prop_assert_eq!(&through([whole.as_str()]).0, &whole);
        }
    }
}
