//! The control of the benchmarks: the least an HTTP server of this kind can do. It parses a
//! JSON body and sends it back. Whatever Headwater takes beyond this is Headwater's own.
//!
//!     echo 127.0.0.1:4000

use axum::{Json, Router, routing::post};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("usage: echo ADDRESS")?;
    let echo = Router::new().route(
        "/echo",
        post(|Json(body): Json<serde_json::Value>| async { Json(body) }),
    );
    let listener = tokio::net::TcpListener::bind(&address).await?;
    axum::serve(listener, echo).await?;
    Ok(())
}
