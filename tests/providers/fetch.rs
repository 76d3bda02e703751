//! Calling what flows name: which addresses are refused whatever they are called, where redirects
//! may lead, and what is read of an answer.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use headwater_model::ports::{Fetch as _, FetchRequest, FetchResponse};
use headwater_model::{Code, Result};
use headwater_providers::{Egress, EgressConfig, Fetcher};
use serde_json::{Value, json};

use super::{Epoch, limits};

/// A stranger, and how often it was called.
struct Stranger {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
}

impl Stranger {
    async fn start() -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let routes = Router::new()
            .route("/echo", any(echo))
            .route("/to/{status}/{*place}", any(redirect))
            .route("/round", get(|| async { moved(302, "/round") }))
            .route("/large", get(|| async { "x".repeat(100_000) }))
            .route("/endless", get(endless))
            .route("/silent", get(std::future::pending::<()>))
            .route("/busy", get(busy))
            .with_state(calls.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        #[expect(clippy::disallowed_methods, reason = "it ends with its test")]
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, calls }
    }

    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

async fn echo(State(calls): State<Arc<AtomicUsize>>, request: Request) -> Response {
    calls.fetch_add(1, Ordering::SeqCst);
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let headers = parts.headers.iter();
    let text = |value: &[u8]| json!(String::from_utf8_lossy(value));
    let headers = headers.map(|(name, value)| (name.to_string(), text(value.as_bytes())));
    let told = json!({
        "method": parts.method.as_str(),
        "uri": parts.uri.to_string(),
        "headers": headers.collect::<serde_json::Map<_, _>>(),
        "body": String::from_utf8_lossy(&body),
    });
    axum::Json(told).into_response()
}

fn moved(status: u16, place: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [(header::LOCATION, place.to_owned())]).into_response()
}

/// `/to/302/http://elsewhere/…`, or a path here.
async fn redirect(Path((status, place)): Path<(u16, String)>) -> Response {
    match place.contains("://") {
        true => moved(status, &place),
        false => moved(status, &format!("/{place}")),
    }
}

async fn endless() -> Response {
    let pieces = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 4096]));
    Body::from_stream(pieces).into_response()
}

async fn busy() -> Response {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", "7".parse().unwrap());
    (StatusCode::TOO_MANY_REQUESTS, headers, "Slow down.").into_response()
}

fn fetcher(allow_private: bool) -> Fetcher {
    let config = EgressConfig {
        allow_private,
        first_byte_timeout: Duration::from_millis(800),
        ..limits()
    };
    Fetcher::new(Arc::new(Egress::new(config, Arc::new(Epoch))))
}

fn request(method: &str, url: &str) -> FetchRequest {
    FetchRequest {
        method: method.into(),
        url: url.into(),
        headers: vec![],
        body: None,
        redirects: 5,
        private: false,
        max_bytes: 50_000,
    }
}

async fn get_from(allow_private: bool, url: &str) -> Result<FetchResponse> {
    fetcher(allow_private).fetch(request("GET", url)).await
}

fn told(response: &FetchResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

#[tokio::test]
async fn an_answer_comes_whole_with_its_status_and_headers() {
    let stranger = Stranger::start().await;
    let mut asked = request("POST", &stranger.at("/echo?a=1"));
    asked.headers = vec![("X-Name".into(), "Ünal".into())];
    asked.body = Some(b"hello".to_vec());
    let response = fetcher(true).fetch(asked).await.unwrap();
    assert_eq!(response.status, 200);
    let told = told(&response);
    assert_eq!(
        (&told["method"], &told["uri"]),
        (&json!("POST"), &json!("/echo?a=1"))
    );
    assert_eq!(
        (&told["body"], &told["headers"]["x-name"]),
        (&json!("hello"), &json!("Ünal"))
    );
    let kind = response
        .headers
        .iter()
        .find(|(name, _)| name == "content-type");
    assert_eq!(kind.unwrap().1, "application/json");
    let busy = get_from(true, &stranger.at("/busy")).await.unwrap();
    assert_eq!((busy.status, busy.retry_after), (429, Some(7)));
}

#[tokio::test]
async fn addresses_of_this_machine_and_of_private_networks_are_refused_by_any_name() {
    let stranger = Stranger::start().await;
    let port = stranger.address.port();
    let local = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "[fd00::1]",
    ];
    for host in local {
        let refused = get_from(false, &format!("http://{host}:{port}/echo"))
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{host}: {refused:?}");
        assert_eq!(refused.field.as_deref(), Some("url"), "{host}");
        assert!(
            refused.message.contains("may not be called"),
            "{host}: {refused}"
        );
    }
    assert_eq!(stranger.calls.load(Ordering::SeqCst), 0, "nothing was sent");
    let allowed = get_from(true, &format!("http://localhost:{port}/echo")).await;
    assert_eq!(allowed.unwrap().status, 200);
}

