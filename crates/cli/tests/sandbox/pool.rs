//! Who gets a worker, and what becomes of it.

use std::process::Command;
use std::time::{Duration, Instant};

use headwater_model::ports::{Language, RunCode as _};
use serde_json::json;

use crate::{Sandbox, workspace};

const QUICK: &str = "const main = ({ n }) => ({ n })";
const ENDLESS: &str = "function main() { for (;;); }";

/// Waits until a condition holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "waited for {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}

#[tokio::test]
async fn a_worker_never_runs_the_code_of_two_workspaces() {
    let sandbox = Sandbox::new(Language::JavaScript);
    let mut request = sandbox.request(QUICK, json!({ "n": 1 }));
    sandbox.pool.run(request.clone()).await.unwrap();
    let first = sandbox.pool.waiting();
    sandbox.pool.run(request.clone()).await.unwrap();
    assert_eq!(
        sandbox.pool.waiting(),
        first,
        "the same workspace, the same worker"
    );
    request.workspace = workspace(2);
    sandbox.pool.run(request).await.unwrap();
    let both = sandbox.pool.waiting();
    assert_eq!(both.len(), 2);
    assert_eq!(both[0], first[0]);
}

#[tokio::test]
async fn a_spare_worker_waits_for_the_next_workspace() {
    let sandbox = Sandbox::with(Language::JavaScript, |config| config.spares = 1);
    assert!(
        sandbox.pool.waiting().is_empty(),
        "nothing before the first call"
    );
    let mut request = sandbox.request(QUICK, json!({ "n": 1 }));
    sandbox.pool.run(request.clone()).await.unwrap();
    until("a spare worker", || sandbox.pool.waiting().len() == 2).await;
    let spare = sandbox.pool.waiting()[1];
    request.workspace = workspace(2);
    sandbox.pool.run(request).await.unwrap();
    assert!(sandbox.pool.waiting()[..2].contains(&spare));
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_its_worker_with_it() {
    let sandbox = Sandbox::with(Language::JavaScript, |config| {
        config.time = Duration::from_secs(60);
    });
    sandbox.value(QUICK, json!({ "n": 1 })).await;
    let worker = sandbox.pool.waiting()[0];
    let mut call = Box::pin(sandbox.run(ENDLESS, json!({})));
    tokio::select! {
        _ = &mut call => panic!("it ended"),
        () = until("the worker to be busy", || sandbox.pool.waiting().is_empty()) => {}
    }
    assert!(runs(worker));
    drop(call);
    until("the worker to end", || !runs(worker)).await;
    assert_eq!(
        sandbox.value(QUICK, json!({ "n": 2 })).await,
        json!({ "n": 2 })
    );
}

#[tokio::test]
async fn the_workers_of_a_pool_end_with_it() {
    let sandbox = Sandbox::new(Language::JavaScript);
    sandbox.value(QUICK, json!({ "n": 1 })).await;
    let worker = sandbox.pool.waiting()[0];
    drop(sandbox);
    until("the worker to end", || !runs(worker)).await;
}

#[tokio::test]
async fn a_worker_that_was_killed_while_it_waited_is_replaced() {
    let sandbox = Sandbox::new(Language::JavaScript);
    sandbox.value(QUICK, json!({ "n": 1 })).await;
    let worker = sandbox.pool.waiting()[0];
    let kill = Command::new("kill")
        .args(["-9", &worker.to_string()])
        .status();
    assert!(kill.unwrap().success());
    until("the worker to end", || !runs(worker)).await;
    assert_eq!(
        sandbox.value(QUICK, json!({ "n": 2 })).await,
        json!({ "n": 2 })
    );
}

#[tokio::test]
async fn endless_loops_of_one_workspace_do_not_keep_another_waiting() {
    let sandbox = Sandbox::with(Language::JavaScript, |config| {
        config.time = Duration::from_secs(60);
    });
    let mut other = sandbox.request(QUICK, json!({ "n": 1 }));
    other.workspace = workspace(2);
    let loops = (0..20).map(|_| sandbox.run(ENDLESS, json!({})));
    let calls = async {
        for _ in 0..20 {
            sandbox.pool.run(other.clone()).await.unwrap();
        }
    };
    tokio::select! {
        _ = futures::future::join_all(loops) => panic!("they ended"),
        () = calls => {}
    }
}

/// Not a test of anything: prints what a call costs. Run it with `--ignored --nocapture`.
#[tokio::test]
#[ignore = "prints figures"]
async fn what_a_call_costs() {
    for (language, code) in [
        (Language::JavaScript, QUICK),
        (
            Language::Python,
            "def main(inputs):\n    return { 'n': inputs['n'] }",
        ),
    ] {
        let sandbox = Sandbox::new(language);
        let begun = Instant::now();
        sandbox.value(code, json!({ "n": 1 })).await;
        let cold = begun.elapsed();
        let mut warm: Vec<Duration> = Vec::new();
        for n in 0..400 {
            let begun = Instant::now();
            sandbox.value(code, json!({ "n": n })).await;
            warm.push(begun.elapsed());
        }
        warm.sort();
        let worker = sandbox.pool.waiting()[0];
        let status = std::fs::read_to_string(format!("/proc/{worker}/smaps_rollup")).unwrap();
        let memory = status
            .lines()
            .filter(|l| l.starts_with("Rss") || l.starts_with("Pss:") || l.starts_with("Private"));
        eprintln!(
            "{}: cold {cold:?}, warm p50 {:?}, p99 {:?}; {:?}",
            language.title(),
            warm[200],
            warm[396],
            memory.collect::<Vec<_>>()
        );
    }
}
