//! Retrieval, measured from the command line.

use std::path::Path;
use std::process::Output;

use headwater_tests::{Database, Product, stories};
use serde_json::Value;

stories!(
    a_collection_is_measured_and_a_threshold_fails_the_command,
    a_collection_that_is_not_whole_says_what_is_missing,
);

fn eval(product: &Product, dir: &Path, more: &[&str]) -> Output {
    product
        .command()
        .arg("eval")
        .arg(dir)
        .args(more)
        .output()
        .unwrap()
}

fn collection(dir: &Path) {
    let documents = [
        ("d1", "Pumps", "Use lithium grease every ninety days."),
        (
            "d2",
            "Filters",
            "Filters are cleaned in spring and in autumn.",
        ),
        ("d3", "Valves", "A valve that drips needs a new seal."),
    ]
    .map(|(id, title, text)| {
        format!("{{\"_id\": \"{id}\", \"title\": \"{title}\", \"text\": \"{text}\"}}\n")
    });
    let questions = "{\"_id\": \"q1\", \"text\": \"how often are pumps greased\"}\n\
        {\"_id\": \"q2\", \"text\": \"when do I clean a filter\"}\n\
        {\"_id\": \"q3\", \"text\": \"zeppelins\"}\n";
    std::fs::write(dir.join("corpus.jsonl"), documents.concat()).unwrap();
    std::fs::write(dir.join("queries.jsonl"), questions).unwrap();
    std::fs::write(
        dir.join("judgements.tsv"),
        "query\tdocument\tgrade\nq1\td1\t1\nq2\td2\t1\nq3\td3\t1\n",
    )
    .unwrap();
}

async fn a_collection_is_measured_and_a_threshold_fails_the_command(database: Database) {
    let product = Product::start(database).await;
    let dir = tempfile::tempdir().unwrap();
    collection(dir.path());
    let measured = eval(&product, dir.path(), &["--json", "--threshold", "mrr=0.66"]);
    assert!(measured.status.success(), "{measured:?}");
    let measured: Value = serde_json::from_slice(&measured.stdout).unwrap();
    assert_eq!(
        (&measured["documents"], &measured["questions"]),
        (&3.into(), &3.into())
    );
    let words = &measured["searches"][0];
    assert_eq!(words["mode"], "lexical");
    // Two of three questions are answered at once, and the third by nothing.
    let mrr = words["measures"]["mrr"].as_f64().unwrap();
    assert!((mrr - 2.0 / 3.0).abs() < 1e-9, "{measured}");
    let failed = eval(&product, dir.path(), &["--threshold", "ndcg@10=0.7"]);
    assert_eq!(failed.status.code(), Some(1));
    let out = String::from_utf8(failed.stdout).unwrap();
    assert!(out.contains("ndcg@10") && out.contains("lexical"), "{out}");
    let told = String::from_utf8(failed.stderr).unwrap();
    assert!(told.contains("below 0.7"), "{told}");
}

async fn a_collection_that_is_not_whole_says_what_is_missing(database: Database) {
    let product = Product::start(database).await;
    let dir = tempfile::tempdir().unwrap();
    collection(dir.path());
    std::fs::remove_file(dir.path().join("judgements.tsv")).unwrap();
    let failed = eval(&product, dir.path(), &[]);
    assert!(!failed.status.success());
    let told = String::from_utf8(failed.stderr).unwrap();
    assert!(told.contains("--judgements"), "{told}");
    let failed = eval(&product, dir.path(), &["--threshold", "f1=0.7"]);
    let told = String::from_utf8(failed.stderr).unwrap();
    assert!(told.contains("ndcg@10"), "{told}");
}
