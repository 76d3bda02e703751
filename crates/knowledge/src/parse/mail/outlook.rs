//! Outlook's mails: compound files with a stream per property.

use std::io::Read as _;

use headwater_model::Result;
use headwater_model::knowledge::ParsedDocument;

use super::{attachment as attach, head};
use crate::outline::Outline;
use crate::parse::page_blocks;
use crate::reading::Reading;
use crate::reading::compound::File;
use crate::reading::decode;

/// Properties of a message, as they are called within the file.
mod property {
    pub const SUBJECT: &str = "0037";
    pub const SENDER: &str = "0C1A";
    pub const SENDER_ADDRESS: &str = "5D01";
    pub const TO: &str = "0E04";
    pub const CC: &str = "0E03";
    pub const BODY: &str = "1000";
    pub const HTML: &str = "1013";
    pub const LONG_NAME: &str = "3707";
    pub const SHORT_NAME: &str = "3704";
    pub const DATA: &str = "3701";
    pub const MEDIA_TYPE: &str = "370E";
}

/// The mail that a compound file is.
pub(in crate::parse) fn parse(reading: &Reading<'_>, mut file: File<'_>) -> Result<ParsedDocument> {
    let mut outline = Outline::default();
    let subject = message(reading, &mut file, "", &mut outline, 1)?;
    Ok(outline.finish(subject))
}

/// The message in the storage at `at`; gives its subject.
fn message(
    reading: &Reading<'_>,
    file: &mut File<'_>,
    at: &str,
    outline: &mut Outline,
    level: usize,
) -> Result<Option<String>> {
    let subject = words(file, at, property::SUBJECT);
    outline.heading(
        level,
        subject.as_deref().unwrap_or("Mail without a subject"),
    );
    let from = match (
        words(file, at, property::SENDER),
        words(file, at, property::SENDER_ADDRESS),
    ) {
        (Some(name), Some(address)) if name != address => Some(format!("{name} <{address}>")),
        (name, address) => name.or(address),
    };
    head(
        outline,
        &[
            ("From", from),
            ("To", words(file, at, property::TO)),
            ("Cc", words(file, at, property::CC)),
            ("Date", sent(file, at)),
        ],
    );
    match (
        words(file, at, property::BODY),
        stream(file, at, property::HTML, "0102"),
    ) {
        (Some(body), _) if !body.trim().is_empty() => {
            outline.paragraph(&body.replace("\r\n", "\n"))
        }
        (_, Some(page)) => {
            outline.include(page_blocks(&decode::decode_page(&page)?)?);
        }
        _ => reading.leave_out(
            "The mail's text",
            "It is kept in a form that only Outlook reads. Save the mail as EML.",
        ),
    }
    for name in attachments(file, at) {
        attachment(reading, file, &name, outline, level)?;
    }
    Ok(subject)
}

fn attachments(file: &File<'_>, at: &str) -> Vec<String> {
    let Ok(entries) = file.read_storage(if at.is_empty() { "/" } else { at }) else {
        return Vec::new();
    };
    entries
        .filter(|entry| entry.is_storage() && entry.name().starts_with("__attach_version1.0_"))
        .map(|entry| format!("{at}/{}", entry.name()))
        .collect()
}

fn attachment(
    reading: &Reading<'_>,
    file: &mut File<'_>,
    at: &str,
    outline: &mut Outline,
    level: usize,
) -> Result<()> {
    let name = words(file, at, property::LONG_NAME)
        .or_else(|| words(file, at, property::SHORT_NAME))
        .unwrap_or_else(|| "attachment".to_owned());
    // A mail that was attached is a storage of its own.
    let inner = format!("{at}/__substg1.0_{}000D", property::DATA);
    if file.is_storage(&inner) {
        return reading
            .inside(|| {
                reading.member()?;
                message(reading, file, &inner, outline, level + 1).map(drop)
            })
            .or_else(|error| {
                reading.leave_out(&name, &error.message);
                if reading.exhausted() {
                    Err(error)
                } else {
                    Ok(())
                }
            });
    }
    let Some(bytes) = stream(file, at, property::DATA, "0102") else {
        return Ok(());
    };
    let media_type = words(file, at, property::MEDIA_TYPE).unwrap_or_default();
    attach(reading, outline, &bytes, &name, &media_type)
}

/// A property that is text, in either of the two ways text is kept.
fn words(file: &mut File<'_>, at: &str, id: &str) -> Option<String> {
    let text = match stream(file, at, id, "001F") {
        Some(bytes) => {
            let units = bytes
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| u16::from_le_bytes(*pair));
            char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        None => decode::decode(&stream(file, at, id, "001E")?).ok()?,
    };
    let text = text.trim_end_matches('\0').trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn stream(file: &mut File<'_>, at: &str, id: &str, kind: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file.open_stream(format!("{at}/__substg1.0_{id}{kind}"))
        .ok()?
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// When it was sent, or else when it came, from the table of properties of fixed length.
fn sent(file: &mut File<'_>, at: &str) -> Option<String> {
    let mut bytes = Vec::new();
    file.open_stream(format!("{at}/__properties_version1.0"))
        .ok()?
        .read_to_end(&mut bytes)
        .ok()?;
    // The table's head is longer in a message of its own than in one that is attached.
    let table = bytes.get(if at.is_empty() { 32 } else { 24 }..)?;
    let time = |tag: u32| {
        table
            .as_chunks::<16>()
            .0
            .iter()
            .find(|entry| entry[..4] == tag.to_le_bytes())
            .and_then(|entry| entry[8..].try_into().ok())
            .map(u64::from_le_bytes)
    };
    time(0x0039_0040).or_else(|| time(0x0E06_0040)).map(moment)
}

/// Tenths of microseconds since 1601 as a date and a time of UTC.
fn moment(ticks: u64) -> String {
    let minutes = ticks / 600_000_000;
    let (days, minute) = (minutes / 1_440, minutes % 1_440);
    let (mut year, mut left) = (1601 + days / 146_097 * 400, days % 146_097);
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let mut month = 1;
    for length in [
        31,
        if leap(year) { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!(
        "{year:04}-{month:02}-{:02} {:02}:{:02}",
        left + 1,
        minute / 60,
        minute % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_outlook_are_dates() {
        assert_eq!(moment(0), "1601-01-01 00:00");
        assert_eq!(moment(116_444_736_000_000_000), "1970-01-01 00:00");
        assert_eq!(moment(133_536_384_000_000_000), "2024-02-29 00:00");
    }
}
