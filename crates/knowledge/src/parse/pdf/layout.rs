//! Pieces to lines in the order people read them: columns one after the other, tables row by row.

use super::glyphs::{Piece, WIDE};

/// What stands on one line, from left to right, parted where the gaps are wide.
#[derive(Clone, Debug)]
struct Row {
    y: f64,
    size: f64,
    cells: Vec<Piece>,
}

/// Something of a page, in reading order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Line(Line),
    Table(Vec<Vec<String>>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) size: f64,
    pub(super) x0: f64,
    pub(super) x1: f64,
    pub(super) y: f64,
    /// From where to where lines go in this column.
    pub(super) column: (f64, f64),
}

/// Columns within columns; no page has more.
const DEEPEST: usize = 4;
/// Rows of one table on one page; no page has more.
const LONGEST: usize = 1_000;
/// Fewer lines side by side are no columns.
const FEWEST: usize = 4;

pub(super) fn read(pieces: Vec<Piece>) -> Vec<Item> {
    let mut items = Vec::new();
    order(rows(pieces), DEEPEST, &mut items);
    items
}

/// Pieces on one line, put together where the gaps are narrow.
fn rows(mut pieces: Vec<Piece>) -> Vec<Row> {
    pieces.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x0.total_cmp(&b.x0)));
    let mut rows: Vec<Row> = Vec::new();
    for piece in pieces {
        match rows.last_mut() {
            Some(row) if (piece.y - row.y).abs() < row.size.max(piece.size) * 0.45 => {
                // Raised letters do not move the line.
                if piece.size > row.size {
                    (row.y, row.size) = (piece.y, piece.size);
                }
                row.cells.push(piece);
            }
            _ => rows.push(Row {
                y: piece.y,
                size: piece.size,
                cells: vec![piece],
            }),
        }
    }
    for row in &mut rows {
        row.cells = merged(std::mem::take(&mut row.cells));
    }
    rows
}

fn merged(mut cells: Vec<Piece>) -> Vec<Piece> {
    cells.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    let mut out: Vec<Piece> = Vec::new();
    for cell in cells {
        match out.last_mut() {
            // A number or a bullet belongs to the text after it, however far away.
            Some(last)
                if cell.x0 - last.x1
                    < last.size.max(cell.size) * if is_marker(&last.text) { 4.0 } else { WIDE } =>
            {
                if cell.x0 - last.x1 > cell.size * 0.15 {
                    last.text.push(' ');
                }
                last.text.push_str(&cell.text);
                last.x1 = last.x1.max(cell.x1);
                last.size = last.size.max(cell.size);
            }
            _ => out.push(cell),
        }
    }
    out
}

/// What stands before an item of a list.
pub(super) fn is_marker(text: &str) -> bool {
    let text = text.trim();
    let bare = text.trim_start_matches('(').trim_end_matches(['.', ')']);
    match text.chars().count() {
        1 => "•◦▪▫‣⁃·–—-*○●■□➢✓".contains(text),
        2..=5 => {
            text.ends_with(['.', ')'])
                && !bare.is_empty()
                && (bare.chars().all(|c| c.is_ascii_digit())
                    || (bare.len() == 1 && bare.chars().all(char::is_alphabetic)))
        }
        _ => false,
    }
}

/// Reads columns one after the other where there are columns, otherwise row by row.
fn order(rows: Vec<Row>, deepest: usize, items: &mut Vec<Item>) {
    let gutter = if deepest == 0 { None } else { gutter(&rows) };
    let Some(gutter) = gutter else {
        return region(rows, items);
    };
    let mut across: Vec<Row> = Vec::new();
    let mut beside: Vec<Row> = Vec::new();
    for row in rows {
        if crosses(&row, gutter) {
            columns(
                std::mem::take(&mut beside),
                gutter,
                deepest,
                &mut across,
                items,
            );
            across.push(row);
        } else {
            beside.push(row);
        }
    }
    columns(beside, gutter, deepest, &mut across, items);
    region(across, items);
}

/// Rows that do not cross the gutter: two columns when they look like it, otherwise rows like the
/// others.
fn columns(
    rows: Vec<Row>,
    gutter: f64,
    deepest: usize,
    across: &mut Vec<Row>,
    items: &mut Vec<Item>,
) {
    if !are_columns(&rows, gutter) {
        across.extend(rows);
        return;
    }
    region(std::mem::take(across), items);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for row in rows {
        let (before, after): (Vec<Piece>, Vec<Piece>) =
            row.cells.into_iter().partition(|c| c.x0 < gutter);
        for (cells, side) in [(before, &mut left), (after, &mut right)] {
            if let Some(first) = cells.first() {
                let size = cells.iter().map(|c| c.size).fold(first.size, f64::max);
                side.push(Row {
                    y: row.y,
                    size,
                    cells,
                });
            }
        }
    }
    order(left, deepest - 1, items);
    order(right, deepest - 1, items);
}

