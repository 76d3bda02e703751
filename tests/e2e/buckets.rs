//! Documents' files in a bucket, where a server that speaks S3's protocol is at hand.

use headwater_tests::bucket::BUCKET_KEY;
use headwater_tests::{Bucket, Client, Database, Options, Product, stories, until};

stories!(
    files_live_in_the_bucket_and_go_with_their_documents,
    a_bucket_that_does_not_answer_is_told_at_the_start,
);

fn options(endpoint: &str) -> Options {
    Options::default().with_bucket(endpoint)
}

async fn ready(client: &Client, document: &str) {
    let document = client.processed(document).await;
    assert_eq!(document["status"], "ready", "{document}");
}

async fn files_live_in_the_bucket_and_go_with_their_documents(database: Database) {
    let Some(bucket) = Bucket::start().await else {
        return;
    };
    let product = Product::with(database, options(&bucket.endpoint)).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    // Large enough to be sent in parts.
    let text = "The lighthouse is red, and it is old.\n".repeat(300_000);
    let document = owner.upload(&kb, "light.txt", text.clone()).await;
    let id = document["id"].as_str().unwrap();
    let name = format!("/{id}");
    let there = bucket.objects().await;
    assert!(
        there
            .iter()
            .any(|key| key.starts_with("headwater/ws_") && key.ends_with(&name)),
        "{there:?}"
    );
    let original = owner.get(&format!("/documents/{id}/content")).await;
    assert_eq!(
        (original.status.as_u16(), original.text.len()),
        (200, text.len())
    );
    owner.delete(&format!("/documents/{id}")).await.expect(204);
    assert!(
        !bucket
            .objects()
            .await
            .iter()
            .any(|key| key.ends_with(&name))
    );
    let small = owner
        .upload(&kb, "small.txt", "The lighthouse is red.")
        .await;
    ready(&owner, small["id"].as_str().unwrap()).await;
    // Of what was fetched to be read nothing stays behind.
    until("the passing files to go", 20, async || {
        let mut left = Vec::new();
        for workspace in std::fs::read_dir(product.data().join("objects")).ok()? {
            left.extend(std::fs::read_dir(workspace.ok()?.path()).ok()?);
        }
        left.is_empty().then_some(())
    })
    .await;
    assert!(!product.log().contains(BUCKET_KEY));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_one_server_took_is_read_by_the_other() {
    let Some(bucket) = Bucket::start().await else {
        return;
    };
    let mut one = Product::with(Database::Postgres, options(&bucket.endpoint)).await;
    let owner = one.set_up().await;
    let kb = owner.notes().await;
    let other = one.replica().await;
    let there = owner.at(&other.url);
    let mut ids = Vec::new();
    for n in 0..12 {
        let text = format!("Lighthouse number {n} is red.");
        let document = owner.upload(&kb, &format!("{n}.txt"), text).await;
        ids.push(document["id"].as_str().unwrap().to_owned());
    }
    // Whoever had taken some of them is gone.
    one.kill9();
    for id in &ids {
        ready(&there, id).await;
    }
    let original = there.get(&format!("/documents/{}/content", ids[3])).await;
    assert_eq!(original.text, "Lighthouse number 3 is red.");
}

async fn a_bucket_that_does_not_answer_is_told_at_the_start(database: Database) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let product = Product::installed(database, options(&endpoint));
    let started = product
        .command()
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(!started.status.success());
    let told = String::from_utf8_lossy(&started.stderr).into_owned();
    assert!(
        told.contains("“documents”") && told.contains("objects.url"),
        "{told}"
    );
    let wrong = product
        .command()
        .env("HEADWATER_OBJECTS__URL", "https://documents")
        .args(["config", "show"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(told.contains("s3://BUCKET"), "{told}");
}
