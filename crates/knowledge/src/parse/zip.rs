//! ZIP archives of documents: each member below a heading with its name.

use headwater_model::Result;
use headwater_model::knowledge::ParsedDocument;

use super::guarded;
use crate::outline::Outline;
use crate::reading::archive::{Archive, Member};
use crate::reading::{ocr, unreadable};

pub(super) fn parse(archive: &mut Archive<'_, '_, '_>) -> Result<ParsedDocument> {
    let reading = archive.reading;
    let mut outline = Outline::default();
    let (mut read, mut first) = (0usize, None);
    let members: Vec<Member> = archive
        .members()
        .into_iter()
        .filter(|m| !is_litter(&m.name))
        .collect();
    for member in &members {
        let parsed = reading.inside(|| {
            let bytes = archive.bytes(member.index)?;
            guarded(reading, &bytes, &member.name, "")
        });
        match parsed {
            Ok(parsed) => {
                read += 1;
                outline.heading(1, &member.name);
                outline.include(parsed.blocks);
            }
            // A limit of the whole file, or an archive without end: there is nothing to save.
            Err(error) if reading.exhausted() => return Err(error),
            Err(error) => {
                reading.leave_out(&member.name, &error.message);
                first.get_or_insert(error);
            }
        }
    }
    match (read, first) {
        (0, Some(error)) if ocr::is_needed(&error) || members.len() == 1 => Err(error),
        (0, Some(error)) => Err(unreadable(&format!(
            "None of the {} files in this archive could be read. The first: {}",
            members.len(),
            error.message
        ))),
        (0, None) => Err(unreadable("There are no files in this archive.")),
        _ => Ok(outline.finish_parts()),
    }
}

/// What systems leave in archives.
fn is_litter(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || matches!(last, ".DS_Store" | "Thumbs.db" | "desktop.ini")
}