fn crosses(row: &Row, x: f64) -> bool {
    row.cells.iter().any(|c| c.x0 < x && c.x1 > x)
}

fn extent<'r>(rows: impl Iterator<Item = &'r Row>) -> (f64, f64) {
    rows.flat_map(|row| &row.cells)
        .fold((f64::MAX, f64::MIN), |(x0, x1), cell| {
            (x0.min(cell.x0), x1.max(cell.x1))
        })
}

/// Where most lines leave a gap and fewest cross it.
fn gutter(rows: &[Row]) -> Option<f64> {
    const STEPS: usize = 60;
    let (x0, x1) = extent(rows.iter());
    let beside = |x: f64| {
        rows.iter()
            .filter(|row| {
                !crosses(row, x)
                    && row.cells.iter().any(|c| c.x1 <= x)
                    && row.cells.iter().any(|c| c.x0 >= x)
            })
            .count()
    };
    let crossing = |x: f64| rows.iter().filter(|row| crosses(row, x)).count();
    (STEPS / 6..=STEPS * 5 / 6)
        .map(|step| x0 + (x1 - x0) * step as f64 / STEPS as f64)
        .map(|x| (beside(x), crossing(x), x))
        .filter(|(beside, crossing, _)| *beside >= FEWEST && *beside > *crossing)
        .max_by_key(|(beside, crossing, _)| beside.saturating_sub(*crossing))
        .map(|(.., x)| x)
}

/// Columns are filled with lines of words; the cells of a table are short or ragged.
fn are_columns(rows: &[Row], gutter: f64) -> bool {
    let side = |is_side: fn(&Piece, f64) -> bool| {
        let cells: Vec<&Piece> = rows
            .iter()
            .flat_map(|row| &row.cells)
            .filter(|c| is_side(c, gutter))
            .collect();
        let (x0, x1) = cells.iter().fold((f64::MAX, f64::MIN), |(x0, x1), c| {
            (x0.min(c.x0), x1.max(c.x1))
        });
        let count = cells.len().max(1) as f64;
        let fill: f64 = cells
            .iter()
            .map(|c| (c.x1 - c.x0) / (x1 - x0).max(1.0))
            .sum::<f64>()
            / count;
        let letters = cells.iter().map(|c| c.text.chars().count()).sum::<usize>() as f64 / count;
        cells.len() >= FEWEST && fill > 0.6 && letters > 15.0
    };
    side(|c, x| c.x0 < x) && side(|c, x| c.x0 >= x)
}

/// Rows of one column: tables and lines.
fn region(rows: Vec<Row>, items: &mut Vec<Item>) {
    let column = extent(rows.iter());
    let mut at = 0;
    while at < rows.len() {
        let length = table_length(&rows[at..]);
        match table(&rows[at..at + length]) {
            Some(cells) => {
                items.push(Item::Table(cells));
                at += length;
            }
            None => {
                // At least this row; the next may begin a table of its own.
                items.push(Item::Line(line(&rows[at], column)));
                at += 1;
            }
        }
    }
}

fn line(row: &Row, column: (f64, f64)) -> Line {
    let texts: Vec<&str> = row.cells.iter().map(|c| c.text.trim()).collect();
    let (x0, x1) = extent(std::iter::once(row));
    Line {
        text: texts.join(" "),
        size: row.size,
        x0,
        x1,
        y: row.y,
        column,
    }
}

/// How many rows from here on may be a table: rows of several cells, and between them single cells that
/// continue the row above.
fn table_length(rows: &[Row]) -> usize {
    let rows = &rows[..rows.len().min(LONGEST)];
    if rows.first().is_none_or(|row| row.cells.len() < 2) {
        return 0;
    }
    let mut length = 1;
    for (at, pair) in rows.windows(2).enumerate() {
        let (above, row) = (&pair[0], &pair[1]);
        let gap = (row.y - above.y) / row.size.max(above.size);
        let continues = row.cells.len() == 1 && gap < 1.6 && (row.size - above.size).abs() < 0.6;
        if row.cells.len() >= 2 && gap < 3.5 {
            length = at + 2;
        } else if !continues {
            break;
        }
    }
    // Single cells below the last full row: the rest of one of its cells, when they stand where it does.
    // Below the first cell the next paragraph begins.
    let full = length;
    let last = &rows[full - 1].cells;
    let indented = last.last().map_or(f64::MAX, |c| c.x0 - c.size);
    let below = |cell: &Piece| {
        let mut others = last.iter().skip(1);
        cell.x0 >= indented || others.any(|c| (c.x0 - cell.x0).abs() < c.size * 0.5)
    };
    for pair in rows[full - 1..].windows(2) {
        let (above, row) = (&pair[0], &pair[1]);
        let gap = (row.y - above.y) / row.size.max(above.size);
        if row.cells.len() == 1 && gap < 1.6 && below(&row.cells[0]) {
            length += 1;
        } else {
            break;
        }
    }
    length
}

