//! The engine of Qdrant behind a front of our own (`stranger/qdrant.py`), where it is at hand. It is no
//! whole Qdrant server; Qdrant's own client sees to it that the front speaks as one does.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::until;

/// The key it asks for: a canary, it must never appear in a log.
pub const QDRANT_KEY: &str = "canary-qdrant-7712";

/// A server of one story; gone with it.
pub struct Qdrant {
    place: OsString,
    dir: tempfile::TempDir,
    port: String,
    version: String,
    server: Option<Child>,
    /// Where the server is.
    pub url: String,
}

impl Qdrant {
    /// Starts a server; `None` where there is none (`deploy/qdrant` fetches it, and tells
    /// HEADWATER_QDRANT where).
    pub async fn start() -> Option<Self> {
        Self::of_version("1.20.0").await
    }

    /// One that says it has this version.
    pub async fn of_version(version: &str) -> Option<Self> {
        let Some(place) = std::env::var_os("HEADWATER_QDRANT") else {
            eprintln!("not run: there is no engine of Qdrant (see deploy/qdrant)");
            return None;
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let mut qdrant = Self {
            place,
            dir: tempfile::tempdir().unwrap(),
            url: format!("http://127.0.0.1:{port}"),
            port,
            version: version.to_owned(),
            server: None,
        };
        qdrant.start_again().await;
        Some(qdrant)
    }

    /// Kills it as the power does.
    pub fn kill9(&mut self) {
        let mut server = self.server.take().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Starts it on what it had.
    pub async fn start_again(&mut self) {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/stranger/qdrant.py");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .unwrap();
        let server = Command::new("python3")
            .arg(script)
            .arg(self.dir.path())
            .arg(&self.port)
            .env("PYTHONPATH", &self.place)
            .env("QDRANT_VERSION", &self.version)
            .env("QDRANT__SERVICE__API_KEY", QDRANT_KEY)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.server = Some(server);
        until("the engine of Qdrant", 60, async || {
            self.collections().await
        })
        .await;
    }

    /// The names of all collections; `None` while it does not answer.
    pub async fn collections(&self) -> Option<Vec<String>> {
        let answer = self.ask(reqwest::Method::GET, "collections").await?;
        let names = answer["result"]["collections"].as_array()?;
        let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
        Some(names.iter().map(name).collect())
    }

    /// Removes a collection behind everybody's back.
    pub async fn drop_collection(&self, name: &str) {
        let path = format!("collections/{name}");
        let done = self.ask(reqwest::Method::DELETE, &path).await.unwrap();
        assert_eq!(done["result"], true);
    }

    async fn ask(&self, method: reqwest::Method, path: &str) -> Option<Value> {
        let client = reqwest::Client::new();
        let request = client.request(method, format!("{}/{path}", self.url));
        let answer = request.header("api-key", QDRANT_KEY).send().await.ok()?;
        answer.json().await.ok()
    }

    /// Runs a program that speaks to it through Qdrant's own client, as `client`; what it prints.
    pub fn with_its_client(&self, program: &str) -> String {
        let before = "import os\nfrom qdrant_client import QdrantClient, models\nclient = QdrantClient(url=os.environ['URL'], api_key=os.environ['KEY'], check_compatibility=True, timeout=60)\n";
        let done = Command::new("python3")
            .args(["-W", "ignore", "-c", &format!("{before}{program}")])
            .env("PYTHONPATH", &self.place)
            .env("URL", &self.url)
            .env("KEY", QDRANT_KEY)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        String::from_utf8(done.stdout).unwrap()
    }

    fn log_file(&self) -> PathBuf {
        Path::new(self.dir.path()).join("log")
    }
}

impl Drop for Qdrant {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
            eprintln!("── the front of Qdrant's engine ──\n{log}");
        }
    }
}
