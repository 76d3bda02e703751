//! What reading and cutting documents costs: `cargo bench -p headwater-knowledge`. Prints a line per
//! format, with a colon after its name: megabytes of the file and pages per second on one core; the best of
//! several rounds, since noise only ever adds.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

#[path = "../tests/made/mod.rs"]
mod made;

use std::time::{Duration, Instant};

use headwater_knowledge::chunk::chunk;
use headwater_knowledge::parse;
use headwater_model::knowledge::ParsedDocument;

/// A round lasts at least this long.
const ROUND: Duration = Duration::from_millis(400);
const ROUNDS: usize = 5;
/// Characters of text that count as a page where a format has none.
const PAGE: usize = 3_000;

const SENTENCE: &str = "The main circulation pump is inspected every ninety days by the people on duty, who write it down. ";

fn prose(paragraphs: usize) -> Vec<String> {
    (0..paragraphs)
        .map(|n| format!("{n}. {}", SENTENCE.repeat(4)))
        .collect()
}

fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let paragraphs = prose(2_000);
    let markdown: String = paragraphs
        .iter()
        .enumerate()
        .map(|(n, text)| {
            if n % 20 == 0 {
                format!("## Part {n}\n\n{text}\n\n")
            } else {
                format!("{text}\n\n")
            }
        })
        .collect();
    let html: String = paragraphs
        .iter()
        .map(|text| format!("<p>{text}</p>"))
        .collect();
    let word: String = paragraphs
        .iter()
        .enumerate()
        .map(|(n, text)| {
            made::paragraph(
                if n % 20 == 0 {
                    "berschrift2"
                } else {
                    "Standard"
                },
                text,
            )
        })
        .collect();
    let open: String = paragraphs
        .iter()
        .map(|text| format!("<text:p>{text}</text:p>"))
        .collect();
    let rich: String = paragraphs
        .iter()
        .map(|text| format!("\\pard {text}\\par\n"))
        .collect();
    let row = |n: usize| {
        [
            format!("Part {n}"),
            format!("={n}"),
            format!("={n}.5"),
            "in the northern store".to_owned(),
        ]
    };
    let rows: String = (1..20_000)
        .map(|n| made::row(n, &row(n).each_ref().map(String::as_str)))
        .collect();
    let csv: String = (0..20_000)
        .map(|n| format!("Part {n},{n},{n}.5,in the northern store\n"))
        .collect();
    let json: String = (0..20_000)
        .map(|n| format!("{{\"part\": \"Part {n}\", \"count\": {n}, \"where\": \"store\"}}\n"))
        .collect();
    let mail = format!(
        "From: a@example.com\r\nMIME-Version: 1.0\r\nSubject: s\r\n\r\n{}",
        paragraphs.join("\r\n\r\n")
    );
    let code: String = (0..4_000)
        .map(|n| {
            format!(
                "def part_{n}(count):\n    \"\"\"{SENTENCE}\"\"\"\n    return count + {n}\n\n\n"
            )
        })
        .collect();
    let golden = |name: &str| {
        std::fs::read(format!(
            "{}/tests/golden/{name}",
            env!("CARGO_MANIFEST_DIR")
        ))
        .unwrap()
    };
    let docx = made::docx(&word);
    let zip = made::zip(&[("a.docx", &docx), ("b.md", markdown.as_bytes())]);
    vec![
        ("a.md", markdown.into_bytes()),
        (
            "a.html",
            format!("<html><body><article>{html}</article></body></html>").into_bytes(),
        ),
        ("a.pdf", golden("manual.pdf")),
        ("a.docx", docx),
        ("a.pptx", made::pump_pptx()),
        ("a.xlsx", made::xlsx(&[("Stock", false, &rows)])),
        (
            "a.odt",
            made::odf("text", &format!("<office:text>{open}</office:text>")),
        ),
        ("a.epub", made::book_epub()),
        (
            "a.csv",
            format!("part,count,price,where\n{csv}").into_bytes(),
        ),
        ("a.jsonl", json.into_bytes()),
        ("a.eml", mail.into_bytes()),
        ("a.rtf", format!("{{\\rtf1\\ansi {rich}}}").into_bytes()),
        ("a.py", code.into_bytes()),
        ("a.zip", zip),
    ]
}

fn pages(parsed: &ParsedDocument) -> usize {
    let counted = parsed
        .blocks
        .iter()
        .filter_map(|block| block.page)
        .max()
        .unwrap_or(0) as usize;
    let text: usize = parsed
        .blocks
        .iter()
        .map(|block| block.text.chars().count())
        .sum();
    if counted > 0 {
        counted
    } else {
        text.div_ceil(PAGE)
    }
}

/// Seconds per call, the best of several rounds.
fn measured(mut work: impl FnMut()) -> f64 {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let mut calls = 0u32;
            while start.elapsed() < ROUND {
                work();
                calls += 1;
            }
            start.elapsed().as_secs_f64() / f64::from(calls)
        })
        .fold(f64::MAX, f64::min)
}

fn main() {
    for (name, bytes) in documents() {
        let parsed = parse::parse(&bytes, name, "").unwrap();
        let reading = measured(|| drop(parse::parse(&bytes, name, "").unwrap()));
        let text: usize = parsed.blocks.iter().map(|block| block.text.len()).sum();
        let cutting = measured(|| drop(chunk(&parsed)));
        println!(
            "{}: read at {:.1} MB of file/s, {:.0} pages/s; cut at {:.0} MB of text/s",
            name.trim_start_matches("a."),
            bytes.len() as f64 / 1e6 / reading,
            pages(&parsed) as f64 / reading,
            text as f64 / 1e6 / cutting,
        );
    }
}
