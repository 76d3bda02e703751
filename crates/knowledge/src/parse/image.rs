//! Pictures: the text in them, as far as somebody reads it.

use headwater_model::Result;
use headwater_model::knowledge::ParsedDocument;

use crate::outline::Outline;
use crate::reading::Reading;
use crate::reading::unreadable;

pub(super) fn parse(reading: &Reading<'_>, bytes: &[u8]) -> Result<ParsedDocument> {
    let text = reading.picture(bytes)?;
    if text.is_empty() {
        return Err(unreadable(
            "No text was found in this picture. Add one that shows text, sharp and upright.",
        ));
    }
    let mut outline = Outline::default();
    for paragraph in text.split("\n\n") {
        outline.paragraph(paragraph);
    }
    Ok(outline.finish(None))
}
