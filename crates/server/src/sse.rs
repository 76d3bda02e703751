//! Run events as server-sent events. The id of a frame is `seq.offset`; sent back as
//! `Last-Event-ID`, the stream goes on exactly there.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::{Stream, StreamExt as _};
use headwater_model::Result;
use headwater_model::run::event::Cursor;
use headwater_platform::runs::EventStream;
use headwater_platform::shares::events::VisitorEvents;
use headwater_platform::sources::events::KnowledgeEvents;

/// Where the reader stands: `Last-Event-ID`, or `?after=`, or the beginning.
pub(crate) fn cursor(headers: &HeaderMap, after: Option<&str>) -> Result<Cursor> {
    let header = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    header.or(after).map_or(Ok(Cursor::default()), str::parse)
}

/// The stream as a response. `first` frames go out ahead of it, without an id.
pub(crate) fn response(first: Vec<Frame>, events: EventStream) -> Response {
    let frames = events.map(|(cursor, event)| {
        let frame = Frame::default()
            .id(cursor.to_string())
            .event(event.body.name());
        frame
            .json_data(event.as_ref())
            .unwrap_or_else(|_| Frame::default().comment("unreadable event"))
    });
    streamed(futures::stream::iter(first).chain(frames))
}

/// What goes on in a knowledge base. The id of a frame is how much is known after it.
pub(crate) fn knowledge(events: KnowledgeEvents) -> Response {
    streamed(events.map(|(mark, event)| {
        let frame = Frame::default().id(mark.to_string()).event(event.name());
        frame
            .json_data(&event)
            .unwrap_or_else(|_| Frame::default().comment("unreadable event"))
    }))
}

/// What a visitor of a share is told of a run.
pub(crate) fn visited(events: VisitorEvents) -> Response {
    streamed(events.map(|event| {
        let frame = match event.cursor {
            Some(cursor) => Frame::default().id(cursor.to_string()),
            None => Frame::default(),
        };
        let frame = frame.event(event.name);
        frame
            .json_data(&event.data)
            .unwrap_or_else(|_| Frame::default().comment("unreadable event"))
    }))
}

fn streamed(frames: impl Stream<Item = Frame> + Send + 'static) -> Response {
    let all = frames.map(Ok::<_, Infallible>);
    let keep = KeepAlive::new()
        .interval(Duration::from_secs(15))
        .text("keep-alive");
    let mut response = Sse::new(all).keep_alive(keep).into_response();
    // Proxies that buffer would hold the stream back.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
