//! Wiring: from a configuration to an open house.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use headwater_model::id::WorkspaceId;
use headwater_model::ports::PassageIndex;
use headwater_model::{Code, Error, Result};
use headwater_platform::clock::SystemClock;
use headwater_platform::config::IndexKind;
use headwater_platform::evaluation::Embedder;
use headwater_platform::{Platform, Supervisor};
use headwater_store::Store;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::telemetry;

/// Everything opened, nothing listening yet.
pub struct House {
    config: Config,
    store: Store,
    platform: Platform,
    supervisor: Supervisor,
}

/// A house that answers.
pub struct Running {
    /// Where, such as `http://127.0.0.1:3000`.
    pub url: String,
    /// The local operator's credential.
    pub token: String,
    /// The one-time code that set-up asks for, when it does.
    pub setup_code: Option<String>,
    /// The file that tells commands on this machine where the server is, when it was written.
    beacon: Option<PathBuf>,
    house: House,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

impl House {
    /// Opens store and product and starts background work.
    pub async fn open(config: Config) -> Result<Self> {
        // Two providers would be a programming error; one installed before is as good as this one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(SystemClock);
        let supervisor = Supervisor::default();
        let store = Store::open(&config.store(), clock.clone()).await?;
        let exe = std::env::current_exe().map_err(Error::internal)?;
        let platform = Platform::open(
            store.clone(),
            clock,
            config.platform(exe),
            supervisor.clone(),
        )
        .await?;
        Ok(Self {
            config,
            store,
            platform,
            supervisor,
        })
    }

    /// The index of a kind, whether the house searches it or not.
    pub async fn index(&self, kind: IndexKind) -> Result<Arc<dyn PassageIndex>> {
        self.platform.open_index(kind).await
    }

    /// What embeds with one of the models that this house knows.
    pub async fn embedder(&self, model: &str) -> Result<Embedder> {
        let workspaces = self.store.workspaces().all().await?;
        let workspace = workspaces.first().map(|workspace| workspace.id);
        Ok(Embedder {
            embed: self.platform.embedder(),
            // A model on this machine needs no workspace.
            workspace: workspace.unwrap_or_else(|| self.store.fresh(WorkspaceId::new)),
            model: model.to_owned(),
        })
    }

    /// Ends background work and closes the store, where nothing was listening.
    pub async fn close(self) {
        self.supervisor.drain();
        if !self.supervisor.stop(Duration::from_secs(10)).await {
            tracing::warn!("background work did not stop in time; it resumes at the next start");
        }
        self.store.close().await;
    }

    /// Listens on `address` and answers.
    #[expect(
        clippy::disallowed_methods,
        reason = "the listener's task is waited for in `stop`"
    )]
    pub async fn serve(self, address: &str) -> Result<Running> {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Error::new(Code::Unavailable, format!("Cannot listen on {address}: {error}. Choose another address with --listen, or stop what uses it."))
        })?;
        let local = listener.local_addr().map_err(Error::internal)?;
        // Behind a proxy, strangers reach a loopback listener too.
        let exposed = !local.ip().is_loopback() || self.config.server.trust_proxy;
        let setup_code = if exposed && !self.platform.is_set_up().await? {
            Some(self.platform.demand_setup_code())
        } else {
            None
        };
        let token = self.platform.make_operator_credential();
        let url = reachable(local);
        let router = headwater_server::router(
            self.platform.clone(),
            self.config.front_door(),
            telemetry::metrics(),
        );
        let stop = CancellationToken::new();
        let serving = tokio::spawn(headwater_server::serve(
            listener,
            router,
            self.supervisor.clone(),
            stop.clone(),
        ));
        Ok(Running {
            url,
            token,
            setup_code,
            beacon: None,
            house: self,
            stop,
            serving,
        })
    }
}

impl Running {
    /// Says in `server.json` where the server is, for commands on the same machine.
    pub fn announce(&mut self) -> Result<()> {
        let path = self.house.config.data_dir.join("server.json");
        let about = json!({ "url": self.url, "token": self.token, "pid": std::process::id() });
        write_beacon(&path, &about.to_string())?;
        self.beacon = Some(path);
        Ok(())
    }

    /// Fires schedules from now on.
    pub fn keep_time(&self) {
        self.house.platform.start_schedules();
    }

    /// Waits until no document is waiting to be read, or `patience` is over; whether none is.
    pub async fn settle(&self, patience: Duration) -> bool {
        let settled = async {
            while self.house.store.queue().unfinished().await.unwrap_or(0) > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(patience, settled).await.is_ok()
    }

    /// Stops accepting, lets streams finish within the grace period, hands back work, closes the store.
    pub async fn stop(self) {
        let grace = Duration::from_secs(self.house.config.server.drain_seconds);
        if let Some(Err(error)) = self.beacon.map(std::fs::remove_file) {
            tracing::debug!(%error, "removing server.json");
        }
        self.house.supervisor.drain();
        self.stop.cancel();
        let mut serving = self.serving;
        if tokio::time::timeout(grace, &mut serving).await.is_err() {
            tracing::warn!(
                seconds = grace.as_secs(),
                "streams were still open after the grace period"
            );
            serving.abort();
        }
        if !self.house.supervisor.stop(Duration::from_secs(10)).await {
            tracing::warn!("background work did not stop in time; it resumes at the next start");
        }
        if let Err(error) = self.house.platform.hand_back_runs().await {
            tracing::warn!(
                ?error,
                "runs were not handed back; others wait for the end of their leases"
            );
        }
        self.house.store.close().await;
    }
}

/// An address a person or command on this machine can open.
fn reachable(local: SocketAddr) -> String {
    let ip = if local.ip().is_unspecified() {
        "127.0.0.1".to_owned()
    } else if local.is_ipv6() {
        format!("[{}]", local.ip())
    } else {
        local.ip().to_string()
    };
    format!("http://{ip}:{}", local.port())
}

/// Written beside and renamed, so that a reader never sees half of it; for the owner's eyes only.
fn write_beacon(path: &std::path::Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let fresh = path.with_extension("json.new");
    let written = std::fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&fresh, path));
    written.map_err(Error::internal)
}
