//! Following a run on the terminal: its reply as it comes, its steps, its end; Ctrl-C cancels it.

use std::time::Duration;

use eventsource_stream::Event;
use futures::{Stream, StreamExt};
use headwater_model::Code;
use serde_json::{Value, json};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::terminal::Terminal;
use crate::client::Client;
use crate::problem::{Problem, Result};

/// How often a broken connection is taken up again.
const REJOINS: u32 = 12;
/// How long a cancelled run may take to say so.
const CANCEL_GRACE: Duration = Duration::from_secs(10);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Succeeded,
    Failed,
    Cancelled,
}

impl Ending {
    /// What the command's exit code says about it.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed => 1,
            Self::Cancelled => 130,
        }
    }
}

/// What was seen of a run.
pub struct Followed {
    pub ending: Ending,
    pub run: String,
    pub reply: String,
    pub citations: Vec<Value>,
    pub outputs: Value,
    error: Option<Value>,
}

impl Followed {
    /// The failure as a problem, when there was one.
    pub fn problem(&self) -> Option<Problem> {
        let error = self.error.as_ref()?;
        Problem::from_wire(json!({
            "title": "the run failed",
            "code": error["code"],
            "detail": error["message"],
            "run_id": self.run,
        }))
    }
}

/// Reads one run's events and shows them.
pub struct Follower<'a> {
    client: &'a Client,
    terminal: &'a Terminal,
    seen: Followed,
    last_id: String,
    shows_steps: bool,
    /// Whether someone pressed Ctrl-C.
    cancelling: bool,
}

impl<'a> Follower<'a> {
    pub fn new(client: &'a Client, terminal: &'a Terminal, shows_steps: bool) -> Self {
        let seen = Followed {
            ending: Ending::Failed,
            run: String::new(),
            reply: String::new(),
            citations: Vec::new(),
            outputs: Value::Null,
            error: None,
        };
        Self {
            client,
            terminal,
            seen,
            last_id: String::new(),
            shows_steps: shows_steps && terminal.is_watched(),
            cancelling: false,
        }
    }

    /// Starts a run with a POST and follows it to its end, across broken connections.
    pub async fn start(mut self, path: &str, body: &Value) -> Result<Followed> {
        // From here on: whoever interrupts while the answer is awaited wants the run cancelled, too.
        let mut interrupt =
            signal(SignalKind::interrupt()).map_err(headwater_model::Error::internal)?;
        let answer = self.client.post_stream(path, body);
        tokio::pin!(answer);
        let answered = tokio::select! {
            answered = &mut answer => Some(answered),
            _ = interrupt.recv() => {
                self.cancelling = true;
                tokio::time::timeout(CANCEL_GRACE, &mut answer).await.ok()
            }
        };
        let Some(answered) = answered else {
            self.seen.ending = Ending::Cancelled;
            return Ok(self.seen);
        };
        let mut events = answered?;
        let mut over = self.read(&mut events, &mut interrupt).await?;
        let mut rejoins = 0;
        while !over {
            if self.last_id.is_empty() || rejoins == REJOINS {
                return Err(self.lost());
            }
            rejoins += 1;
            tokio::time::sleep(Duration::from_millis(200) * rejoins).await;
            if let Ok(mut events) = self.client.rejoin(&self.seen.run, &self.last_id).await {
                over = self.read(&mut events, &mut interrupt).await?;
            }
        }
        Ok(self.seen)
    }

    fn lost(&self) -> Problem {
        Problem::new(
            Code::Unavailable,
            format!(
                "The connection to {} broke and could not be taken up again. The run may go on: \
                 look at it with GET /api/v1/runs/{}.",
                self.client.base(),
                self.seen.run
            ),
        )
    }

