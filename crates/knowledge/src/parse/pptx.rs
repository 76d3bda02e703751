//! PPTX: slide by slide in the order they are shown, with titles, lists, tables and speaker notes.

use headwater_model::Result;
use headwater_model::knowledge::ParsedDocument;
use roxmltree::Node;

use crate::outline::{Outline, one_line};
use crate::reading::archive::Archive;
use crate::reading::xml::{Relation, all_text, attribute, below, child, name, relations, tree};

pub(super) fn parse(archive: &mut Archive<'_, '_, '_>) -> Result<ParsedDocument> {
    let title = archive.title()?;
    let mut outline = Outline::default();
    for (index, path) in slides(archive)?.into_iter().enumerate() {
        let Some(text) = archive.part(&path)? else {
            continue;
        };
        outline.page(Some(u32::try_from(index + 1).unwrap_or(u32::MAX)));
        slide(&tree(&text)?, &mut outline, index + 1);
        for note in related(archive, &path, "notesSlide")? {
            if let Some(text) = archive.part(&note.target)? {
                notes(&tree(&text)?, &mut outline);
            }
        }
    }
    Ok(outline.finish(title))
}

/// The slides' parts, in the order of the presentation.
fn slides(archive: &mut Archive<'_, '_, '_>) -> Result<Vec<String>> {
    let related = related(archive, "ppt/presentation.xml", "slide")?;
    let text = archive.needed("ppt/presentation.xml")?;
    let tree = tree(&text)?;
    Ok(tree
        .descendants()
        .filter(|n| name(*n) == "sldId")
        .filter_map(|n| {
            // `id` without a prefix is another number.
            let id = n
                .attributes()
                .find(|a| a.name() == "id" && a.namespace().is_some())?;
            let relation = related.iter().find(|r| r.id == id.value())?;
            Some(relation.target.clone())
        })
        .collect())
}

fn related(archive: &mut Archive<'_, '_, '_>, part: &str, kind: &str) -> Result<Vec<Relation>> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let Some(text) = archive.part(&format!("{folder}/_rels/{file}.rels"))? else {
        return Ok(Vec::new());
    };
    let mut found = relations(&text, folder)?;
    found.retain(|relation| relation.kind == kind);
    Ok(found)
}

fn slide(tree: &roxmltree::Document<'_>, outline: &mut Outline, number: usize) {
    let shapes = shapes(tree.root());
    let title = shapes
        .iter()
        .find(|shape| is_title(**shape))
        .map(|shape| one_line(&paragraphs(*shape).join(" ")))
        .filter(|title| !title.is_empty());
    // Without a title a slide still must not stand below the one before.
    outline.heading(1, &title.unwrap_or_else(|| format!("Slide {number}")));
    for shape in shapes {
        if is_title(shape) {
            continue;
        }
        match name(shape) {
            "graphicFrame" => {
                if let Some(table) = below(shape, "tbl") {
                    outline.table(rows(table));
                } else {
                    // Diagrams keep their texts in parts of their own; charts, their numbers.
                    outline.paragraph(&texts(shape).join("\n"));
                }
            }
            _ => body(shape, outline),
        }
    }
}

/// The shapes that hold text, in the order they were drawn.
fn shapes<'a, 'i>(root: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    root.descendants()
        .filter(|n| matches!(name(*n), "sp" | "graphicFrame"))
        .filter(|n| !n.ancestors().any(|a| name(a) == "Fallback"))
        .collect()
}

fn placeholder<'a>(shape: Node<'a, '_>) -> Option<&'a str> {
    let properties = shape.children().find(|n| name(*n).starts_with("nv"))?;
    below(properties, "ph").map(|ph| attribute(ph, "type").unwrap_or("body"))
}

fn is_title(shape: Node<'_, '_>) -> bool {
    matches!(placeholder(shape), Some("title" | "ctrTitle"))
}

fn body(shape: Node<'_, '_>, outline: &mut Outline) {
    let kind = placeholder(shape);
    if matches!(kind, Some("dt" | "ftr" | "sldNum" | "hdr" | "sldImg")) {
        return;
    }
    // The body of a slide is a list unless it says otherwise; other shapes are not.
    let listed = matches!(kind, Some("body" | "obj"));
    let Some(text) = child(shape, "txBody") else {
        return;
    };
    for paragraph in text.children().filter(|n| name(*n) == "p") {
        let line = paragraph_text(paragraph);
        let properties = child(paragraph, "pPr");
        let bullet = |wanted| properties.is_some_and(|p| child(p, wanted).is_some());
        let is_item = (listed && !bullet("buNone")) || bullet("buChar") || bullet("buAutoNum");
        if is_item {
            let depth = properties
                .and_then(|p| attribute(p, "lvl"))
                .and_then(|l| l.parse().ok())
                .unwrap_or(0);
            outline.item(depth, &line);
        } else {
            outline.paragraph(&line);
        }
    }
}

fn notes(tree: &roxmltree::Document<'_>, outline: &mut Outline) {
    let said: Vec<String> = shapes(tree.root())
        .into_iter()
        .filter(|shape| placeholder(*shape) == Some("body"))
        .flat_map(paragraphs)
        .collect();
    if !said.is_empty() {
        outline.paragraph(&format!("Notes: {}", said.join("\n")));
    }
}

/// The paragraphs of a shape that say something.
fn paragraphs(shape: Node<'_, '_>) -> Vec<String> {
    child(shape, "txBody").map(texts).unwrap_or_default()
}

fn texts(node: Node<'_, '_>) -> Vec<String> {
    node.descendants()
        .filter(|n| name(*n) == "p")
        .map(paragraph_text)
        .filter(|text| !text.trim().is_empty())
        .collect()
}

fn paragraph_text(paragraph: Node<'_, '_>) -> String {
    let mut out = String::new();
    for node in paragraph.descendants() {
        match name(node) {
            "t" => out.push_str(&all_text(node)),
            "br" => out.push('\n'),
            "tab" => out.push('\t'),
            _ => {}
        }
    }
    out.trim().to_owned()
}

fn rows(table: Node<'_, '_>) -> Vec<Vec<String>> {
    table
        .children()
        .filter(|n| name(*n) == "tr")
        .map(|row| {
            row.children()
                .filter(|n| name(*n) == "tc")
                .map(|cell| texts(cell).join("\n"))
                .collect()
        })
        .collect()
}
