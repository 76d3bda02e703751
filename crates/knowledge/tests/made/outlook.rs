//! Compound files: Outlook's mails, and the clothes of encrypted documents.

#![allow(dead_code, clippy::unwrap_used, reason = "every test uses some")]

use std::io::{Cursor, Write as _};

use cfb::CompoundFile;

fn file(streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((folder, _)) = path
            .rsplit_once('/')
            .filter(|(folder, _)| !folder.is_empty())
        {
            file.create_storage_all(folder).unwrap();
        }
        file.create_stream(path).unwrap().write_all(bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A mail with a document attached, and a mail within it.
pub fn report_msg() -> Vec<u8> {
    let sent: u64 = 133_536_384_000_000_000;
    let mut table = vec![0; 32];
    table.extend(0x0039_0040_u32.to_le_bytes());
    table.extend(6u32.to_le_bytes());
    table.extend(sent.to_le_bytes());
    let attached = "/__attach_version1.0_#00000000";
    let inner = "/__attach_version1.0_#00000001/__substg1.0_3701000D";
    let streams: Vec<(String, Vec<u8>)> = vec![
        ("/__properties_version1.0".into(), table),
        ("/__substg1.0_0037001F".into(), utf16("Pump report")),
        ("/__substg1.0_0C1A001F".into(), utf16("Ann Lee")),
        ("/__substg1.0_5D01001F".into(), utf16("ann@example.com")),
        ("/__substg1.0_0E04001F".into(), utf16("Bo")),
        (
            "/__substg1.0_1000001F".into(),
            utf16("The pump runs.\r\nCafé at ten."),
        ),
        (
            format!("{attached}/__substg1.0_3707001F"),
            utf16("faults.csv"),
        ),
        (
            format!("{attached}/__substg1.0_37010102"),
            b"code,meaning\r\nE17,low\r\n".to_vec(),
        ),
        (format!("{inner}/__properties_version1.0"), vec![0; 24]),
        (
            format!("{inner}/__substg1.0_0037001F"),
            utf16("The old report"),
        ),
        (
            format!("{inner}/__substg1.0_10130102"),
            b"<html><body><h3>Filter</h3><p>See the filter.</p></body></html>".to_vec(),
        ),
    ];
    let streams: Vec<(&str, Vec<u8>)> = streams
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.clone()))
        .collect();
    file(&streams)
}

/// What office programs make of a document with a password.
pub fn encrypted() -> Vec<u8> {
    file(&[
        ("/EncryptionInfo", vec![4, 0, 4, 0]),
        ("/EncryptedPackage", vec![7; 64]),
    ])
}

/// A document of Word 97.
pub fn old_word() -> Vec<u8> {
    file(&[("/WordDocument", vec![0xEC; 64])])
}
