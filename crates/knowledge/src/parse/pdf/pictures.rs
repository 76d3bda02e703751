//! Scanned pages: the pictures on them, as files that OCR programs read.

use headwater_model::Result;
use pdf_extract::{Document, Object, ObjectId};

use crate::reading::unreadable;

/// Smaller pictures, in pixels, are logos.
const SMALLEST: i64 = 40_000;
/// Scanners cut pages into strips; more pictures than this are not the page.
const MOST: usize = 40;

/// The pictures that may show text, in the order of their names.
pub(super) fn of_page(document: &Document, page: ObjectId) -> Vec<Result<Vec<u8>>> {
    let Ok(images) = document.get_page_images(page) else {
        return Vec::new();
    };
    images
        .iter()
        .filter(|image| image.width.saturating_mul(image.height) >= SMALLEST)
        .take(MOST)
        .map(|image| {
            let filters: Vec<&str> = image.filters.iter().flatten().map(String::as_str).collect();
            match filters.as_slice() {
                // Files as they are.
                ["DCTDecode" | "JPXDecode"] => Ok(image.content.to_vec()),
                ["CCITTFaxDecode"] => Ok(fax(
                    document,
                    image.id,
                    image.width,
                    image.height,
                    image.content,
                )),
                [] | ["FlateDecode" | "LZWDecode"] => pixels(
                    document,
                    image.id,
                    image.width,
                    image.height,
                    image.bits_per_component,
                ),
                _ => Err(unreadable(
                    "Its picture is packed by a method that is not read here.",
                )),
            }
        })
        .collect()
}

/// Pixels as a portable map: black and white, grey or colours, by how many bytes there are.
fn pixels(
    document: &Document,
    id: ObjectId,
    width: i64,
    height: i64,
    bits: Option<i64>,
) -> Result<Vec<u8>> {
    let strange = || unreadable("Its picture is damaged.");
    let stream = document
        .get_object(id)
        .and_then(Object::as_stream)
        .map_err(|e| strange().with_source(e))?;
    let data = stream
        .get_plain_content()
        .map_err(|e| strange().with_source(e))?;
    let (w, h) = (
        usize::try_from(width).map_err(|_| strange())?,
        usize::try_from(height).map_err(|_| strange())?,
    );
    let area = w.checked_mul(h).ok_or_else(strange)?;
    if bits == Some(1) {
        let length = w.div_ceil(8).checked_mul(h).ok_or_else(strange)?;
        let data = data.get(..length).ok_or_else(strange)?;
        // Portable maps mean black by 1, PDF means it by 0.
        let bytes = data.iter().map(|byte| !byte);
        return Ok(format!("P4\n{w} {h}\n").bytes().chain(bytes).collect());
    }
    let head = |kind: &str| format!("{kind}\n{w} {h}\n255\n").into_bytes();
    match data.len() / area.max(1) {
        1 => Ok([head("P5"), data[..area].to_vec()].concat()),
        3 => Ok([head("P6"), data[..area * 3].to_vec()].concat()),
        4 => {
            let grey = data[..area * 4]
                .as_chunks::<4>()
                .0
                .iter()
                .map(|[c, m, y, k]| {
                    let ink = (u32::from(*c) + u32::from(*m) + u32::from(*y)) / 3 + u32::from(*k);
                    255 - ink.min(255) as u8
                });
            Ok(head("P5").into_iter().chain(grey).collect())
        }
        _ => Err(unreadable(
            "Its picture has colours of a kind that is not read here.",
        )),
    }
}

/// Fax data in the clothes of a TIFF file.
fn fax(document: &Document, id: ObjectId, width: i64, height: i64, data: &[u8]) -> Vec<u8> {
    let parameters = document
        .get_object(id)
        .and_then(Object::as_stream)
        .and_then(|stream| stream.dict.get(b"DecodeParms"))
        .and_then(Object::as_dict)
        .ok();
    let number = |name: &[u8]| {
        parameters
            .and_then(|p| p.get(name).ok())
            .and_then(|n| n.as_i64().ok())
    };
    let black_is_one = parameters
        .and_then(|p| p.get(b"BlackIs1").ok())
        .is_some_and(|b| matches!(b, Object::Boolean(true)));
    let compression: u32 = if number(b"K").unwrap_or(0) < 0 { 4 } else { 3 };
    let width = u32::try_from(number(b"Columns").unwrap_or(width)).unwrap_or(0);
    let height = u32::try_from(height).unwrap_or(0);
    let length = u32::try_from(data.len()).unwrap_or(0);
    // Tag, type (3 short, 4 long), value.
    let entries: [(u16, u16, u32); 8] = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 1),
        (259, 3, compression),
        (262, 3, u32::from(black_is_one)),
        (273, 4, 8 + 2 + 8 * 12 + 4),
        (278, 4, height),
        (279, 4, length),
    ];
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    out.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(1u32.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend(0u32.to_le_bytes());
    out.extend(data);
    out
}
