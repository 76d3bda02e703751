//! Which code page the bytes of a text are in: the document's, or that of their font.

use std::collections::HashMap;

use encoding_rs::Encoding;

#[derive(Default)]
pub(super) struct Fonts {
    document: Option<&'static Encoding>,
    by_font: HashMap<i32, &'static Encoding>,
    described: i32,
}

impl Fonts {
    /// What follows is said of this font.
    pub(super) fn describe(&mut self, font: i32) {
        self.described = font;
    }

    /// The character set of the font that is being described.
    pub(super) fn charset(&mut self, charset: i32) {
        let label = match charset {
            128 => "shift_jis",
            129 => "euc-kr",
            134 => "gbk",
            136 => "big5",
            161 => "windows-1253",
            162 => "windows-1254",
            163 => "windows-1258",
            177 => "windows-1255",
            178 => "windows-1256",
            186 => "windows-1257",
            204 => "windows-1251",
            222 => "windows-874",
            238 => "windows-1250",
            _ => return,
        };
        if let Some(encoding) = Encoding::for_label(label.as_bytes()) {
            self.by_font.insert(self.described, encoding);
        }
    }

    /// The code page of the document.
    pub(super) fn page(&mut self, page: i32) {
        let label = match page {
            932 => "shift_jis".to_owned(),
            936 => "gbk".to_owned(),
            949 => "euc-kr".to_owned(),
            950 => "big5".to_owned(),
            10_000 => "macintosh".to_owned(),
            65_001 => "utf-8".to_owned(),
            page => format!("windows-{page}"),
        };
        self.document = Encoding::for_label(label.as_bytes());
    }

    pub(super) fn encoding(&self, font: i32) -> &'static Encoding {
        self.by_font
            .get(&font)
            .copied()
            .or(self.document)
            .unwrap_or(encoding_rs::WINDOWS_1252)
    }
}
