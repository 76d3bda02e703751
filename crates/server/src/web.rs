//! The embedded web app: hashed assets for ever, the page itself always fresh, strict about scripts.

use std::sync::LazyLock;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use headwater_model::Error;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;
use crate::middleware::Framed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
#[exclude = ".vite/*"]
struct Assets;

const PLACEHOLDER: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Headwater</title>\
<body style=\"font:15px/1.6 system-ui;margin:4rem auto;max-width:34rem;padding:0 1rem\"><h1>Headwater is running</h1>\
<p>This build has no web app in it. Build it with <code>make web</code> and build the server again; \
the API is at <a href=/docs>/docs</a>.</body></html>";

/// The app itself.
const APP: &str = "index.html";
/// The page of a share: an app of its own, small, for people without an account.
const SHARED: &str = "share.html";

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy(APP, &[]));

/// What a page may load, and whose pages may show it in a frame.
fn policy(page: &str, origins: &[String]) -> HeaderValue {
    let scripts: String = Assets::get(page)
        .map(|page| inline_hashes(&page.data))
        .unwrap_or_default();
    let ancestors = match origins {
        [] => "'none'".to_owned(),
        origins => origins.join(" "),
    };
    let policy = format!(
        "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
    );
    HeaderValue::from_str(&policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'"))
}

/// The page of a share, which `origins` may show in a frame. Nobody keeps it, finds it by searching,
/// or learns its address from it.
pub(crate) fn shared_page(headers: &HeaderMap, origins: &[String]) -> Response {
    let mut response = html(SHARED, headers);
    let out = response.headers_mut();
    out.remove(header::ETAG);
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        out.insert(name, HeaderValue::from_static(value));
    }
    out.insert(header::CONTENT_SECURITY_POLICY, policy(SHARED, origins));
    if !origins.is_empty() {
        response.extensions_mut().insert(Framed);
    }
    response
}

/// Anything that is no route: an asset, the page for a browser, or a plain 404.
pub(crate) async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if path.starts_with("api/") || path.starts_with("v1/") {
        return ApiError(Error::not_found("address; see /docs")).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if !path.is_empty()
        && path != APP
        && path != SHARED
        && let Some(response) = asset(path, request.headers())
    {
        return response;
    }
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if path.is_empty() || wants_page.is_some_and(|value| value.contains("text/html")) {
        return page(request.headers());
    }
    StatusCode::NOT_FOUND.into_response()
}

fn html(name: &str, headers: &HeaderMap) -> Response {
    let mut response = asset(name, headers).unwrap_or_else(|| PLACEHOLDER.into_response());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

fn page(headers: &HeaderMap) -> Response {
    let mut response = html(APP, headers);
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    out.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    response
}

fn asset(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = Assets::get(path)?;
    let etag = format!("\"{}\"", hex::encode(&plain.metadata.sha256_hash()[..12]));
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == etag.as_bytes())
    {
        return Some(StatusCode::NOT_MODIFIED.into_response());
    }
    let (file, encoding) = smallest(path, plain, headers);
    let mut response = file.data.into_owned().into_response();
    let out = response.headers_mut();
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_str(mime.as_ref()).ok()?,
    );
    out.insert(header::ETAG, HeaderValue::from_str(&etag).ok()?);
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// The precompressed form the client accepts, when the build made one.
fn smallest(
    path: &str,
    plain: EmbeddedFile,
    headers: &HeaderMap,
) -> (EmbeddedFile, Option<&'static str>) {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    for (name, ending) in [("br", "br"), ("gzip", "gz")] {
        if accepted.contains(name)
            && let Some(file) = Assets::get(&format!("{path}.{ending}"))
        {
            return (file, Some(name));
        }
    }
    (plain, None)
}

/// The hashes of inline scripts, as the policy wants them.
fn inline_hashes(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let mut hashes = String::new();
    for part in page.split("<script>").skip(1) {
        if let Some((script, _)) = part.split_once("</script>") {
            let digest =
                base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script.as_bytes()));
            hashes.push_str(&format!(" 'sha256-{digest}'"));
        }
    }
    hashes
}
