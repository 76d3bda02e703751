//! The command line, with a server and without one.

use std::io::Write as _;
use std::process::{Output, Stdio};

use headwater_tests::product::{OWNER, PASSWORD};
use headwater_tests::{Database, Options, Product, Vendor, stories, until};
use serde_json::{Value, json};

use crate::chunks::acme;
use crate::words::{greeting, publish, speaking};

stories!(
    commands_work_without_a_server,
    commands_without_a_server_share_the_data_and_do_not_pose_as_one,
    commands_talk_to_the_running_server,
    a_knowledge_base_gets_its_models_from_the_terminal,
    a_folder_of_flows_is_applied_once_and_then_again_without_effect,
    files_are_checked_without_a_server_and_all_at_once,
    the_example_library_of_subflows_is_applied_and_runs,
    a_remote_server_is_reached_with_a_key,
    the_exit_code_tells_how_a_run_ended,
    an_interrupted_run_is_cancelled,
    failed_documents_are_told_with_their_reason,
    errors_are_json_for_scripts,
    wrong_words_are_answered_with_what_to_do,
    a_key_is_revoked_by_its_name,
    a_secret_is_set_without_being_an_argument,
    doctor_names_the_fix,
);

/// Runs a command with something on its standard input.
pub(crate) fn command(product: &Product, arguments: &[&str], input: &str) -> Output {
    let mut child = product
        .command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that reads nothing may be gone already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[track_caller]
pub(crate) fn succeeds(product: &Product, arguments: &[&str]) -> String {
    let output = command(product, arguments, "");
    let (out, err) = texts(&output);
    assert!(output.status.success(), "{arguments:?}\n{out}\n{err}");
    out
}

pub(crate) fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

pub(crate) fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[track_caller]
fn create_owner(product: &Product) {
    let create = [
        "user",
        "create",
        "--email",
        OWNER,
        "--name",
        "Olga",
        "--password-stdin",
    ];
    let output = command(product, &create, &format!("{PASSWORD}\n"));
    assert!(output.status.success(), "{:?}", texts(&output));
}

async fn commands_work_without_a_server(database: Database) {
    let product = Product::installed(database, Options::default());
    create_owner(&product);
    // The handbook was read before the command ended.
    let answer = succeeds(&product, &["ask", "Does Headwater need an API key?"]);
    assert!(answer.contains("[1]"), "{answer}");
    let members = succeeds(&product, &["user", "list", "--json"]);
    assert_eq!(json_of(&members)["items"][0]["role"], "owner");
    succeeds(&product, &["kb", "create", "Birds"]);
    let folder = product.data().parent().unwrap().join("papers");
    std::fs::create_dir_all(folder.join("deep")).unwrap();
    std::fs::write(folder.join("a.md"), "The kingfisher dives for minnows.").unwrap();
    std::fs::write(folder.join("deep/b.txt"), "The heron waits for frogs.").unwrap();
    std::fs::write(folder.join(".hidden"), "never read").unwrap();
    let added = succeeds(&product, &["kb", "add", "birds", "papers"]);
    assert!(added.contains("a.md") && added.contains("b.txt"), "{added}");
    assert!(
        !added.contains("hidden") && !added.contains('\u{1b}'),
        "{added}"
    );
    let found = succeeds(&product, &["kb", "search", "Birds", "frogs", "--json"]);
    assert_eq!(json_of(&found)["items"][0]["document_name"], "b.txt");
    succeeds(&product, &["kb", "delete", "birds", "--yes"]);
    let left = succeeds(&product, &["kb", "list"]);
    assert!(!left.contains("birds"), "{left}");
}

async fn commands_without_a_server_share_the_data_and_do_not_pose_as_one(database: Database) {
    let product = Product::installed(database, Options::default());
    create_owner(&product);
    let create = |name| {
        let mut command = product.command();
        command.args(["kb", "create", name]).spawn().unwrap()
    };
    let mut both = [create("Birds"), create("Fish")];
    until("both commands to end", 60, async || {
        let beacon = product.data().join("server.json");
        assert!(!beacon.exists(), "a command says that it is a server");
        let ended = both.each_mut().map(|c| c.try_wait().unwrap());
        ended.iter().all(Option::is_some).then_some(())
    })
    .await;
    let list = succeeds(&product, &["kb", "list"]);
    assert!(list.contains("birds") && list.contains("fish"), "{list}");
}

async fn a_knowledge_base_gets_its_models_from_the_terminal(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    acme(&owner, &vendor).await;
    let fails = |arguments: &[&str]| {
        let output = command(&product, arguments, "");
        assert!(!output.status.success(), "{arguments:?}");
        texts(&output).1
    };
    let refused = fails(&["kb", "create", "Birds", "--embedding-model", "acme"]);
    assert!(refused.contains("PROVIDER/MODEL"), "{refused}");
    let (with, model) = ("--embedding-model", "acme/embed");
    succeeds(&product, &["kb", "create", "Birds", with, model]);
    let update = |more: &[&str]| {
        let made = succeeds(
            &product,
            &[&["kb", "update", "birds", "--json"], more].concat(),
        );
        json_of(&made)
    };
    let updated = update(&["--rerank-model", "acme/rerank", "--name", "Waders"]);
    assert_eq!(updated["embedding_model"], model);
    assert_eq!(updated["retrieval"]["rerank_model"], "acme/rerank");
    assert_eq!(updated["name"], "Waders");
    let updated = update(&["--rerank-model", "none", with, "none"]);
    assert_eq!(updated["embedding_model"], Value::Null);
    assert_eq!(updated["retrieval"]["rerank_model"], Value::Null);
    let nothing = fails(&["kb", "update", "birds"]);
    assert!(nothing.contains("--embedding-model"), "{nothing}");
    let refused = fails(&["kb", "search", "birds", "frogs", "--mode", "vector"]);
    assert!(refused.contains("embedding model"), "{refused}");
}

async fn commands_talk_to_the_running_server(database: Database) {
    let product = Product::start(database).await;
    create_owner(&product);
    succeeds(&product, &["kb", "create", "Birds"]);
    let owner = product.anonymous().sign_in(OWNER, PASSWORD).await;
    let list = owner.get("/knowledge-bases").await.expect(200).to_string();
    assert!(list.contains("\"birds\""), "{list}");
    let pending = succeeds(&product, &["migrate", "--check"]);
    assert!(pending.contains("up to date"), "{pending}");
    let healthy = succeeds(&product, &["doctor", "--json"]);
    assert_eq!(json_of(&healthy)["ok"], true, "{healthy}");
}

async fn a_remote_server_is_reached_with_a_key(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    publish(&owner, greeting()).await;
    let made = owner
        .post("/keys", json!({ "name": "k", "scopes": ["read", "run"] }))
        .await;
    let made = made.expect(201);
    let secret = made["secret"].as_str().unwrap();
    product.key(&owner, &["read"]).await;
    let remote = ["--url", &product.url, "--key", secret];
    let run = [
        "run",
        "greeting",
        "--input",
        "name=Ada",
        "--data",
        "elsewhere",
    ];
    let said = succeeds(&product, &[&run[..], &remote[..]].concat());
    assert!(said.starts_with("Hello Ada!\n"), "{said}");
    let refused = command(&product, &[&["key", "list"][..], &remote[..]].concat(), "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(texts(&refused).1.contains("admin"), "{refused:?}");
}

async fn the_exit_code_tells_how_a_run_ended(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let file = product.data().parent().unwrap().join("greeting.yaml");
    // JSON is YAML, too.
    std::fs::write(&file, greeting().to_string()).unwrap();
    let file = file.to_str().unwrap();
    succeeds(&product, &["flow", "validate", file]);
    let said = succeeds(&product, &["run", file, "--input", "{\"name\": \"Ada\"}"]);
    assert!(
        said.contains("Hello Ada!") && said.contains("\"greeting\""),
        "{said}"
    );
    let run = succeeds(&product, &["run", file, "--input", "name=Ada", "--json"]);
    assert_eq!(json_of(&run)["status"], "succeeded");
    let body = json!({ "kind": "openai", "name": "gone", "base_url": "http://127.0.0.1:9/v1" });
    owner.post("/providers", body).await.expect(201);
    owner
        .put("/models/default", json!({ "model": "gone/any" }))
        .await
        .expect(200);
    publish(&owner, speaking()).await;
    let failed = command(
        &product,
        &["run", "speaking", "--input", "question=Hello?"],
        "",
    );
    let (_, told) = texts(&failed);
    assert_eq!(failed.status.code(), Some(1), "{told}");
    assert!(told.starts_with("headwater: "), "{told}");
}

async fn an_interrupted_run_is_cancelled(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-2000-20").await;
    publish(&owner, speaking()).await;
    let mut child = product
        .command()
        .args(["run", "speaking", "--input", "question=Go on."])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the model to be asked", 30, async || {
        (vendor.calls() == 1).then_some(())
    })
    .await;
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(sent.unwrap().success());
    let status = until("the command to end", 20, async || child.try_wait().unwrap()).await;
    assert_eq!(status.code(), Some(130));
    until("the vendor to be hung up on", 5, async || {
        (vendor.hung_up() == 1).then_some(())
    })
    .await;
    let runs = owner.get("/runs").await.expect(200);
    assert_eq!(runs["items"][0]["status"], "cancelled", "{runs}");
}

