//! Parsing in a child process: some failures of parsers (stack overflow, abort, endless loop,
//! memory) cannot be caught, so the process that meets them is one that may die.
//!
//! The parent runs `<exe> parse-document`, writes an order as JSON to its standard input and reads
//! one marked line from its standard output; whatever else a parser prints is ignored.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use headwater_model::knowledge::ParsedDocument;
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::reading::ocr::{self, NoOcr, Ocr, Tesseract};
use crate::reading::unreadable;

/// The subcommand that makes the binary a parser.
pub const SUBCOMMAND: &str = "parse-document";

/// Begins the one line of output that counts.
const MARK: &str = "\u{1}headwater-parsed ";

const MIB: u64 = 1024 * 1024;
/// More parsed text than this is an explosion, not a document.
const LONGEST_REPLY: u64 = 256 * MIB;

/// How much one document may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Address space of the child.
    pub memory_bytes: u64,
    /// From start to finish, without reading pictures.
    pub time: Duration,
    /// From start to finish when pictures are read.
    pub ocr_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 2048 * MIB,
            time: Duration::from_secs(60),
            ocr_time: Duration::from_secs(600),
        }
    }
}

/// Parses documents in child processes.
#[derive(Clone, Debug)]
pub struct Isolated {
    exe: PathBuf,
    args: Vec<String>,
    limits: Limits,
    ocr: Option<Tesseract>,
}

#[derive(Serialize, Deserialize)]
struct Order {
    path: PathBuf,
    name: String,
    media_type: String,
    memory_bytes: u64,
    seconds: u64,
    ocr: Option<Tesseract>,
}

#[derive(Serialize, Deserialize)]
struct Reply {
    parsed: Option<ParsedDocument>,
    failed: Option<Failed>,
    /// More would have been read if pictures were.
    wants_ocr: bool,
}

#[derive(Serialize, Deserialize)]
struct Failed {
    failure: Failure,
    field: Option<String>,
}

impl Isolated {
    /// With the binary that answers to `parse-document`.
    pub fn new(exe: PathBuf, limits: Limits) -> Self {
        Self::with_args(exe, vec![SUBCOMMAND.to_owned()], limits)
    }

    /// With other arguments than `parse-document`.
    pub fn with_args(exe: PathBuf, args: Vec<String>, limits: Limits) -> Self {
        Self {
            exe,
            args,
            limits,
            ocr: None,
        }
    }

    /// Reads pictures, too.
    #[must_use]
    pub fn with_ocr(mut self, ocr: Option<Tesseract>) -> Self {
        self.ocr = ocr;
        self
    }

    /// Reads the document at `path`. A crash, a timeout or a lack of memory of the child is an
    /// `invalid` error that says so; only a child that cannot be started is `unavailable`. The field of
    /// the error is [`super::NEEDS_OCR`] when reading pictures would mend it.
    pub async fn parse(&self, path: &Path, name: &str, media_type: &str) -> Result<ParsedDocument> {
        let first = self.attempt(path, name, media_type, None).await?;
        // Most documents hold no pictures worth reading: only those that do may take so long.
        let reply = match &self.ocr {
            Some(ocr) if first.wants_ocr => self.attempt(path, name, media_type, Some(ocr)).await?,
            _ => first,
        };
        match reply {
            Reply {
                parsed: Some(document),
                ..
            } => Ok(document),
            Reply {
                failed: Some(failed),
                ..
            } => Err(Error::new(failed.failure.code, failed.failure.message)
                .with_field(failed.field.unwrap_or_else(|| "file".to_owned()))),
            _ => Err(crashed()),
        }
    }

    async fn attempt(
        &self,
        path: &Path,
        name: &str,
        media_type: &str,
        ocr: Option<&Tesseract>,
    ) -> Result<Reply> {
        let time = match ocr {
            Some(_) => self.limits.ocr_time,
            None => self.limits.time,
        };
        let order = Order {
            // The child runs elsewhere.
            path: std::path::absolute(path).map_err(Error::internal)?,
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            memory_bytes: self.limits.memory_bytes,
            seconds: time.as_secs().max(1),
            ocr: ocr.cloned(),
        };
        let order = serde_json::to_vec(&order).map_err(Error::internal)?;
        match tokio::time::timeout(time, self.run(order)).await {
            Ok(result) => result,
            Err(_) => Err(unreadable(&format!(
                "Reading this file took longer than {} seconds, so it was given up. Split it into smaller files, or print it to a new PDF, and add that.",
                time.as_secs()
            ))),
        }
    }

