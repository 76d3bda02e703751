//! Where the words of a question stand in a passage.

use unicode_segmentation::UnicodeSegmentation;

/// Words that say nothing about what is asked.
const SILENT: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "does", "for", "from",
    "has", "have", "how", "i", "if", "in", "is", "it", "its", "me", "my", "no", "not", "of", "on",
    "or", "our", "so", "that", "the", "their", "there", "these", "this", "to", "was", "we", "what",
    "when", "where", "which", "who", "why", "will", "with", "you", "your",
];

/// The matched words as `[start, end)` in characters of `text`, in order.
pub fn highlight(query: &str, text: &str) -> Vec<[u32; 2]> {
    let wanted: Vec<String> = query
        .unicode_words()
        .map(root)
        .filter(|word| !SILENT.contains(&word.as_str()))
        .collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut out: Vec<[u32; 2]> = Vec::new();
    let (mut at, mut chars) = (0usize, 0u32);
    for (start, word) in text.unicode_word_indices() {
        chars += count(&text[at..start]);
        at = start + word.len();
        let end = chars + count(word);
        if wanted.contains(&root(word)) {
            match out.last_mut() {
                // Ideographs are words of their own; neighbours read as one mark.
                Some(last) if last[1] == chars => last[1] = end,
                _ => out.push([chars, end]),
            }
        }
        chars = end;
    }
    out
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// A word without its commonest English endings: enough to mark, not to rank.
fn root(word: &str) -> String {
    let word = word.to_lowercase();
    for (ending, instead) in [
        ("ies", "y"),
        ("sses", "ss"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
        ("e", ""),
    ] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.chars().count() >= 3
            && !(ending == "s" && stem.ends_with('s'))
        {
            return format!("{stem}{instead}");
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matched_words_are_marked_in_characters_not_bytes() {
        let text = "Ünïcode pumps need greasing.";
        let marks = highlight("how is the pump greased?", text);
        assert_eq!(marks, [[8, 13], [19, 27]]);
        assert!(highlight("the of and", text).is_empty());
    }

    #[test]
    fn ideographs_that_match_are_marked_together() {
        assert_eq!(highlight("東京", "私は東京に住む"), [[2, 4]]);
    }
}