async fn failed_documents_are_told_with_their_reason(database: Database) {
    let product = Product::start(database).await;
    product.set_up().await;
    succeeds(&product, &["kb", "create", "Papers"]);
    let folder = product.data().parent().unwrap().to_owned();
    std::fs::write(folder.join("good.txt"), "The heron waits for frogs.").unwrap();
    std::fs::write(folder.join("bad.pdf"), "%PDF-1.7\nthis is no PDF").unwrap();
    let output = command(
        &product,
        &["kb", "add", "papers", "good.txt", "bad.pdf"],
        "",
    );
    let (out, _) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(
        out.contains("ready   good.txt") && out.contains("failed  bad.pdf: "),
        "{out}"
    );
}

async fn errors_are_json_for_scripts(database: Database) {
    let product = Product::start(database).await;
    product.set_up().await;
    let output = command(&product, &["kb", "search", "nowhere", "x", "--json"], "");
    let (out, err) = texts(&output);
    assert_eq!((output.status.code(), out.as_str()), (Some(1), ""));
    assert_eq!(json_of(&err)["code"], "not_found");
    let output = command(&product, &["run", "missing.yaml", "--json"], "");
    assert_eq!(json_of(&texts(&output).1)["code"], "invalid");
}

async fn doctor_names_the_fix(database: Database) {
    use std::os::unix::fs::PermissionsExt as _;
    let product = Product::installed(database, Options::default());
    create_owner(&product);
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(product.data(), open).unwrap();
    let output = command(&product, &["doctor"], "");
    let (out, _) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.contains("fix: chmod 700"), "{out}");
    let mut broken = product.command();
    broken
        .env("HEADWATER_SERVER__LISTEN", "nowhere")
        .arg("doctor");
    let output = broken.output().unwrap();
    assert!(
        texts(&output).0.contains("HEADWATER_SERVER__LISTEN"),
        "{output:?}"
    );
}