/// The cells of rows that stand in columns; none when they do not.
fn table(rows: &[Row]) -> Option<Vec<Vec<String>>> {
    let full: Vec<&Row> = rows.iter().filter(|row| row.cells.len() >= 2).collect();
    if full.len() < 2 {
        return None;
    }
    let mut spans: Vec<(f64, f64)> = full
        .iter()
        .flat_map(|row| &row.cells)
        .map(|c| (c.x0, c.x1))
        .collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut columns: Vec<(f64, f64)> = Vec::new();
    for (x0, x1) in spans {
        match columns.last_mut() {
            Some(last) if x0 <= last.1 => last.1 = last.1.max(x1),
            _ => columns.push((x0, x1)),
        }
    }
    if columns.len() < 2 {
        return None;
    }
    let place = |cell: &Piece| {
        columns
            .iter()
            .position(|(x0, x1)| cell.x0 <= *x1 && cell.x1 >= *x0)
    };
    let mut out: Vec<Vec<String>> = Vec::new();
    for row in rows {
        let mut cells = vec![String::new(); columns.len()];
        for cell in &row.cells {
            let at = place(cell)?;
            if !cells[at].is_empty() {
                cells[at].push(' ');
            }
            cells[at].push_str(cell.text.trim());
        }
        match out.last_mut() {
            // One cell alone is the rest of the one above it.
            Some(above) if row.cells.len() == 1 => {
                for (above, more) in above
                    .iter_mut()
                    .zip(&cells)
                    .filter(|(_, more)| !more.is_empty())
                {
                    if !above.is_empty() {
                        above.push(' ');
                    }
                    above.push_str(more);
                }
            }
            _ => out.push(cells),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(x0: f64, x1: f64, y: f64, text: &str) -> Piece {
        Piece {
            x0,
            x1,
            y,
            size: 10.0,
            text: text.to_owned(),
        }
    }

    fn shown(pieces: Vec<Piece>) -> Vec<String> {
        read(pieces)
            .into_iter()
            .map(|item| match item {
                Item::Line(line) => line.text,
                Item::Table(rows) => rows
                    .iter()
                    .map(|row| row.join("|"))
                    .collect::<Vec<_>>()
                    .join("/"),
            })
            .collect()
    }

    #[test]
    fn columns_are_read_one_after_the_other() {
        let mut pieces = vec![piece(
            50.0,
            550.0,
            10.0,
            "A title across both of the columns",
        )];
        for n in 0..6 {
            let y = 40.0 + 12.0 * f64::from(n);
            pieces.push(piece(
                50.0,
                290.0,
                y,
                &format!("left line number {n} of some"),
            ));
            pieces.push(piece(
                310.0,
                550.0,
                y,
                &format!("right line number {n} of some"),
            ));
        }
        pieces.push(piece(50.0, 550.0, 130.0, "And something below them"));
        let shown = shown(pieces);
        assert!(shown[0].starts_with("A title"));
        assert!(shown[1].contains("left line number 0") && shown[6].contains("left line number 5"));
        assert!(shown[7].contains("right line number 0"));
        assert!(shown[13].starts_with("And something"));
    }

    #[test]
    fn cells_in_columns_are_a_table_with_its_wrapped_cells_whole() {
        let pieces = vec![
            piece(50.0, 80.0, 10.0, "Code"),
            piece(120.0, 180.0, 10.0, "Meaning"),
            piece(50.0, 75.0, 24.0, "E17"),
            piece(120.0, 300.0, 24.0, "Inlet pressure"),
            piece(120.0, 200.0, 36.0, "too low"),
            piece(50.0, 75.0, 50.0, "E21"),
            piece(120.0, 280.0, 50.0, "Motor too hot"),
            piece(50.0, 300.0, 90.0, "A sentence after the table."),
        ];
        assert_eq!(
            shown(pieces),
            [
                "Code|Meaning/E17|Inlet pressure too low/E21|Motor too hot",
                "A sentence after the table."
            ]
        );
    }

    #[test]
    fn a_list_is_no_table() {
        let pieces = vec![
            piece(50.0, 55.0, 10.0, "•"),
            piece(70.0, 200.0, 10.0, "first item"),
            piece(50.0, 55.0, 24.0, "•"),
            piece(70.0, 200.0, 24.0, "second item"),
        ];
        assert_eq!(shown(pieces), ["• first item", "• second item"]);
    }
}
