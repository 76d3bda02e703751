//! Spreadsheets and separated values: sheet by sheet, table by table, rows with their headers.

use std::io::Cursor;

use calamine::{Data, Ods, Reader, SheetVisible, Xls, Xlsb, Xlsx};
use headwater_model::knowledge::ParsedDocument;
use headwater_model::{Error, Result};

use crate::format::Format;
use crate::outline::Outline;
use crate::outline::table;
use crate::reading::Reading;
use crate::reading::unreadable;

const DAMAGED: &str = "This spreadsheet is damaged or cut off and cannot be read. Open it in its program, save a fresh copy and add that.";
const ENCRYPTED: &str =
    "This spreadsheet is protected by a password. Remove the password and add it again.";
/// Filled cells of all sheets together.
const MOST_CELLS: usize = 5_000_000;

/// One cell, as people read it.
struct Cell {
    text: String,
    /// May be the name of a column: words, a date or a year.
    may_head: bool,
    /// Words, for certain.
    words: bool,
}

/// The filled cells of one sheet: rows and cells with their places, in order.
#[derive(Default)]
struct Grid {
    rows: Vec<(u32, Vec<(u32, Cell)>)>,
    cells: usize,
}

impl Grid {
    fn put(&mut self, row: u32, column: u32, cell: Cell) -> Result<()> {
        if cell.text.is_empty() {
            return Ok(());
        }
        self.cells += 1;
        if self.cells > MOST_CELLS {
            return Err(unreadable(&format!(
                "This spreadsheet has more than {MOST_CELLS} filled cells. Split it and add the parts."
            )));
        }
        match self.rows.last_mut() {
            Some((last, cells)) if *last == row => cells.push((column, cell)),
            _ => self.rows.push((row, vec![(column, cell)])),
        }
        Ok(())
    }

    /// Tables are what empty rows part.
    fn write(self, outline: &mut Outline) {
        let mut head: Option<Vec<(u32, String)>> = None;
        let mut region: Vec<Vec<(u32, Cell)>> = Vec::new();
        let mut before = None;
        for (at, cells) in self.rows {
            if before.is_some_and(|before| at > before + 1) {
                part(outline, std::mem::take(&mut region), &mut head);
            }
            before = Some(at);
            region.push(cells);
        }
        part(outline, region, &mut head);
    }
}

/// A run of rows: lines above a table are text, its first row is its head where it can be one. A table
/// without a head continues the one above it.
fn part(outline: &mut Outline, rows: Vec<Vec<(u32, Cell)>>, head: &mut Option<Vec<(u32, String)>>) {
    let mut rows = rows.into_iter().peekable();
    while let Some([(_, cell)]) = rows.peek().map(Vec::as_slice) {
        outline.paragraph(&cell.text);
        rows.next();
    }
    let Some(first) = rows.peek() else { return };
    let heads =
        first.iter().all(|(_, cell)| cell.may_head) && first.iter().any(|(_, cell)| cell.words);
    if heads {
        let first = rows.next().unwrap_or_default();
        *head = Some(
            first
                .into_iter()
                .map(|(column, cell)| (column, cell.text))
                .collect(),
        );
    }
    let body: Vec<Vec<(u32, Cell)>> = rows.collect();
    let mut columns: Vec<u32> = body.iter().flatten().map(|(column, _)| *column).collect();
    if heads || head.is_some() {
        columns.extend(head.iter().flatten().map(|(column, _)| *column));
    }
    columns.sort_unstable();
    columns.dedup();
    let names = columns.iter().map(|column| {
        let named = head.iter().flatten().find(|(c, _)| c == column);
        match (named, head.is_some()) {
            (Some((_, name)), _) => name.clone(),
            (None, true) => String::new(),
            (None, false) => table::letters(*column as usize),
        }
    });
    let mut out = vec![names.collect::<Vec<_>>()];
    for row in body {
        let mut cells = vec![String::new(); columns.len()];
        for (column, cell) in row {
            if let Ok(at) = columns.binary_search(&column) {
                cells[at] = cell.text;
            }
        }
        out.push(cells);
    }
    outline.table(out);
}