async fn wrong_words_are_answered_with_what_to_do(database: Database) {
    let product = Product::installed(database, Options::default());
    let refused = |arguments: &[&str]| {
        let output = command(&product, arguments, "");
        assert!(!output.status.success(), "{arguments:?}");
        texts(&output).1
    };
    let told = refused(&["ask", "Is anybody there?"]);
    assert!(told.contains("`headwater user create`"), "{told}");
    create_owner(&product);
    for (arguments, what) in [
        (&["ask", " "][..], "The question is empty"),
        (&["ask", "x", "--flow", "nix"], "There is no such flow"),
        (&["serve", "--listen", "here"], "IP:PORT"),
        (&["kb", "add", "nix", "x.md"], "There are: handbook"),
    ] {
        let told = refused(arguments);
        assert!(told.contains(what), "{arguments:?}: {told}");
        assert!(!told.contains("request req_"), "{arguments:?}: {told}");
    }
    std::fs::write(product.data().join("../prose.md"), "no flow").unwrap();
    let output = command(&product, &["flow", "validate", "prose.md"], "");
    assert_eq!(output.status.code(), Some(1));
    let told = texts(&output).0;
    assert!(told.contains("expected an object"), "{told}");
}

async fn a_key_is_revoked_by_its_name(database: Database) {
    let product = Product::installed(database, Options::default());
    create_owner(&product);
    succeeds(&product, &["key", "create", "robot"]);
    let revoked = succeeds(&product, &["key", "revoke", "robot"]);
    assert!(revoked.contains("Revoked robot"), "{revoked}");
    let list = succeeds(&product, &["key", "list", "--json"]);
    assert_eq!(json_of(&list)["items"], json!([]));
}

