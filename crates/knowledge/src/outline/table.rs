//! Rows to text that keeps their headers: a Markdown table while a row reads as one line, otherwise
//! `Header: value` lines, row by row.

use headwater_model::knowledge::BlockKind;

/// A table with more columns is written row by row.
const WIDEST: usize = 8;
/// So is one whose rows are longer than this on average, in characters.
const LONGEST_ROW: usize = 240;

/// The text of a table whose first row is its head; nothing when it is empty.
pub(crate) fn render(rows: Vec<Vec<String>>) -> Option<(BlockKind, String)> {
    let rows = tidy(rows);
    let (head, body) = rows.split_first()?;
    if body.is_empty() || head.len() == 1 {
        // A frame around text, or a list.
        let lines: Vec<String> = rows.iter().map(|row| filled(row).join("\n")).collect();
        return Some((BlockKind::Text, lines.join("\n\n")));
    }
    let characters: usize = body.iter().flatten().map(|cell| cell.chars().count()).sum();
    if head.len() > WIDEST || characters / body.len() > LONGEST_ROW {
        return Some((BlockKind::Records, records(head, body)));
    }
    let mut text = String::new();
    row(&mut text, head);
    text.push_str("\n|");
    text.push_str(&" --- |".repeat(head.len()));
    for cells in body {
        text.push('\n');
        row(&mut text, cells);
    }
    Some((BlockKind::Table, text))
}

/// All rows equally long, without empty rows and columns, every cell one line.
fn tidy(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|mut row| {
            for cell in &mut row {
                if cell.contains(char::is_whitespace) {
                    *cell = cell.split_whitespace().collect::<Vec<_>>().join(" ");
                }
            }
            row.resize(width, String::new());
            row
        })
        .filter(|row| row.iter().any(|cell| !cell.is_empty()))
        .collect();
    let used: Vec<bool> = (0..width)
        .map(|column| rows.iter().any(|row| !row[column].is_empty()))
        .collect();
    if used.contains(&false) {
        for row in &mut rows {
            let mut column = 0;
            row.retain(|_| {
                column += 1;
                used[column - 1]
            });
        }
    }
    rows
}

fn filled(row: &[String]) -> Vec<&str> {
    row.iter()
        .map(String::as_str)
        .filter(|cell| !cell.is_empty())
        .collect()
}

fn row(out: &mut String, cells: &[String]) {
    out.push('|');
    for cell in cells {
        out.push(' ');
        out.push_str(&cell.replace('|', "\\|"));
        out.push_str(" |");
    }
}

fn records(head: &[String], body: &[Vec<String>]) -> String {
    let mut out = String::new();
    for cells in body {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        let mut first = true;
        for (name, cell) in head.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            if !std::mem::take(&mut first) {
                out.push('\n');
            }
            if !name.is_empty() {
                out.push_str(name);
                out.push_str(": ");
            }
            out.push_str(cell);
        }
    }
    out
}

/// The name of a column where the sheet gives none: `A`, `B`, …, `AA`.
pub(crate) fn letters(mut column: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(b'A' + (column % 26) as u8);
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    name.iter().rev().map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[&[&str]]) -> Vec<Vec<String>> {
        text.iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect()
    }

    #[test]
    fn narrow_tables_are_markdown_and_wide_ones_records() {
        let (kind, text) =
            render(rows(&[&["A", "", "B"], &["1", "", "2\n3"], &["", "", ""]])).unwrap();
        assert_eq!(kind, BlockKind::Table);
        assert_eq!(text, "| A | B |\n| --- | --- |\n| 1 | 2 3 |");
        let head: Vec<&str> = vec!["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let (kind, text) = render(rows(&[&head, &["1", "", "", "", "", "", "", "", "9"]])).unwrap();
        assert_eq!((kind, text.lines().count()), (BlockKind::Records, 2));
        assert_eq!(text, "a: 1\ni: 9");
    }

    #[test]
    fn a_frame_around_text_is_text() {
        let (kind, text) = render(rows(&[&["Note: wear goggles."]])).unwrap();
        assert_eq!(
            (kind, text.as_str()),
            (BlockKind::Text, "Note: wear goggles.")
        );
        assert!(render(rows(&[&["", ""]])).is_none());
    }

    #[test]
    fn columns_without_a_name_have_letters() {
        assert_eq!(
            [
                letters(0),
                letters(25),
                letters(26),
                letters(701),
                letters(702)
            ],
            ["A", "Z", "AA", "ZZ", "AAA"]
        );
    }
}
