//! The real binary on a data directory and a database of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bucket::{BUCKET, BUCKET_KEY};
use crate::postgres::FreshDatabase;
use crate::{Client, until};

/// The owner every story begins with.
pub const OWNER: &str = "owner@example.com";
/// A canary: it must never appear in a log.
pub const PASSWORD: &str = "canary-Plum-4417-harbour";

/// Where the product keeps its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// For `unshare`: what is mounted is seen by the command alone.
const OWN_DISKS: [&str; 3] = ["--user", "--map-root-user", "--mount"];

/// How to start it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Environment variables.
    pub env: Vec<(&'static str, String)>,
    /// The data directory is a disk of its own with so many megabytes, which ends with the server.
    pub disk_mb: Option<u32>,
}

impl Options {
    /// With one more environment variable.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.env.push((name, value.to_string()));
        self
    }

    /// With the documents' files in a bucket at this endpoint.
    pub fn with_bucket(self, endpoint: &str) -> Self {
        self.with("HEADWATER_OBJECTS__URL", format!("s3://{BUCKET}/headwater"))
            .with("HEADWATER_OBJECTS__ENDPOINT", endpoint)
            .with("HEADWATER_OBJECTS__REGION", "eu-central-1")
            .with("HEADWATER_OBJECTS__ACCESS_KEY_ID", "somebody")
            .with("HEADWATER_OBJECTS__SECRET_ACCESS_KEY", BUCKET_KEY)
    }
}

/// A server of the product; ends with its test.
pub struct Product {
    dir: TempDir,
    child: Option<Child>,
    options: Options,
    secrets: Vec<String>,
    listen: String,
    pub url: String,
    // Dropped after the server is gone.
    database: Option<FreshDatabase>,
}

impl Product {
    /// Starts the server and waits until it is ready.
    pub async fn start(database: Database) -> Self {
        Self::with(database, Options::default()).await
    }

    /// Starts the server with options.
    pub async fn with(database: Database, options: Options) -> Self {
        let mut product = Self::installed(database, options);
        product.restart().await;
        product
    }

    /// Everything in place, nothing started.
    pub fn installed(database: Database, options: Options) -> Self {
        Self::on(
            match database {
                Database::Sqlite => None,
                Database::Postgres => Some(FreshDatabase::create()),
            },
            options,
        )
    }

    /// The same on a Postgres that can have the extension pgvector; `None` where there is none.
    pub fn installed_with_pgvector(options: Options) -> Option<Self> {
        let database = FreshDatabase::create_with_pgvector()?;
        Some(Self::on(Some(database), options))
    }

    /// Started with a data directory that has room for so many megabytes; `None` where the system lets
    /// nobody make such a disk.
    pub async fn with_small_disk(database: Database, megabytes: u32) -> Option<Self> {
        let tried = Command::new("unshare").args(OWN_DISKS).arg("true").output();
        if !tried.is_ok_and(|tried| tried.status.success()) {
            eprintln!("not tried: user namespaces are not to be had here");
            return None;
        }
        let disk_mb = Some(megabytes);
        let options = Options {
            disk_mb,
            ..Options::default()
        };
        Some(Self::with(database, options).await)
    }

