//! Files that come in pieces (tus 1.0), over connections and servers that break.

use headwater_tests::{Answer, Client, Database, Options, Product, stories, until};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

stories!(
    a_file_goes_on_where_it_broke_off,
    an_upload_outlives_the_server,
    a_document_is_replaced_by_an_upload,
    what_cannot_be_is_told,
);

const VERSION: (&str, &str) = ("Tus-Resumable", "1.0.0");

fn metadata(name: &str, more: &str) -> String {
    use base64::Engine as _;
    let name = base64::engine::general_purpose::STANDARD.encode(name);
    format!("filename {name}{more}")
}

async fn announce(client: &Client, kb: &str, bytes: usize, metadata: &str) -> Answer {
    let path = format!("/knowledge-bases/{kb}/uploads");
    let request = client
        .request(Method::POST, &path)
        .header(VERSION.0, VERSION.1)
        .header("Upload-Length", bytes)
        .header("Upload-Metadata", metadata);
    client.send(request).await
}

/// Begins an upload; its path.
async fn begin(client: &Client, kb: &str, name: &str, bytes: usize) -> String {
    let answer = announce(client, kb, bytes, &metadata(name, "")).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    let location = answer.headers["location"].to_str().unwrap();
    location.strip_prefix("../..").unwrap().to_owned()
}

async fn send(client: &Client, upload: &str, begins: usize, bytes: &[u8]) -> Answer {
    let request = client
        .request(Method::PATCH, upload)
        .header(VERSION.0, VERSION.1)
        .header("Upload-Offset", begins)
        .header("Content-Type", "application/offset+octet-stream");
    client.send(request.body(bytes.to_vec())).await
}

async fn look(client: &Client, upload: &str) -> Answer {
    let request = client.request(Method::HEAD, upload);
    client.send(request.header(VERSION.0, VERSION.1)).await
}

