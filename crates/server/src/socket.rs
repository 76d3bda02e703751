//! Run events over a WebSocket: the same events as server-sent ones, with the same ids, one JSON
//! message each. A reader that stops reading is waited for and slows nobody but itself.

use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use futures::StreamExt as _;
use futures::future::OptionFuture;
use headwater_model::access::Caller;
use headwater_model::id::RunId;
use headwater_model::run::event::{Cursor, Event};
use headwater_model::{Code, Error, Result};
use headwater_platform::Platform;
use headwater_platform::runs::EventStream;
use serde::{Deserialize, Serialize};
use tokio::time::MissedTickBehavior;

/// The protocol a client may name, and must when it names others; the server then names it, too.
const PROTOCOL: &str = "headwater";
/// How often a silent connection is asked whether anybody is there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many heartbeats may go unanswered.
const PATIENCE: u32 = 3;
/// How long a reader may take for the last of what was sent, and the answer to the farewell.
const FAREWELL: Duration = Duration::from_secs(30);
const ENDED: (u16, &str) = (close_code::NORMAL, "the run has ended");
const ELSEWHERE: (u16, &str) = (close_code::RESTART, "go on with ?after=ID");
/// The longest message that is read.
const LONGEST: usize = 16 * 1024;

/// Whether a request asks for a WebSocket.
pub(crate) fn is_asked_for(headers: &HeaderMap) -> bool {
    let value = headers.get(header::UPGRADE).map(HeaderValue::as_bytes);
    value.is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"))
}

/// What a client says behind `prefix` in its list of protocols: browsers can send no headers with a
/// WebSocket, but these.
pub(crate) fn said<'h>(headers: &'h HeaderMap, prefix: &str) -> Option<&'h str> {
    if !is_asked_for(headers) {
        return None;
    }
    let lists = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    lists
        .iter()
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .find_map(|protocol| protocol.trim().strip_prefix(prefix))
}

/// Cookies travel by themselves, also with a WebSocket that another site's page opens: only pages of
/// this very host may. Programs without an origin use a key.
pub(crate) fn own_page(headers: &HeaderMap, trust_proxy: bool) -> Result<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let forwarded = text("x-forwarded-host").filter(|_| trust_proxy);
    let host = forwarded.or_else(|| text("host")).unwrap_or_default();
    let origin = text("origin").unwrap_or_default();
    let from = origin.split_once("://").map(|(_, from)| from);
    if !host.is_empty() && from.is_some_and(|from| from.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
    Err(Error::forbidden(
        "This WebSocket was not opened by one of Headwater's own pages. Use an API key.",
    ))
}

/// What a client may say.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    /// Stop the run.
    Cancel {},
}

/// An event as a message: its fields, and the id to go on from.
#[derive(Serialize)]
struct Told<'e> {
    id: String,
    #[serde(flatten)]
    event: &'e Event,
}

/// Why something a client said was not done.
#[derive(Serialize)]
#[serde(tag = "type", rename = "problem")]
struct Refusal {
    code: Code,
    detail: String,
}

/// One reader of one run.
pub(crate) struct Feed {
    pub platform: Platform,
    pub caller: Caller,
    pub run: RunId,
}

impl Feed {
    /// Answers the request with a WebSocket of the run's events.
    pub(crate) fn open(
        self,
        upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
        events: EventStream,
    ) -> Result<Response> {
        let upgrade = upgrade.map_err(|rejection| {
            Error::invalid("Upgrade", format!("That is no WebSocket: {rejection}"))
        })?;
        Ok(upgrade
            .protocols([PROTOCOL])
            .max_message_size(LONGEST)
            .on_upgrade(move |socket| self.follow(socket, events)))
    }

    async fn follow(self, mut socket: WebSocket, events: EventStream) {
        let _held = self.platform.supervisor().stream();
        let stopping = self.platform.supervisor().stopping().clone();
        let told = stopping.run_until_cancelled(async {
            match self.tell(&mut socket, events).await {
                Ok(true) => close(&mut socket, ENDED, FAREWELL).await,
                Ok(false) => close(&mut socket, ELSEWHERE, FAREWELL).await,
                Err(Gone) => {}
            }
        });
        // A reader that does not read must not hold up the end of the house.
        if told.await.is_none() {
            let closing = close(&mut socket, ELSEWHERE, Duration::from_millis(500));
            let _ = tokio::time::timeout(Duration::from_secs(1), closing).await;
        }
    }

