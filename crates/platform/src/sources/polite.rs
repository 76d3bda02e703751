//! Calls to sites that did not ask for them: one at a time for each host, with a pause between, and
//! only what their robots.txt allows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use headwater_knowledge::listing::{address, robots::Robots};
use headwater_model::ports::{Fetch, FetchRequest, FetchResponse};
use headwater_model::{Clock, Code, Error, Result, Timestamp};
use parking_lot::Mutex;

/// What robots.txt may call us.
const AGENT: &str = "headwater";
/// Between two calls to a host, in milliseconds.
const PAUSE_MS: u64 = 100;
/// How long one call may take in all.
const LONGEST_CALL: Duration = Duration::from_secs(60);
/// How long a host that is busy may keep us waiting, in seconds.
const LONGEST_WAIT_S: u64 = 60;
/// The most bytes of a robots.txt.
const ROBOTS_BYTES: usize = 1024 * 1024;
/// Hosts that are remembered while nobody calls them.
const HOSTS: usize = 1_000;

/// When a host may be called next.
type Turn = Arc<tokio::sync::Mutex<Timestamp>>;

/// Calls sites politely. One for the whole process: two sources of one site take turns.
pub(crate) struct Polite {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    hosts: Mutex<HashMap<String, Turn>>,
}

/// What the sites of one sync allow, as it was read once.
#[derive(Default)]
pub(crate) struct Allowed(HashMap<String, Result<Robots>>);

/// Whether an address may be called.
pub(crate) enum May {
    Call {
        pause_ms: u64,
    },
    Not,
    /// It is not known now.
    Unknown(Error),
}

impl Polite {
    pub(crate) fn new(fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self {
            fetch,
            clock,
            hosts: Mutex::default(),
        }
    }

    fn turn(&self, host: &str) -> Turn {
        let mut hosts = self.hosts.lock();
        if hosts.len() > HOSTS {
            let now = self.clock.now();
            let waits = |turn: &Turn| turn.try_lock().map_or(true, |next| *next > now);
            hosts.retain(|_, turn| Arc::strong_count(turn) > 1 || waits(turn));
        }
        let at_once = || Turn::new(tokio::sync::Mutex::new(Timestamp::from_millis(0)));
        hosts.entry(host.to_owned()).or_insert_with(at_once).clone()
    }

    /// The current instant, for whoever signs.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// One call, when it is its turn.
    pub(crate) async fn call(&self, request: FetchRequest, pause_ms: u64) -> Result<FetchResponse> {
        let host = address::host(&request.url).unwrap_or_default();
        let turn = self.turn(&host);
        let mut next = turn.lock().await;
        let wait = next.as_millis() - self.clock.now().as_millis();
        if let Ok(wait @ 1..) = u64::try_from(wait) {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        let url = request.url.clone();
        let answer = tokio::time::timeout(LONGEST_CALL, self.fetch.fetch(request)).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(Error::new(
                Code::Timeout,
                format!("{url} took longer than {} s.", LONGEST_CALL.as_secs()),
            ))
        });
        let asked = answer.as_ref().ok().and_then(|answer| answer.retry_after);
        let asked = asked.map_or(0, |seconds| seconds.min(LONGEST_WAIT_S) * 1_000);
        let pause = PAUSE_MS.max(pause_ms).max(asked);
        *next = self
            .clock
            .now()
            .plus_millis(i64::try_from(pause).unwrap_or(i64::MAX));
        answer
    }

    /// A page whose redirects are followed, wherever the rules of the outside allow.
    pub(crate) async fn follow(&self, url: &str, most: usize) -> Result<FetchResponse> {
        let request = FetchRequest {
            redirects: 5,
            ..get(url, most)
        };
        let answer = self.call(request, 0).await?;
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        Err(refused(url, answer.status))
    }

    /// Whether an address may be called, as its site's robots.txt says.
    pub(crate) async fn may_call(&self, allowed: &mut Allowed, url: &str) -> May {
        let Some(origin) = address::origin(url) else {
            return May::Not;
        };
        if !allowed.0.contains_key(&origin) {
            let read = self.robots(&origin).await;
            allowed.0.insert(origin.clone(), read);
        }
        match allowed.0.get(&origin) {
            Some(Ok(robots)) if robots.allows(&address::path(url)) => May::Call {
                pause_ms: robots.pause_ms,
            },
            Some(Ok(_)) | None => May::Not,
            Some(Err(error)) => May::Unknown(error.clone()),
        }
    }

    /// A site without robots.txt allows everything; one that cannot say so now allows nothing now.
    async fn robots(&self, origin: &str) -> Result<Robots> {
        let url = format!("{origin}/robots.txt");
        let request = FetchRequest {
            redirects: 5,
            ..get(&url, ROBOTS_BYTES)
        };
        match self.call(request, 0).await {
            Ok(answer) if (200..300).contains(&answer.status) => {
                let text = String::from_utf8_lossy(&answer.body);
                Ok(Robots::read(&text, AGENT))
            }
            Ok(answer) if answer.status != 429 && answer.status < 500 => Ok(Robots::default()),
            Ok(answer) => Err(Error::new(
                Code::Upstream,
                format!(
                    "{url} answers {}, so nothing of the site is called now.",
                    answer.status
                ),
            )),
            Err(error) => Err(error),
        }
    }
}

/// A plain request.
pub(crate) fn get(url: &str, most: usize) -> FetchRequest {
    FetchRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        redirects: 0,
        private: false,
        max_bytes: most,
    }
}

/// An answer that is none, as an error: one that may pass where trying again could help.
pub(crate) fn refused(url: &str, status: u16) -> Error {
    let shown = url.split('?').next().unwrap_or(url);
    let message = format!("{shown} answers {status}.");
    match status {
        429 | 500.. => Error::new(Code::Upstream, message),
        _ => Error::invalid("settings", message),
    }
}

/// What a header says.
pub(crate) fn header<'a>(answer: &'a FetchResponse, name: &str) -> Option<&'a str> {
    let mut found = answer.headers.iter().filter(|(known, _)| known == name);
    found.next().map(|(_, value)| value.as_str())
}

/// The media type, and the encoding when it is named.
pub(crate) fn content_type(answer: &FetchResponse) -> (String, Option<String>) {
    let value = header(answer, "content-type").unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let named = name.trim().eq_ignore_ascii_case("charset");
        named.then(|| value.trim().trim_matches('"').to_owned())
    });
    (kind, charset)
}
