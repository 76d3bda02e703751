//! Answers that a model judges, well and badly.

use headwater_tests::{Database, Product, Vendor, stories};
use serde_json::{Value, json};

use crate::evaluations::{close, evaluate, notes, provider, results, set};

stories!(
    answers_are_judged_claim_by_claim,
    a_judge_that_fails_is_told_and_counts_for_nothing,
);

fn judging(judge: &str) -> Value {
    json!({ "judge": { "judge_model": judge, "answer_model": "acme/answers", "passages": 1 } })
}

async fn answers_are_judged_claim_by_claim(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    provider(&owner, &vendor).await;
    for model in ["acme/answers", "acme/judge"] {
        let body = json!({ "model": model, "price": { "input": "1", "output": "1" } });
        owner.put("/models/prices", body).await.expect(200);
    }
    let kb = notes(&owner).await;
    let set = set(
        &owner,
        &kb,
        &[
            json!({ "question": "grease", "relevant": [{ "document": "pumps.txt" }],
                "reference_answer": "Use lithium grease every ninety days." }),
            json!({ "question": "gloves", "reference_answer": "Never." }),
            json!({ "question": "seal" }),
        ],
    )
    .await;
    let done = evaluate(&owner, &kb, &set, judging("acme/judge")).await;
    let judged = &done["report"]["judged"];
    assert!(close(&judged["faithfulness"], 0.5), "{done}");
    assert!(close(&judged["correctness"], 0.5), "{done}");
    assert_eq!(
        (&judged["claims"], &judged["supported"]),
        (&json!(6), &json!(3))
    );
    assert_eq!(
        (&judged["failed"], &judged["correctness_of"]),
        (&json!(0), &json!(2))
    );
    let all = results(&owner, &done).await;
    let first = &all[0]["result"];
    let claims = &first["judged"]["claims"];
    assert_eq!(
        claims[0]["claim"], "Use lithium grease every ninety days.",
        "{first}"
    );
    assert_eq!(
        (&claims[0]["supported"], &claims[0]["passages"]),
        (&json!(true), &json!([1]))
    );
    assert_eq!(
        (&claims[1]["supported"], &claims[1]["passages"]),
        (&json!(false), &json!([]))
    );
    assert_eq!(first["judged"]["correctness"], 1.0);
    let purposes: Vec<&str> = first["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["purpose"].as_str().unwrap())
        .collect();
    assert_eq!(purposes, ["answer", "claims", "verdicts", "correctness"]);
    // All that was consumed is summed, and what it cost.
    let counted = |field: &str| -> u64 {
        let calls = all
            .iter()
            .flat_map(|q| q["result"]["calls"].as_array().unwrap());
        calls
            .map(|call| call["usage"][field].as_u64().unwrap())
            .sum()
    };
    let usage = &done["report"]["usage"];
    assert_eq!(usage["input_tokens"], counted("input_tokens"));
    assert_eq!(usage["output_tokens"], counted("output_tokens"));
    let cost: f64 = usage["cost"].as_str().unwrap().parse().unwrap();
    let tokens = counted("input_tokens") + counted("output_tokens");
    assert!(
        (cost - tokens as f64 / 1e6).abs() < 1e-9 && tokens > 0,
        "{usage}"
    );
    // Half an answer is complained of once, and made good.
    let done = evaluate(&owner, &kb, &set, judging("acme/judge-late")).await;
    assert!(
        close(&done["report"]["judged"]["faithfulness"], 0.5),
        "{done}"
    );
    assert!(
        results(&owner, &done).await[2]["result"]["calls"]
            .as_array()
            .unwrap()
            .len()
            == 5
    );
}

async fn a_judge_that_fails_is_told_and_counts_for_nothing(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    provider(&owner, &vendor).await;
    let kb = notes(&owner).await;
    let question = json!({ "question": "grease", "relevant": [{ "document": "pumps.txt" }] });
    let set = set(&owner, &kb, &[question]).await;
    for (judge, told) in [
        ("acme/judge-never", "does not have the form"),
        ("acme/judge-short", "one verdict for each"),
        ("acme/broken", "problem of its own"),
        ("acme/unknown", ""),
    ] {
        let done = evaluate(&owner, &kb, &set, judging(judge)).await;
        let judged = &done["report"]["judged"];
        assert_eq!(
            (&judged["failed"], &judged["faithfulness"]),
            (&json!(1), &Value::Null),
            "{done}"
        );
        // What was found is measured all the same.
        assert!(close(&done["report"]["measures"]["mrr"], 1.0), "{done}");
        let all = results(&owner, &done).await;
        let judged = &all[0]["result"]["judged"];
        assert!(
            judged["answer"].as_str().unwrap().contains("lithium"),
            "{judged}"
        );
        let error = judged["error"]["message"].as_str().unwrap();
        assert!(error.contains(told), "{judge}: {error}");
        assert!(done["report"]["usage"]["input_tokens"].as_u64() > Some(0));
    }
    let settings =
        json!({ "judge": { "judge_model": "acme/judge", "answer_model": "acme/broken" } });
    let done = evaluate(&owner, &kb, &set, settings).await;
    assert_eq!(done["report"]["judged"]["failed"], 1, "{done}");
}
