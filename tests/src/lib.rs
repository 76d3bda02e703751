//! What the end-to-end tests stand on: the real binary, a database for each story, clients, and
//! vendors that follow a script.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may take short cuts"
)]

pub mod bucket;
pub mod client;
pub mod collector;
pub mod hub;
pub mod knowledge;
pub mod postgres;
pub mod product;
pub mod qdrant;
pub mod site;
pub mod socket;
pub mod stranger;
pub mod tiny;
pub mod vendor;

pub use bucket::Bucket;
pub use client::{Answer, Client, Events};
pub use collector::Collector;
pub use hub::Hub;
pub use product::{Database, Options, Product};
pub use qdrant::Qdrant;
pub use site::{Page, Site};
pub use socket::Socket;
pub use stranger::Stranger;
pub use tiny::Tiny;
pub use vendor::Vendor;

/// Makes each story a test on SQLite and one on Postgres.
#[macro_export]
macro_rules! stories {
    ($($story:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() { super::$story($crate::Database::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() { super::$story($crate::Database::Postgres).await; })*
        }
    };
}

/// Asks `look` again and again until it has an answer; fails after `seconds`, naming `what`.
pub async fn until<T>(what: &str, seconds: u64, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let asked = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(seconds), asked)
        .await
        .unwrap_or_else(|_| panic!("waited {seconds} s in vain for {what}"))
}
