//! The scripted vendor as a program: prints its base URL and stops when its input closes.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use headwater_tests::vendor::Vendor;
use tokio::io::AsyncReadExt as _;

#[tokio::main]
async fn main() {
    let vendor = Vendor::start().await;
    println!("{}", vendor.base_url());
    let mut rest = Vec::new();
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}
