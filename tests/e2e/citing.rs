//! Questions that follow from a conversation, questions in several wordings, and what answers cite.

use headwater_tests::{Client, Database, Product, Vendor, stories};
use reqwest::Method;
use serde_json::{Value, json};

use crate::words::publish;

stories!(
    a_marker_of_no_passage_is_never_seen,
    a_follow_up_is_searched_for_with_what_it_means,
    a_question_is_searched_for_in_several_wordings,
    a_question_is_searched_for_as_it_is_when_no_model_can_word_it,
    what_a_tool_found_can_be_cited,
    a_question_is_looked_up_elsewhere,
);

const DOCUMENTS: [(&str, &str); 3] = [
    (
        "herons.txt",
        "The heron waits for minnows and sleeps on one leg.",
    ),
    ("kingfishers.txt", "The kingfisher dives for minnows."),
    (
        "ospreys.txt",
        "The osprey eats larger fish, and it dives as well.",
    ),
];

async fn notes(client: &Client) {
    let body = json!({ "name": "Notes" });
    let kb = client.post("/knowledge-bases", body).await.expect(201);
    let id = kb["id"].as_str().unwrap();
    for (name, text) in DOCUMENTS {
        let document = client.upload(id, name, text).await;
        let done = client.processed(document["id"].as_str().unwrap()).await;
        assert_eq!(done["status"], "ready", "{done}");
    }
}

/// A conversation about the notes.
fn asking(find: Value, write: Value) -> Value {
    let with = |mut settings: Value, more: Value| {
        let all = settings.as_object_mut().unwrap();
        all.extend(more.as_object().unwrap().clone());
        settings
    };
    let find = with(
        json!({ "knowledge_bases": ["notes"], "query": "{{ start.question }}" }),
        find,
    );
    let prompt =
        json!([{ "role": "user", "content": "{{ find.context }}\n\n{{ start.question }}" }]);
    let write = with(json!({ "model": "default", "messages": prompt }), write);
    json!({
        "headwater": 1, "name": "Asking", "kind": "chat",
        "inputs": [{ "name": "question", "type": "string", "required": true }],
        "nodes": [
            { "id": "find", "kind": "retrieve", "settings": find },
            { "id": "write", "kind": "chat", "settings": write },
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ write.text }}" } },
        ],
        "edges": [
            { "from": "start", "to": "find" },
            { "from": "find", "to": "write" },
            { "from": "write", "to": "reply" },
        ],
    })
}

async fn begun(client: &Client, flow: &str) -> String {
    let body = json!({ "flow_id": flow });
    let conversation = client.post("/conversations", body).await.expect(201);
    conversation["id"].as_str().unwrap().to_owned()
}

/// Asks in a conversation; the run, when it is over.
async fn ask(client: &Client, conversation: &str, text: &str) -> Value {
    let path = format!("/conversations/{conversation}/messages");
    let sent = client
        .post(&path, json!({ "text": text }))
        .await
        .expect(202);
    client.ended(sent["run_id"].as_str().unwrap()).await
}

async fn step(client: &Client, run: &Value, node: &str) -> Value {
    let id = run["id"].as_str().unwrap();
    let steps = client.get(&format!("/runs/{id}/steps")).await.expect(200);
    let mut items = steps["items"].as_array().unwrap().iter();
    items.find(|step| step["node"] == node).unwrap().clone()
}

