//! A server that speaks S3's protocol (moto), with one bucket, where it is at hand.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;

use crate::until;

/// The bucket's name.
pub const BUCKET: &str = "documents";
/// The secret that products are given for it; it is in no log.
pub const BUCKET_KEY: &str = "canary-bucket-secret";

/// A bucket of one story; gone with it.
pub struct Bucket {
    server: Child,
    /// Where the server is.
    pub endpoint: String,
}

impl Bucket {
    /// Starts a server and makes the bucket; `None` where there is none (`deploy/s3` fetches it, and
    /// tells HEADWATER_S3 where).
    pub async fn start() -> Option<Self> {
        let Some(place) = std::env::var_os("HEADWATER_S3") else {
            eprintln!("not run: there is no server for S3's protocol (see deploy/s3)");
            return None;
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let server = Command::new("python3")
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port])
            .env("PYTHONPATH", place)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let bucket = Self {
            server,
            endpoint: format!("http://127.0.0.1:{port}"),
        };
        let client = reqwest::Client::new();
        let url = format!("{}/{BUCKET}", bucket.endpoint);
        until("the bucket", 60, async || {
            let made = client.put(&url).send().await.ok()?;
            made.status().is_success().then_some(())
        })
        .await;
        Some(bucket)
    }

    /// The names of all objects.
    pub async fn objects(&self) -> Vec<String> {
        let url = format!("{}/{BUCKET}?list-type=2", self.endpoint);
        let list = reqwest::get(url).await.unwrap();
        assert_eq!(list.status(), StatusCode::OK);
        let text = list.text().await.unwrap();
        let keys = text.split("<Key>").skip(1);
        keys.map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
