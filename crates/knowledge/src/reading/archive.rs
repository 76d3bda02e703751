//! ZIP archives, alone or as the clothes of office documents: members are unpacked one by one, within
//! what the whole document may cost.

use std::io::{Cursor, Read as _};

use ::zip::ZipArchive;
use ::zip::result::ZipError;
use headwater_model::Result;

use super::{Reading, decode, too_much, unreadable, xml};
use crate::format::Format;

const DAMAGED: &str = "This file is damaged or cut off: it should be a ZIP archive and cannot be opened as one. Save a fresh copy and add that.";
const ENCRYPTED: &str =
    "This file is protected by a password. Remove the password and add it again.";
/// One XML part of a document; larger ones would not fit into memory as a tree.
const LARGEST_PART: u64 = 256 * 1024 * 1024;

pub(crate) struct Archive<'r, 'o, 'b> {
    pub(crate) reading: &'r Reading<'o>,
    zip: ZipArchive<Cursor<&'b [u8]>>,
}

/// A member's place and name, for going through them all.
pub(crate) struct Member {
    pub(crate) index: usize,
    pub(crate) name: String,
}

impl<'r, 'o, 'b> Archive<'r, 'o, 'b> {
    pub(crate) fn open(reading: &'r Reading<'o>, bytes: &'b [u8]) -> Result<Self> {
        let zip =
            ZipArchive::new(Cursor::new(bytes)).map_err(|e| unreadable(DAMAGED).with_source(e))?;
        // A bomb that tells its size is refused unopened; one that lies is counted while it unpacks.
        if zip
            .decompressed_size()
            .is_some_and(|size| size > u128::from(reading.room()))
        {
            reading.exhaust();
            return Err(too_much());
        }
        Ok(Self { reading, zip })
    }

    /// What the archive is: told by members that only one format has.
    pub(crate) fn kind(&mut self) -> Result<Format> {
        let has = |name: &str| self.zip.index_for_name(name).is_some();
        let by_member = [
            ("word/document.xml", Format::Docx),
            ("word/document2.xml", Format::Docx),
            ("ppt/presentation.xml", Format::Pptx),
            ("xl/workbook.xml", Format::Xlsx),
            ("xl/workbook.bin", Format::Xlsb),
            ("META-INF/container.xml", Format::Epub),
        ];
        if let Some((_, format)) = by_member.into_iter().find(|(name, _)| has(name)) {
            return Ok(format);
        }
        if !has("content.xml") || !has("mimetype") {
            return Ok(Format::Zip);
        }
        let declared = self.part("mimetype")?.unwrap_or_default();
        // OpenDocument that is encrypted says so in its manifest, and its content is noise.
        if self
            .part("META-INF/manifest.xml")?
            .is_some_and(|m| m.contains("encryption-data"))
        {
            return Err(unreadable(ENCRYPTED));
        }
        Ok(match declared.trim() {
            d if d.contains("opendocument.spreadsheet") => Format::Ods,
            d if d.contains("opendocument.presentation") || d.contains("opendocument.graphics") => {
                Format::Odp
            }
            d if d.contains("opendocument") => Format::Odt,
            _ => Format::Zip,
        })
    }

    /// The text of a part; none when there is no such part.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<String>> {
        let Some(index) = self.zip.index_for_name(name) else {
            return Ok(None);
        };
        let bytes = self.read(index, LARGEST_PART)?;
        decode::decode(&bytes).map(Some)
    }

    /// The text of a part that must be there.
    pub(crate) fn needed(&mut self, name: &str) -> Result<String> {
        self.part(name)?.ok_or_else(|| unreadable(DAMAGED))
    }

    /// The title that an office document says of itself, wherever its family keeps it.
    pub(crate) fn title(&mut self) -> Result<Option<String>> {
        for part in ["docProps/core.xml", "meta.xml"] {
            if let Some(text) = self.part(part)? {
                // Properties are not worth failing for.
                let tree = xml::tree(&text).ok();
                return Ok(tree.and_then(|t| xml::below(t.root(), "title").map(xml::all_text)));
            }
        }
        Ok(None)
    }

    /// All files in it, in the archive's order.
    pub(crate) fn members(&self) -> Vec<Member> {
        (0..self.zip.len())
            .filter_map(|index| {
                let name = self.zip.name_for_index(index)?.ok()?.into_owned();
                (!name.ends_with('/')).then_some(Member { index, name })
            })
            .collect()
    }

    /// A member's bytes.
    pub(crate) fn bytes(&mut self, index: usize) -> Result<Vec<u8>> {
        self.read(index, u64::MAX)
    }

    /// Unpacks everything to nowhere, for libraries that unpack without looking.
    pub(crate) fn measure(&mut self) -> Result<()> {
        for index in 0..self.zip.len() {
            self.reading.member()?;
            let room = self.reading.room();
            let mut member = self.zip.by_index(index).map_err(unopened)?;
            let read = std::io::copy(&mut (&mut member).take(room + 1), &mut std::io::sink());
            self.reading
                .unpacked(read.map_err(|e| unreadable(DAMAGED).with_source(e))?)?;
        }
        Ok(())
    }

    /// Sizes that an archive claims are not believed: what is unpacked is counted.
    fn read(&mut self, index: usize, most: u64) -> Result<Vec<u8>> {
        self.reading.member()?;
        let most = most.min(self.reading.room());
        let member = self.zip.by_index(index).map_err(unopened)?;
        let mut bytes = Vec::new();
        member
            .take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| unreadable(DAMAGED).with_source(e))?;
        self.reading.unpacked(bytes.len() as u64)?;
        if bytes.len() as u64 > most {
            return Err(too_much());
        }
        Ok(bytes)
    }
}

fn unopened(error: ZipError) -> headwater_model::Error {
    let told = match &error {
        ZipError::UnsupportedArchive(why) if why.contains("assword") => ENCRYPTED,
        ZipError::InvalidPassword => ENCRYPTED,
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            "It is packed by a method that cannot be unpacked here. Pack it again as an ordinary ZIP archive."
        }
        _ => DAMAGED,
    };
    unreadable(told).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use ::zip::write::{SimpleFileOptions, ZipWriter};

    use super::super::Reading;
    use super::super::ocr::NoOcr;
    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options =
            SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Deflated);
        writer.start_file("a.txt", options).unwrap();
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_that_lies_about_its_size_is_counted_while_it_unpacks() {
        let mut bytes = packed(&[b' '; 5_000]);
        let size = 5_000u32.to_le_bytes();
        for at in 0..bytes.len() - 4 {
            if bytes[at..at + 4] == size {
                bytes[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
            }
        }
        let reading = Reading::new(&NoOcr);
        reading.unpacked(reading.room() - 1_000).unwrap();
        let mut archive = Archive::open(&reading, &bytes).unwrap();
        assert!(archive.bytes(0).is_err());
        let honest = packed(&[b' '; 5_000]);
        assert!(Archive::open(&reading, &honest).is_err());
        assert!(reading.exhausted());
    }
}
