//! Text to searchable words: one form for what looks or means the same, small letters, endings cut as
//! the language has them, accents folded; scripts without blanks in overlapping pairs and triples.

mod language;
mod split;

use std::collections::HashSet;

use tantivy::tokenizer::{
    PreTokenizedString, StopWordFilter, TextAnalyzer, Token, TokenStream, Tokenizer,
};

pub(super) use language::Language;
use split::{Piece, fold, split};

/// Words of English questions that say nothing about what is asked; only left out of questions.
const SILENT: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do",
    "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its",
    "may", "me", "my", "no", "not", "of", "on", "or", "our", "s", "shall", "should", "so", "such",
    "t", "than", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was",
    "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you",
    "your",
];

/// The words of a document's text, as the index keeps them.
pub(super) fn of_document(text: &str, language: Language) -> PreTokenizedString {
    let mut tokens = Vec::new();
    let mut add = |text: String| {
        tokens.push(Token {
            position: tokens.len(),
            text,
            ..Token::default()
        });
    };
    for piece in split(text) {
        match piece {
            Piece::Word(word) => add(stem(&word, language)),
            Piece::Ideographs(units) => {
                grams(&units, 1).for_each(&mut add);
                grams(&units, 2).for_each(&mut add);
            }
            Piece::Letters(units) => {
                grams(&units, 2.min(units.len())).for_each(&mut add);
                if units.len() > 2 {
                    grams(&units, 3).for_each(&mut add);
                }
            }
        }
    }
    PreTokenizedString {
        text: String::new(),
        tokens,
    }
}

/// The words to look for, each in the forms it may have in documents of these languages; those that
/// say nothing are left out, unless all of them do.
pub(super) fn of_query(text: &str, languages: &[Language]) -> Vec<Vec<String>> {
    let pieces = split(text);
    let silent = silent_of(&pieces, languages);
    let says = |piece: &&Piece| !matches!(piece, Piece::Word(word) if silent.contains(word));
    let mut spoken: Vec<&Piece> = pieces.iter().filter(says).collect();
    if spoken.is_empty() {
        spoken = pieces.iter().collect();
    }
    let mut out: Vec<Vec<String>> = Vec::new();
    let mut seen = HashSet::new();
    for piece in spoken {
        for forms in asked(piece, languages) {
            if seen.insert(forms.clone()) {
                out.push(forms);
            }
        }
    }
    out
}

/// What a piece of a question looks for. Ideographs are looked for in pairs, so that a pair found is
/// worth more than its parts; longer words without blanks in triples.
fn asked(piece: &Piece, languages: &[Language]) -> Vec<Vec<String>> {
    match piece {
        Piece::Word(word) => {
            let mut forms: Vec<String> = Vec::new();
            for language in languages {
                let form = stem(word, *language);
                if !forms.contains(&form) {
                    forms.push(form);
                }
            }
            if forms.is_empty() {
                forms.push(fold(word));
            }
            vec![forms]
        }
        Piece::Ideographs(units) => {
            let size = 2.min(units.len());
            grams(units, size).map(|gram| vec![gram]).collect()
        }
        Piece::Letters(units) => {
            let size = 3.min(units.len());
            grams(units, size).map(|gram| vec![gram]).collect()
        }
    }
}

/// The most bytes of words that are kept of one text of a conversation.
const MOST_SAID: usize = 400_000;

/// The different words of a text of any language as they are, without endings cut, with blanks
/// between them: for searches that go by how words begin.
pub(crate) fn words_said(text: &str) -> String {
    let mut seen = HashSet::new();
    let mut out = String::new();
    for token in of_document(text, Language::of_code("zh")).tokens {
        let word = letters(&token.text);
        if word.is_empty() || out.len() + word.len() > MOST_SAID {
            continue;
        }
        if seen.insert(word.clone()) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&word);
        }
    }
    out
}

/// The different words of a question to what `words_said` gave.
pub(crate) fn words_asked(text: &str) -> Vec<String> {
    let words = of_query(text, &[Language::of_code("zh")]).into_iter();
    let words = words.flatten().map(|word| letters(&word));
    words.filter(|word| !word.is_empty()).take(32).collect()
}

/// A word without signs that mean something to a database.
fn letters(word: &str) -> String {
    let kept = |c: &char| !c.is_ascii() || c.is_ascii_alphanumeric();
    word.chars().filter(kept).collect()
}

fn stem(word: &str, language: Language) -> String {
    fold(&language.stem(word))
}

fn grams(units: &[String], size: usize) -> impl Iterator<Item = String> + '_ {
    units.windows(size.max(1)).map(<[String]>::concat)
}

