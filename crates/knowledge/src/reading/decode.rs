//! Plain text: UTF-8, UTF-16 with a byte order mark, or Windows-1252 as the last resort; pages in the
//! encoding they name.

use encoding_rs::Encoding;
use headwater_model::Result;

use super::unreadable;

/// The text of a file; a file that is not text is refused.
pub(crate) fn decode(bytes: &[u8]) -> Result<String> {
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
            "This does not look like text, and it is no other format that can be read. Save it as PDF, DOCX, HTML or plain text and add that.",
        ));
    }
    Ok(text.replace("\r\n", "\n").replace(['\r', '\u{c}'], "\n"))
}

/// The text of a page, which may say how it is encoded.
pub(crate) fn decode_page(bytes: &[u8]) -> Result<String> {
    if std::str::from_utf8(bytes).is_err()
        && let Some(encoding) = declared(bytes)
    {
        let (text, _, _) = encoding.decode(bytes);
        return decode(text.as_bytes());
    }
    decode(bytes)
}

/// The encoding named by `charset=` or `encoding=` near the beginning.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let at = ["charset=", "encoding="]
        .iter()
        .find_map(|key| head.find(key).map(|at| at + key.len()))?;
    let label = head[at..].trim_start_matches(['"', '\'']);
    let end = label.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))?;
    Encoding::for_label(&label.as_bytes()[..end])
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
    fn a_page_is_read_in_the_encoding_it_names() {
        let page =
            b"<html><head><meta charset=\"windows-1251\"></head><body>\xcf\xf0\xe8</body></html>";
        assert!(decode_page(page).unwrap().contains("При"));
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
