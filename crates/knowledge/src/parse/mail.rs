//! Mails: who wrote what to whom and when, the text, and the attachments.

pub(super) mod outlook;

use headwater_model::Result;
use headwater_model::knowledge::ParsedDocument;
use mail_parser::{Address, Message, MessageParser, MimeHeaders as _, PartType};

use super::{guarded, page_blocks};
use crate::outline::Outline;
use crate::reading::Reading;
use crate::reading::unreadable;

/// Whether the bytes begin like a mail: several of the lines every mail begins with.
pub(crate) fn looks_like(head: &[u8]) -> bool {
    const NAMES: &[&str] = &[
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "received",
        "return-path",
        "delivered-to",
        "content-type",
        "dkim-signature",
        "x-mailer",
        "reply-to",
        "cc",
    ];
    let head = String::from_utf8_lossy(&head[..head.len().min(4096)]);
    let mut seen = Vec::new();
    for line in head.lines().take_while(|line| !line.trim().is_empty()) {
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else {
            // The first line may tell where a mailbox begins.
            if seen.is_empty() && line.starts_with("From ") {
                continue;
            }
            break;
        };
        if let Some(known) = NAMES.iter().find(|n| n.eq_ignore_ascii_case(name))
            && !seen.contains(known)
        {
            seen.push(known);
        }
    }
    // Notes may begin with “From” and “To”, too; only programs write the others.
    const MACHINES: &[&str] = &[
        "message-id",
        "mime-version",
        "received",
        "return-path",
        "delivered-to",
    ];
    let machine = seen.iter().any(|name| MACHINES.contains(name));
    seen.len() >= 3 && machine
}

pub(super) fn parse(reading: &Reading<'_>, bytes: &[u8]) -> Result<ParsedDocument> {
    let message = MessageParser::default().parse(bytes).ok_or_else(|| {
        unreadable("This is no mail that can be read. Save it again from its program and add that.")
    })?;
    let mut outline = Outline::default();
    let subject = message.subject().unwrap_or("Mail without a subject");
    outline.heading(1, subject);
    let date = message.date().map(|date| {
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}",
            date.year, date.month, date.day, date.hour, date.minute
        )
    });
    head(
        &mut outline,
        &[
            ("From", message.from().map(people)),
            ("To", message.to().map(people)),
            ("Cc", message.cc().map(people)),
            ("Date", date),
        ],
    );
    text(&message, &mut outline)?;
    for part in message.attachments() {
        // Logos of signatures.
        if matches!(part.body, PartType::InlineBinary(_)) && part.attachment_name().is_none() {
            continue;
        }
        let name = part.attachment_name().unwrap_or(match part.body {
            PartType::Message(_) => "mail.eml",
            PartType::Html(_) => "attachment.html",
            _ => "attachment",
        });
        let kind = part
            .content_type()
            .map(|t| format!("{}/{}", t.c_type, t.c_subtype.as_deref().unwrap_or("")));
        attachment(
            reading,
            &mut outline,
            part.contents(),
            name,
            &kind.unwrap_or_default(),
        )?;
    }
    Ok(outline.finish(message.subject().map(str::to_owned)))
}

/// The lines above a mail's text.
pub(super) fn head(outline: &mut Outline, lines: &[(&str, Option<String>)]) {
    let lines: Vec<String> = lines
        .iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| format!("{name}: {value}")))
        .collect();
    outline.paragraph(&lines.join("\n"));
}

/// Text that came with a mail, below a heading with its name; what cannot be read is left out.
pub(super) fn attachment(
    reading: &Reading<'_>,
    outline: &mut Outline,
    bytes: &[u8],
    name: &str,
    media_type: &str,
) -> Result<()> {
    let parsed = reading.inside(|| {
        reading.member()?;
        reading.unpacked(bytes.len() as u64)?;
        guarded(reading, bytes, name, media_type)
    });
    match parsed {
        Ok(parsed) => {
            outline.heading(2, name);
            outline.include(parsed.blocks);
        }
        Err(error) if reading.exhausted() => return Err(error),
        Err(error) => reading.leave_out(name, &error.message),
    }
    Ok(())
}

fn text(message: &Message<'_>, outline: &mut Outline) -> Result<()> {
    for part in message.text_bodies() {
        match &part.body {
            PartType::Text(text) => outline.paragraph(text),
            PartType::Html(page) => outline.include(page_blocks(page)?),
            _ => {}
        }
    }
    Ok(())
}

/// `Ann Lee <ann@example.com>, bo@example.com`.
fn people(address: &Address<'_>) -> String {
    let all: Vec<String> = address
        .iter()
        .filter_map(|one| match (one.name(), one.address()) {
            (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
            (None, Some(one)) | (Some(one), None) => Some(one.to_owned()),
            (None, None) => None,
        })
        .collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_told_from_notes() {
        assert!(looks_like(
            b"Received: by x\r\n  id 1\r\nFrom: a\r\nSubject: b\r\n\r\nhi"
        ));
        assert!(looks_like(
            b"From ann\nMIME-Version: 1.0\nDate: x\nTo: b\n\nhi"
        ));
        assert!(!looks_like(
            b"From: the desk of Ann\nTo: whom it may concern\nSubject: keys\n\nhi"
        ));
        assert!(!looks_like(b"# Notes\nFrom: x"));
    }
}
