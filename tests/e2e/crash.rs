//! Promises 1, 3, 4, 5 and 11: servers die again and again under load, and every acknowledged run
//! still ends once, does no finished step twice, and counts its usage once.
//!
//! `HEADWATER_KILLS=50` makes it the long trial of `docs/operations/promises.md`.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _};
use headwater_model::Timestamp;
use headwater_tests::client::reply_of;
use headwater_tests::vendor::counted;
use headwater_tests::{Client, Database, Options, Product, Vendor, stories, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::words::{publish, speaking};

/// Runs under way at any time.
const IN_FLIGHT: usize = 200;
const KILLS: usize = 6;
/// How long a run may take while no server dies.
const PATIENCE: Duration = Duration::from_secs(120);
const ITEMS: [&str; 3] = ["apple", "pear", "plum"];
const WORDS: usize = 20;

stories!(runs_survive_a_server_that_dies_again_and_again);

async fn runs_survive_a_server_that_dies_again_and_again(database: Database) {
    let mut product = Product::with(database, options()).await;
    let trial = Trial::begin(&product).await;
    let clients = trial.clients();
    let mut dice = Dice(17);
    for _ in 0..kills() {
        trial.progress(dice.between(0, IN_FLIGHT)).await;
        tokio::time::sleep(Duration::from_millis(dice.between(0, 700) as u64)).await;
        product.kill9();
        product.restart().await;
        trial.servers_are(&[&product]);
    }
    trial.finish(clients).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_survive_when_either_of_two_servers_dies() {
    let first = Product::with(Database::Postgres, options()).await;
    let trial = Trial::begin(&first).await;
    // The bytes of the demo's documents are with the server that took them.
    until("the demo to be searchable", 60, async || {
        let queue = trial
            .owner
            .get("/knowledge-bases/handbook/documents?limit=100")
            .await;
        let documents = queue.expect(200);
        let mut all = documents["items"].as_array()?.iter();
        all.all(|document| document["status"] == "ready")
            .then_some(())
    })
    .await;
    let second = first.replica().await;
    let mut servers = [first, second];
    trial.servers_are(&[&servers[0], &servers[1]]);
    let clients = trial.clients();
    let mut dice = Dice(23);
    for _ in 0..kills() {
        trial.progress(dice.between(0, IN_FLIGHT)).await;
        let victim = dice.between(0, 2);
        servers[victim].kill9();
        trial.servers_are(&[&servers[1 - victim]]);
        // The other one takes over before this one is back, or not.
        tokio::time::sleep(Duration::from_millis(dice.between(0, 2500) as u64)).await;
        servers[victim].restart().await;
        trial.servers_are(&[&servers[0], &servers[1]]);
    }
    trial.finish(clients).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_wakes_up_too_late_changes_nothing() {
    let first = Product::with(Database::Postgres, options()).await;
    let owner = first.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-60-20").await;
    let flow = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Say something." } });
    let run = owner.post(&format!("/flows/{flow}/runs"), body).await;
    let run = run.expect(202)["id"].as_str().unwrap().to_owned();
    until("the model to be asked", 20, async || {
        (vendor.calls() == 1).then_some(())
    })
    .await;
    first.signal("STOP");
    let second = first.replica().await;
    let other = owner.at(&second.url);
    let ended = other.ended(&run).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    assert_eq!(vendor.calls(), 2);
    first.signal("CONT");
    // What it still had in hand reaches it now; its word does not count any more.
    until("the late one to notice", 20, async || {
        first.log().contains("another server goes on").then_some(())
    })
    .await;
    assert_eq!(owner.get(&format!("/runs/{run}")).await.expect(200), ended);
    let steps = other.get(&format!("/runs/{run}/steps")).await.expect(200);
    let written = steps["items"].as_array().unwrap().iter();
    assert_eq!(written.filter(|step| step["node"] == "write").count(), 1);
}

fn kills() -> usize {
    let asked = std::env::var("HEADWATER_KILLS").ok();
    asked.map_or(KILLS, |kills| kills.parse().unwrap())
}

fn options() -> Options {
    Options::default()
        .with("HEADWATER_LIMITS__REQUESTS_PER_MINUTE", 100_000_000)
        .with("HEADWATER_LIMITS__CONCURRENT_RUNS", 10_000)
        .with("HEADWATER_LIMITS__RUN_LEASE_SECONDS", 2)
        .with("HEADWATER_LOG__LEVEL", "info")
}

/// start → template → each (three model calls) → a slow model call → answer and output.
fn flow() -> Value {
    json!({
        "headwater": 1, "name": "Trial", "kind": "task",
        "inputs": [{ "name": "name", "type": "string", "required": true }],
        "nodes": [
            { "id": "before", "kind": "template", "settings": { "text": "{{ start.name }}" } },
            { "id": "items", "kind": "each",
              "settings": { "items": ITEMS, "concurrency": 2, "output": "{{ taste.text }}" },
              "body": {
                "nodes": [{ "id": "taste", "kind": "chat", "settings": {
                    "model": "scripted/words-3-1",
                    "messages": [{ "role": "user", "content": "Taste {{ item }} for {{ before.text }}" }],
                } }],
                "edges": [],
            } },
            { "id": "write", "kind": "chat", "settings": {
                "model": format!("scripted/words-{WORDS}-20"),
                "messages": [{ "role": "user", "content": "Write for {{ before.text }}" }],
            } },
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ before.text }}: {{ write.text }}" } },
            { "id": "out", "kind": "output", "settings": { "values": { "tastes": "{{ items.items }}" } } },
        ],
        "edges": [
            { "from": "start", "to": "before" },
            { "from": "before", "to": "items" },
            { "from": "items", "to": "write" },
            { "from": "write", "to": "reply" },
            { "from": "reply", "to": "out" },
        ],
    })
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn between(&mut self, low: usize, high: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        low + usize::try_from(self.0 >> 33).unwrap() % (high - low)
    }
}

/// A load on servers that come and go, and what was acknowledged.
#[derive(Clone)]
struct Trial {
    owner: Client,
    flow: String,
    vendor: Arc<Vendor>,
    urls: Arc<Mutex<Vec<String>>>,
    /// By the name each run was given: its id, once acknowledged.
    ledger: Arc<Mutex<HashMap<String, String>>>,
    ended: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Trial {
    async fn begin(product: &Product) -> Self {
        let owner = product.set_up().await;
        let vendor = Vendor::as_default(&owner, "scripted-small").await;
        let flow = publish(&owner, flow()).await;
        Self {
            owner,
            flow,
            vendor: Arc::new(vendor),
            urls: Arc::new(Mutex::new(vec![product.url.clone()])),
            ledger: Arc::default(),
            ended: Arc::default(),
            over: Arc::default(),
        }
    }

    fn servers_are(&self, servers: &[&Product]) {
        *self.urls.lock().unwrap() = servers.iter().map(|s| s.url.clone()).collect();
    }

    fn server(&self, turn: usize) -> Client {
        let urls = self.urls.lock().unwrap();
        self.owner.at(&urls[turn % urls.len()])
    }

    fn clients(&self) -> Vec<tokio::task::JoinHandle<()>> {
        (0..IN_FLIGHT)
            .map(|client| tokio::spawn(self.clone().keep_running(client)))
            .collect()
    }

    /// One run after the other, until the trial is over.
    async fn keep_running(self, client: usize) {
        for turn in 0.. {
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            let name = format!("c{client}r{turn}");
            let run = self.start(client + turn, &name).await;
            self.ledger.lock().unwrap().insert(name, run.clone());
            self.wait_for(client + turn, &run).await;
            self.ended.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Asks until it is acknowledged; whoever asks again with the same key means the same run.
    async fn start(&self, mut turn: usize, name: &str) -> String {
        let path = format!("/flows/{}/runs", self.flow);
        loop {
            let server = self.server(turn);
            let request = server
                .request(Method::POST, &path)
                .header("Idempotency-Key", name)
                .json(&json!({ "input": { "name": name } }));
            match server.try_send(request).await {
                Ok(answer) if answer.status.as_u16() < 500 => {
                    return answer.expect(202)["id"].as_str().unwrap().to_owned();
                }
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
            turn += 1;
        }
    }

    /// Waits for a run's end, however often servers die; once they stay alive, it must come soon.
    async fn wait_for(&self, turn: usize, run: &str) {
        let path = format!("/runs/{run}");
        let (mut urls, mut calm) = (Vec::new(), Instant::now());
        for turn in turn.. {
            tokio::time::sleep(Duration::from_millis(400)).await;
            let alive = self.urls.lock().unwrap().clone();
            if urls != alive {
                (urls, calm) = (alive, Instant::now());
            }
            let server = self.server(turn);
            let answer = server.try_send(server.request(Method::GET, &path)).await;
            let Ok(answer) = answer else { continue };
            if answer.status.is_server_error() {
                continue;
            }
            let stands = answer.expect(200);
            if !stands["finished_at"].is_null() {
                return;
            }
            assert!(calm.elapsed() < PATIENCE, "it does not end: {stands}");
        }
    }

    /// Waits until `more` runs have ended, so that deaths come at every stage of the work.
    async fn progress(&self, more: usize) {
        let goal = self.ended.load(Ordering::Relaxed) + more;
        until("runs to end between two deaths", 120, async || {
            (self.ended.load(Ordering::Relaxed) >= goal).then_some(())
        })
        .await;
    }

    /// No more runs begin; what is under way ends; then everything is looked at.
    async fn finish(self, clients: Vec<tokio::task::JoinHandle<()>>) {
        self.over.store(true, Ordering::Relaxed);
        for client in clients {
            client.await.unwrap();
        }
        let ledger = self.ledger.lock().unwrap().clone();
        let mut asked: HashMap<String, Vec<i64>> = HashMap::new();
        for request in self.vendor.requests() {
            if let Some(key) = request.idempotency_key() {
                asked.entry(key.to_owned()).or_default().push(request.at_ms);
            }
        }
        let again = asked.values().filter(|times| times.len() > 1).count();
        eprintln!("{} runs; {again} model calls were made again", ledger.len());
        let checks = ledger
            .iter()
            .map(|(name, run)| self.check(name, run, &asked));
        stream::iter(checks)
            .buffer_unordered(16)
            .collect::<()>()
            .await;
        self.nothing_else_ran(&ledger).await;
    }

    async fn check(&self, name: &str, run: &str, asked: &HashMap<String, Vec<i64>>) {
        let server = self.server(0);
        let ended = server.get(&format!("/runs/{run}")).await.expect(200);
        assert_eq!(ended["status"], "succeeded", "{ended}");
        let reply = format!("{name}: {}", counted(WORDS));
        assert_eq!(ended["reply"], reply);
        let tastes = ended["outputs"]["tastes"].as_array().unwrap();
        assert_eq!(tastes.len(), ITEMS.len(), "{ended}");

        let steps = server.get(&format!("/runs/{run}/steps?limit=100")).await;
        let steps = steps.expect(200);
        let steps = steps["items"].as_array().unwrap();
        let place = |step: &Value| {
            let place = step["path"].as_str().or(step["node"].as_str());
            place.unwrap().to_owned()
        };
        let places: HashSet<String> = steps.iter().map(place).collect();
        assert_eq!(
            places.len(),
            steps.len(),
            "a step is there twice: {steps:?}"
        );
        assert_eq!(steps.len(), 6 + ITEMS.len(), "{places:?}");
        for step in steps {
            assert_eq!(step["status"], "done", "{step}");
            self.not_repeated(run, &place(step), step, asked);
        }
        for direction in ["input_tokens", "output_tokens"] {
            let of_steps = steps
                .iter()
                .map(|s| s["usage"][direction].as_u64().unwrap());
            let (sum, whole) = (of_steps.sum::<u64>(), &ended["usage"][direction]);
            assert_eq!(*whole, sum, "{ended}");
        }
        // Each answer of the vendor is counted once: its words, however often it was interrupted.
        let spoken = (WORDS + ITEMS.len() * 3) as u64;
        assert_eq!(ended["usage"]["output_tokens"], spoken, "{steps:?}");

        let events = server.rejoin(run, None).await.all().await;
        let terminal = |name: &str| matches!(name, "run.finished" | "run.failed" | "run.cancelled");
        let ends = events.iter().filter(|(event, _)| terminal(&event.event));
        assert_eq!(ends.count(), 1, "{events:?}");
        assert_eq!(events.last().unwrap().0.event, "run.finished");
        assert_eq!(reply_of(&events), reply);
    }

    /// The vendor was never asked again for what was in the log already.
    fn not_repeated(
        &self,
        run: &str,
        place: &str,
        step: &Value,
        asked: &HashMap<String, Vec<i64>>,
    ) {
        if step["kind"] != "chat" {
            return;
        }
        let done: Timestamp = serde_json::from_value(step["finished_at"].clone()).unwrap();
        let times = &asked[&format!("{run}:{place}")];
        assert!(!times.is_empty());
        for at in times {
            assert!(
                *at <= done.as_millis(),
                "{place} of {run} ran again: {step}"
            );
        }
    }

    /// Every run there is was acknowledged: asking twice with one key made one run.
    async fn nothing_else_ran(&self, ledger: &HashMap<String, String>) {
        let known: HashSet<&str> = ledger.values().map(String::as_str).collect();
        assert_eq!(known.len(), ledger.len());
        let (server, mut after, mut seen) = (self.server(0), String::new(), 0);
        loop {
            let path = format!("/runs?limit=100{after}");
            let page = server.get(&path).await.expect(200);
            for run in page["items"].as_array().unwrap() {
                assert!(known.contains(run["id"].as_str().unwrap()), "{run}");
                seen += 1;
            }
            match page["next"].as_str() {
                Some(cursor) => after = format!("&after={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen, ledger.len());
    }
}
