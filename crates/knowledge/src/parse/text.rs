//! Plain text: UTF-8, UTF-16 with a byte order mark, or Windows-1252 as the last resort.

use headwater_model::Result;
use headwater_model::knowledge::{Block, ParsedDocument};

use super::unreadable;

/// The text of a file; a file that is not text is refused.
pub fn decode(bytes: &[u8]) -> Result<String> {
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // Cut off in the middle of a character: still UTF-8.
            Err(e) if e.error_len().is_none() => String::from_utf8_lossy(bytes).into_owned(),
            Err(_) => bytes.iter().map(|b| windows_1252(*b)).collect(),
        },
    };
    if is_binary(&text) {
        return Err(unreadable(
            "This does not look like text, and it is no other format that can be read. Add Markdown, plain text, HTML or PDF.",
        ));
    }
    Ok(text.replace("\r\n", "\n").replace(['\r', '\u{c}'], "\n"))
}

/// The whole text as one block; chunking finds the paragraphs.
pub fn parse(text: &str) -> ParsedDocument {
    ParsedDocument {
        title: None,
        blocks: vec![Block {
            text: text.trim().to_owned(),
            heading: None,
            page: None,
        }],
    }
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| read(*pair));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// More than the odd stray control character.
fn is_binary(text: &str) -> bool {
    let (mut odd, mut all) = (0usize, 0usize);
    for c in text.chars().take(200_000) {
        all += 1;
        let harmless = matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}' | '\u{8}');
        if (c.is_control() && !harmless) || c == char::REPLACEMENT_CHARACTER {
            odd += 1;
        }
    }
    odd * 50 > all
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_the_encodings_people_have() {
        assert_eq!(decode("naïve €5".as_bytes()).unwrap(), "naïve €5");
        assert_eq!(decode(b"\xEF\xBB\xBFhello").unwrap(), "hello");
        assert_eq!(decode(b"\xFF\xFEh\0i\0").unwrap(), "hi");
        assert_eq!(decode(b"\xFE\xFF\0h\0i").unwrap(), "hi");
        assert_eq!(decode(b"caf\xE9 \x80").unwrap(), "café €");
        assert_eq!(decode(b"one\r\ntwo\rthree").unwrap(), "one\ntwo\nthree");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let junk: Vec<u8> = (0..2000u32).map(|i| (i * 7919 % 251) as u8).collect();
        assert_eq!(
            decode(&junk).unwrap_err().code,
            headwater_model::Code::Invalid
        );
        assert!(decode(&[0; 100]).is_err());
    }
}
