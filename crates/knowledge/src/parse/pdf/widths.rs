//! Widths of characters, written out: the library knows them one by one only, and a font that gives one
//! width for a range of characters would have its words torn apart.

use pdf_extract::{Document, Object, ObjectId};

/// Characters of a font; more are none.
const MOST: i64 = 65_536;

/// Replaces ranges in the widths of all fonts by their characters.
pub(super) fn write_out(document: &mut Document) {
    let fonts: Vec<(ObjectId, Vec<Object>)> = document
        .objects
        .iter()
        .filter_map(|(id, object)| {
            let widths = object.as_dict().ok()?.get(b"W").ok()?;
            let widths = resolved(document, widths).as_array().ok()?;
            Some((*id, expanded(document, widths)))
        })
        .collect();
    for (id, widths) in fonts {
        if let Ok(font) = document.get_object_mut(id).and_then(Object::as_dict_mut) {
            font.set("W", Object::Array(widths));
        }
    }
}

/// `first [w …]` stays as it is, `first last w` becomes it.
fn expanded(document: &Document, widths: &[Object]) -> Vec<Object> {
    let mut out = Vec::new();
    let (mut rest, mut room) = (widths, MOST);
    while let [first, second, after @ ..] = rest {
        let (Ok(first), second) = (
            resolved(document, first).as_i64(),
            resolved(document, second),
        ) else {
            break;
        };
        if let Ok(list) = second.as_array() {
            let list = list.iter().map(|w| resolved(document, w).clone()).collect();
            out.extend([Object::Integer(first), Object::Array(list)]);
            rest = after;
            continue;
        }
        let (Ok(last), [width, after @ ..]) = (second.as_i64(), after) else {
            break;
        };
        let count = last.saturating_sub(first).saturating_add(1).clamp(0, room);
        room -= count;
        let width = resolved(document, width);
        let list = (0..count).map(|_| width.clone()).collect();
        out.extend([Object::Integer(first), Object::Array(list)]);
        rest = after;
    }
    out
}

fn resolved<'d>(document: &'d Document, object: &'d Object) -> &'d Object {
    document
        .dereference(object)
        .map_or(object, |(_, object)| object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_written_out_and_what_is_damaged_ends_the_list() {
        let mut document = Document::new();
        let real = |n: f32| Object::Real(n);
        let widths = vec![
            Object::Integer(3),
            Object::Integer(5),
            real(317.5),
            Object::Integer(9),
            Object::Array(vec![real(1.0), real(2.0)]),
            Object::Integer(1),
            Object::Integer(i64::MAX),
        ];
        let font = pdf_extract::Dictionary::from_iter([("W", Object::Array(widths))]);
        let id = document.add_object(font);
        write_out(&mut document);
        let widths = document.get_dictionary(id).unwrap().get(b"W").unwrap();
        let expected = vec![
            Object::Integer(3),
            Object::Array(vec![real(317.5), real(317.5), real(317.5)]),
            Object::Integer(9),
            Object::Array(vec![real(1.0), real(2.0)]),
        ];
        assert_eq!(widths.as_array().unwrap(), &expected);
    }
}
