//! Sentences that cite nothing, led back to the passage that says the same, by the words they share.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::markers::Token;

/// A sentence of fewer words says too little to be led back.
const FEWEST: usize = 3;
/// So much of what a sentence says must be in a passage, from 0 to 1; rare words say more.
const ENOUGH: f64 = 0.5;

/// The words of passages, by their numbers.
#[derive(Debug)]
pub(super) struct Passages {
    passages: Vec<(u32, HashSet<String>)>,
    /// In how many passages a word is.
    common: HashMap<String, usize>,
}

impl Passages {
    /// From the texts of passages with their headings.
    pub fn new<'t>(texts: impl IntoIterator<Item = (u32, &'t str)>) -> Self {
        let passages: Vec<(u32, HashSet<String>)> = texts
            .into_iter()
            .map(|(number, text)| (number, words(text)))
            .collect();
        let mut common = HashMap::new();
        for word in passages.iter().flat_map(|(_, words)| words) {
            *common.entry(word.clone()).or_default() += 1;
        }
        Self { passages, common }
    }

    /// The passage that says most of what the sentence does, when that is enough.
    pub fn behind(&self, sentence: &str) -> Option<u32> {
        let said = words(sentence);
        if said.len() < FEWEST {
            return None;
        }
        let all: f64 = said.iter().map(|word| self.weight(word)).sum();
        let share = |words: &HashSet<String>| -> f64 {
            let shared = said.iter().filter(|word| words.contains(*word));
            shared.map(|word| self.weight(word)).sum::<f64>() / all
        };
        let shares = self.passages.iter().map(|(n, words)| (*n, share(words)));
        let best = shares.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.filter(|(_, share)| *share >= ENOUGH).map(|(n, _)| n)
    }

    /// The rarer a word is among the passages, the more it says.
    fn weight(&self, word: &str) -> f64 {
        let found = self.common.get(word).map_or(0.5, |count| *count as f64);
        (1.0 + self.passages.len() as f64 / found).ln()
    }
}

/// The words of a text without their endings; of writings without blanks, pairs of characters.
fn words(text: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let letters: Vec<char> = word.to_lowercase().chars().collect();
        if letters
            .iter()
            .any(|c| ('\u{2e80}'..='\u{fffd}').contains(c))
        {
            found.extend(
                letters
                    .windows(2)
                    .map(|pair| pair.iter().collect::<String>()),
            );
        } else if letters.len() > 2 || letters.iter().any(char::is_ascii_digit) {
            found.insert(root(&letters));
        }
    }
    found
}

/// The beginning of a word: enough to know it again with another ending.
fn root(letters: &[char]) -> String {
    let letters = match letters {
        [start @ .., 's'] if start.len() > 2 => start,
        all => all,
    };
    let kept = letters.len().saturating_sub(3).max(5).min(letters.len());
    letters[..kept].iter().collect()
}

/// Reads a text as it is said, and adds a marker to sentences that have none.
#[derive(Debug)]
pub(super) struct Attributing {
    passages: Passages,
    sentence: String,
    marked: bool,
    /// What ends the sentence, and the blanks after it.
    tail: String,
    pub cited: BTreeSet<u32>,
}

impl Attributing {
    pub fn new(passages: Passages) -> Self {
        Self {
            passages,
            sentence: String::new(),
            marked: false,
            tail: String::new(),
            cited: BTreeSet::new(),
        }
    }

    /// Says a part of the text.
    pub fn push(&mut self, token: &Token, out: &mut String) {
        match token {
            Token::Text(text) => text.chars().for_each(|c| self.take(c, out)),
            Token::Code(code) => {
                self.go_on(out);
                out.push_str(code);
                // A block of program text is nobody's sentence.
                if code.contains('\n') {
                    self.begin();
                }
                self.sentence.extend(code.rsplit('\n').next());
            }
            Token::Marker(marker) => {
                self.marked = true;
                let after = !self.tail.is_empty();
                out.push_str(&std::mem::take(&mut self.tail));
                out.push_str(marker);
                if after {
                    self.begin();
                }
            }
        }
    }

    /// Nothing follows.
    pub fn finish(&mut self, out: &mut String) {
        self.end(out);
    }

    fn take(&mut self, c: char, out: &mut String) {
        if c == '\n' {
            self.end(out);
            out.push(c);
        } else if ".!?…。！？".contains(c) && !self.has_blank() {
            self.tail.push(c);
        } else if self.tail.is_empty() {
            out.push(c);
            self.sentence.push(c);
        } else if c.is_whitespace() || (closes(c) && !self.has_blank()) {
            self.tail.push(c);
        } else if self.is_end_before(c) {
            self.end(out);
            self.take(c, out);
        } else {
            self.go_on(out);
            self.take(c, out);
        }
    }

