//! Compound files: Outlook's mails, old workbooks, and the clothes of encrypted documents.

use std::io::Cursor;

use cfb::CompoundFile;
use headwater_model::Result;

use super::unreadable;

pub(crate) type File<'b> = CompoundFile<Cursor<&'b [u8]>>;

const DAMAGED: &str = "This file is damaged or cut off and cannot be read. Open it in its program, save a fresh copy and add that.";
const ENCRYPTED: &str =
    "This file is protected by a password. Remove the password and add it again.";

/// A compound file of a kind that can be read.
pub(crate) enum Compound<'b> {
    Mail(File<'b>),
    Workbook,
}

/// What a compound file is: told by streams that only one program writes.
pub(crate) fn open(bytes: &[u8]) -> Result<Compound<'_>> {
    let file =
        CompoundFile::open(Cursor::new(bytes)).map_err(|e| unreadable(DAMAGED).with_source(e))?;
    let has = |name: &str| file.exists(name);
    if has("/EncryptedPackage") || has("/EncryptionInfo") {
        return Err(unreadable(ENCRYPTED));
    }
    if has("/Workbook") || has("/Book") {
        return Ok(Compound::Workbook);
    }
    if has("/WordDocument") {
        return Err(unreadable(
            "This is a Word document of the time before DOCX, which cannot be read. Save it as DOCX or PDF and add that.",
        ));
    }
    if has("/PowerPoint Document") {
        return Err(unreadable(
            "This is a PowerPoint presentation of the time before PPTX, which cannot be read. Save it as PPTX or PDF and add that.",
        ));
    }
    if has("/__properties_version1.0") {
        return Ok(Compound::Mail(file));
    }
    Err(unreadable(
        "This is a compound file of a program that is not known here. Save it in a common format, such as PDF, and add that.",
    ))
}
