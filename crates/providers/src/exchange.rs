//! One exchange with a vendor: send, wait within the limits, read the answer event by event.
//! What the words mean is the vendor's file's business.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use headwater_model::ports::{ChatChunk, ChatRequest, ChatStream};
use headwater_model::{Error, Result};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Map, Value};
use url::Url;

use crate::egress::{Egress, EgressConfig};
use crate::fault::{Peer, Slow, retry_after};
use crate::sse::{Frame, Reader};

/// The most that is read of an answer that is not a stream.
const LONGEST_BODY: usize = 8 * 1024 * 1024;
/// The most that is read of vectors, which are written as text.
const LONGEST_NUMBERS: usize = 64 * 1024 * 1024;
/// The most that is read of an error.
const LONGEST_ERROR: usize = 64 * 1024;
/// How long to wait for the vendor's last words once the answer itself is complete.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How long a list of models may take.
const LIST_LIMIT: Duration = Duration::from_secs(15);

/// Understands one vendor's stream.
pub(crate) trait Words: Send + 'static {
    /// Takes an event; returns what it says.
    fn hear(&mut self, frame: &Frame) -> Result<Vec<ChatChunk>, Misheard>;
    /// Takes a whole answer from a vendor that does not stream.
    fn hear_whole(&mut self, body: &Value) -> Result<Vec<ChatChunk>, Misheard>;
    /// Whether the answer is complete, though more (such as usage) may follow.
    fn is_complete(&self) -> bool;
    /// The closing words, for an answer that is complete; the last of them is `Done`.
    fn close(&mut self) -> Vec<ChatChunk>;
    /// Whether the vendor said that nothing follows.
    fn is_over(&self) -> bool;
}

/// Why an event could not be understood.
#[derive(Debug)]
pub(crate) enum Misheard {
    /// It is not what it should be.
    Malformed(String),
    /// It is the vendor's report of a failure.
    Failure(String),
}

/// Joins a base URL and a path below it.
pub(crate) fn join(base_url: &str, path: &str) -> Result<Url> {
    Url::parse(&format!("{}/{path}", base_url.trim_end_matches('/'))).map_err(|error| {
        Error::invalid(
            "base_url",
            "The base URL is not valid. Correct it under Settings, Models.",
        )
        .with_source(error)
    })
}

/// Adds the fields a person chose to a request; what Headwater sets itself is not theirs to set.
pub(crate) fn add_extra(body: &mut Value, extra: &Map<String, Value>) -> Result<()> {
    for (name, value) in extra {
        if !body[name].is_null() {
            return Err(Error::invalid(
                "extra",
                format!(
                    "“{name}” is set by Headwater or by another setting. Take it out of extra."
                ),
            ));
        }
        body[name] = value.clone();
    }
    Ok(())
}

/// The trace a request belongs to, for whoever traces on the other side.
pub(crate) fn trace(request: &ChatRequest) -> HeaderMap {
    let parent = request.trace.map(|trace| trace.to_string());
    let value = parent.and_then(|parent| HeaderValue::from_str(&parent).ok());
    value
        .map(|value| (HeaderName::from_static("traceparent"), value))
        .into_iter()
        .collect()
}

/// Sends a request and waits for a good status.
pub(crate) async fn send(
    request: RequestBuilder,
    peer: &Peer,
    egress: &Egress,
) -> Result<Response> {
    let limit = egress.config().first_byte_timeout;
    send_within(limit, request, peer, egress).await
}

async fn send_within(
    limit: Duration,
    request: RequestBuilder,
    peer: &Peer,
    egress: &Egress,
) -> Result<Response> {
    let response = within(limit, request.send())
        .await
        .ok_or_else(|| peer.slow(Slow::FirstByte, limit))?
        .map_err(|error| peer.transport(&error, egress.config().connect_timeout))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let wait = retry_after(response.headers(), egress.now());
    // The status says enough when its text cannot be read.
    let body = read(response, LONGEST_ERROR, Duration::from_secs(5)).await;
    let body = String::from_utf8_lossy(&body).into_owned();
    Err(peer.refused(status, wait, &body))
}

