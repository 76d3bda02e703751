//! Streams under bad conditions: cut at any byte, over either transport, read slowly or not at all.

use std::cell::Cell;
use std::time::{Duration, Instant};

use eventsource_stream::Eventsource as _;
use futures::StreamExt as _;
use headwater_tests::client::reply_of;
use headwater_tests::product::OWNER;
use headwater_tests::vendor::counted;
use headwater_tests::{Client, Database, Product, Socket, Vendor, stories, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::words::{publish, speaking};

stories!(
    a_stream_cut_at_any_byte_goes_on_exactly_there,
    a_socket_tells_what_a_stream_tells,
    a_socket_that_is_opened_again_loses_and_repeats_nothing,
    only_our_own_pages_open_sockets_with_a_cookie,
    a_socket_takes_a_key_where_headers_cannot_be_sent,
    a_run_is_cancelled_over_its_socket,
    a_reader_who_never_reads_slows_nobody,
    a_socket_is_told_to_go_elsewhere_when_the_house_closes,
);

/// A reply of many pieces, and a step behind it that never ends: the run stays live.
fn lingering() -> Value {
    let chat = |id: &str, model: &str| {
        json!({ "id": id, "kind": "chat", "settings": {
            "model": model, "messages": [{ "role": "user", "content": "Go on." }] } })
    };
    json!({
        "headwater": 1, "name": "Lingering", "kind": "chat", "inputs": [],
        "nodes": [
            chat("write", "scripted/words-150-1"),
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ write.text }}" } },
            { "id": "then", "kind": "template", "settings": { "text": "then" } },
            chat("wait", "scripted/hang"),
        ],
        "edges": [
            { "from": "start", "to": "write" },
            { "from": "write", "to": "reply" },
            { "from": "reply", "to": "then" },
            { "from": "then", "to": "wait" },
        ],
    })
}

async fn started(owner: &Client, flow: Value) -> String {
    let flow = publish(owner, flow).await;
    let body = json!({ "input": { "question": "Go on." } });
    let body = match owner
        .get(&format!("/flows/{flow}"))
        .await
        .text
        .contains("Lingering")
    {
        true => json!({ "input": {} }),
        false => body,
    };
    let run = owner.post(&format!("/flows/{flow}/runs"), body).await;
    run.expect(202)["id"].as_str().unwrap().to_owned()
}

/// The bytes of a run's stream after `last`, up to the frame that says that `wait` began.
async fn bytes(owner: &Client, run: &str, last: Option<&str>) -> Vec<u8> {
    let mut request = owner.request(Method::GET, &format!("/runs/{run}/events"));
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last);
    }
    let mut stream = request.send().await.unwrap().bytes_stream();
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read);
        let begun = text.find("\"type\":\"step.started\",\"node\":\"wait\"");
        let end = begun.and_then(|at| Some(at + text[at..].find("\n\n")? + 2));
        if let Some(end) = end {
            let end = text[..end].len();
            read.truncate(end);
            return read;
        }
        let piece = tokio::time::timeout(Duration::from_secs(30), stream.next()).await;
        read.extend_from_slice(&piece.expect("the stream went silent").unwrap().unwrap());
    }
}

/// Where a reader that is fed byte by byte takes each event, and the event's id.
async fn taken(whole: &[u8]) -> Vec<(usize, String)> {
    let fed = Cell::new(0);
    let one_by_one = futures::stream::iter(whole.iter().map(|byte| {
        fed.set(fed.get() + 1);
        Ok::<_, std::convert::Infallible>(vec![*byte])
    }));
    let mut events = std::pin::pin!(one_by_one.eventsource());
    let mut taken = Vec::new();
    while let Some(event) = events.next().await {
        // Cut in the middle of a character.
        let Ok(event) = event else { break };
        taken.push((fed.get(), event.id));
    }
    taken
}

async fn a_stream_cut_at_any_byte_goes_on_exactly_there(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let run = started(&owner, lingering()).await;
    let whole = bytes(&owner, &run, None).await;
    let taken = taken(&whole).await;
    assert!(taken.len() >= 200, "only {} events", taken.len());
    assert_eq!(taken.last().unwrap().0, whole.len());
    // What follows depends on the last event that was taken, so it is asked for once per event.
    let mut follows = Vec::new();
    for (_, id) in &taken[..taken.len() - 1] {
        follows.push(bytes(&owner, &run, Some(id)).await);
    }
    let mut last = 0;
    for cut in 0..whole.len() {
        // A part of a frame is not an event: the reader has what it took until here.
        if taken[last].0 == cut {
            last += 1;
        }
        let Some(before) = last.checked_sub(1) else {
            continue;
        };
        let (seen, rest) = (&whole[..taken[before].0], &follows[before]);
        assert_eq!(seen.len() + rest.len(), whole.len(), "cut at byte {cut}");
        assert!(whole.ends_with(rest), "cut at byte {cut}");
    }
    // And with real connections that close in the middle of a frame.
    for cut in (1..whole.len()).step_by(whole.len() / 40) {
        let path = format!("/runs/{run}/events");
        let response = owner.request(Method::GET, &path).send().await.unwrap();
        let mut stream = response.bytes_stream();
        let mut read = Vec::new();
        while read.len() < cut {
            read.extend_from_slice(&stream.next().await.unwrap().unwrap());
        }
        drop(stream);
        read.truncate(cut);
        let heard = self::taken(&read).await;
        let last = heard.last().map(|(_, id)| id.as_str());
        let rest = bytes(&owner, &run, last).await;
        read.truncate(heard.last().map_or(0, |(end, _)| *end));
        read.extend(rest);
        assert!(read == whole, "cut at byte {cut}");
    }
    owner.post(&format!("/runs/{run}/cancel"), json!({})).await;
}