/// A workbook of the newer kinds: its archive was measured.
pub(super) fn workbook(
    reading: &Reading<'_>,
    bytes: &[u8],
    format: Format,
) -> Result<ParsedDocument> {
    let cursor = Cursor::new(bytes);
    let mut outline = Outline::default();
    match format {
        Format::Xlsx => {
            let mut book: Xlsx<_> = Xlsx::new(cursor).map_err(unopened)?;
            for name in visible(reading, book.sheets_metadata()) {
                let mut grid = Grid::default();
                // Cell by cell: a range would hold the empty ones, too, however many.
                let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
                    continue; // a chart
                };
                while let Some(found) = cells.next_cell().map_err(unopened)? {
                    let (row, column) = found.get_position();
                    grid.put(row, column, cell(&Data::from(found.get_value().clone())))?;
                }
                sheet(&mut outline, &name, grid);
            }
        }
        Format::Xlsb => {
            let mut book: Xlsb<_> = Xlsb::new(cursor).map_err(unopened)?;
            for name in visible(reading, book.sheets_metadata()) {
                let mut grid = Grid::default();
                let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
                    continue;
                };
                while let Some(found) = cells.next_cell().map_err(unopened)? {
                    let (row, column) = found.get_position();
                    grid.put(row, column, cell(&Data::from(found.get_value().clone())))?;
                }
                sheet(&mut outline, &name, grid);
            }
        }
        _ => ranges::<Ods<_>>(reading, &mut outline, cursor)?,
    }
    Ok(outline.finish_parts())
}

/// A workbook of Excel 97 to 2003.
pub(super) fn old_workbook(reading: &Reading<'_>, bytes: &[u8]) -> Result<ParsedDocument> {
    let mut outline = Outline::default();
    ranges::<Xls<_>>(reading, &mut outline, Cursor::new(bytes))?;
    Ok(outline.finish_parts())
}

fn ranges<'b, B>(
    reading: &Reading<'_>,
    outline: &mut Outline,
    cursor: Cursor<&'b [u8]>,
) -> Result<()>
where
    B: Reader<Cursor<&'b [u8]>>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let mut book = B::new(cursor).map_err(unopened)?;
    for name in visible(reading, book.sheets_metadata()) {
        let Ok(range) = book.worksheet_range(&name) else {
            continue;
        };
        let (top, left) = range.start().unwrap_or_default();
        let mut grid = Grid::default();
        for (row, column, value) in range.used_cells() {
            grid.put(top + row as u32, left + column as u32, cell(value))?;
        }
        sheet(outline, &name, grid);
    }
    Ok(())
}

fn sheet(outline: &mut Outline, name: &str, grid: Grid) {
    if grid.cells > 0 {
        outline.heading(1, name);
        grid.write(outline);
    }
}

/// The sheets people see; others are named as left out.
fn visible(reading: &Reading<'_>, sheets: &[calamine::Sheet]) -> Vec<String> {
    let (shown, hidden): (Vec<_>, Vec<_>) = sheets
        .iter()
        .partition(|sheet| sheet.visible == SheetVisible::Visible);
    for sheet in hidden {
        reading.leave_out(&format!("Sheet “{}”", sheet.name), "It is hidden.");
    }
    shown.into_iter().map(|sheet| sheet.name.clone()).collect()
}

fn unopened(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let said = error.to_string().to_lowercase();
    let told = if said.contains("password") || said.contains("encrypt") {
        ENCRYPTED
    } else {
        DAMAGED
    };
    unreadable(told).with_source(error)
}

fn cell(value: &Data) -> Cell {
    let (text, may_head, words) = match value {
        Data::Empty | Data::Error(_) => (String::new(), false, false),
        Data::String(text) => (text.trim().to_owned(), true, true),
        Data::Bool(value) => (value.to_string(), false, false),
        Data::Int(value) => (value.to_string(), (1900..=2100).contains(value), false),
        Data::Float(value) => (
            number(*value),
            value.fract() == 0.0 && (1900.0..=2100.0).contains(value),
            false,
        ),
        Data::DateTime(value) if value.is_duration() => (clock(value.as_f64()), false, false),
        Data::DateTime(value) => (date(value), true, false),
        Data::DateTimeIso(text) => (
            text.trim_end_matches("T00:00:00").replace('T', " "),
            true,
            false,
        ),
        Data::DurationIso(text) => (text.clone(), false, false),
    };
    Cell {
        text,
        may_head,
        words,
    }
}