/// Asks for a small JSON document.
pub(crate) async fn get_json(
    egress: &Egress,
    url: Url,
    peer: &Peer,
    headers: impl FnOnce(RequestBuilder) -> RequestBuilder,
) -> Result<Value> {
    let request = headers(egress.request(Method::GET, url)?);
    let limit = LIST_LIMIT.min(egress.config().first_byte_timeout);
    let response = send_within(limit, request, peer, egress).await?;
    let kind = content_type(&response);
    let body = read(response, LONGEST_BODY, LIST_LIMIT).await;
    serde_json::from_slice(&body).map_err(|_| peer.wrong_type(&kind))
}

/// Sends a JSON document and reads the one that answers it, whole and in time.
pub(crate) async fn post_json(
    egress: &Egress,
    url: Url,
    peer: &Peer,
    headers: impl FnOnce(RequestBuilder) -> RequestBuilder,
    body: &Value,
) -> Result<Value> {
    let limits = egress.config();
    let request = headers(egress.request(Method::POST, url)?).json(body);
    let work = async {
        let response = send(request, peer, egress).await?;
        let kind = content_type(&response);
        let mut text = Vec::new();
        let mut bytes = response.bytes_stream();
        while let Some(piece) = bytes.next().await {
            let piece = piece.map_err(|error| peer.transport(&error, limits.connect_timeout))?;
            text.extend_from_slice(&piece);
            if text.len() > LONGEST_NUMBERS {
                return Err(peer.malformed("the answer is longer than allowed"));
            }
        }
        serde_json::from_slice(&text).map_err(|_| peer.wrong_type(&kind))
    };
    let done = within(limits.total_timeout, work).await;
    done.unwrap_or_else(|| Err(peer.slow(Slow::Total, limits.total_timeout)))
}

/// Reads up to `most` bytes; whatever arrived when the limit or the time is reached.
async fn read(response: Response, most: usize, limit: Duration) -> Vec<u8> {
    let mut body = Vec::new();
    let mut bytes = response.bytes_stream();
    let _ = within(limit, async {
        while let Some(Ok(piece)) = bytes.next().await {
            body.extend_from_slice(&piece);
            if body.len() >= most {
                break;
            }
        }
    })
    .await;
    body.truncate(most);
    body
}

async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}

fn content_type(response: &Response) -> String {
    response
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .map_or_else(|| "nothing".to_owned(), |text| text.trim().to_lowercase())
}

/// Turns a good response into an answer. Failures before the first piece are returned here.
pub(crate) async fn answer(
    response: Response,
    peer: Peer,
    egress: &Arc<Egress>,
    model: String,
    words: impl Words,
) -> Result<ChatStream> {
    let limits = egress.config().clone();
    let kind = content_type(&response);
    if kind == "application/json" {
        return whole(response, peer, &limits, model, words).await;
    }
    if kind != "text/event-stream" && kind != "nothing" {
        return Err(peer.wrong_type(&kind));
    }
    let mut listener = Listener {
        bytes: response.bytes_stream().boxed(),
        reader: Reader::default(),
        frames: VecDeque::new(),
        chunks: VecDeque::from([ChatChunk::Model(model)]),
        words,
        peer,
        limits: limits.clone(),
        begun: false,
        ended: false,
        closed: false,
    };
    // The first piece is waited for here, so that a vendor that fails at once can be asked again.
    let first = within(limits.total_timeout, listener.fill())
        .await
        .unwrap_or_else(|| Err(listener.peer.slow(Slow::Total, limits.total_timeout)));
    let failure = match first {
        Err(error) if !listener.has_piece() => return Err(error),
        other => other.err(),
    };
    Ok(listener.into_stream(failure))
}

async fn whole(
    response: Response,
    peer: Peer,
    limits: &EgressConfig,
    model: String,
    mut words: impl Words,
) -> Result<ChatStream> {
    let body = read(response, LONGEST_BODY, limits.total_timeout).await;
    let value = serde_json::from_slice(&body)
        .map_err(|_| peer.broke_off("the JSON answer is incomplete"))?;
    let heard = words.hear_whole(&value).map_err(|e| misheard(&peer, e))?;
    let chunks: Vec<_> = std::iter::once(ChatChunk::Model(model))
        .chain(heard)
        .chain(words.close())
        .map(Ok)
        .collect();
    Ok(stream::iter(chunks).boxed())
}

fn misheard(peer: &Peer, what: Misheard) -> Error {
    match what {
        Misheard::Malformed(detail) => peer.malformed(&detail),
        Misheard::Failure(body) => peer.failed_inside(&body),
    }
}

