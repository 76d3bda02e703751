//! One open session, and the place it is kept in between calls.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use headwater_model::{Code, Error, Result, Timestamp};
use parking_lot::Mutex;
use rmcp::model::{ClientCapabilities, ClientConfig, Implementation};
use rmcp::service::{NotificationContext, Peer, RunningService};
use rmcp::{ClientHandler, RoleClient};
use tokio::process::Child;
use tokio::task::JoinSet;

use super::{IDLE, LIST_BELIEVED, McpListing};

/// How long a server may take to say goodbye.
const CLOSING: Duration = Duration::from_secs(3);
/// A session that lasted this long did not fail at once, in milliseconds.
const LASTED: i64 = 60_000;
/// The longest wait before a program that keeps ending is started again, in milliseconds.
const LONGEST_PAUSE: i64 = 60_000;

/// What a server may tell us of its own accord.
#[derive(Clone, Default)]
pub(super) struct Listener {
    /// The list of tools is not what it was.
    changed: Arc<AtomicBool>,
}

impl ClientHandler for Listener {
    fn get_info(&self) -> ClientConfig {
        let us = Implementation::new("headwater", env!("CARGO_PKG_VERSION"));
        ClientConfig::new(ClientCapabilities::default(), us)
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.changed.store(true, Ordering::Relaxed);
    }
}

/// A session that was opened, and what lives and dies with it.
pub(super) struct Opened {
    pub service: RunningService<RoleClient, Listener>,
    /// The program, killed when this is dropped, and the task that reads what it complains of.
    pub program: Option<(Child, JoinSet<()>)>,
}

/// An open session.
pub(super) struct Session {
    peer: Peer<RoleClient>,
    changed: Arc<AtomicBool>,
    /// What it was opened with.
    print: u64,
    opened_at: Timestamp,
    is_program: bool,
    opened: tokio::sync::Mutex<Option<Opened>>,
}

impl Session {
    pub(super) fn new(opened: Opened, print: u64, now: Timestamp) -> Self {
        Self {
            peer: opened.service.peer().clone(),
            changed: opened.service.service().changed.clone(),
            print,
            opened_at: now,
            is_program: opened.program.is_some(),
            opened: tokio::sync::Mutex::new(Some(opened)),
        }
    }

    pub(super) fn peer(&self) -> &Peer<RoleClient> {
        &self.peer
    }

    async fn close(&self) {
        let opened = self.opened.lock().await.take();
        if let Some(mut opened) = opened {
            let _ = opened.service.close_with_timeout(CLOSING).await;
        }
    }
}

/// Where the session with one server is kept.
#[derive(Default)]
pub(super) struct Slot {
    /// Held while a session is opened, so that it is opened once.
    opening: tokio::sync::Mutex<Failures>,
    session: Mutex<Option<Arc<Session>>>,
    listing: Mutex<Option<(Timestamp, Arc<McpListing>)>>,
    used_at: AtomicI64,
    /// Calls under way: a session that is in use is not idle, however long that takes.
    busy: AtomicUsize,
}

/// A call under way.
pub(super) struct Busy<'s>(&'s Slot);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How often a program ended soon after its start, and when it may be started again.
#[derive(Default)]
struct Failures {
    count: u32,
    not_before: i64,
}

impl Failures {
    fn note(&mut self, now: Timestamp) {
        self.count += 1;
        let pause = 500_i64.saturating_mul(1 << self.count.min(8));
        self.not_before = now.as_millis() + pause.min(LONGEST_PAUSE);
    }
}

impl Slot {
    pub(super) fn touch(&self, now: Timestamp) {
        self.used_at.store(now.as_millis(), Ordering::Relaxed);
    }

    /// Notes that a call is under way, until what is given is dropped.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(self)
    }

    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        self.busy.load(Ordering::Relaxed) == 0
            && now.as_millis() - self.used_at.load(Ordering::Relaxed) > IDLE
    }

    pub(super) fn runs_program(&self) -> bool {
        let session = self.session.lock();
        session.as_ref().is_some_and(|session| session.is_program)
    }

    /// The open session, or a new one. A program that keeps ending is not started at once again.
    pub(super) async fn session<F>(
        &self,
        now: Timestamp,
        print: u64,
        open: impl FnOnce() -> F,
    ) -> Result<Arc<Session>>
    where
        F: Future<Output = Result<Session>>,
    {
        if let Some(session) = self.usable(print) {
            return Ok(session);
        }
        let mut failures = self.opening.lock().await;
        if let Some(session) = self.usable(print) {
            return Ok(session);
        }
        let old = self.session.lock().take();
        if let Some(old) = old {
            if old.is_program && old.print == print {
                if now.as_millis() - old.opened_at.as_millis() > LASTED {
                    *failures = Failures::default();
                }
                failures.note(now);
            }
            *self.listing.lock() = None;
            old.close().await;
        }
        let wait = failures.not_before - now.as_millis();
        if failures.count > 1 && wait > 0 {
            return Err(Error::new(
                Code::Unavailable,
                format!(
                    "The MCP server has ended {} times soon after its start. It is started again in {} s.",
                    failures.count,
                    wait / 1_000 + 1
                ),
            )
            .with_limit("tool_restarts", u64::try_from(wait / 1_000 + 1).ok()));
        }
        match open().await {
            Ok(session) => {
                let session = Arc::new(session);
                *self.session.lock() = Some(session.clone());
                Ok(session)
            }
            Err(error) => {
                failures.note(now);
                Err(error)
            }
        }
    }

    fn usable(&self, print: u64) -> Option<Arc<Session>> {
        let session = self.session.lock();
        let fits = |s: &&Arc<Session>| s.print == print && !s.peer.is_transport_closed();
        session.as_ref().filter(fits).cloned()
    }

    /// What the server listed, while that can be believed.
    pub(super) fn listing(&self, now: Timestamp) -> Option<Arc<McpListing>> {
        let session = self.session.lock().clone();
        if session.is_none_or(|session| session.changed.swap(false, Ordering::Relaxed)) {
            return None;
        }
        let listing = self.listing.lock();
        let (at, listing) = listing.as_ref()?;
        (now < at.plus_millis(LIST_BELIEVED)).then(|| listing.clone())
    }

    pub(super) fn keep_listing(&self, now: Timestamp, listing: Arc<McpListing>) {
        *self.listing.lock() = Some((now, listing));
    }

    /// Ends this session, unless another one has taken its place.
    pub(super) async fn forget(&self, session: &Arc<Session>) {
        {
            let mut held = self.session.lock();
            if held.as_ref().is_some_and(|held| Arc::ptr_eq(held, session)) && !session.is_program {
                *held = None;
            }
        }
        *self.listing.lock() = None;
        session.close().await;
    }

    pub(super) async fn close(&self) {
        let session = self.session.lock().take();
        if let Some(session) = session {
            session.close().await;
        }
    }
}