async fn a_marker_of_no_passage_is_never_seen(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    notes(&owner).await;
    let _vendor = Vendor::as_default(&owner, "cites").await;
    let flow = publish(&owner, asking(json!({}), json!({}))).await;
    let id = begun(&owner, &flow).await;
    let question = json!({ "text": "heron kingfisher minnows" });
    let path = format!("/conversations/{id}/messages");
    let mut events = owner
        .events(owner.request(Method::POST, &path).json(&question))
        .await;
    let mut reply = String::new();
    let end = loop {
        let (event, data) = events.next().await.unwrap();
        match event.event.as_str() {
            "message.delta" => {
                let offset = usize::try_from(data["offset"].as_u64().unwrap()).unwrap();
                assert_eq!(offset, reply.chars().count(), "nothing is taken back");
                reply.push_str(data["text"].as_str().unwrap());
                assert!(!reply.contains("[99") && !reply.contains("98"), "{reply}");
            }
            "run.finished" => break data,
            _ => {}
        }
    };
    let said = "Herons wait for minnows [1]. Nobody says so. Herons sleep [1] and `fly[97]`. \
        The kingfisher dives for minnows.";
    assert_eq!(reply, said);
    assert_eq!(end["reply"], said);
    let run = json!({ "id": end["run_id"] });
    let write = step(&owner, &run, "write").await;
    let cited = json!({ "written": [1], "attributed": [], "unknown": [98, 99] });
    assert_eq!(write["outputs"]["citations"], cited);
    // With attribution the sentence that cites nothing gets a marker, and it is told apart.
    let attributing = asking(json!({}), json!({ "cite": "attribute" }));
    let flow = publish(&owner, attributing).await;
    let id = begun(&owner, &flow).await;
    let run = ask(&owner, &id, "heron kingfisher minnows").await;
    let reply = run["reply"].as_str().unwrap();
    let citations = run["citations"].as_array().unwrap();
    let of = |name: &str| {
        let mut all = citations.iter();
        all.find(|c| c["document_name"] == name).unwrap()
    };
    let number = of("kingfishers.txt")["number"].as_u64().unwrap();
    let end = format!("The kingfisher dives for minnows [{number}].");
    assert!(reply.ends_with(&end), "{reply}");
    if number != 1 {
        assert_eq!(of("kingfishers.txt")["by"], "similarity", "{run}");
        assert_eq!(citations[0]["by"], "marker", "{run}");
    }
    // So it is when an agent answers.
    let body = json!({ "name": "notes", "kind": "knowledge",
        "settings": { "knowledge_bases": ["notes"] } });
    owner.post("/tools", body).await.expect(201);
    let more = json!({ "cite": "attribute", "tools": [{ "tool": "notes" }] });
    let mut agent = asking(json!({}), more);
    agent["nodes"][1]["kind"] = json!("agent");
    agent["name"] = json!("Asking an agent");
    let flow = publish(&owner, agent).await;
    let id = begun(&owner, &flow).await;
    let run = ask(&owner, &id, "heron kingfisher minnows").await;
    let reply = run["reply"].as_str().unwrap();
    assert!(reply.ends_with(&end), "{reply}");
}

async fn a_follow_up_is_searched_for_with_what_it_means(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    notes(&owner).await;
    let vendor = Vendor::as_default(&owner, "scripted-small").await;
    let price = json!({ "model": "scripted/rewords", "price": { "input": "1", "output": "1" } });
    owner.put("/models/prices", price).await.expect(200);
    let find = json!({ "rewrite": "history", "model": "scripted/rewords", "limit": 1 });
    let flow = publish(&owner, asking(find, json!({}))).await;
    let id = begun(&owner, &flow).await;
    let first = ask(&owner, &id, "Which bird waits?").await;
    // Without a conversation before it there is nothing to put into a question.
    assert!(vendor.requests_for("rewords").is_empty());
    let find = step(&owner, &first, "find").await;
    assert_eq!(find["outputs"]["queries"], json!(["Which bird waits?"]));
    let second = ask(&owner, &id, "What does it do?").await;
    let find = step(&owner, &second, "find").await;
    let queries = json!(["kingfisher What does it do?"]);
    assert_eq!(find["outputs"]["queries"], queries, "{find}");
    assert_eq!(find["outputs"]["notes"], json!([]));
    let passages = &find["outputs"]["passages"];
    assert_eq!(passages[0]["document_name"], "kingfishers.txt", "{find}");
    assert_eq!(find["inputs"]["query"], "What does it do?");
    // The call is in the record, with what it consumed and cost, and the model was shown the talk.
    let call = &find["calls"][0];
    assert_eq!(
        (&call["kind"], &call["model"]),
        (&json!("chat"), &json!("scripted/rewords"))
    );
    let tokens = call["usage"]["input_tokens"].as_u64().unwrap();
    assert!(tokens > 0 && call["usage"]["cost"].is_string(), "{call}");
    assert_eq!(find["usage"]["input_tokens"].as_u64(), Some(tokens));
    assert!(second["usage"]["input_tokens"].as_u64().unwrap() > tokens);
    let asked = vendor.requests_for("rewords").pop().unwrap();
    let shown = asked.body["messages"].to_string();
    assert!(shown.contains("User: Which bird waits?"), "{shown}");
    assert!(shown.contains("Assistant: You asked"), "{shown}");
    assert!(asked.idempotency_key().unwrap().ends_with(":find/rewrite"));
}