    fn on(database: Option<FreshDatabase>, options: Options) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            child: None,
            options,
            listen: "127.0.0.1:0".to_owned(),
            secrets: vec![PASSWORD.to_owned(), crate::vendor::CANARY.to_owned()],
            url: String::new(),
            database,
        }
    }

    /// Another server on the same Postgres database, started.
    pub async fn replica(&self) -> Self {
        let url = self
            .database
            .as_ref()
            .expect("replicas need Postgres")
            .url();
        let options = self.options.clone().with("DATABASE_URL", url);
        let mut replica = Self::installed(Database::Sqlite, options);
        fs::create_dir_all(replica.data()).unwrap();
        // What one sealed the other opens.
        fs::copy(
            self.data().join("secret.key"),
            replica.data().join("secret.key"),
        )
        .unwrap();
        replica.restart().await;
        replica
    }

    /// Sets an environment variable of the next start.
    pub fn set_env(&mut self, name: &'static str, value: impl ToString) {
        self.options.env.retain(|(known, _)| *known != name);
        self.options.env.push((name, value.to_string()));
    }

    /// From now on it starts at the address that it has.
    pub fn stay(&mut self) {
        self.listen = self.url.trim_start_matches("http://").to_owned();
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        match (&self.child, self.options.disk_mb) {
            // Its disk is seen by the server alone.
            (Some(child), Some(_)) => {
                let root = PathBuf::from(format!("/proc/{}/root", child.id()));
                root.join(self.given_data().strip_prefix("/").unwrap())
            }
            _ => self.given_data(),
        }
    }

    fn given_data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A command of the binary, with nothing of this process's environment but the path.
    pub fn command(&self) -> Command {
        self.surrounded(Command::new(binary()))
    }

    /// The server's own command, in a place of its own where its disk is small.
    fn server(&self) -> Command {
        let Some(megabytes) = self.options.disk_mb else {
            return self.command();
        };
        fs::create_dir_all(self.given_data()).unwrap();
        let mount = format!("mount -t tmpfs -o size={megabytes}m tmpfs \"$HEADWATER_DATA\"");
        let mut command = Command::new("unshare");
        command.args(OWN_DISKS).args(["sh", "-c"]);
        command
            .arg(format!("{mount} && exec \"$0\" \"$@\""))
            .arg(binary());
        self.surrounded(command)
    }

    fn surrounded(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("HEADWATER_DATA", self.given_data())
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        if let Some(database) = &self.database {
            command.env("DATABASE_URL", database.url());
        }
        for (name, value) in &self.options.env {
            command.env(name, value);
        }
        command
    }

    /// Starts the server (again) on the same data and waits until it is ready.
    pub async fn restart(&mut self) {
        self.spawn();
        let pid = self.pid();
        let beacon = self.data().join("server.json");
        let url = until("the server to be ready", 60, async || {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                panic!("the server ended at once ({status}):\n{}", self.log());
            }
            let beacon: Value = serde_json::from_slice(&fs::read(&beacon).ok()?).ok()?;
            if beacon["pid"] != pid {
                return None;
            }
            let url = beacon["url"].as_str()?.to_owned();
            let client = Client::anonymous(&url);
            let ready = client
                .try_send(client.request(reqwest::Method::GET, "//readyz"))
                .await;
            ready.is_ok_and(|a| a.status == 200).then_some(url)
        })
        .await;
        self.url = url;
    }

    /// Starts the server and does not wait.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .unwrap();
        let child = self
            .server()
            .args(["serve", "--listen", &self.listen])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// What the server has written so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// The most memory the server has had so far, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let pid = self.pid();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
        kibibytes.parse::<u64>().unwrap() * 1024
    }

    /// The one-time code the server printed for set-up.
    pub async fn setup_code(&self) -> String {
        until("the set-up code to be printed", 30, async || {
            let log = self.log();
            let line = log.lines().find(|l| l.contains("one-time code: "))?;
            Some(line.rsplit(' ').next()?.to_owned())
        })
        .await
    }

    /// Kills the server as the power does.
    pub fn kill9(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the server's end.
    pub async fn exit(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        until("the server to end", 60, async || child.try_wait().unwrap()).await
    }

    /// Stops the server as an operator does.
    pub async fn stop(&mut self) {
        self.signal("TERM");
        assert!(self.exit().await.success(), "{}", self.log());
    }

    /// A caller who is nobody.
    pub fn anonymous(&self) -> Client {
        Client::anonymous(&self.url)
    }

    /// The local operator.
    pub fn operator(&self) -> Client {
        let beacon = fs::read(self.data().join("server.json")).unwrap();
        let beacon: Value = serde_json::from_slice(&beacon).unwrap();
        self.anonymous().with_key(beacon["token"].as_str().unwrap())
    }

    /// Finishes set-up; the owner, signed in.
    pub async fn set_up(&self) -> Client {
        let anonymous = self.anonymous();
        let body = json!({ "email": OWNER, "name": "Olga Owner", "password": PASSWORD });
        let answer = anonymous.post("/setup", body).await;
        answer.expect(201);
        anonymous.signed_in_by(&answer)
    }

    /// A text that must not show up in the log.
    pub fn keep_out_of_the_log(&mut self, secret: &str) {
        self.secrets.push(secret.to_owned());
    }

    /// A key of the caller's workspace; its secret must not show up in the log.
    pub async fn key(&mut self, owner: &Client, scopes: &[&str]) -> Client {
        let body = json!({ "name": scopes.join("-"), "scopes": scopes });
        let made = owner.post("/keys", body).await.expect(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        let client = owner.with_key(&secret);
        self.secrets.push(secret);
        client
    }

    /// The owner once set up, and the demo knowledge base searchable.
    pub async fn with_handbook(&self) -> Client {
        let owner = self.set_up().await;
        until("the handbook to be ready", 120, async || {
            let documents = owner
                .get("/knowledge-bases/handbook/documents?limit=100")
                .await;
            let documents = documents.expect(200);
            let items = documents["items"].as_array()?;
            let ready = items.iter().all(|d| d["status"] == "ready");
            (ready && !items.is_empty()).then_some(())
        })
        .await;
        owner
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let log = self.log();
        if std::thread::panicking() {
            eprintln!("── the server's log ──\n{log}");
            return;
        }
        for secret in &self.secrets {
            assert!(
                !log.contains(secret.as_str()),
                "a secret is in the log:\n{log}"
            );
        }
        for sign in ["panicked at", "job failed for good", "internal error"] {
            assert!(!log.contains(sign), "“{sign}” is in the log:\n{log}");
        }
    }
}

/// The binary under test: `HEADWATER_BIN`, or the one that was built beside this test.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("HEADWATER_BIN") {
        return named.into();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let beside = std::env::current_exe().ok();
    let beside = beside.as_deref().and_then(|exe| exe.parent()?.parent());
    let places = [
        target.map(|dir| workspace.join(dir).join("debug")),
        Some(workspace.join("target/debug")),
        beside.map(Path::to_owned),
    ];
    places
        .into_iter()
        .flatten()
        .map(|dir| dir.join("headwater"))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("there is no binary to test: run `cargo build -p headwater`"))
}
