//! Text to searchable words: runs of letters and digits, lower case, accents folded, English
//! endings cut; ideographs singly and in pairs, since their words have no blanks between them.

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer,
};

pub(super) const NAME: &str = "headwater";

/// A longer run of letters is an encoded picture, not a word.
const LONGEST: usize = 64;

/// English words that say nothing about what is asked; only left out of questions.
const SILENT: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do",
    "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its",
    "may", "me", "my", "no", "not", "of", "on", "or", "our", "s", "shall", "should", "so", "such",
    "t", "than", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was",
    "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you",
    "your",
];

/// What both documents and questions go through.
pub(super) fn analyser() -> TextAnalyzer {
    TextAnalyzer::builder(Words)
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// The words to look for: all of them when every one is silent.
pub(super) fn of_query(text: &str) -> Vec<String> {
    let spoken: Vec<String> = split(text, true)
        .into_iter()
        .filter(|word| !SILENT.contains(&word.to_lowercase().as_str()))
        .collect();
    if spoken.is_empty() {
        return analysed(split(text, true));
    }
    analysed(spoken)
}

fn analysed(words: Vec<String>) -> Vec<String> {
    let mut analyser = TextAnalyzer::builder(Given(words))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build();
    let mut out = Vec::new();
    analyser
        .token_stream("")
        .process(&mut |token| out.push(token.text.clone()));
    out
}

/// Splits text. Ideographs: in a document singly and in pairs, in a question in pairs only
/// (singly when alone), so that a pair found is worth more than its parts.
fn split(text: &str, question: bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut run: Vec<char> = Vec::new();
    for c in text.chars() {
        if is_ideograph(c) {
            flush_word(&mut word, &mut out);
            run.push(c);
        } else if c.is_alphanumeric() {
            flush_run(&mut run, &mut out, question);
            word.push(c);
        } else if !('\u{300}'..='\u{36f}').contains(&c) {
            // Combining accents are folded away; everything else ends a word.
            flush_word(&mut word, &mut out);
            flush_run(&mut run, &mut out, question);
        }
    }
    flush_word(&mut word, &mut out);
    flush_run(&mut run, &mut out, question);
    out
}

fn flush_word(word: &mut String, out: &mut Vec<String>) {
    let word = std::mem::take(word);
    if !word.is_empty() && word.len() <= LONGEST {
        out.push(word);
    }
}

fn flush_run(run: &mut Vec<char>, out: &mut Vec<String>, question: bool) {
    if !question || run.len() == 1 {
        out.extend(run.iter().map(char::to_string));
    }
    out.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
    run.clear();
}

fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

#[derive(Clone, Default)]
struct Words;

impl Tokenizer for Words {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        Stream::of(split(text, false))
    }
}

/// Words already split.
#[derive(Clone)]
struct Given(Vec<String>);

impl Tokenizer for Given {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, _: &'a str) -> Stream {
        Stream::of(std::mem::take(&mut self.0))
    }
}

struct Stream {
    words: std::vec::IntoIter<String>,
    token: Token,
}

impl Stream {
    fn of(words: Vec<String>) -> Self {
        Self {
            words: words.into_iter(),
            token: Token::default(),
        }
    }
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

    #[test]
    fn words_are_folded_and_stemmed() {
        assert_eq!(
            of_query("How are the Cafés' PUMPS greased?"),
            ["cafe", "pump", "greas"]
        );
        assert_eq!(of_query("cafe\u{301}s"), ["cafe"]);
        assert_eq!(of_query("the of"), ["the", "of"]);
        assert!(of_query("?! --").is_empty());
    }

    #[test]
    fn ideographs_are_searchable_singly_and_in_pairs() {
        assert_eq!(of_query("東京都"), ["東京", "京都"]);
        assert_eq!(of_query("東"), ["東"]);
        assert_eq!(split("東京 x", false), ["東", "京", "東京", "x"]);
    }
}