fn offset(answer: &Answer) -> usize {
    assert!(
        answer.status.is_success(),
        "{} {}",
        answer.status,
        answer.text
    );
    answer.headers["upload-offset"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

/// Lines, each of them another, so that a piece that is lost or comes twice shows.
fn book(lines: usize) -> Vec<u8> {
    (0..lines)
        .map(|n| format!("Line {n} of the book says {}.\n", n * 7))
        .collect::<String>()
        .into_bytes()
}

async fn original(client: &Client, document: &str) -> Vec<u8> {
    let path = format!("/documents/{document}/content");
    client.get(&path).await.text.into_bytes()
}

/// Sends a request whose body ends too early.
async fn break_off(
    client: &Client,
    base: &str,
    upload: &str,
    begins: usize,
    bytes: &[u8],
    of: usize,
) {
    let host = base.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "PATCH /api/v1{upload} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\n\
         Tus-Resumable: 1.0.0\r\nUpload-Offset: {begins}\r\nContent-Length: {of}\r\n\
         Content-Type: application/offset+octet-stream\r\n\r\n",
        client.bearer().unwrap()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    socket.shutdown().await.unwrap();
}

async fn program(product: &Product) -> Client {
    let owner = product.set_up().await;
    let body = json!({ "name": "uploads", "scopes": ["read", "edit"] });
    let key = owner.post("/keys", body).await.expect(201);
    Client::anonymous(&product.url).with_key(key["secret"].as_str().unwrap())
}

async fn a_file_goes_on_where_it_broke_off(database: Database) {
    let product = Product::start(database).await;
    let client = program(&product).await;
    let kb = client.notes().await;
    // More than one piece that is made durable by itself.
    let book = book(150_000);
    assert!(book.len() > 4 << 20);
    let upload = begin(&client, &kb, "book.txt", book.len()).await;
    assert_eq!(offset(&look(&client, &upload).await), 0);
    let half = book.len() / 2;
    break_off(&client, &product.url, &upload, 0, &book[..half], book.len()).await;
    let kept = until("what arrived to be kept", 30, async || {
        let kept = offset(&look(&client, &upload).await);
        (kept == half).then_some(kept)
    })
    .await;
    let stale = send(&client, &upload, 0, &book[..10]).await;
    assert_eq!(stale.problem(409), "conflict");
    assert!(stale.text.contains(&kept.to_string()), "{}", stale.text);
    let done = send(&client, &upload, kept, &book[kept..]).await;
    assert_eq!(offset(&done), book.len());
    let document = done.headers["headwater-document"].to_str().unwrap();
    assert_eq!(client.processed(document).await["status"], "ready");
    assert!(
        original(&client, document).await == book,
        "every byte, once"
    );
    let again = look(&client, &upload).await;
    assert_eq!(again.headers["headwater-document"], document);
    let path = format!("/knowledge-bases/{kb}/documents");
    let documents = client.get(&path).await.expect(200);
    assert_eq!(documents["items"].as_array().unwrap().len(), 1);
    assert_eq!(documents["items"][0]["name"], "book.txt");
}

async fn an_upload_outlives_the_server(database: Database) {
    let mut product = Product::start(database).await;
    let client = program(&product).await;
    let kb = client.notes().await;
    let book = book(2_000);
    let upload = begin(&client, &kb, "book.txt", book.len()).await;
    assert_eq!(
        offset(&send(&client, &upload, 0, &book[..9_000]).await),
        9_000
    );
    product.kill9();
    product.restart().await;
    let client = client.at(&product.url);
    assert_eq!(offset(&look(&client, &upload).await), 9_000);
    let done = send(&client, &upload, 9_000, &book[9_000..]).await;
    let document = done.headers["headwater-document"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        original(&client, &document).await == book,
        "every byte, once"
    );
    // Of the pieces nothing is left: there is one file, the document's.
    let mut files = Vec::new();
    for workspace in std::fs::read_dir(product.data().join("objects")).unwrap() {
        for file in std::fs::read_dir(workspace.unwrap().path()).unwrap() {
            let name = file.unwrap().file_name().to_string_lossy().into_owned();
            let known = client.get(&format!("/documents/{name}")).await;
            if known.status.as_u16() != 200 {
                files.push(name);
            }
        }
    }
    assert_eq!(files, Vec::<String>::new());
    let other = begin(&client, &kb, "other.txt", 10).await;
    send(&client, &other, 0, b"half").await;
    let request = client.request(Method::DELETE, &other);
    let gone = client.send(request.header(VERSION.0, VERSION.1)).await;
    assert_eq!(gone.status.as_u16(), 204);
    assert_eq!(look(&client, &other).await.status.as_u16(), 404);
}

async fn a_document_is_replaced_by_an_upload(database: Database) {
    let product = Product::start(database).await;
    let client = program(&product).await;
    let kb = client.notes().await;
    let id = client.add(&kb, "birds.md", "The heron stands.").await;
    use base64::Engine as _;
    let coded = base64::engine::general_purpose::STANDARD.encode(&id);
    let text = b"The heron flies.";
    let told = metadata("birds.md", &format!(",replaces {coded}"));
    let answer = announce(&client, &kb, text.len(), &told).await;
    let upload = answer.headers["location"].to_str().unwrap();
    let upload = upload.strip_prefix("../..").unwrap();
    let done = send(&client, upload, 0, text).await;
    assert_eq!(done.headers["headwater-document"].to_str().unwrap(), id);
    client.processed(&id).await;
    let found = client.search(&kb, json!({ "query": "heron flies" })).await;
    assert_eq!(found[0]["text"], "The heron flies.");
}

async fn what_cannot_be_is_told(database: Database) {
    let options = Options::default().with("HEADWATER_LIMITS__UPLOAD_BYTES", 1 << 20);
    let product = Product::with(database, options).await;
    let client = program(&product).await;
    let kb = client.notes().await;
    let field = |answer: &Answer| -> Value { answer.json()["field"].clone() };
    let large = announce(&client, &kb, (1 << 20) + 1, &metadata("a.md", "")).await;
    assert_eq!(large.problem(413), "too_large");
    let empty = announce(&client, &kb, 0, &metadata("a.md", "")).await;
    assert_eq!(
        (empty.problem(400).as_str(), field(&empty)),
        ("invalid", json!("Upload-Length"))
    );
    let nameless = announce(&client, &kb, 10, "filetype YQ==").await;
    assert_eq!(field(&nameless), "file");
    let stranger = metadata(
        "a.md",
        ",replaces ZG9jXzAxOTAwMDAwMDAwMDcwMDA4MDAwMDAwMDAwMDAwMDAx",
    );
    assert_eq!(
        announce(&client, &kb, 10, &stranger).await.problem(404),
        "not_found"
    );
    let upload = begin(&client, &kb, "a.md", 10).await;
    let more = send(&client, &upload, 0, b"more than was announced").await;
    assert_eq!(more.problem(413), "too_large");
    assert_eq!(offset(&look(&client, &upload).await), 0);
    let silent = client.send(client.request(Method::HEAD, &upload)).await;
    assert_eq!(silent.status.as_u16(), 400);
    let odd = client
        .request(Method::PATCH, &upload)
        .header(VERSION.0, VERSION.1)
        .header("Upload-Offset", 0)
        .body("0123456789");
    assert_eq!(field(&client.send(odd).await), "Content-Type");
}