/// Reads a vendor's stream. It owns the connection: dropping it closes that.
struct Listener<W> {
    bytes: BoxStream<'static, reqwest::Result<Bytes>>,
    reader: Reader,
    frames: VecDeque<Frame>,
    chunks: VecDeque<ChatChunk>,
    words: W,
    peer: Peer,
    limits: EgressConfig,
    /// Bytes of the answer have arrived.
    begun: bool,
    /// Nothing more will be read.
    ended: bool,
    /// `Done` was given.
    closed: bool,
}

impl<W: Words> Listener<W> {
    /// Whether a piece of the answer lies ready, and not only words about it.
    fn has_piece(&self) -> bool {
        let about = |chunk: &_| matches!(chunk, ChatChunk::Model(_) | ChatChunk::Usage(_));
        !self.chunks.iter().all(about)
    }

    /// Reads until a piece lies ready or the answer is complete.
    async fn fill(&mut self) -> Result<()> {
        while !self.has_piece() && !self.closed {
            if let Some(frame) = self.frames.pop_front() {
                let heard = self.words.hear(&frame);
                self.chunks
                    .extend(heard.map_err(|e| misheard(&self.peer, e))?);
                if self.words.is_over() {
                    self.ended = true;
                }
            } else if self.ended {
                self.finish()?;
            } else {
                self.read().await?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        if !self.words.is_complete() {
            return Err(self.peer.broke_off("the stream ended early"));
        }
        self.chunks.extend(self.words.close());
        self.closed = true;
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        let complete = self.words.is_complete();
        let (slow, limit) = match (complete, self.begun) {
            (true, _) => (Slow::Idle, LAST_WORDS.min(self.limits.idle_timeout)),
            (_, true) => (Slow::Idle, self.limits.idle_timeout),
            (_, false) => (Slow::FirstByte, self.limits.first_byte_timeout),
        };
        let next = within(limit, self.bytes.next()).await;
        self.begun = true;
        let fault = match next {
            Some(Some(Ok(bytes))) => match self.reader.push(&bytes, &mut self.frames) {
                Ok(()) => return Ok(()),
                // What was complete before the break is delivered first.
                Err(broken) => self.peer.unreadable(broken),
            },
            Some(None) => {
                self.ended = true;
                return self
                    .reader
                    .end(&mut self.frames)
                    .map_err(|broken| self.peer.unreadable(broken));
            }
            Some(Some(Err(error))) => self.peer.transport(&error, self.limits.connect_timeout),
            None => self.peer.slow(slow, limit),
        };
        // An answer that is complete is not spoiled by how the connection ends.
        if complete {
            self.ended = true;
            return Ok(());
        }
        self.deliver_then(fault)
    }

    /// Hears the events that arrived before a fault, then reports it.
    fn deliver_then(&mut self, fault: Error) -> Result<()> {
        while let Some(frame) = self.frames.pop_front() {
            if let Ok(chunks) = self.words.hear(&frame) {
                self.chunks.extend(chunks);
            }
        }
        self.ended = true;
        Err(fault)
    }

    fn into_stream(self, failure: Option<Error>) -> ChatStream {
        let total = self.limits.total_timeout;
        let slow = self.peer.slow(Slow::Total, total);
        let pieces = stream::unfold((self, failure, false), |(mut this, mut failure, over)| {
            Box::pin(async move {
                if over {
                    return None;
                }
                if this.chunks.is_empty() && failure.is_none() {
                    failure = this.fill().await.err();
                }
                if let Some(chunk) = this.chunks.pop_front() {
                    return Some((Ok(chunk), (this, failure, false)));
                }
                failure.map(|error| (Err(error), (this, None, true)))
            })
        });
        limited(pieces.boxed(), total, slow)
    }
}

/// Ends a stream with `slow` when it is not over after `total`.
fn limited(pieces: ChatStream, total: Duration, slow: Error) -> ChatStream {
    let timer = Box::pin(tokio::time::sleep(total));
    stream::unfold(Some((pieces, timer, slow)), |state| async move {
        let (mut pieces, mut timer, slow) = state?;
        tokio::select! {
            biased;
            piece = pieces.next() => piece.map(|piece| (piece, Some((pieces, timer, slow)))),
            () = &mut timer => Some((Err(slow), None)),
        }
    })
    .boxed()
}
