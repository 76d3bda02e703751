//! Text to words as they are written, one form for characters that look or mean the same.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A longer run of letters is an encoded picture, not a word; in characters.
const LONGEST: usize = 64;

/// A piece of text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Letters and digits between blanks or signs, in small letters.
    Word(String),
    /// Ideographs, kana or hangul in a row: words without blanks, of a character or two each.
    Ideographs(Vec<String>),
    /// Thai, Lao, Khmer or Burmese letters in a row, each with its marks: longer words without blanks.
    Letters(Vec<String>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Ideograph,
    Letter,
}

/// The pieces of a text, in order.
pub(super) fn split(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut current: Option<(Kind, Vec<String>)> = None;
    for c in text.nfkc() {
        if is_dropped(c) {
            continue;
        }
        if is_combining_mark(c) {
            // A sign over or under a letter belongs to it.
            if let Some((_, units)) = &mut current
                && let Some(last) = units.last_mut()
            {
                last.push(c);
            }
            continue;
        }
        let Some(kind) = kind(c) else {
            flush(current.take(), &mut out);
            continue;
        };
        match &mut current {
            Some((same, units)) if *same == kind => units.push(plain(c).to_string()),
            _ => {
                flush(current.take(), &mut out);
                current = Some((kind, vec![plain(c).to_string()]));
            }
        }
    }
    flush(current, &mut out);
    out
}

fn flush(current: Option<(Kind, Vec<String>)>, out: &mut Vec<Piece>) {
    match current {
        Some((Kind::Word, units)) if units.len() <= LONGEST => {
            out.push(Piece::Word(units.concat().to_lowercase()));
        }
        Some((Kind::Ideograph, units)) => out.push(Piece::Ideographs(units)),
        Some((Kind::Letter, units)) => out.push(Piece::Letters(units)),
        _ => {}
    }
}

fn kind(c: char) -> Option<Kind> {
    match c {
        '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}'
            if c.is_alphanumeric() =>
        {
            Some(Kind::Ideograph)
        }
        '\u{e01}'..='\u{e4e}'
        | '\u{e81}'..='\u{ece}'
        | '\u{1000}'..='\u{103f}'
        | '\u{1780}'..='\u{17d3}'
            if c.is_alphanumeric() =>
        {
            Some(Kind::Letter)
        }
        _ if c.is_alphanumeric() => Some(Kind::Word),
        _ => None,
    }
}

/// Signs that some write and others leave out: accents that stand alone, vowel points of Arabic and
/// Hebrew, the line that stretches Arabic words, joiners and soft hyphens.
const fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// One letter for letters that writers of Arabic and Persian exchange, and one set of digits.
fn plain(c: char) -> char {
    match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        '\u{660}'..='\u{669}' => digit(c, 0x660),
        '\u{6f0}'..='\u{6f9}' => digit(c, 0x6f0),
        '\u{966}'..='\u{96f}' => digit(c, 0x966),
        '\u{e50}'..='\u{e59}' => digit(c, 0xe50),
        _ => c,
    }
}

fn digit(c: char, zero: u32) -> char {
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

/// A word without accents on Latin and Greek letters, and with other Latin letters spelt out; in
/// other scripts a mark makes another letter.
pub(super) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ı' => out.push('i'),
            // A feminine ending that many write like this; only now, since it is an ending.
            'ة' => out.push('ه'),
            '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}' => {
                out.extend(c.nfd().filter(|part| !is_combining_mark(*part)));
            }
            // What is left of a dotted capital I.
            '\u{307}' => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Word(word) => fold(&word),
                Piece::Ideographs(units) | Piece::Letters(units) => units.join("|"),
            })
            .collect()
    }

    #[test]
    fn characters_that_mean_the_same_become_the_same() {
        assert_eq!(
            words("ＡＢＣ１２ cafe\u{301}s Straße Łódź"),
            ["abc12", "cafes", "strasse", "lodz"]
        );
        assert_eq!(words("ﾊﾟﾝ"), ["パ|ン"]);
        assert_eq!(words("آلْكِتَــابُ ٣"), words("الكتاب 3"));
        assert_eq!(words("don\u{ad}key"), ["donkey"]);
    }

    #[test]
    fn marks_stay_with_their_letters() {
        assert_eq!(words("हिन्दी भाषा"), ["हिन्दी", "भाषा"]);
        // The vowel of this word is two characters that are written as one.
        assert_eq!(words("น้ำมัน"), ["น\u{e49}\u{e4d}|า|ม\u{e31}|น"]);
        assert_eq!(words("й"), ["й"]);
    }

    #[test]
    fn pieces_end_where_the_script_changes() {
        assert_eq!(words("東京tower2 サル"), ["東|京", "tower2", "サ|ル"]);
        assert!(words("?! --").is_empty());
        assert!(words(&"x".repeat(65)).is_empty());
    }
}