async fn socket(
    client: &Client,
    run: &str,
    after: &str,
    headers: &[(&'static str, String)],
) -> Result<Socket, u16> {
    let url = format!("{}/api/v1/runs/{run}/events?after={after}", client.base);
    Socket::open(&url, headers).await
}

async fn keyed(client: &Client, run: &str, after: &str) -> Socket {
    let key = format!("Bearer {}", client.bearer().unwrap());
    let opened = socket(client, run, after, &[("authorization", key)]).await;
    opened.unwrap_or_else(|status| panic!("refused with {status}"))
}

async fn a_socket_tells_what_a_stream_tells(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "words-120-1").await;
    let key = product.key(&owner, &["read", "run"]).await;
    let run = started(&owner, speaking()).await;
    let live = keyed(&key, &run, "0.0").await;
    let stream = owner.rejoin(&run, None).await;
    let ((told, code), events) = futures::future::join(live.all(), stream.all()).await;
    assert_eq!(code, 1000, "the run has ended");
    assert!(told.len() > 200, "only {}", told.len());
    let expected: Vec<Value> = events
        .into_iter()
        .map(|(event, mut data)| {
            data["id"] = json!(event.id);
            data
        })
        .collect();
    assert!(told == expected, "the two tell different stories");
    // Afterwards, from the log, too.
    let (told, _) = keyed(&key, &run, "0.0").await.all().await;
    let events = owner.rejoin(&run, None).await.all().await;
    let ids = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let told: Vec<String> = told.iter().map(ids).collect();
    let streamed: Vec<String> = events.into_iter().map(|(event, _)| event.id).collect();
    assert_eq!(told, streamed);
}

async fn a_socket_that_is_opened_again_loses_and_repeats_nothing(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "words-100-5").await;
    let key = product.key(&owner, &["read", "run"]).await;
    let run = started(&owner, speaking()).await;
    let (mut seen, mut after) = (Vec::new(), "0.0".to_owned());
    'run: loop {
        let mut socket = keyed(&key, &run, &after).await;
        for _ in 0..3 {
            let event = socket.next().await.unwrap();
            after = event["id"].as_str().unwrap().to_owned();
            let over = event["type"] == "run.finished";
            seen.push(event);
            if over {
                break 'run;
            }
        }
    }
    let numbers: Vec<u64> = seen.iter().map(|e| e["seq"].as_u64().unwrap()).collect();
    assert!(
        numbers.windows(2).all(|pair| pair[0] < pair[1]),
        "{numbers:?}"
    );
    let events: Vec<_> = seen
        .into_iter()
        .map(|data| {
            let event = eventsource_stream::Event {
                event: data["type"].as_str().unwrap().to_owned(),
                ..Default::default()
            };
            (event, data)
        })
        .collect();
    assert_eq!(reply_of(&events), counted(100));
}

async fn only_our_own_pages_open_sockets_with_a_cookie(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let run = started(&owner, speaking()).await;
    owner.ended(&run).await;
    let cookie = ("cookie", owner.cookie().unwrap().to_owned());
    let own = ("origin", owner.base.clone());
    let opened = socket(&owner, &run, "0.0", &[cookie.clone(), own]).await;
    let (told, code) = opened.ok().unwrap().all().await;
    assert_eq!(
        (told.last().unwrap()["type"].as_str(), code),
        (Some("run.finished"), 1000)
    );
    for foreign in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let headers = [cookie.clone(), ("origin", foreign.to_owned())];
        assert_eq!(
            socket(&owner, &run, "0.0", &headers).await.err(),
            Some(403),
            "{foreign}"
        );
    }
    assert_eq!(
        socket(&owner, &run, "0.0", &[cookie]).await.err(),
        Some(403)
    );
    assert_eq!(socket(&owner, &run, "0.0", &[]).await.err(), Some(401));
}

