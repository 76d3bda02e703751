//! Journeys through the real product in a real browser, a chapter each; pictures of every page are
//! kept as build output.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use headwater_tests::vendor::Vendor;
use headwater_tests::{Database, Hub, Options, Product, Tiny};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::{JoinSet, block_in_place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_asks_adds_documents_and_finds_what_they_say() {
    walk("documents").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversations_branch_are_put_in_order_and_found_again() {
    walk("chat").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flows_are_made_published_compared_and_carried() {
    walk("flows").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_are_watched_compared_answered_and_triggered() {
    walk("runs").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_share_speak_other_languages_and_change_places() {
    walk("people").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_line_breaks_or_the_power_goes() {
    walk("outages").await;
}

/// The browser and its driver are there when `make test` says so: Rust alone tests without Node.
fn browser_is_wanted() -> bool {
    std::env::var_os("HEADWATER_BROWSER").is_some()
}

/// One chapter of `web/journey`, on a server and with a vendor of its own.
async fn walk(chapter: &str) {
    if !browser_is_wanted() {
        eprintln!("not run: set HEADWATER_BROWSER=1 after `make web` (`make test` does)");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pictures = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    // Behind a proxy set-up asks for the printed code, and people come through it.
    let folder = tempfile::tempdir().expect("a directory for a source");
    let model = tempfile::tempdir().expect("a directory for a model");
    Tiny::default().write(model.path());
    let hub = Hub::start(model.path().to_owned()).await;
    let options = Options::default()
        .with("HEADWATER_SERVER__TRUST_PROXY", true)
        .with("HEADWATER_MODELS__HUB_URL", &hub.url)
        .with("HEADWATER_KNOWLEDGE__FOLDERS", folder.path().display());
    let mut product = Product::with(Database::Sqlite, options).await;
    product.stay();
    let (url, code) = (product.url.clone(), product.setup_code().await);
    let power = Power::of(product).await;
    let vendor = Vendor::start().await;
    let journey = tokio::process::Command::new("node")
        .arg("journey/journey.mjs")
        .current_dir(root.join("web"))
        .env("CHAPTER", chapter)
        .env("BASE_URL", url)
        .env("SETUP_CODE", code)
        .env("CONTROL_URL", &power.url)
        .env("SCRIPTED_URL", vendor.base_url())
        .env("SOURCE_DIR", folder.path())
        .env("OUT_DIR", pictures.join("journey"))
        .output()
        .await
        .expect("node starts");
    let told = String::from_utf8_lossy(&journey.stdout);
    let complaints = String::from_utf8_lossy(&journey.stderr);
    assert!(journey.status.success(), "{told}\n{complaints}");
}

/// The switch of a server: whoever walks in a browser kills it and starts it again over HTTP.
struct Power {
    url: String,
    _product: Arc<Mutex<Product>>,
    _switch: JoinSet<()>,
}

impl Power {
    async fn of(product: Product) -> Self {
        async fn kill(State(product): State<Arc<Mutex<Product>>>) {
            product.lock().await.kill9();
        }
        async fn start(State(product): State<Arc<Mutex<Product>>>) {
            let mut product = product.lock().await;
            // Waiting for a server is no future that could move between threads.
            block_in_place(|| Handle::current().block_on(product.restart()));
        }
        let product = Arc::new(Mutex::new(product));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/kill", post(kill))
            .route("/start", post(start))
            .with_state(Arc::clone(&product));
        let mut switch = JoinSet::new();
        switch.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            _product: product,
            _switch: switch,
        }
    }
}
