//! What some models want to be put before a question or a passage.

use std::borrow::Cow;

use headwater_model::ports::Purpose;

/// What goes before texts, by what they are for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    pub query: Cow<'static, str>,
    pub passage: Cow<'static, str>,
}

/// Families of models by a part of their name, with what their makers say goes before a question and
/// before a passage.
const KNOWN: &[(&str, &str, &str)] = &[
    ("e5-", "query: ", "passage: "),
    ("bge-small-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-base-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-large-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-small-en", SEARCHING, ""),
    ("bge-base-en", SEARCHING, ""),
    ("bge-large-en", SEARCHING, ""),
    ("mxbai-embed-large", SEARCHING, ""),
    ("snowflake-arctic-embed", SEARCHING, ""),
    ("nomic-embed-text", "search_query: ", "search_document: "),
];

const SEARCHING: &str = "Represent this sentence for searching relevant passages: ";

impl Prefixes {
    /// What a model of this name wants; nothing for most.
    pub fn known(name: &str) -> Self {
        let name = name.to_lowercase();
        // These are told what to do in words of their own.
        if name.contains("instruct") {
            return Self::default();
        }
        let found = KNOWN.iter().find(|(part, ..)| name.contains(part));
        found.map_or_else(Self::default, |(_, query, passage)| Self {
            query: Cow::Borrowed(query),
            passage: Cow::Borrowed(passage),
        })
    }

    pub fn is_empty(&self) -> bool {
        self.query.is_empty() && self.passage.is_empty()
    }

    /// What goes before a text.
    pub fn of(&self, purpose: Purpose) -> &str {
        match purpose {
            Purpose::Query => &self.query,
            Purpose::Passage => &self.passage,
        }
    }

    /// The text as the model wants it.
    pub fn before<'a>(&self, purpose: Purpose, text: &'a str) -> Cow<'a, str> {
        match self.of(purpose) {
            "" => Cow::Borrowed(text),
            prefix => Cow::Owned(format!("{prefix}{text}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_known_by_their_names() {
        let of = |name| Prefixes::known(name);
        assert_eq!(
            of("intfloat/multilingual-E5-base").of(Purpose::Query),
            "query: "
        );
        assert_eq!(
            of("e5-small-v2").before(Purpose::Passage, "x"),
            "passage: x"
        );
        assert_eq!(of("BAAI/bge-small-en-v1.5").of(Purpose::Query), SEARCHING);
        assert_eq!(of("bge-small-en-v1.5").before(Purpose::Passage, "x"), "x");
        for plain in [
            "all-MiniLM-L6-v2",
            "bge-m3",
            "e5-large-instruct",
            "text-embedding-3-small",
        ] {
            assert!(of(plain).is_empty(), "{plain}");
        }
    }
}