async fn a_socket_takes_a_key_where_headers_cannot_be_sent(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let run = started(&owner, speaking()).await;
    owner.ended(&run).await;
    let key = product.key(&owner, &["read"]).await;
    let protocols = |secret: &str| {
        let list = format!("headwater, headwater.key.{secret}");
        [
            ("sec-websocket-protocol", list),
            ("origin", "https://app.example".to_owned()),
        ]
    };
    let open = socket(&owner, &run, "0.0", &protocols(key.bearer().unwrap())).await;
    let open = open.ok().unwrap();
    assert_eq!(
        open.protocol.as_deref(),
        Some("headwater"),
        "the key is not repeated"
    );
    let (told, _) = open.all().await;
    assert_eq!(told.last().unwrap()["type"], "run.finished");
    let wrong = socket(&owner, &run, "0.0", &protocols("hw_wrong")).await;
    assert_eq!(wrong.err(), Some(401));
}

async fn a_run_is_cancelled_over_its_socket(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-2000-20").await;
    let reader = product.key(&owner, &["read"]).await;
    let runner = product.key(&owner, &["read", "run"]).await;
    let run = started(&owner, speaking()).await;
    let mut open = keyed(&reader, &run, "0.0").await;
    open.next().await.unwrap();
    for (said, code) in [("{\"type\":\"cancel\"}", "forbidden"), ("hello", "invalid")] {
        open.say(said).await;
        let problem = loop {
            let told = open.next().await.unwrap();
            if told["type"] == "problem" {
                break told;
            }
        };
        assert_eq!(problem["code"], code, "{problem}");
    }
    let mut open = keyed(&runner, &run, "0.0").await;
    open.next().await.unwrap();
    open.say("{\"type\":\"cancel\"}").await;
    let (told, code) = open.all().await;
    assert_eq!(
        (told.last().unwrap()["type"].as_str(), code),
        (Some("run.cancelled"), 1000)
    );
    until("the vendor to be hung up on", 5, async || {
        (vendor.hung_up() == 1).then_some(())
    })
    .await;
}

async fn a_reader_who_never_reads_slows_nobody(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "words-10000-0").await;
    let key = product.key(&owner, &["read", "run"]).await;
    let took = async |readers: bool| {
        let run = started(&owner, speaking()).await;
        let began = Instant::now();
        // Held open, and never read.
        let mut held = Vec::new();
        if readers {
            let path = format!("/runs/{run}/events");
            for _ in 0..3 {
                let stream = owner.request(Method::GET, &path).send().await.unwrap();
                held.push((stream, keyed(&key, &run, "0.0").await));
            }
        }
        let ended = owner.ended(&run).await;
        assert_eq!(
            ended["reply"].as_str().unwrap().len(),
            counted(10_000).len()
        );
        (began.elapsed(), held)
    };
    let (alone, _) = took(false).await;
    let (watched, held) = took(true).await;
    assert!(
        watched < alone * 4 + Duration::from_secs(10),
        "{watched:?} with readers that do not read, {alone:?} alone"
    );
    eprintln!(
        "a run of 10,000 pieces: {alone:?} alone, {watched:?} with six readers that never read"
    );
    // Late as it is, each of them still gets the whole reply.
    let (_, socket) = held.into_iter().next().unwrap();
    let (told, _) = socket.all().await;
    let events: Vec<_> = told
        .into_iter()
        .map(|data| {
            let event = eventsource_stream::Event {
                event: data["type"].as_str().unwrap().to_owned(),
                ..Default::default()
            };
            (event, data)
        })
        .filter(|(event, _)| event.event == "message.delta")
        .collect();
    let last = events.last().unwrap();
    let offset = last.1["offset"].as_u64().unwrap();
    let end = offset as usize + last.1["text"].as_str().unwrap().chars().count();
    assert_eq!(end, counted(10_000).chars().count());
}

async fn a_socket_is_told_to_go_elsewhere_when_the_house_closes(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let answer = owner
        .post("/session", json!({ "email": OWNER, "password": "x" }))
        .await;
    assert_eq!(answer.status, 401);
    let key = product.key(&owner, &["read", "run"]).await;
    let flow = json!({
        "headwater": 1, "name": "Asking", "kind": "task", "inputs": [],
        "nodes": [{ "id": "ask", "kind": "human", "settings": { "title": "Well?" } }],
        "edges": [{ "from": "start", "to": "ask" }],
    });
    let flow = publish(&owner, flow).await;
    let run = owner
        .post(&format!("/flows/{flow}/runs"), json!({ "input": {} }))
        .await;
    let run = run.expect(202)["id"].as_str().unwrap().to_owned();
    owner.becomes(&run, "paused").await;
    let open = keyed(&key, &run, "0.0").await;
    product.signal("TERM");
    let (told, code) = open.all().await;
    assert_eq!(code, 1012, "the service restarts: {told:?}");
    assert!(product.exit().await.success());
    product.restart().await;
    let after = told.last().unwrap()["id"].as_str().unwrap().to_owned();
    let mut again = keyed(&key.at(&product.url), &run, &after).await;
    let owner = owner.at(&product.url);
    owner
        .post(&format!("/runs/{run}/cancel"), json!({}))
        .await
        .expect(202);
    let told = again.next().await.unwrap();
    assert!(
        told["seq"].as_u64() > after.split('.').next().unwrap().parse().ok(),
        "{told}"
    );
}
