//! What a picture is and how large, read from its header: nothing is unpacked.

/// A picture that models see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    pub media_type: &'static str,
    /// Pixels.
    pub width: u32,
    pub height: u32,
}

/// What the bytes are when they are a PNG, JPEG, GIF or WebP. `None`: something else. `Some(None)`:
/// one of those whose header is damaged.
pub fn look(bytes: &[u8]) -> Option<Option<Picture>> {
    let (media_type, size) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("image/png", png(bytes))
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        ("image/gif", gif(bytes))
    } else if bytes.starts_with(b"\xFF\xD8\xFF") {
        ("image/jpeg", jpeg(bytes))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        ("image/webp", webp(bytes))
    } else {
        return None;
    };
    let size = size.filter(|(width, height)| *width > 0 && *height > 0);
    Some(size.map(|(width, height)| Picture {
        media_type,
        width,
        height,
    }))
}

fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(12..16) != Some(b"IHDR") {
        return None;
    }
    Some((big(bytes, 16, 4)?, big(bytes, 20, 4)?))
}

fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((little(bytes, 6, 2)?, little(bytes, 8, 2)?))
}

/// Segment by segment, up to the first frame.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        // Any number of fill bytes may stand before a marker.
        while *bytes.get(at)? != 0xFF {
            at += 1;
        }
        while *bytes.get(at)? == 0xFF {
            at += 1;
        }
        let marker = *bytes.get(at)?;
        at += 1;
        match marker {
            // Those have no length.
            0x01 | 0xD0..=0xD8 => {}
            // Frames, without the tables that are numbered among them.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                return Some((big(bytes, at + 5, 2)?, big(bytes, at + 3, 2)?));
            }
            // The picture itself, or its end, and no frame before it.
            0xD9 | 0xDA => return None,
            _ => at += usize::try_from(big(bytes, at, 2)?).ok()?.max(2),
        }
    }
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
        b"VP8L" => {
            if bytes.get(20) != Some(&0x2F) {
                return None;
            }
            let bits = little(bytes, 21, 4)?;
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        b"VP8 " => {
            if bytes.get(23..26) != Some(b"\x9D\x01\x2A") {
                return None;
            }
            Some((
                little(bytes, 26, 2)? & 0x3FFF,
                little(bytes, 28, 2)? & 0x3FFF,
            ))
        }
        _ => None,
    }
}

fn big(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    let digits = bytes.get(at..at + count)?.iter();
    Some(digits.fold(0, |number, digit| number << 8 | u32::from(*digit)))
}

fn little(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    let digits = bytes.get(at..at + count)?.iter().rev();
    Some(digits.fold(0, |number, digit| number << 8 | u32::from(*digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(bytes: &[u8]) -> Option<(&'static str, u32, u32)> {
        let picture = look(bytes).expect("one of the four")?;
        Some((picture.media_type, picture.width, picture.height))
    }

    #[test]
    fn each_kind_tells_its_size_in_its_header() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR\0\0\x02\x80\0\0\x01\xE0\x08\x06";
        assert_eq!(size(png), Some(("image/png", 640, 480)));
        assert_eq!(
            size(b"GIF89a\x40\x01\xF0\x00"),
            Some(("image/gif", 320, 240))
        );
        // A thumbnail's length is skipped, a table among the frames is none.
        let jpeg = b"\xFF\xD8\xFF\xE1\0\x06\xFF\xC0ab\xFF\xC4\0\x03x\xFF\xFF\xC2\0\x11\x08\x01\xE0\x02\x80";
        assert_eq!(size(jpeg), Some(("image/jpeg", 640, 480)));
        let wide = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\x7F\x02\0\xDF\x01\0";
        assert_eq!(size(wide), Some(("image/webp", 640, 480)));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9D\x01\x2A\x80\x02\xE0\x01";
        assert_eq!(size(lossy), Some(("image/webp", 640, 480)));
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2F\x7F\xC2\x77\x00";
        assert_eq!(size(lossless), Some(("image/webp", 640, 480)));
    }

    #[test]
    fn damaged_headers_are_told_from_other_files() {
        for damaged in [
            &b"\x89PNG\r\n\x1a\n"[..],
            b"\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR\0\0\0\0\0\0\x01\xE0",
            b"GIF89a\x40",
            b"\xFF\xD8\xFF\xDA\0\x02",
            b"\xFF\xD8\xFF\xE1\xFF\xFF",
            b"RIFF\0\0\0\0WEBPVP8?",
        ] {
            assert_eq!(look(damaged), Some(None), "{damaged:?}");
        }
        for other in [&b"%PDF-1.7"[..], b"<svg/>", b"", b"BM", b"II*\0"] {
            assert_eq!(look(other), None);
        }
    }
}
