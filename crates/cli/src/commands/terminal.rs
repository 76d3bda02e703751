//! What reaches the person or the script: text on standard output, the rest on standard error.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use headwater_model::Code;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::problem::{Problem, Result};

/// How to talk: in tables and sentences, or in JSON.
pub struct Terminal {
    pub json: bool,
    out_is_terminal: bool,
    err_is_terminal: bool,
}

impl Terminal {
    pub fn new(json: bool) -> Self {
        Self {
            json,
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Whether a person watches standard error.
    pub const fn is_watched(&self) -> bool {
        self.err_is_terminal && !self.json
    }

    /// Whether questions can be asked.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && self.err_is_terminal && !self.json
    }

    /// A piece of text on standard output, shown at once. A reader that went away ends the command
    /// quietly: the code `cancelled` is not told.
    pub fn write(&self, text: &str) -> Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|e| gone(&e))
    }

    /// A line on standard output.
    pub fn line(&self, text: impl std::fmt::Display) -> Result<()> {
        self.write(&format!("{text}\n"))
    }

    /// One JSON document on standard output.
    pub fn print_json(&self, value: &Value) -> Result<()> {
        let text =
            serde_json::to_string_pretty(value).map_err(|e| Problem::new(Code::Internal, e))?;
        self.line(text)
    }

    /// The value as JSON under `--json`, the sentence otherwise.
    pub fn result(&self, value: &Value, sentence: impl std::fmt::Display) -> Result<()> {
        if self.json {
            self.print_json(value)
        } else {
            self.line(sentence)
        }
    }

    /// A remark for a person on standard error; scripts are spared.
    pub fn note(&self, text: impl std::fmt::Display) {
        if !self.json {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Tells what went wrong.
    pub fn problem(&self, problem: &Problem) {
        if problem.code() == GONE {
            return;
        }
        let mut err = io::stderr().lock();
        let _ = if self.json {
            writeln!(err, "{}", problem.to_json())
        } else {
            writeln!(err, "headwater: {problem}")
        };
    }

    /// A list: JSON under `--json`, a table otherwise. Each column is a title and a reader.
    pub fn list(&self, items: &[Value], empty: &str, columns: &[Column]) -> Result<()> {
        if self.json {
            return self.print_json(&serde_json::json!({ "items": items }));
        }
        if items.is_empty() {
            self.note(empty);
            return Ok(());
        }
        let mut table = Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_content_arrangement(if self.out_is_terminal {
                ContentArrangement::Dynamic
            } else {
                ContentArrangement::Disabled
            })
            .set_header(columns.iter().map(|(title, _)| title.to_uppercase()));
        for item in items {
            table.add_row(columns.iter().map(|(_, read)| read(item)));
        }
        let lines: Vec<String> = table
            .lines()
            .map(|line| {
                line.strip_prefix(' ')
                    .unwrap_or(&line)
                    .trim_end()
                    .to_owned()
            })
            .collect();
        self.line(lines.join("\n"))
    }

    /// A progress bar of `length`, drawn only where a person watches.
    pub fn bar(&self, length: u64) -> ProgressBar {
        let target = if self.is_watched() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(length), target);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:32.cyan/blue} {percent:>3}% {wide_msg}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// Asks for a line.
    pub fn ask(&self, question: &str) -> Result<String> {
        let mut err = io::stderr().lock();
        let _ = write!(err, "{question}: ").and_then(|()| err.flush());
        read_line()
    }

    /// Asks for a password, which is not shown while it is typed.
    pub fn ask_password(&self, question: &str) -> Result<String> {
        let hidden = stty("-echo");
        let answer = self.ask(question);
        if hidden {
            stty("echo");
            let _ = writeln!(io::stderr().lock());
        }
        answer
    }
}

/// A column of a table: its title, and how to read it from an item.
pub type Column = (&'static str, fn(&Value) -> String);

/// The code of the problem that nobody needs to hear.
const GONE: &str = "reader_gone";

fn gone(error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::BrokenPipe {
        let quiet = serde_json::json!({ "code": GONE, "detail": "" });
        if let Some(problem) = Problem::from_wire(quiet) {
            return problem;
        }
    }
    Problem::new(Code::Internal, format!("cannot write the output: {error}"))
}

/// Reads one line from standard input, without its end.
pub fn read_line() -> Result<String> {
    let mut line = String::new();
    let count = io::stdin()
        .read_line(&mut line)
        .map_err(|e| Problem::usage(format!("cannot read standard input: {e}")))?;
    if count == 0 {
        return Err(Problem::usage(
            "Standard input ended before an answer came.",
        ));
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn stty(setting: &str) -> bool {
    std::process::Command::new("stty")
        .arg(setting)
        .status()
        .is_ok_and(|status| status.success())
}

/// The text of a field, or nothing.
pub fn text(value: &Value, field: &str) -> String {
    match &value[field] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
