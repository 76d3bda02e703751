//! A body nobody reads to its end is read on and thrown away for a while.
//!
//! Whoever is still sending when a connection closes sees a reset instead of the answer. So what is
//! left of a refused body is taken in behind the answer, up to a bound in bytes and in time; the
//! answer itself does not wait for it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::{Version, header};
use futures::{Stream, StreamExt as _};
use headwater_platform::Supervisor;
use tower::util::MapRequestLayer;

use crate::AppState;
use crate::extract::content_length;

/// What is thrown away at most: a document of several times the usual limit.
const MOST_BYTES: usize = 256 << 20;
/// And for how long at most.
const LONGEST: Duration = Duration::from_secs(10);
/// A body this short has been sent by the time its head was read.
const SHORT: u64 = 4096;

/// Makes every request's body one that is discarded when nobody reads it to its end.
pub(crate) fn layer(
    state: &AppState,
) -> MapRequestLayer<impl Fn(Request) -> Request + Clone + Send + Sync + 'static> {
    let supervisor = state.platform.supervisor().clone();
    MapRequestLayer::new(move |request| linger(&supervisor, request))
}

fn linger(supervisor: &Supervisor, request: Request) -> Request {
    // HTTP/2 can refuse one body and keep the connection.
    let http1 = request.version() < Version::HTTP_2;
    let short = content_length(request.headers()).is_some_and(|bytes| bytes <= SHORT);
    if !http1 || short || request.body().is_end_stream() {
        return request;
    }
    // Who asks before sending has not sent anything yet, and then need not.
    let held_back = request.headers().contains_key(header::EXPECT);
    let supervisor = supervisor.clone();
    request.map(|body| {
        Body::from_stream(Lingering {
            pieces: Some(body.into_data_stream()),
            coming: !held_back,
            supervisor,
        })
    })
}

/// A body that is discarded in the background when it is dropped half read.
struct Lingering {
    /// Nothing only while it is dropped.
    pieces: Option<BodyDataStream>,
    /// Whether there is more of it on the way.
    coming: bool,
    supervisor: Supervisor,
}

impl Stream for Lingering {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(pieces) = &mut self.pieces else {
            return Poll::Ready(None);
        };
        let polled = pieces.poll_next_unpin(context);
        self.coming = !matches!(polled, Poll::Ready(None | Some(Err(_))));
        polled
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if let Some(pieces) = self.pieces.take().filter(|_| self.coming) {
            self.supervisor
                .spawn_abortable("discard a body", discard(pieces));
        }
    }
}

async fn discard(mut pieces: BodyDataStream) {
    let mut left = MOST_BYTES;
    let reading = async {
        while let Some(Ok(piece)) = pieces.next().await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                break;
            }
        }
    };
    if tokio::time::timeout(LONGEST, reading).await.is_err() {
        tracing::debug!("a refused body was still being sent");
    }
}
