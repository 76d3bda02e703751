//! Words as they are compared: lower case, without endings, without the words every text has.

use unicode_segmentation::UnicodeSegmentation;

/// Words that say nothing about what a text or a question is about.
const STOP: &[&str] = &[
    "a",
    "able",
    "about",
    "after",
    "again",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "ask",
    "asked",
    "at",
    "be",
    "because",
    "been",
    "before",
    "being",
    "both",
    "but",
    "by",
    "can",
    "cannot",
    "could",
    "did",
    "do",
    "does",
    "doing",
    "don't",
    "each",
    "else",
    "explain",
    "few",
    "find",
    "for",
    "from",
    "get",
    "give",
    "had",
    "happen",
    "happens",
    "has",
    "have",
    "having",
    "he",
    "hello",
    "help",
    "her",
    "here",
    "hi",
    "him",
    "his",
    "how",
    "i",
    "i'd",
    "i'm",
    "if",
    "in",
    "into",
    "is",
    "isn't",
    "it",
    "it's",
    "its",
    "just",
    "know",
    "let",
    "like",
    "many",
    "may",
    "me",
    "mean",
    "means",
    "might",
    "more",
    "most",
    "much",
    "must",
    "my",
    "no",
    "nor",
    "not",
    "now",
    "of",
    "off",
    "on",
    "once",
    "one",
    "only",
    "or",
    "other",
    "our",
    "out",
    "over",
    "own",
    "please",
    "possible",
    "s",
    "same",
    "say",
    "says",
    "she",
    "should",
    "show",
    "so",
    "some",
    "such",
    "t",
    "tell",
    "than",
    "thanks",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "things",
    "this",
    "those",
    "through",
    "to",
    "too",
    "under",
    "until",
    "up",
    "us",
    "very",
    "want",
    "was",
    "way",
    "we",
    "were",
    "what",
    "what's",
    "when",
    "where",
    "which",
    "while",
    "who",
    "whom",
    "whose",
    "why",
    "will",
    "with",
    "wonder",
    "wondering",
    "would",
    "you",
    "your",
    "yours",
    "der",
    "die",
    "das",
    "den",
    "dem",
    "ein",
    "eine",
    "einen",
    "und",
    "oder",
    "ist",
    "sind",
    "wie",
    "wer",
    "wo",
    "wann",
    "warum",
    "ich",
    "wir",
    "kann",
    "zu",
    "von",
    "mit",
    "für",
    "auf",
    "im",
    "es",
    "nicht",
];

/// The terms of a text, in order; stop words left out.
pub(super) fn terms(text: &str) -> Vec<String> {
    text.unicode_words()
        .flat_map(|word| word.split(['_', '.', ':']))
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().replace('’', "'"))
        .filter(|word| !STOP.contains(&word.as_str()))
        .map(|word| stem(plain(&word)))
        .collect()
}

/// The words of a text as they stand, in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    text.unicode_words().map(str::to_lowercase).collect()
}

/// A few words that people use for one another.
fn plain(word: &str) -> &str {
    match word {
        "big" | "huge" | "size" | "sized" | "maximum" => "large",
        "remove" | "removed" | "removing" | "erase" | "erased" => "delete",
        "postgresql" => "postgres",
        "login" | "log-in" => "sign",
        "picture" | "pictures" => "image",
        "price" | "pricing" | "prices" => "cost",
        _ => word,
    }
}

/// A light English stemmer: endings that change no meaning go, short words stay.
pub(super) fn stem(word: &str) -> String {
    let word = word.strip_suffix("'s").unwrap_or(word);
    if !word.is_ascii() || word.len() < 4 || word.bytes().any(|b| b.is_ascii_digit()) {
        return word.to_owned();
    }
    let mut stem = plural(word);
    for (ending, left) in [
        ("ization", 3),
        ("isation", 3),
        ("ation", 4),
        ("ically", 4),
        ("ness", 4),
        ("ingly", 4),
        ("edly", 4),
        ("ing", 3),
        ("ion", 4),
        ("ed", 3),
        ("er", 4),
        ("ly", 4),
        ("able", 4),
        ("al", 4),
    ] {
        if let Some(head) = stem.strip_suffix(ending)
            && head.len() >= left
            && head.contains(['a', 'e', 'i', 'o', 'u', 'y'])
        {
            stem = undouble(head);
            break;
        }
    }
    if stem.len() > 4 && stem.ends_with('e') {
        stem.pop();
    }
    if stem.len() > 3 && stem.ends_with('y') {
        stem.pop();
        stem.push('i');
    }
    stem
}

fn plural(word: &str) -> String {
    if let Some(head) = word.strip_suffix("ies") {
        return format!("{head}y");
    }
    for ending in ["sses", "shes", "ches", "xes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(head) if !head.ends_with(['s', 'u', 'i']) => head.to_owned(),
        _ => word.to_owned(),
    }
}

fn undouble(head: &str) -> String {
    let bytes = head.as_bytes();
    let doubled = bytes.len() > 3
        && bytes[bytes.len() - 1] == bytes[bytes.len() - 2]
        && !head.ends_with(['l', 's', 'z']);
    head[..head.len() - usize::from(doubled)].to_owned()
}

/// How well two terms match, from 0 to 1: the same, or the same beginning ("encrypt", "encryption").
pub(super) fn alike(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let shared = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    if shared == short && short >= 5 && long - short <= 4 {
        0.8
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one_term() {
        for (a, b) in [
            ("documents", "document"),
            ("adding", "add"),
            ("stopped", "stopping"),
            ("queries", "query"),
            ("retries", "retry"),
            ("installation", "install"),
            ("configured", "configure"),
            ("uses", "use"),
            ("backups", "backup"),
            ("deleted", "delete"),
            ("deleting", "deletes"),
            ("keys", "key"),
            ("citations", "citation"),
        ] {
            assert_eq!(stem(a), stem(b), "{a} and {b}");
        }
        assert_ne!(stem("status"), stem("state"));
    }

    #[test]
    fn a_question_keeps_only_what_it_is_about() {
        assert_eq!(terms("How do I add a document?"), ["add", "document"]);
    }
}