    async fn run(&self, order: Vec<u8>) -> Result<Reply> {
        let mut child = Command::new(&self.exe)
            .args(&self.args)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C on the terminal is for the server, which drains.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(not_started)?;
        // However this ends, a timeout included, nothing is left behind.
        let mut group = Group(child.id());
        if let Some(mut stdin) = child.stdin.take() {
            // A child that died already is told by its exit status below.
            let _ = stdin.write_all(&order).await;
        }
        let mut output = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let read = stdout.take(LONGEST_REPLY).read_to_end(&mut output).await;
            read.map_err(not_started)?;
        }
        if output.len() as u64 >= LONGEST_REPLY {
            return Err(unreadable(
                "This file holds more text than can be read at once. Split it and add the parts.",
            ));
        }
        let status = child.wait().await.map_err(not_started)?;
        let reply = reply(&output)
            .ok_or_else(|| crashed().with_source(format!("the parser ended with {status}")))?;
        // It answered, so it waited for what it started; its number may be another's by now.
        group.0 = None;
        Ok(reply)
    }
}

/// The child and the programs it started, which end when this is dropped.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self
            .0
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            // Gone already, most of the time.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

fn crashed() -> Error {
    unreadable(
        "The parser crashed or ran out of memory on this file. Open it in its program, save a smaller or fresh copy and add that.",
    )
}

fn not_started(error: std::io::Error) -> Error {
    Error::new(
        Code::Unavailable,
        "The document parser could not be started. Try again in a moment.",
    )
    .with_source(error)
}

fn reply(output: &[u8]) -> Option<Reply> {
    let text = std::str::from_utf8(output).ok()?;
    let start = text.rfind(MARK)? + MARK.len();
    let line = text[start..].lines().next()?;
    serde_json::from_str(line).ok()
}

/// The child's side: limits itself, parses one document, answers on standard output.
/// False when there was no readable order.
pub fn serve_stdin_stdout() -> bool {
    let mut order = String::new();
    if std::io::stdin()
        .take(MIB)
        .read_to_string(&mut order)
        .is_err()
    {
        return false;
    }
    let Ok(order) = serde_json::from_str::<Order>(&order) else {
        return false;
    };
    limit_self(&order);
    let parsed = std::fs::read(&order.path)
        .map_err(unopened)
        .and_then(|bytes| {
            let ocr = order.ocr.as_ref().map_or(&NoOcr as &dyn Ocr, |ocr| ocr);
            super::read(&bytes, &order.name, &order.media_type, ocr)
        });
    let reply = match parsed {
        Ok((document, wants_ocr)) => Reply {
            parsed: Some(document),
            failed: None,
            wants_ocr,
        },
        Err(error) => Reply {
            parsed: None,
            wants_ocr: ocr::is_needed(&error),
            failed: Some(Failed {
                failure: Failure::from(&error),
                field: error.field.map(Into::into),
            }),
        },
    };
    let Ok(json) = serde_json::to_string(&reply) else {
        return false;
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{MARK}{json}")
        .and_then(|()| out.flush())
        .is_ok()
}

fn unopened(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::OutOfMemory {
        return unreadable("This file is too large to be read. Split it and add the parts.");
    }
    Error::new(
        Code::Unavailable,
        format!("The document's file could not be opened: {error}."),
    )
}

/// Refusals are ignored: the parent's own time limit stands either way.
fn limit_self(order: &Order) {
    use rlimit::Resource;
    for (resource, most) in [
        (Resource::AS, order.memory_bytes),
        // Should the parent die, the child does not compute for ever.
        (Resource::CPU, order.seconds + 1),
        (Resource::CORE, 0),
        (Resource::FSIZE, 0),
    ] {
        let _ = resource.set(most, most);
    }
}