async fn a_folder_of_flows_is_applied_once_and_then_again_without_effect(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let folder = product.data().parent().unwrap().join("flows");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("greeting.yaml");
    std::fs::write(&file, greeting().to_string()).unwrap();
    let (folder, file) = (folder.to_str().unwrap(), file.to_str().unwrap());
    let dry = succeeds(&product, &["flow", "apply", folder, "--dry-run"]);
    assert!(
        dry.starts_with("created greeting, published as revision 1"),
        "{dry}"
    );
    assert_eq!(owner.get("/flows/greeting").await.problem(404), "not_found");
    succeeds(&product, &["flow", "apply", folder, "-m", "The first."]);
    let again = succeeds(&product, &["flow", "apply", folder]);
    assert!(again.starts_with("unchanged greeting"), "{again}");
    // What is exported is what was applied, and names its flow for good.
    succeeds(&product, &["flow", "export", "greeting", "-o", file]);
    let exported = std::fs::read_to_string(file).unwrap();
    assert!(exported.contains("slug: greeting"), "{exported}");
    let schema = format!(
        "# yaml-language-server: $schema={}/api/v1/flow.schema.json\n",
        product.url
    );
    assert!(exported.starts_with(&schema), "{exported}");
    let again = succeeds(&product, &["flow", "apply", folder]);
    assert!(again.starts_with("unchanged greeting"), "{again}");
    let changed = exported
        .replace("Hello", "Welcome")
        .replace("name: Greeting", "name: Welcome");
    std::fs::write(file, changed).unwrap();
    let diff = succeeds(&product, &["flow", "diff", "greeting", file]);
    assert!(
        diff.contains("~ node greet") && diff.contains("settings.text"),
        "{diff}"
    );
    let told = succeeds(&product, &["flow", "apply", folder, "--json"]);
    let told = json_of(&told);
    assert_eq!(told["flows"][0]["slug"], "greeting", "{told}");
    assert_eq!(told["flows"][0]["published"], 2, "{told}");
    let back = succeeds(
        &product,
        &["flow", "rollback", "greeting", "1", "-m", "Too warm."],
    );
    assert!(back.contains("brings back revision 1"), "{back}");
    let all = succeeds(&product, &["flow", "revisions", "greeting"]);
    assert!(
        all.contains("Too warm.") && all.contains("The first."),
        "{all}"
    );
    let differs = command(&product, &["flow", "diff", "greeting", "--exit-code"], "");
    assert_eq!(differs.status.code(), Some(1));
    succeeds(
        &product,
        &["flow", "publish", "greeting", "-m", "Warm after all."],
    );
    // Only whoever says it twice deletes.
    let refused = command(&product, &["flow", "apply", folder, "--prune"], "");
    assert!(texts(&refused).1.contains("--confirm-prune"), "{refused:?}");
    let dry = succeeds(&product, &["flow", "apply", folder, "--prune", "--dry-run"]);
    assert!(dry.contains("deleted ask-the-handbook"), "{dry}");
    owner.get("/flows/ask-the-handbook").await.expect(200);
    succeeds(
        &product,
        &["flow", "apply", folder, "--prune", "--confirm-prune"],
    );
    assert_eq!(
        owner.get("/flows/ask-the-handbook").await.problem(404),
        "not_found"
    );
}

