//! What a worker may do besides computing: nothing.

use std::fs;

use headwater_model::ports::Language;
use serde_json::json;

use crate::Sandbox;

#[tokio::test]
async fn a_worker_has_no_environment_no_descriptors_and_no_privileges_to_gain() {
    let sandbox = Sandbox::new(Language::JavaScript);
    sandbox.value("const main = () => ({})", json!({})).await;
    let pid = sandbox.pool.waiting()[0];
    let of = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap();

    let status = of("status");
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(field("NoNewPrivs:"), "1");
    assert_eq!(field("Threads:"), "1");
    assert_eq!(field("Seccomp:"), "2", "system calls are filtered here");

    assert_eq!(
        of("environ").trim_end_matches('\0'),
        "MIMALLOC_ARENA_RESERVE=0"
    );
    let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let mut open: Vec<String> = open
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    open.sort();
    assert_eq!(open, ["0", "1", "2"]);
    let directory = fs::read_link(format!("/proc/{pid}/cwd")).unwrap();
    assert_eq!(fs::read_dir(directory).unwrap().count(), 0);

    let limits = of("limits");
    for name in [
        "Max open files",
        "Max file size",
        "Max processes",
        "Max core file size",
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let values: Vec<&str> = line[name.len()..].split_whitespace().take(2).collect();
        assert_eq!(values, ["0", "0"], "{name}");
    }
    let space = limits
        .lines()
        .find(|line| line.starts_with("Max address space"))
        .unwrap();
    let space: u64 = space.split_whitespace().nth(4).unwrap().parse().unwrap();
    assert!(space < 400 << 20, "{space} bytes of addresses");
}