/// The words of a question that say nothing, in the language that most of them are of.
fn silent_of(pieces: &[Piece], languages: &[Language]) -> HashSet<String> {
    let words = || {
        pieces.iter().filter_map(|piece| match piece {
            Piece::Word(word) => Some(word.as_str()),
            _ => None,
        })
    };
    let found = languages.iter().map(|language| {
        let silent = silent_words(words(), *language);
        let count = words().filter(|word| silent.contains(*word)).count();
        (count, silent)
    });
    // Of several the first, which is the commonest in the index.
    found
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, silent)| silent)
        .unwrap_or_default()
}

fn silent_words<'w>(words: impl Iterator<Item = &'w str>, language: Language) -> HashSet<String> {
    if language.code == "en" {
        return words
            .filter(|word| SILENT.contains(word))
            .map(str::to_owned)
            .collect();
    }
    let all: Vec<String> = words.map(str::to_owned).collect();
    let Some(stops) = language.stops.and_then(StopWordFilter::new) else {
        return HashSet::new();
    };
    let mut left = HashSet::new();
    TextAnalyzer::builder(Given(all.clone()))
        .filter(stops)
        .build()
        .token_stream("")
        .process(&mut |token| {
            left.insert(token.text.clone());
        });
    all.into_iter()
        .filter(|word| !left.contains(word))
        .collect()
}

/// Words already split.
#[derive(Clone)]
struct Given(Vec<String>);

impl Tokenizer for Given {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, _: &'a str) -> Stream {
        Stream {
            words: std::mem::take(&mut self.0).into_iter(),
            token: Token::default(),
        }
    }
}

struct Stream {
    words: std::vec::IntoIter<String>,
    token: Token,
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next() else {
            return false;
        };
        self.token.text = word;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_in(text: &str, codes: &[&str]) -> Vec<String> {
        let languages: Vec<Language> = codes.iter().map(|code| Language::of_code(code)).collect();
        of_query(text, &languages)
            .into_iter()
            .map(|forms| forms.join("/"))
            .collect()
    }

    fn kept(text: &str, code: &str) -> Vec<String> {
        let tokens = of_document(text, Language::of_code(code)).tokens;
        tokens.into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_of_conversations_are_kept_as_they_are_and_once() {
        assert_eq!(words_said("Pumps, pumps & Cafés"), "pumps cafes");
        assert_eq!(words_asked("Greasing it's"), ["greasing", "it", "s"]);
        assert_eq!(words_asked("知识库"), ["知识", "识库"]);
        assert!(words_said("知识库").contains("识库"));
        assert!(words_asked("' \" * & |").is_empty());
    }

    #[test]
    fn words_are_folded_and_stemmed() {
        assert_eq!(
            asked_in("How are the Cafés' PUMPS greased?", &["en"]),
            ["cafe", "pump", "greas"]
        );
        assert_eq!(asked_in("the of", &["en"]), ["the", "of"]);
        assert!(asked_in("?! --", &["en"]).is_empty());
        assert_eq!(asked_in("pumps", &[]), ["pumps"]);
    }

    #[test]
    fn each_language_cuts_its_own_endings() {
        for (code, document, question) in [
            ("de", "die Häuser", "in welchem Haus"),
            (
                "fr",
                "les installations électriques",
                "une installation électrique",
            ),
            ("es", "las bombas hidráulicas", "la bomba hidráulica"),
            ("ru", "насосы", "насоса"),
            ("ar", "المكتبات", "المكتبة"),
            ("sv", "pumparna", "pumpar"),
        ] {
            let kept = kept(document, code);
            let asked = asked_in(question, &[code]);
            assert!(
                asked.iter().any(|word| kept.contains(word)),
                "{code}: {kept:?} {asked:?}"
            );
        }
    }

    #[test]
    fn a_question_is_asked_in_every_language_there_is() {
        assert_eq!(asked_in("Häuser", &["en", "de"]), ["hauser/haus"]);
        // “die” says nothing in German, and much in English.
        assert_eq!(asked_in("wo ist die Pumpe", &["en", "de"]), ["pump"]);
        assert_eq!(asked_in("when did they die", &["en", "de"]), ["die"]);
    }

    #[test]
    fn scripts_without_blanks_are_looked_for_in_pieces() {
        assert_eq!(asked_in("東京都", &["ja"]), ["東京", "京都"]);
        assert_eq!(asked_in("東", &["ja"]), ["東"]);
        assert_eq!(kept("東京 x", "ja"), ["東", "京", "東京", "x"]);
        let kept = kept("ฉันชอบกินปลา", "th");
        for word in ["ปลา", "ชอบ", "กิน"] {
            assert!(kept.contains(&word.to_owned()), "{word}: {kept:?}");
            assert_eq!(asked_in(word, &["th"]), [word]);
        }
    }
}