async fn a_question_is_searched_for_in_several_wordings(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    notes(&owner).await;
    let _vendor = Vendor::as_default(&owner, "variants").await;
    let find = json!({ "queries": 3 });
    let flow = publish(&owner, asking(find, json!({}))).await;
    let body = json!({ "input": { "question": "bird of minnows, diving" } });
    let path = format!("/flows/{flow}/invoke");
    let run = owner.post(&path, body).await.expect(200);
    let find = step(&owner, &run, "find").await;
    let queries = json!(["bird of minnows, diving", "heron", "osprey"]);
    assert_eq!(find["outputs"]["queries"], queries, "{find}");
    let names: Vec<&str> = find["outputs"]["passages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|passage| passage["document_name"].as_str().unwrap())
        .collect();
    // No word of the question is in the last; what two wordings find comes first.
    assert_eq!(names.len(), 3, "{find}");
    let best = &find["outputs"]["passages"][0];
    assert_eq!(best["document_name"], "herons.txt", "{find}");
    assert_eq!(best["ranking"]["fused"]["rank"], 1);
}

async fn a_question_is_searched_for_as_it_is_when_no_model_can_word_it(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    notes(&owner).await;
    for (model, why) in [
        ("builtin/extractive", "cannot write questions"),
        ("scripted/unknown", "unknown"),
        ("nobody/model", "no provider “nobody”"),
    ] {
        let vendor = Vendor::start().await;
        if model.starts_with("scripted/") {
            vendor.adopt(&owner, "scripted-small").await;
        }
        let find = json!({ "rewrite": "history", "queries": 2, "model": model });
        let mut flow = asking(find, json!({}));
        flow["name"] = json!(format!("With {}", model.replace('/', " ")));
        let flow = publish(&owner, flow).await;
        let id = begun(&owner, &flow).await;
        ask(&owner, &id, "Which bird waits?").await;
        let run = ask(&owner, &id, "heron").await;
        assert_eq!(run["status"], "succeeded", "{run}");
        let find = step(&owner, &run, "find").await;
        let outputs = &find["outputs"];
        assert_eq!(outputs["queries"], json!(["heron"]), "{find}");
        assert_eq!(outputs["passages"][0]["document_name"], "herons.txt");
        let notes = outputs["notes"].as_array().unwrap();
        let about: Vec<&Value> = notes.iter().map(|note| &note["about"]).collect();
        assert_eq!(about, ["rewrite", "queries"], "{find}");
        let told = notes[0]["message"].as_str().unwrap();
        assert!(
            told.contains("as it was asked") && told.contains(why),
            "{told}"
        );
        if model.starts_with("scripted/") {
            let default = json!({ "model": "builtin/extractive" });
            owner.put("/models/default", default).await.expect(200);
        }
    }
}

async fn what_a_tool_found_can_be_cited(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    notes(&owner).await;
    let tool = json!({ "name": "notes", "kind": "knowledge",
        "settings": { "knowledge_bases": ["notes"] } });
    owner.post("/tools", tool).await.expect(201);
    // Two calls of a tool: what both find has one number.
    let call = |id: &str, query: &str| {
        json!({ "id": id, "kind": "tool",
            "settings": { "tool": "notes", "arguments": { "query": query } } })
    };
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let prompt = "{{ one.text }}\n{{ two.text }}\nheron?";
    let flow = json!({
        "headwater": 1, "name": "Calling", "kind": "chat",
        "nodes": [
            call("one", "heron"), call("two", "minnows"),
            { "id": "write", "kind": "chat", "settings": {
                "messages": [{ "role": "user", "content": prompt }] } },
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ write.text }}" } },
        ],
        "edges": [
            { "from": "start", "to": "one" }, { "from": "one", "to": "two" },
            { "from": "two", "to": "write" }, { "from": "write", "to": "reply" },
        ],
    });
    let flow = publish(&owner, flow).await;
    let path = format!("/flows/{flow}/invoke");
    let run = owner.post(&path, json!({ "input": {} })).await.expect(200);
    assert!(
        run["reply"].as_str().unwrap().ends_with("See [1]."),
        "{run}"
    );
    assert_eq!(run["citations"][0]["document_name"], "herons.txt", "{run}");
    let two = step(&owner, &run, "two").await;
    let numbers: Vec<(&Value, &Value)> = two["outputs"]["value"]["passages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|passage| (&passage["document_name"], &passage["number"]))
        .collect();
    assert!(
        numbers.contains(&(&json!("herons.txt"), &json!(1))),
        "{two}"
    );
    assert!(
        numbers.contains(&(&json!("kingfishers.txt"), &json!(2))),
        "{two}"
    );
}