#[tokio::test]
async fn metadata_services_are_never_called_even_where_private_networks_are() {
    for host in [
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
    ] {
        let refused = get_from(true, &format!("http://{host}/latest/meta-data")).await;
        assert_eq!(refused.unwrap_err().code, Code::Invalid, "{host}");
    }
}

#[tokio::test]
async fn every_address_a_redirect_leads_to_is_looked_at() {
    let stranger = Stranger::start().await;
    for place in [
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://2852039166/",
    ] {
        let refused = get_from(true, &stranger.at(&format!("/to/302/{place}")))
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{place}: {refused:?}");
    }
    for place in [
        "file:///etc/passwd",
        "ftp://example.com/x",
        "gopher://127.0.0.1/x",
    ] {
        let refused = get_from(true, &stranger.at(&format!("/to/307/{place}")))
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{place}: {refused:?}");
    }
    let led = get_from(true, &stranger.at("/to/301/to/308/echo"))
        .await
        .unwrap();
    assert_eq!(told(&led)["uri"], "/echo");
    let round = get_from(true, &stranger.at("/round")).await.unwrap_err();
    assert!(round.message.contains("more than 5 times"), "{round}");
    let mut still = request("GET", &stranger.at("/to/302/echo"));
    still.redirects = 0;
    assert_eq!(fetcher(true).fetch(still).await.unwrap().status, 302);
}

#[tokio::test]
async fn a_redirect_takes_no_secret_to_another_origin_and_no_body_along_a_get() {
    let (here, there) = (Stranger::start().await, Stranger::start().await);
    let with = |url: String| {
        let mut asked = request("POST", &url);
        asked.headers = vec![
            ("Authorization".into(), "Bearer s3cret".into()),
            ("Cookie".into(), "a=b".into()),
            ("X-Kept".into(), "yes".into()),
        ];
        asked.body = Some(b"hello".to_vec());
        asked
    };
    let away = with(here.at(&format!("/to/307/{}", there.at("/echo"))));
    let away = told(&fetcher(true).fetch(away).await.unwrap());
    assert_eq!(
        (&away["method"], &away["body"]),
        (&json!("POST"), &json!("hello"))
    );
    assert_eq!(away["headers"]["x-kept"], "yes");
    for secret in ["authorization", "cookie"] {
        assert_eq!(away["headers"][secret], Value::Null, "{away}");
    }
    let same = told(
        &fetcher(true)
            .fetch(with(here.at("/to/303/echo")))
            .await
            .unwrap(),
    );
    assert_eq!(
        (&same["method"], &same["body"]),
        (&json!("GET"), &json!(""))
    );
    assert_eq!(same["headers"]["authorization"], "Bearer s3cret");
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_never_comes_ends_in_time() {
    let stranger = Stranger::start().await;
    for path in ["/large", "/endless"] {
        let error = get_from(true, &stranger.at(path)).await.unwrap_err();
        assert_eq!(
            (error.code, error.limit.as_deref()),
            (Code::TooLarge, Some("max_bytes"))
        );
    }
    let silent = get_from(true, &stranger.at("/silent")).await.unwrap_err();
    assert_eq!(silent.code, Code::Timeout, "{silent}");
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    let nobody = get_from(true, &nobody).await.unwrap_err();
    assert_eq!(nobody.code, Code::Upstream, "{nobody}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_and_named() {
    let headers = |name: &str, value: &str| {
        let mut asked = request("GET", "http://example.com/");
        asked.headers = vec![(name.into(), value.into())];
        asked
    };
    let cases = [
        (request("GET", "ftp://example.com/"), "url"),
        (request("GET", "file:///etc/passwd"), "url"),
        (request("GET", "example.com"), "url"),
        (request("GET", "http://user:pass@example.com/"), "url"),
        (request("GET", "http://"), "url"),
        (request("CONNECT", "http://example.com/"), "method"),
        (request("GE T", "http://example.com/"), "method"),
        (headers("X-A", "a\r\nX-Evil: 1"), "headers"),
        (headers("X-A\r\nX-Evil", "1"), "headers"),
        (headers("Host", "internal"), "headers"),
        (headers("Transfer-Encoding", "chunked"), "headers"),
    ];
    for (asked, field) in cases {
        let shown = format!("{asked:?}");
        let refused = fetcher(true).fetch(asked).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{shown}");
        assert_eq!(refused.field.as_deref(), Some(field), "{shown}: {refused}");
    }
}