    /// Whether all was told, up to the run's end; an error when the client is gone.
    async fn tell(&self, socket: &mut WebSocket, mut events: EventStream) -> Result<bool, Gone> {
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.tick().await;
        let mut silent = 0;
        let mut cancelling = None;
        loop {
            let cancelled: OptionFuture<_> = cancelling.as_mut().into();
            tokio::select! {
                event = events.next() => match event {
                    Some((cursor, event)) => {
                        socket.send(message(cursor, &event)).await?;
                        // However slow, somebody reads; the answer to a ping comes behind it all.
                        silent = 0;
                        if event.body.is_terminal() {
                            return Ok(true);
                        }
                    }
                    None => return Ok(false),
                },
                said = socket.recv() => {
                    silent = 0;
                    match said {
                        None | Some(Err(_) | Ok(Message::Close(_))) => return Err(Gone),
                        Some(Ok(Message::Text(text))) => match read(&text) {
                            Ok(Said::Cancel {}) => {
                                let cancel = self.platform.cancel_run(&self.caller, self.run);
                                cancelling = Some(Box::pin(cancel));
                            }
                            Err(error) => socket.send(refusal(&error)).await?,
                        },
                        Some(Ok(Message::Binary(_))) => socket.send(refusal(&not_text())).await?,
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    }
                }
                Some(cancelled) = cancelled => {
                    cancelling = None;
                    if let Err(error) = cancelled {
                        socket.send(refusal(&error)).await?;
                    }
                }
                _ = heartbeat.tick() => {
                    silent += 1;
                    if silent > PATIENCE {
                        return Err(Gone);
                    }
                    socket.send(Message::Ping(Default::default())).await?;
                }
            }
        }
    }
}

/// Nobody is there any more.
struct Gone;

/// Says why nothing follows, and waits for the answer: whoever is still reading what was sent before
/// would lose it if the connection were closed at once.
async fn close(socket: &mut WebSocket, (code, reason): (u16, &'static str), wait: Duration) {
    let close = Message::Close(Some(CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    }));
    if socket.send(close).await.is_err() {
        return;
    }
    let answered = async { while let Some(Ok(_)) = socket.recv().await {} };
    // Who does not answer has had their time.
    let _ = tokio::time::timeout(wait, answered).await;
}

impl From<axum::Error> for Gone {
    fn from(_: axum::Error) -> Self {
        Self
    }
}

fn message(cursor: Cursor, event: &Event) -> Message {
    let id = cursor.to_string();
    json(&Told { id, event })
}

fn refusal(error: &Error) -> Message {
    json(&Refusal {
        code: error.code,
        detail: error.message.to_string(),
    })
}

fn json(value: &impl Serialize) -> Message {
    // What is told is JSON by its nature.
    Message::Text(serde_json::to_string(value).unwrap_or_default().into())
}

fn read(text: &str) -> Result<Said> {
    serde_json::from_str(text).map_err(|_| not_text())
}

fn not_text() -> Error {
    Error::invalid("type", "A message must be {\"type\": \"cancel\"}.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            let name: header::HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn only_pages_of_this_host_open_sockets_with_a_cookie() {
        let host = ("host", "hw.example.com:3000");
        let opens = |origin, trust| own_page(&headers(&[host, ("origin", origin)]), trust).is_ok();
        assert!(opens("http://hw.example.com:3000", false));
        assert!(opens("https://HW.example.com:3000", false));
        for origin in [
            "https://evil.example",
            "http://hw.example.com",
            "http://hw.example.com:3000.evil.example",
            "null",
            "",
        ] {
            assert!(!opens(origin, false), "{origin}");
        }
        assert!(own_page(&headers(&[host]), false).is_err());
        let forwarded = [
            host,
            ("x-forwarded-host", "hw.example.com"),
            ("origin", "https://hw.example.com"),
        ];
        assert!(own_page(&headers(&forwarded), true).is_ok());
        assert!(own_page(&headers(&forwarded), false).is_err());
    }

    #[test]
    fn a_key_is_read_from_the_protocols_of_a_socket_only() {
        let list = ("sec-websocket-protocol", "headwater, headwater.key.hw_abc");
        let asked = headers(&[("upgrade", "WebSocket"), list]);
        assert_eq!(said(&asked, "headwater.key."), Some("hw_abc"));
        assert_eq!(said(&headers(&[list]), "headwater.key."), None);
    }
}
