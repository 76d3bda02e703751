//! A scripted hub of models: what a directory has, with the redirects, headers and faults of the real
//! one. Faults are asked for by the owner's name.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

/// The commit that every file is of.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A running hub; dropping it closes the server.
pub struct Hub {
    pub url: String,
    books: Books,
    _server: JoinSet<()>,
}

#[derive(Clone)]
struct Books {
    files: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    /// Serves the files of a directory as every model there is, but for those of `nobody`.
    pub async fn start(files: PathBuf) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let books = Books {
            files,
            asked: Arc::default(),
        };
        let router = Router::new()
            .route("/{owner}/{model}/resolve/{revision}/{*path}", get(resolve))
            .route("/blobs/{owner}/{*path}", get(blob))
            .with_state(books.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            url,
            books,
            _server: server,
        }
    }

    /// The files that were asked for, with their revisions.
    pub fn asked(&self) -> Vec<String> {
        self.books.asked.lock().unwrap().clone()
    }
}

async fn resolve(
    State(books): State<Books>,
    Path((owner, _, revision, path)): Path<(String, String, String, String)>,
) -> Response {
    books
        .asked
        .lock()
        .unwrap()
        .push(format!("{revision}/{path}"));
    if owner == "nobody" {
        return (StatusCode::UNAUTHORIZED, [("x-error-code", "RepoNotFound")]).into_response();
    }
    let Ok(bytes) = std::fs::read(books.files.join(&path)) else {
        return (StatusCode::NOT_FOUND, [("x-error-code", "EntryNotFound")]).into_response();
    };
    if !path.ends_with(".safetensors") {
        return ([("x-repo-commit", COMMIT)], bytes).into_response();
    }
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(&bytes)));
    let blob = format!("/blobs/{owner}/{path}");
    let told = [
        (header::LOCATION.as_str(), blob.as_str()),
        ("x-repo-commit", COMMIT),
        ("x-linked-etag", tag.as_str()),
    ];
    (StatusCode::FOUND, told).into_response()
}

async fn blob(State(books): State<Books>, Path((owner, path)): Path<(String, String)>) -> Response {
    if owner == "circle" {
        let own = format!("/blobs/{owner}/{path}");
        return (StatusCode::FOUND, [(header::LOCATION, own)]).into_response();
    }
    let mut bytes = std::fs::read(books.files.join(&path)).unwrap();
    if owner == "damaged" {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    }
    if owner == "cut" {
        let whole = bytes.len();
        bytes.truncate(whole / 2);
        let pieces = futures::stream::iter([
            Ok(bytes),
            Err(std::io::Error::other("the script cuts the connection here")),
        ]);
        return Response::builder()
            .header(header::CONTENT_LENGTH, whole)
            .body(Body::from_stream(pieces))
            .unwrap();
    }
    bytes.into_response()
}
