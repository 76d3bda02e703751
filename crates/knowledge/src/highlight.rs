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

/// About `most` characters of `text` where the most of the question's words stand together, with
/// the words in it as `[start, end)`. A word is found by how it begins, too; what is left out is `…`.
pub fn snippet(query: &str, text: &str, most: usize) -> (String, Vec<[u32; 2]>) {
    let wanted: Vec<String> = query.unicode_words().map(str::to_lowercase).collect();
    // In bytes of the text, and joined where neighbours are found.
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (start, word) in text.unicode_word_indices() {
        let small = word.to_lowercase();
        if wanted.iter().any(|wanted| small.starts_with(wanted)) {
            match found.last_mut() {
                Some(last) if last.1 == start => last.1 = start + word.len(),
                _ => found.push((start, start + word.len())),
            }
        }
    }
    let (from, to) = window(text, &found, most);
    let mut out = String::new();
    let mut marks = Vec::new();
    if from > 0 {
        out.push('…');
    }
    let (mut chars, mut at) = (count(&out), from);
    for &(start, end) in found
        .iter()
        .filter(|found| found.0 >= from && found.1 <= to)
    {
        chars += count(&text[at..start]);
        let behind = chars + count(&text[start..end]);
        marks.push([chars, behind]);
        (chars, at) = (behind, end);
    }
    // One character for one: line breaks would not be seen.
    out.extend(text[from..to].chars().map(|c| match c {
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    }));
    if to < text.len() {
        out.push('…');
    }
    (out, marks)
}

/// The bytes of the text to show: where the most of it is found, a third of the room before it.
fn window(text: &str, found: &[(usize, usize)], most: usize) -> (usize, usize) {
    // Characters have four bytes at most; a window measured in bytes is close enough to choose by.
    let near = |first: usize| {
        let ahead = found[first..].iter();
        let inside = ahead.take_while(|one| one.1 <= found[first].0 + most);
        inside.map(|one| one.1 - one.0).sum::<usize>()
    };
    // Of very many places the first ones are looked at.
    let first = (0..found.len().min(500)).max_by_key(|first| (near(*first), usize::MAX - first));
    let middle = first.map_or(0, |first| found[first].0);
    let before = text[..middle].char_indices().rev().take(most / 3);
    let mut from = before.last().map_or(middle, |(at, _)| at);
    if from > 0
        && let Some((at, word)) = text[from..middle].split_word_bound_indices().nth(1)
    {
        // Not in the middle of a word.
        from += if word.trim().is_empty() {
            at + word.len()
        } else {
            at
        };
    }
    let from = from.min(middle);
    let to = text[from..].char_indices().nth(most);
    (from, to.map_or(text.len(), |(at, _)| from + at))
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
    fn a_snippet_shows_where_the_words_stand_together() {
        let text = format!(
            "pump. {} The pump was\ngreased. {}",
            "x ".repeat(200),
            "y ".repeat(200)
        );
        let (shown, marks) = snippet("pump greas", &text, 60);
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        let chars: Vec<char> = shown.chars().collect();
        let marked: Vec<String> = marks
            .iter()
            .map(|[from, to]| chars[*from as usize..*to as usize].iter().collect())
            .collect();
        assert_eq!(marked, ["pump", "greased"], "{shown}");
        assert_eq!(
            snippet("库", "知识库", 60),
            ("知识库".to_owned(), vec![[2, 3]])
        );
        assert_eq!(snippet("none", "", 60), (String::new(), vec![]));
    }

    #[test]
    fn ideographs_that_match_are_marked_together() {
        assert_eq!(highlight("東京", "私は東京に住む"), [[2, 4]]);
    }
}