    fn has_blank(&self) -> bool {
        self.tail.ends_with(char::is_whitespace)
    }

    /// Whether the tail ends a sentence, with this after it: “3.5” and “e.g. this” do not.
    fn is_end_before(&self, c: char) -> bool {
        let wide = self.tail.contains(['。', '！', '？']);
        wide || (self.has_blank() && !c.is_lowercase())
    }

    /// What looked like an end is none.
    fn go_on(&mut self, out: &mut String) {
        let tail = std::mem::take(&mut self.tail);
        out.push_str(&tail);
        self.sentence.push_str(&tail);
    }

    fn end(&mut self, out: &mut String) {
        // Headings and rows of tables say nothing by themselves.
        if !self.marked
            && !self.sentence.trim_start().starts_with(['#', '|'])
            && let Some(number) = self.passages.behind(&self.sentence)
        {
            self.cited.insert(number);
            out.push_str(&format!(" [{number}]"));
        }
        out.push_str(&std::mem::take(&mut self.tail));
        self.begin();
    }

    fn begin(&mut self) {
        self.sentence.clear();
        self.marked = false;
    }
}

fn closes(c: char) -> bool {
    "\"'”’»)]".contains(c)
}

#[cfg(test)]
mod tests {
    use super::super::markers::Markers;
    use super::*;
    use proptest::prelude::*;

    const GIVEN: [(u32, &str); 3] = [
        (
            1,
            "Pumps are greased every ninety days with lithium grease.",
        ),
        (4, "Filters are cleaned in spring and in autumn."),
        (7, "水泵每九十天润滑一次。"),
    ];

    fn through<'p>(pieces: impl IntoIterator<Item = &'p str>) -> (String, BTreeSet<u32>) {
        let mut markers = Markers::new(GIVEN.iter().map(|(number, _)| *number).collect());
        let mut attributing = Attributing::new(Passages::new(GIVEN));
        let (mut tokens, mut said) = (Vec::new(), String::new());
        for piece in pieces {
            markers.push(piece, &mut tokens);
            tokens
                .drain(..)
                .for_each(|t| attributing.push(&t, &mut said));
        }
        markers.finish(&mut tokens);
        tokens
            .drain(..)
            .for_each(|t| attributing.push(&t, &mut said));
        attributing.finish(&mut said);
        (said, attributing.cited)
    }

    #[test]
    fn sentences_that_cite_nothing_are_led_back() {
        for (text, said) in [
            (
                "You grease the pumps every 90 or ninety days. Filters get cleaned each autumn and spring!",
                "You grease the pumps every 90 or ninety days [1]. Filters get cleaned each autumn and spring [4]!",
            ),
            (
                "Filters are cleaned in spring [1].",
                "Filters are cleaned in spring [1].",
            ),
            (
                "Filters are cleaned in spring. [4] Ask.",
                "Filters are cleaned in spring. [4] Ask.",
            ),
            (
                "Filters are cleaned, e.g. in spring or autumn, 3.5 times",
                "Filters are cleaned, e.g. in spring or autumn, 3.5 times [4]",
            ),
            (
                "Zeppelins fly over the harbour today.",
                "Zeppelins fly over the harbour today.",
            ),
            ("Yes. No.", "Yes. No."),
            (
                "- Filters: cleaned in autumn\n- Other",
                "- Filters: cleaned in autumn [4]\n- Other",
            ),
            ("水泵九十天润滑一次。好的", "水泵九十天润滑一次 [7]。好的"),
        ] {
            assert_eq!(through([text]).0, said, "{text}");
        }
        assert_eq!(through(["Filters are cleaned in spring."]).1, [4].into());
    }

    proptest! {
        #[test]
        fn only_markers_are_added_wherever_the_text_is_cut(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "pumps", "greased", "ninety", "filters", "cleaned", "spring", ". ", "! ", " ",
                    "[1]", "`", "\n", "3.5", "。",
                ]), 0..30),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
        ) {
            let text = words.concat();
            let (whole, cited) = through([text.as_str()]);
            let mut at: Vec<usize> = cuts
                .iter()
                .map(|cut| cut.index(text.len() + 1))
                .filter(|at| text.is_char_boundary(*at))
                .collect();
            at.extend([0, text.len()]);
            at.sort_unstable();
            let pieces = at.windows(2).map(|pair| &text[pair[0]..pair[1]]);
            prop_assert_eq!(&through(pieces).0, &whole);
            let mut bare = whole.clone();
            for number in &cited {
                bare = bare.replace(&format!(" [{number}]"), "");
            }
            let plain = text.replace(" [1]", "");
            prop_assert!(bare == text || cited.contains(&1) && bare == plain);
        }
    }
}
