//! The worker's side: one thread that gives up what it may do, then answers orders until the server
//! is gone.

use std::io::{self, Read, Write};
use std::os::unix::process::parent_id;
use std::time::{Duration, Instant};

use headwater_model::Code;
use headwater_model::ports::Language;
use headwater_model::run::Failure;
use serde_json::value::RawValue;

use super::frame::{self, Answer, Hello, Order, Reply, Setup};
use super::{MIB, javascript, python};

/// The longest order a worker reads; a program's own memory is the tighter limit.
const LONGEST_ORDER: usize = 256 * 1024 * 1024;

/// How much work a worker does in all before it asks to be replaced.
pub const SHIFT: Duration = Duration::from_secs(60);

/// Answers orders on standard input until it ends. False when the first frame was not a set-up.
///
/// Call it before the process has a second thread: what is given up here is given up for one.
pub fn serve() -> bool {
    // Unlocked handles would buffer; frames are written whole.
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    let setup: Setup = match frame::read(&mut from, 4096) {
        Ok(Some(setup)) => setup,
        _ => return false,
    };
    // The server went away, or its frames are broken: there is nobody to tell.
    let _ = answer(&setup, &mut from, &mut to);
    true
}

fn answer(setup: &Setup, from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    let confined = super::confine::confine(setup);
    #[cfg(target_os = "linux")]
    let filtered = confined.filtered;
    #[cfg(not(target_os = "linux"))]
    let filtered = {
        for resource in [rlimit::Resource::CORE, rlimit::Resource::FSIZE] {
            let _ = resource.set(0, 0);
        }
        let _ = rlimit::Resource::CPU.set(setup.cpu_seconds, setup.cpu_seconds);
        false
    };
    frame::write(to, &Hello { filtered })?;
    let mut worked = Duration::ZERO;
    while let Some(order) = frame::read::<Order>(from, LONGEST_ORDER)? {
        let begun = now();
        #[cfg(target_os = "linux")]
        confined.allow(order.memory_bytes);
        let reply = match order.language {
            Language::JavaScript => javascript::run(&order),
            Language::Python => python::run(&order),
        };
        worked += now().duration_since(begun);
        let tired = worked > SHIFT;
        frame::write(to, &Answer { reply, tired })?;
    }
    Ok(())
}

/// When a program must have ended: at its time, or with the server that asked.
#[derive(Clone, Copy)]
pub struct Deadline {
    at: Instant,
    server: u32,
}

impl Deadline {
    pub fn of(order: &Order) -> Self {
        Self {
            at: now() + Duration::from_millis(order.millis),
            server: parent_id(),
        }
    }

    pub fn is_over(self) -> bool {
        now() >= self.at || parent_id() != self.server
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a worker has no clock but the kernel's, and only its own jobs to measure"
)]
fn now() -> Instant {
    Instant::now()
}

/// What a program prints, up to a limit.
#[derive(Default)]
pub struct Logs {
    text: String,
    cut: bool,
}

impl Logs {
    /// Adds text; what does not fit is left out, and a last line says so.
    pub fn add(&mut self, text: &str, most: usize) {
        if self.cut {
            return;
        }
        let room = most.saturating_sub(self.text.len());
        if text.len() <= room {
            self.text.push_str(text);
            return;
        }
        self.cut = true;
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
        self.text.push_str("\n… the rest was cut.");
    }

    pub fn into_text(mut self) -> String {
        let end = self.text.trim_end_matches('\n').len();
        self.text.truncate(end);
        self.text
    }
}

/// Why a program came to no result.
pub enum Ended {
    /// A mistake of the program, told as a sentence.
    Mistake(String),
    /// It was still running at its deadline.
    Late,
    /// It wanted more memory than it may have.
    Memory,
}

/// The reply to what became of a program: JSON text, or why there is none.
pub fn reply(order: &Order, end: Result<String, Ended>, logs: Logs) -> Reply<Box<RawValue>> {
    let failure = match end.map(RawValue::from_string) {
        Ok(Ok(json)) if json.get().len() <= order.output_bytes => {
            return Reply::Done {
                value: json,
                logs: logs.into_text(),
            };
        }
        Ok(Ok(json)) => limit(
            Code::TooLarge,
            "code_output",
            format!(
                "What main returned has {} bytes; {} are allowed. Return less.",
                json.get().len(),
                order.output_bytes
            ),
        ),
        Ok(Err(_)) => Failure::new(Code::Invalid, "What main returned cannot be told as JSON."),
        Err(Ended::Mistake(sentence)) => Failure::new(Code::Invalid, shortened(sentence)),
        Err(Ended::Late) => late(order.millis),
        Err(Ended::Memory) => out_of_memory(order.memory_bytes),
    };
    Reply::Failed(failure)
}

/// The program ran longer than it may.
pub fn late(millis: u64) -> Failure {
    let text = format!(
        "The code did not end within {} s. Look for a loop that does not end, or give it less to do.",
        millis.div_ceil(1000)
    );
    limit(Code::Timeout, "code_time", text)
}

/// The program wanted more memory than it may have.
pub fn out_of_memory(memory_bytes: u64) -> Failure {
    let text = format!(
        "The code ran out of memory; it may use {} MB. Keep fewer or smaller values, or raise `memory_mb`.",
        memory_bytes / MIB
    );
    limit(Code::TooLarge, "code_memory", text)
}

fn limit(code: Code, name: &str, message: String) -> Failure {
    Failure {
        limit: Some(name.to_owned()),
        ..Failure::new(code, message)
    }
}

/// A program chooses its error's text; it may not choose its length.
fn shortened(mut sentence: String) -> String {
    const LONGEST: usize = 2000;
    if sentence.len() > LONGEST {
        sentence.truncate(sentence.floor_char_boundary(LONGEST));
        sentence.push('…');
    }
    sentence
}
