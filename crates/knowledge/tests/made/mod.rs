//! Documents made by code, small and of every kind that is not text: what they hold can be read here.

#![allow(dead_code, clippy::unwrap_used, reason = "every test uses some")]

use std::io::{Cursor, Write as _};

use zip::write::{SimpleFileOptions, ZipWriter};

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// A ZIP archive; a member called `mimetype` is stored as it is, as readers expect.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let method = match *name {
            "mimetype" => zip::CompressionMethod::Stored,
            _ => zip::CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Half a gigabyte and more of blanks, and these members before it.
pub fn bomb(members: &[(&str, &[u8])]) -> Vec<u8> {
    let blanks = zip(&[("blanks", &vec![b' '; 16 * 1024 * 1024])]);
    let mut blanks = zip::ZipArchive::new(Cursor::new(blanks)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    for n in 0..33 {
        let packed = blanks.by_index_raw(0).unwrap();
        writer
            .raw_copy_file_rename(packed, format!("{n}.txt"))
            .unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn archive(members: &[(&str, String)]) -> Vec<u8> {
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    zip(&members)
}

/// A Word document whose body is this XML.
pub fn docx(body: &str) -> Vec<u8> {
    let w = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006""#;
    archive(&[
        (
            "[Content_Types].xml",
            format!(
                "{XML}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"
            ),
        ),
        (
            "word/styles.xml",
            format!(
                r#"{XML}<w:styles {w}>
                <w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
                <w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
                <w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
                <w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Our part"/><w:basedOn w:val="berschrift2"/></w:style>
                </w:styles>"#
            ),
        ),
        (
            "word/document.xml",
            format!("{XML}<w:document {w}><w:body>{body}</w:body></w:document>"),
        ),
        (
            "word/footnotes.xml",
            format!(
                r#"{XML}<w:footnotes {w}><w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote><w:footnote w:id="1"><w:p><w:r><w:t>Measured at the inlet.</w:t></w:r></w:p></w:footnote></w:footnotes>"#
            ),
        ),
        (
            "docProps/core.xml",
            format!(
                r#"{XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Pump maintenance</dc:title></cp:coreProperties>"#
            ),
        ),
    ])
}

/// A paragraph of a Word document, with a style.
pub fn paragraph(style: &str, text: &str) -> String {
    format!(
        r#"<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>"#
    )
}

/// The golden Word document: headings, a list, tracked changes, a table with spans, a text box.
pub fn pump_docx() -> Vec<u8> {
    let item = |level: u8, text: &str| {
        format!(
            r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#
        )
    };
    let cell = |properties: &str, text: &str| {
        format!("<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>")
    };
    let row = |cells: &[String]| format!("<w:tr>{}</w:tr>", cells.concat());
    let table = [
        row(&[cell("", "Code"), cell("", "Meaning"), cell("", "Remedy")]),
        row(&[
            cell(r#"<w:vMerge w:val="restart"/>"#, "E17"),
            cell("", "Inlet pressure below 0.4 bar"),
            cell("", "Clean the filter"),
        ]),
        row(&[
            cell("<w:vMerge/>", ""),
            cell(
                r#"<w:gridSpan w:val="2"/>"#,
                "Ask the office when it comes back",
            ),
        ]),
        row(&[
            cell("", "E21"),
            cell("", "Motor above 95 °C"),
            cell("", "Let it cool | wait"),
        ]),
    ]
    .concat();
    let body = [
        paragraph("Titel", "Pump maintenance"),
        paragraph("Standard", "The main circulation pump is inspected every ninety days."),
        paragraph("berschrift2", "Lubrication"),
        r#"<w:p><w:r><w:t xml:space="preserve">Use grease of </w:t></w:r><w:del><w:r><w:delText>any</w:delText></w:r></w:del><w:ins><w:r><w:t>grade NLGI 2</w:t></w:r></w:ins><w:r><w:t>.</w:t></w:r><w:hyperlink><w:r><w:tab/><w:t>See the list.</w:t></w:r></w:hyperlink></w:p>"#.to_owned(),
        item(0, "Front bearing: 12 grams"),
        item(1, "in two portions"),
        item(0, "Rear bearing: 9 grams"),
        paragraph("Own", "Fault codes"),
        format!("<w:tbl>{table}</w:tbl>"),
        r#"<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>Boxed: never run it dry.</w:t></w:r></w:p></w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent><w:p><w:r><w:t>Boxed: never run it dry.</w:t></w:r></w:p></w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>"#.to_owned(),
        paragraph("berschrift1", "Bare heading"),
    ];
    docx(&body.concat())
}

/// The golden presentation: slides out of their files' order, a list, a table, notes, a footer.
pub fn pump_pptx() -> Vec<u8> {
    let p = r#"xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships""#;
    let rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let shape = |kind: &str, paragraphs: &str| {
        format!(
            r#"<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"/><p:cNvSpPr/><p:nvPr>{kind}</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"#
        )
    };
    let text = |level: u8, text: &str| {
        format!(r#"<a:p><a:pPr lvl="{level}"/><a:r><a:t>{text}</a:t></a:r></a:p>"#)
    };
    let slide = |shapes: &[String]| {
        format!(
            "{XML}<p:sld {p}><p:cSld><p:spTree>{}</p:spTree></p:cSld></p:sld>",
            shapes.concat()
        )
    };
    let cell = |value: &str| format!("<a:tc><a:txBody>{}</a:txBody></a:tc>", text(0, value));
    let row = |a: &str, b: &str| format!("<a:tr>{}{}</a:tr>", cell(a), cell(b));
    let table = format!(
        r#"<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="3" name="t"/><p:nvPr/></p:nvGraphicFramePr><a:graphic><a:graphicData><a:tbl>{}{}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"#,
        row("Code", "Meaning"),
        row("E17", "Inlet pressure below 0.4 bar")
    );
    let footer = shape(r#"<p:ph type="ftr"/>"#, &text(0, "Confidential footer"));
    let relations = |list: &[(&str, &str, &str)]| {
        let list: Vec<String> = list
            .iter()
            .map(|(id, kind, target)| {
                format!(r#"<Relationship Id="{id}" Type="{rel}/{kind}" Target="{target}"/>"#)
            })
            .collect();
        format!(
            r#"{XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>"#,
            list.concat()
        )
    };
    archive(&[
        ("[Content_Types].xml", "<Types/>".to_owned()),
        (
            "ppt/presentation.xml",
            format!(
                r#"{XML}<p:presentation {p}><p:sldIdLst><p:sldId id="256" r:id="rId7"/><p:sldId id="257" r:id="rId3"/></p:sldIdLst></p:presentation>"#
            ),
        ),
        (
            "ppt/_rels/presentation.xml.rels",
            relations(&[
                ("rId3", "slide", "slides/slide1.xml"),
                ("rId7", "slide", "slides/slide2.xml"),
            ]),
        ),
        (
            "ppt/slides/slide2.xml",
            slide(&[
                footer,
                shape(
                    r#"<p:ph idx="1"/>"#,
                    &[
                        text(0, "Every ninety days"),
                        text(1, "by the people on duty"),
                    ]
                    .concat(),
                ),
                shape(r#"<p:ph type="title"/>"#, &text(0, "Inspection")),
            ]),
        ),
        (
            "ppt/slides/_rels/slide2.xml.rels",
            relations(&[("rId1", "notesSlide", "../notesSlides/notesSlide1.xml")]),
        ),
        (
            "ppt/notesSlides/notesSlide1.xml",
            slide(&[shape(
                r#"<p:ph type="body" idx="1"/>"#,
                &text(0, "Mention the new filter."),
            )]),
        ),
        (
            "ppt/slides/slide1.xml",
            slide(&[
                shape("", &text(0, "A box without a title on its slide.")),
                table,
            ]),
        ),
    ])
}

/// A workbook: each sheet a name, whether it is hidden, and rows of XML cells.
pub fn xlsx(sheets: &[(&str, bool, &str)]) -> Vec<u8> {
    let main = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships""#;
    let rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut list, mut relations, mut parts) = (String::new(), String::new(), Vec::new());
    for (at, (name, hidden, rows)) in sheets.iter().enumerate() {
        let at = at + 1;
        let state = if *hidden { r#" state="hidden""# } else { "" };
        list.push_str(&format!(
            r#"<sheet name="{name}" sheetId="{at}"{state} r:id="rId{at}"/>"#
        ));
        relations.push_str(&format!(r#"<Relationship Id="rId{at}" Type="{rel}/worksheet" Target="worksheets/sheet{at}.xml"/>"#));
        parts.push((
            format!("xl/worksheets/sheet{at}.xml"),
            format!("{XML}<worksheet {main}><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    let mut members = vec![
        (
            "[Content_Types].xml".to_owned(),
            format!(
                r#"{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#
            ),
        ),
        (
            "_rels/.rels".to_owned(),
            format!(
                r#"{XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!("{XML}<workbook {main}><sheets>{list}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!(
                r#"{XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>"#
            ),
        ),
        (
            "xl/styles.xml".to_owned(),
            format!(
                r#"{XML}<styleSheet {main}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"#
            ),
        ),
    ];
    members.extend(parts);
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    zip(&members)
}

/// A row of cells; what begins with `=` is a number, with `@` a date, the rest are words.
pub fn row(number: usize, cells: &[&str]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .enumerate()
        .filter(|(_, value)| !value.is_empty())
        .map(|(column, value)| {
            let at = format!("{}{number}", char::from(b'A' + column as u8));
            match (value.strip_prefix('='), value.strip_prefix('@')) {
                (Some(value), _) => format!(r#"<c r="{at}"><v>{value}</v></c>"#),
                (_, Some(value)) => format!(r#"<c r="{at}" s="1"><v>{value}</v></c>"#),
                _ => format!(r#"<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>"#),
            }
        })
        .collect();
    format!(r#"<row r="{number}">{}</row>"#, cells.concat())
}

/// The golden workbook: a caption, a table, a second table after empty rows, a wide one, a hidden sheet.
pub fn stock_xlsx() -> Vec<u8> {
    let stock = [
        row(1, &["Stock at the northern landing"]),
        row(3, &["Part", "Count", "Price", "Checked"]),
        row(4, &["Bearing", "=12", "=0.30000000000000004", "@45943"]),
        row(5, &["Seal | ring", "=7", "", "@45943.5"]),
        row(9, &["Keeper", "Phone"]),
        row(10, &["Ann Lee", "=112"]),
    ]
    .concat();
    let wide = [
        row(1, &["Name", "a", "b", "c", "d", "e", "f", "g", "h", "i"]),
        row(
            2,
            &["Pump", "=1", "=2", "=3", "", "=5", "=6", "=7", "=8", "=9"],
        ),
        row(3, &["Valve", "", "", "", "", "", "", "", "", "=10"]),
    ]
    .concat();
    xlsx(&[
        ("Stock", false, &stock),
        ("Wide", false, &wide),
        ("Secret", true, &row(1, &["hidden words"])),
    ])
}

/// OpenDocument of the kind that the last word of its media type names.
pub fn odf(kind: &str, body: &str) -> Vec<u8> {
    let namespaces = r#"xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/""#;
    archive(&[
        (
            "mimetype",
            format!("application/vnd.oasis.opendocument.{kind}"),
        ),
        (
            "META-INF/manifest.xml",
            format!(
                "{XML}<m:manifest xmlns:m=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>"
            ),
        ),
        (
            "content.xml",
            format!(
                "{XML}<office:document-content {namespaces}><office:body>{body}</office:body></office:document-content>"
            ),
        ),
        (
            "meta.xml",
            format!(
                "{XML}<office:document-meta {namespaces}><office:meta><dc:title>Pump maintenance</dc:title></office:meta></office:document-meta>"
            ),
        ),
    ])
}

pub fn pump_odt() -> Vec<u8> {
    odf(
        "text",
        r#"<office:text><text:tracked-changes><text:p>gone</text:p></text:tracked-changes>
        <text:h text:outline-level="1">Pump maintenance</text:h>
        <text:p>The main<text:s text:c="2"/>circulation pump<text:note><text:note-body><text:p>The blue one.</text:p></text:note-body></text:note> is inspected.</text:p>
        <text:list><text:list-item><text:p>Front bearing</text:p><text:list><text:list-item><text:p>12 grams</text:p></text:list-item></text:list></text:list-item></text:list>
        <text:h text:outline-level="2">Fault codes</text:h>
        <table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Code</text:p></table:table-cell><table:table-cell><text:p>Meaning</text:p></table:table-cell></table:table-row></table:table-header-rows>
        <table:table-row><table:table-cell><text:p>E17</text:p></table:table-cell><table:table-cell><text:p>Inlet pressure</text:p><text:p>below 0.4 bar</text:p></table:table-cell></table:table-row></table:table></office:text>"#,
    )
}

pub fn pump_odp() -> Vec<u8> {
    odf(
        "presentation",
        r#"<office:presentation><draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>Inspection</text:p></draw:text-box></draw:frame>
        <draw:frame><draw:text-box><text:list><text:list-item><text:p>Every ninety days</text:p></text:list-item></text:list></draw:text-box></draw:frame>
        <presentation:notes><draw:frame><draw:text-box><text:p>Mention the new filter.</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>
        <draw:page><draw:frame><draw:text-box><text:p>Second slide.</text:p></draw:text-box></draw:frame></draw:page></office:presentation>"#,
    )
}

pub fn stock_ods() -> Vec<u8> {
    odf(
        "spreadsheet",
        r#"<office:spreadsheet><table:table table:name="Stock">
        <table:table-row><table:table-cell office:value-type="string"><text:p>Part</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Count</text:p></table:table-cell></table:table-row>
        <table:table-row><table:table-cell office:value-type="string"><text:p>Bearing</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="12"><text:p>12</text:p></table:table-cell></table:table-row>
        </table:table></office:spreadsheet>"#,
    )
}

/// The golden book: a table of contents that is not read, chapters in an order of their own.
pub fn book_epub() -> Vec<u8> {
    let page = |body: &str| {
        format!(
            r#"{XML}<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{body}</body></html>"#
        )
    };
    archive(&[
        ("mimetype", "application/epub+zip".to_owned()),
        (
            "META-INF/container.xml",
            format!(
                r#"{XML}<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>"#
            ),
        ),
        (
            "OEBPS/book.opf",
            format!(
                r#"{XML}<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The ferry</dc:title></metadata>
                <manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/><item id="b" href="text/two.xhtml" media-type="application/xhtml+xml"/><item id="a" href="text/one%20first.xhtml" media-type="application/xhtml+xml"/><item id="img" href="x.png" media-type="image/png"/></manifest>
                <spine><itemref idref="nav"/><itemref idref="a"/><itemref idref="b"/></spine></package>"#
            ),
        ),
        (
            "OEBPS/nav.xhtml",
            page("<nav><ol><li>Contents</li></ol></nav>"),
        ),
        (
            "OEBPS/text/two.xhtml",
            page("<h1>The storm</h1><p>The deck was closed&nbsp;&mdash; for a week.</p>"),
        ),
        (
            "OEBPS/text/one first.xhtml",
            page(
                "<h1>The crossing</h1><p>It began in May.</p><h2>Coffee</h2><p>They served 412 cups.</p>",
            ),
        ),
    ])
}

/// The golden mail: encoded words, two forms of one text, two attachments, one of them a mail.
pub fn report_eml() -> Vec<u8> {
    let inner = "From: bo@example.com\r\nTo: ann@example.com\r\nSubject: The old report\r\nMessage-ID: <1@example.com>\r\n\r\nSee the filter.\r\n";
    let csv = "Y29kZSxtZWFuaW5nDQpFMTcsbG93DQo=";
    [
        "Received: from a by b; Mon, 6 May 2024 10:00:00 +0000",
        "From: =?utf-8?Q?Ann_Le=C3=A9?= <ann@example.com>",
        "To: Bo <bo@example.com>, carol@example.com",
        "Date: Mon, 6 May 2024 09:30:00 +0200",
        "Subject: =?utf-8?B?UHVtcCByZXBvcnQg4oCTIE1heQ==?=",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=outer",
        "",
        "--outer",
        "Content-Type: multipart/alternative; boundary=inner",
        "",
        "--inner",
        "Content-Type: text/plain; charset=iso-8859-1",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "The pump runs. Caf=E9 at ten.",
        "--inner",
        "Content-Type: text/html",
        "",
        "<p>The pump runs.</p>",
        "--inner--",
        "--outer",
        "Content-Type: text/csv; name=faults.csv",
        "Content-Disposition: attachment; filename=faults.csv",
        "Content-Transfer-Encoding: base64",
        "",
        csv,
        "--outer",
        "Content-Type: message/rfc822",
        "",
        inner,
        "--outer--",
        "",
    ]
    .join("\r\n")
    .into_bytes()
}

/// Rich text with styles, a list, a table and another alphabet.
pub fn pump_rtf() -> Vec<u8> {
    [
        r"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}",
        r"{\stylesheet{\s0 Normal;}{\s1 heading 1;}{\s2\outlinelevel1 heading 2;}}{\info{\title Pump maintenance}{\author Ann}}",
        r"{\header furniture}\pard\s1 Pump maintenance\par\pard The main pump is inspected \u8212?every ninety days.\par",
        r"{\listtext\bullet\tab}\pard\ls1 Caf\'e9 on deck\par\pard\ls1\ilvl1 {\f1\'cd\'e0\'f1\'ee\'f1}\par",
        r"\pard\s2 Fault codes\par{\trowd\pard\intbl Code\cell Meaning\cell\row\pard\intbl E17\cell Inlet pressure\par below 0.4 bar\cell\row}\pard {\v hidden}After the table.\par}",
    ]
    .concat()
    .into_bytes()
}

/// An archive as people make them: folders, litter, something unreadable.
pub fn papers_zip() -> Vec<u8> {
    zip(&[
        (
            "papers/birds.md",
            b"# Birds\n\n## Kingfisher\n\nIt dives for minnows.",
        ),
        ("__MACOSX/papers/._birds.md", b"\0\0\0"),
        ("papers/engine.bin", &[0, 159, 146, 150, 0, 1, 2, 3]),
        ("papers/pump.docx", &pump_docx()),
        ("papers/faults.csv", b"code,meaning\nE17,low\n"),
    ])
}
