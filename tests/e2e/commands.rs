//! Shares, and what people say of runs, from the terminal.

use headwater_tests::{Database, Product, stories};
use serde_json::{Value, json};

use crate::cli::{command, json_of, succeeds, texts};
use crate::feedback::{member, run_of};
use crate::words::{greeting, publish};

stories!(
    a_share_is_made_changed_and_deleted_from_the_terminal,
    a_run_is_found_rated_and_annotated_from_the_terminal,
);

async fn a_share_is_made_changed_and_deleted_from_the_terminal(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    publish(&owner, greeting()).await;
    let run = |arguments: &[&str]| -> Value {
        let mut all = vec!["share"];
        all.extend(arguments);
        all.push("--json");
        json_of(&succeeds(&product, &all))
    };
    let made = run(&[
        "create",
        "greeting",
        "--colour",
        "#1a6b4f",
        "--starter",
        "Who are you?",
        "--origin",
        "https://www.example.com",
        "--visitor-per-minute",
        "3",
    ]);
    // It is called like the flow when nobody says.
    assert_eq!(made["settings"]["name"], "Greeting", "{made}");
    assert_eq!(made["settings"]["starters"], json!(["Who are you?"]));
    let id = made["id"].as_str().unwrap();
    let told = succeeds(&product, &["share", "show", "Greeting"]);
    let address = format!("{}{}", product.url, made["path"].as_str().unwrap());
    assert!(told.contains(&address), "{told}");
    assert!(told.contains("3 runs of one visitor per minute"), "{told}");
    let changed = run(&[
        "update",
        "Greeting",
        "--name",
        "Hello",
        "--origin",
        "",
        "--audience",
        "members",
    ]);
    let settings = &changed["settings"];
    assert_eq!(
        (&settings["name"], &settings["audience"]),
        (&json!("Hello"), &json!("members"))
    );
    assert_eq!(settings["origins"], json!([]));
    assert_eq!(settings["visitor_per_minute"], 3, "what is not said stays");
    assert_eq!(settings["colour"], "#1a6b4f");
    assert_eq!(run(&["disable", "Hello"])["enabled"], false);
    assert_eq!(run(&["enable", id])["enabled"], true);
    let rotated = run(&["rotate", id]);
    assert_ne!(rotated["path"], made["path"]);
    let listed = run(&["list", "--flow", "greeting"]);
    assert_eq!(listed["items"][0]["id"], id, "{listed}");
    run(&["create", "greeting", "--name", "Hello"]);
    let output = command(&product, &["share", "delete", "Hello"], "");
    assert!(!output.status.success());
    assert!(texts(&output).1.contains("by its id"), "{output:?}");
    assert_eq!(run(&["delete", id])["deleted"], id);
    assert_eq!(
        owner.get(&format!("/shares/{id}")).await.problem(404),
        "not_found"
    );
    let wrong = ["share", "create", "greeting", "--expires-at", "soon"];
    assert!(!command(&product, &wrong, "").status.success());
}

async fn a_run_is_found_rated_and_annotated_from_the_terminal(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vera = member(&product, &owner, "vera", "viewer").await;
    let flow = publish(&owner, greeting()).await;
    let (one, other) = (
        run_of(&owner, &flow, "Ada").await,
        run_of(&vera, &flow, "Ben").await,
    );
    let me = vera.get("/me").await.expect(200);
    let her = me["user"]["id"].as_str().unwrap();
    let run = |arguments: &[&str]| -> Value {
        let mut all = vec!["runs"];
        all.extend(arguments);
        all.push("--json");
        json_of(&succeeds(&product, &all))
    };
    let found = run(&["list", "--user", her, "--from", "2020-01-01"]);
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["items"][0]["id"], other.as_str());
    let none = run(&["list", "--flow", "greeting", "--to", "2020-01-01"]);
    assert_eq!(none["items"], json!([]));
    let rated = run(&[
        "rate",
        &one,
        "down",
        "--reason",
        "incomplete",
        "--comment",
        "Too short.",
    ]);
    assert_eq!(
        (&rated["rating"], &rated["reasons"]),
        (&json!("down"), &json!(["incomplete"]))
    );
    let better = command(
        &product,
        &["runs", "annotate", &one, "-", "--note", "By heart."],
        "Good morning, Ada.\n",
    );
    assert!(better.status.success(), "{better:?}");
    let path = format!("/runs/{one}/feedback");
    let said = owner.get(&path).await.expect(200);
    assert_eq!(said["annotation"]["answer"], "Good morning, Ada.", "{said}");
    assert_eq!(said["annotation"]["note"], "By heart.");
    assert_eq!(said["ratings"][0]["comment"], "Too short.");
    run(&["rate", &one, "--remove"]);
    run(&["annotate", &one, "--remove"]);
    let said = owner.get(&path).await.expect(200);
    assert_eq!(said, json!({ "ratings": [], "annotation": null }));
    for wrong in [
        &["runs", "rate", &one][..],
        &["runs", "rate", &one, "sideways"],
        &["runs", "annotate", &one],
        &["runs", "annotate", &one, "x", "--remove"],
    ] {
        assert!(!command(&product, wrong, "").status.success(), "{wrong:?}");
    }
}