    /// Reads until the run is over (true) or the connection breaks (false).
    async fn read(
        &mut self,
        events: &mut (impl Stream<Item = Option<Event>> + Unpin),
        interrupt: &mut Signal,
    ) -> Result<bool> {
        let mut told = false;
        loop {
            // A run is known by its first event; until then there is nothing to cancel.
            if self.cancelling && !told && !self.seen.run.is_empty() {
                told = true;
                self.cancel().await;
            }
            let event = tokio::select! {
                event = events.next() => event.flatten(),
                _ = interrupt.recv(), if !self.cancelling => {
                    self.cancelling = true;
                    continue;
                }
                () = tokio::time::sleep(CANCEL_GRACE), if self.cancelling => {
                    self.seen.ending = Ending::Cancelled;
                    return Ok(true);
                }
            };
            let Some(event) = event else { return Ok(false) };
            if self.take(&event)? {
                return Ok(true);
            }
        }
    }

    async fn cancel(&self) {
        self.terminal.note("\nCancelling…");
        let path = format!("/runs/{}/cancel", self.seen.run);
        // Whether it worked shows in the events that follow, or in the grace running out.
        let _ = self.client.post(&path, &json!({})).await;
    }

    /// Shows one event; true when it was the last.
    fn take(&mut self, event: &Event) -> Result<bool> {
        if !event.id.is_empty() {
            self.last_id.clone_from(&event.id);
        }
        let Ok(data) = serde_json::from_str::<Value>(&event.data) else {
            return Ok(false);
        };
        if let Some(run) = data["run_id"].as_str() {
            run.clone_into(&mut self.seen.run);
        }
        match data["type"].as_str().unwrap_or(&event.event) {
            "message.delta" => self.delta(&data)?,
            "message.citations" => {
                if let Some(found) = data["citations"].as_array() {
                    self.seen.citations.clone_from(found);
                }
            }
            "step.finished" => self.step(&data, "done"),
            "step.failed" => self.step(&data, "failed"),
            "step.retrying" => self.step(&data, "trying again"),
            "run.paused" => self.paused(&data),
            "run.finished" => {
                self.seen.ending = Ending::Succeeded;
                self.seen.outputs = data["outputs"].clone();
                if let Some(reply) = data["reply"].as_str() {
                    reply.clone_into(&mut self.seen.reply);
                }
                return Ok(true);
            }
            "run.failed" => {
                self.seen.error = Some(data["error"].clone());
                return Ok(true);
            }
            "run.cancelled" => {
                self.seen.ending = Ending::Cancelled;
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    fn delta(&mut self, data: &Value) -> Result<()> {
        let text = data["text"].as_str().unwrap_or_default();
        let offset = usize::try_from(data["offset"].as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
        let have = self.seen.reply.chars().count();
        if offset < have {
            // What is printed cannot be taken back: say so and begin again from the rewound place.
            self.seen.reply = self.seen.reply.chars().take(offset).collect();
            self.terminal.note("\n(the answer starts again)");
            if !self.terminal.json {
                self.terminal.write(&self.seen.reply)?;
            }
        }
        self.seen.reply.push_str(text);
        if self.terminal.json {
            return Ok(());
        }
        self.terminal.write(text)
    }

    /// Whoever watches is told what the run waits for.
    fn paused(&self, data: &Value) {
        let wait = data["wait_id"].as_str().unwrap_or_default();
        match data["form"]["title"].as_str() {
            Some(title) => self.terminal.note(format!(
                "\nIt asks: {title}\nAnswer with `headwater waits answer {wait} BUTTON`."
            )),
            None => self.terminal.note(format!(
                "\nThe run is paused. `headwater runs resume {}` makes it go on.",
                self.seen.run
            )),
        }
    }

    fn step(&self, data: &Value, what: &str) {
        if !self.shows_steps || !self.seen.reply.is_empty() {
            return;
        }
        let node = data["node"].as_str().unwrap_or_default();
        let took = data["duration_ms"]
            .as_u64()
            .map(|ms| format!(" in {ms} ms"));
        self.terminal
            .note(format!("· {node} {what}{}", took.unwrap_or_default()));
    }
}
