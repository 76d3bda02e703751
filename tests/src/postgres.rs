//! Private Postgres clusters for all tests of this checkout: each is started by whichever test needs
//! it first, stopped when the last test is gone, and never as root. One is the system's Postgres, the
//! other has pgvector.
//!
//! Test processes hold a shared lock on `users`; a watcher waits for the exclusive lock, which it
//! gets when nobody is left, and stops the cluster. `starting` lets only one test start it.

use std::fs::{self, File, OpenOptions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

static PLAIN: OnceLock<Cluster> = OnceLock::new();
static PGVECTOR: OnceLock<Cluster> = OnceLock::new();

/// The cluster, in use by this process.
struct Cluster {
    port: u16,
    bin: PathBuf,
    _in_use: File,
}

/// A database of its own for one story; dropped with it.
pub struct FreshDatabase {
    name: String,
    cluster: &'static Cluster,
}

impl FreshDatabase {
    /// Creates an empty database.
    pub fn create() -> Self {
        Self::create_in(PLAIN.get_or_init(|| Cluster::join("", binaries())))
    }

    /// Creates an empty database that can have the extension pgvector; `None` where no such Postgres
    /// is at hand (`deploy/pgvector` fetches one, and tells HEADWATER_PGVECTOR where).
    pub fn create_with_pgvector() -> Option<Self> {
        let bin = PathBuf::from(std::env::var_os("HEADWATER_PGVECTOR")?);
        let cluster = PGVECTOR.get_or_init(|| Cluster::join("-pgvector", bin));
        Some(Self::create_in(cluster))
    }

    fn create_in(cluster: &'static Cluster) -> Self {
        let name = format!("hw_{}", unique());
        cluster.sql(&format!("create database {name}"));
        Self { name, cluster }
    }

    /// Where it is, for `DATABASE_URL`.
    pub fn url(&self) -> String {
        let port = self.cluster.port;
        format!("postgres://headwater@127.0.0.1:{port}/{}", self.name)
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        // A database left behind goes with the cluster.
        let drop = format!("drop database {} with (force)", self.name);
        self.cluster.try_sql(&drop);
    }
}

/// A word no other story uses.
fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::SeqCst);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    format!(
        "{}_{}_{count}",
        std::process::id(),
        since.unwrap().as_nanos()
    )
}

impl Cluster {
    /// Finds the cluster, or starts it.
    fn join(kind: &str, bin: PathBuf) -> Self {
        let home = home(kind);
        let in_use = open(&home.join("users"));
        in_use.lock_shared().unwrap();
        let starting = open(&home.join("starting"));
        starting.lock().unwrap();
        let running = fs::read_to_string(home.join("port"))
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .filter(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok());
        let port = running.unwrap_or_else(|| start(&home, &bin));
        Self {
            port,
            bin,
            _in_use: in_use,
        }
    }

    fn sql(&self, statement: &str) {
        assert!(self.try_sql(statement), "{statement} failed");
    }

    fn try_sql(&self, statement: &str) -> bool {
        Command::new(self.bin.join("psql"))
            .args([
                "-X",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-U",
                "headwater",
            ])
            .args([
                "-d",
                "postgres",
                "-p",
                &self.port.to_string(),
                "-c",
                statement,
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// Where this checkout's cluster of a kind lives: readable by the unprivileged user, too.
fn home(kind: &str) -> PathBuf {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in env!("CARGO_MANIFEST_DIR").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let user = user();
    let home = std::env::temp_dir().join(format!("headwater-postgres{kind}-{user}-{hash:016x}"));
    fs::create_dir_all(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
    home
}

fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn open(path: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .unwrap()
}

/// The newest Postgres of the system, 15 at least.
fn binaries() -> PathBuf {
    let mut versions: Vec<u32> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|version| *version >= 15)
        .collect();
    versions.sort_unstable();
    let newest = versions
        .last()
        .unwrap_or_else(|| panic!("there is no PostgreSQL 15 or newer: run `deploy/setup test`"));
    PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"))
}

/// A command that does not run as root.
fn unprivileged(program: &Path) -> Command {
    if user() != "root" {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn run(command: &mut Command) {
    let output = command
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{command:?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Makes a new cluster, starts it, and leaves a watcher that stops it when nobody needs it.
fn start(home: &Path, bin: &Path) -> u16 {
    let data = home.join("data");
    let _ = fs::remove_dir_all(&data);
    fs::create_dir_all(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    if user() == "root" {
        run(Command::new("chown").arg("postgres").arg(&data));
    }
    run(unprivileged(&bin.join("initdb"))
        .args([
            "-U",
            "headwater",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
            "-D",
        ])
        .arg(&data));
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    // Killed is the product, never the database: what it flushes does not matter here.
    let options = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off \
         -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB"
    );
    // pg_ctl would inherit our pipes and keep them open: it gets a file.
    run(unprivileged(&bin.join("pg_ctl"))
        .args(["start", "-w", "-t", "60", "-o", &options, "-l"])
        .arg(data.join("log"))
        .arg("-D")
        .arg(&data)
        .stdout(Stdio::null()));
    fs::write(home.join("port"), port.to_string()).unwrap();
    watch(home, bin);
    port
}

/// Tests of one run follow each other closely: only a cluster unused for a while is stopped.
const WATCHER: &str = r#"
cd /
while :; do
  flock -x "$1/users" true
  sleep 20
  exec 9>>"$1/users"
  if flock -n -x 9; then
    rm -f "$1/port"
    if [ "$(id -u)" = 0 ]; then as="runuser -u postgres --"; else as=; fi
    $as "$2/pg_ctl" stop -m immediate -D "$1/data"
    rm -rf "$1/data"
    exit 0
  fi
  exec 9>&-
done
"#;

fn watch(home: &Path, bin: &Path) {
    let left = Command::new("setsid")
        .args([
            "--fork",
            "bash",
            "-c",
            WATCHER,
            "headwater-postgres-watcher",
        ])
        .arg(home)
        .arg(bin)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(left.unwrap().success());
}