async fn a_question_is_looked_up_elsewhere(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    notes(&owner).await;
    let other = owner.base(json!({ "name": "Field diary" })).await;
    owner
        .add(&other, "diary.txt", "On Monday the heron ate a frog.")
        .await;
    let model = json!({ "model": "builtin/extractive" });
    let flow = publish(&owner, asking(json!({}), model)).await;
    let begun = json!({ "flow_id": flow });
    let begun = owner.post("/conversations", begun).await.expect(201);
    let path = format!("/conversations/{}", begun["id"].as_str().unwrap());
    let told = owner.get(&path).await.expect(200);
    assert_eq!(told["searches"], true);
    let send = format!("{path}/messages");
    let found = async |sent: Value| {
        let run = sent["run_id"].as_str().unwrap().to_owned();
        owner.ended(&run).await;
        let steps = owner.get(&format!("/runs/{run}/steps")).await.expect(200);
        let steps = steps["items"].as_array().unwrap().clone();
        let find = steps.iter().find(|step| step["node"] == "find").unwrap();
        let passages = find["outputs"]["passages"].as_array().unwrap().iter();
        let names: Vec<Value> = passages.map(|p| p["document_name"].clone()).collect();
        (find["inputs"]["knowledge_bases"].clone(), names)
    };
    let asked = json!({ "text": "What does the heron eat?" });
    let sent = owner.post(&send, asked).await.expect(202);
    let (searched, names) = found(sent.clone()).await;
    assert_eq!(searched, json!(["notes"]));
    assert!(!names.contains(&json!("diary.txt")), "{names:?}");
    // The same question, written again from somewhere else; then both places at once.
    let answer = sent["message"]["id"].as_str().unwrap();
    let again = json!({ "knowledge_bases": ["field-diary"] });
    let sent = owner
        .post(&format!("{send}/{answer}/regenerate"), again)
        .await
        .expect(202);
    assert_eq!(
        found(sent).await,
        (json!(["field-diary"]), vec![json!("diary.txt")])
    );
    let both =
        json!({ "text": "What does the heron do?", "knowledge_bases": ["notes", other.as_str()] });
    let (_, names) = found(owner.post(&send, both).await.expect(202)).await;
    assert!(
        names.contains(&json!("diary.txt")) && names.len() > 1,
        "{names:?}"
    );
    // What does not exist, or is not searched, is refused before anything is kept.
    let nowhere = json!({ "text": "Where?", "knowledge_bases": ["nowhere"] });
    let refused = owner.post(&send, nowhere).await;
    assert_eq!(refused.problem(400), "invalid");
    assert_eq!(refused.json()["field"], "knowledge_bases");
    let flow = publish(&owner, crate::words::speaking()).await;
    let begun = json!({ "flow_id": flow });
    let begun = owner.post("/conversations", begun).await.expect(201);
    let path = format!("/conversations/{}", begun["id"].as_str().unwrap());
    assert_eq!(owner.get(&path).await.expect(200)["searches"], false);
    let chosen = json!({ "text": "Where?", "knowledge_bases": ["notes"] });
    let refused = owner.post(&format!("{path}/messages"), chosen).await;
    assert_eq!(refused.json()["field"], "knowledge_bases");
}