/// Fifteen digits, as spreadsheets keep them: 0.1 + 0.2 is 0.3.
fn number(value: f64) -> String {
    format!("{value:.14e}")
        .parse::<f64>()
        .unwrap_or(value)
        .to_string()
}

fn date(value: &calamine::ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    if value.as_f64() < 1.0 {
        return clock(value.as_f64());
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => date,
        (_, _, 0) => format!("{date} {hour:02}:{minute:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    }
}

/// Days as hours, minutes and seconds.
fn clock(days: f64) -> String {
    let seconds = (days.abs() * 86_400.0).round() as u64;
    let sign = if days < 0.0 { "-" } else { "" };
    format!(
        "{sign}{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Separated values; the separator is the one that cuts the first lines most alike.
pub(super) fn csv(text: &str, separator: Option<u8>) -> Result<ParsedDocument> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator.unwrap_or_else(|| guess(text)))
        .from_reader(text.as_bytes());
    let mut grid = Grid::default();
    let mut record = csv::StringRecord::new();
    let mut row = 0;
    while reader
        .read_record(&mut record)
        .map_err(|e| unreadable(DAMAGED).with_source(e))?
    {
        for (column, text) in record.iter().enumerate() {
            grid.put(
                row,
                u32::try_from(column).unwrap_or(u32::MAX),
                written(text),
            )?;
        }
        row += 1;
    }
    let mut outline = Outline::default();
    grid.write(&mut outline);
    Ok(outline.finish_parts())
}

/// A cell of a text file: what looks like a number is one.
fn written(text: &str) -> Cell {
    let text = text.trim().to_owned();
    let bare: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | '\'' | ' ' | '%' | '$' | '€' | '£'))
        .collect();
    let value = bare.parse::<f64>().ok();
    let year = value.is_some_and(|v| v.fract() == 0.0 && (1900.0..=2100.0).contains(&v));
    Cell {
        may_head: value.is_none() || year,
        words: value.is_none(),
        text,
    }
}

fn guess(text: &str) -> u8 {
    let lines: Vec<&str> = text
        .lines()
        .filter(|l| !l.trim().is_empty())
        .take(30)
        .collect();
    let score = |separator: u8| {
        let counts: Vec<usize> = lines
            .iter()
            .map(|line| outside_quotes(line, separator))
            .collect();
        let first = counts.first().copied().unwrap_or(0);
        let alike = counts
            .iter()
            .filter(|count| **count == first && first > 0)
            .count();
        (alike, first)
    };
    [b',', b';', b'\t', b'|']
        .into_iter()
        .rev()
        .max_by_key(|separator| score(*separator))
        .unwrap_or(b',')
}

fn outside_quotes(line: &str, separator: u8) -> usize {
    let mut quoted = false;
    line.bytes()
        .filter(|byte| {
            quoted ^= *byte == b'"';
            !quoted && *byte == separator
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let parsed = csv(source, None).unwrap();
        parsed.blocks.into_iter().map(|b| b.text).collect()
    }

    #[test]
    fn separators_are_found_and_quotes_respected() {
        assert_eq!(
            texts("name;price\n\"Bolt; long\";1,50\nNut;0,20\n"),
            ["| name | price |\n| --- | --- |\n| Bolt; long | 1,50 |\n| Nut | 0,20 |"]
        );
        assert_eq!(
            texts("a\tb\n1\t2\n"),
            ["| a | b |\n| --- | --- |\n| 1 | 2 |"]
        );
        assert_eq!(
            texts("1,2\n3,4\n"),
            ["| A | B |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"]
        );
        assert_eq!(
            texts("city,2023,2024\nBern,1,2\n"),
            ["| city | 2023 | 2024 |\n| --- | --- | --- |\n| Bern | 1 | 2 |"]
        );
    }

    #[test]
    fn numbers_and_times_are_written_as_people_read_them() {
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(1_234_567.0), "1234567");
        assert_eq!(clock(1.5), "36:00:00");
    }
}