async fn files_are_checked_without_a_server_and_all_at_once(database: Database) {
    let product = Product::start(database).await;
    let folder = product.data().parent().unwrap().join("broken");
    std::fs::create_dir_all(&folder).unwrap();
    let mut broken = greeting();
    broken["nodes"][0]["settings"]["text"] = json!("{{ nowhere.text }}");
    std::fs::write(folder.join("a.json"), broken.to_string()).unwrap();
    std::fs::write(folder.join("b.yaml"), "headwater: 1\nname: [").unwrap();
    std::fs::write(folder.join("c.yaml"), greeting().to_string()).unwrap();
    let folder = folder.to_str().unwrap();
    // A server that does not exist is not asked.
    let arguments = [
        "flow",
        "validate",
        folder,
        "--url",
        "http://127.0.0.1:9",
        "--json",
    ];
    let found = command(&product, &arguments, "");
    assert_eq!(found.status.code(), Some(1));
    let found = json_of(&texts(&found).0);
    let problems = |at: usize| found["files"][at]["problems"].as_array().unwrap().len();
    assert_eq!(
        [problems(0), problems(1), problems(2)],
        [1, 1, 0],
        "{found}"
    );
    assert_eq!(found["files"][0]["problems"][0]["node"], "greet");
    let refused = command(&product, &["flow", "apply", folder], "");
    assert_eq!(refused.status.code(), Some(1));
}

async fn the_example_library_of_subflows_is_applied_and_runs(database: Database) {
    let product = Product::start(database).await;
    product.set_up().await;
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/subflows");
    succeeds(&product, &["flow", "validate", examples]);
    // The caller's file comes first by name, and is published after the flows it calls.
    let applied = succeeds(&product, &["flow", "apply", examples]);
    assert_eq!(
        applied.matches("published as revision 1").count(),
        3,
        "{applied}"
    );
    succeeds(&product, &["env", "set", "team_name", "The teapot shop"]);
    let run = [
        "run",
        "acknowledge-order",
        "--input",
        "customer=Ada",
        "--input",
        "order=# a 17 b",
        "--json",
    ];
    let run = json_of(&succeeds(&product, &run));
    assert_eq!(run["outputs"], json!({ "order_number": "A17B" }));
    let letter = "Dear Ada,\n\nwe have your order A17B.\n\nYours faithfully,\nThe teapot shop\n";
    assert_eq!(run["reply"], letter);
}

async fn a_secret_is_set_without_being_an_argument(database: Database) {
    let canary = "canary-Amber-3391-sluice";
    let options = Options::default().with("CRM_KEY", canary);
    let mut product = Product::with(database, options).await;
    product.keep_out_of_the_log(canary);
    product.set_up().await;
    let set = command(
        &product,
        &["secret", "set", "piped"],
        &format!("{canary}\n"),
    );
    assert!(set.status.success(), "{:?}", texts(&set));
    let mut told = vec![texts(&set).0];
    told.push(succeeds(
        &product,
        &["secret", "set", "named", "--from-env", "CRM_KEY"],
    ));
    told.push(succeeds(&product, &["secret", "list", "--json"]));
    assert!(
        told[2].contains("piped") && told[2].contains("named"),
        "{told:?}"
    );
    assert!(!told.concat().contains(canary), "{told:?}");
    let missing = command(
        &product,
        &["secret", "set", "x", "--from-env", "NO_SUCH"],
        "",
    );
    assert_eq!(missing.status.code(), Some(1), "{:?}", texts(&missing));
    assert!(texts(&missing).1.contains("NO_SUCH"));
    succeeds(&product, &["secret", "remove", "piped"]);
    let left = succeeds(&product, &["secret", "list"]);
    assert!(left.contains("named") && !left.contains("piped"), "{left}");
}
