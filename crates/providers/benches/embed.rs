//! What embedding on one core costs: `HEADWATER_MINILM=$(deploy/models) cargo bench -p
//! headwater-providers`. Prints one line per figure; the best of several rounds, since noise only ever
//! adds.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints")]
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures time and is told where its model is"
)]

use std::sync::Arc;
use std::time::Instant;

use headwater_model::ports::Purpose;
use headwater_model::{Clock, Timestamp};
use headwater_providers::LocalModels;

/// Time does not matter to what is measured.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }
}

const ROUNDS: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Some(source) = std::env::var_os("HEADWATER_MINILM") else {
        println!("not measured: set HEADWATER_MINILM to what deploy/models prints");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let models = LocalModels::open(dir.path().join("models"), 1, Arc::new(Still));
    models.add_directory(source.into(), "minilm").await.unwrap();
    let began = Instant::now();
    embed(&models, Purpose::Query, 1, 8).await;
    println!(
        "first question, the model read included: {:.1} ms",
        ms(began)
    );
    for (count, tokens) in [(1, 8), (1, 32), (128, 32), (64, 128), (32, 256)] {
        let purpose = if count == 1 {
            Purpose::Query
        } else {
            Purpose::Passage
        };
        let mut best = f64::MAX;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            embed(&models, purpose, count, tokens).await;
            best = best.min(ms(began));
        }
        let rate = 1000.0 * count as f64 / best;
        println!(
            "{count:4} texts of {tokens:3} tokens on one core: {best:7.1} ms, {rate:7.1} texts/s, {:.0} tokens/s",
            rate * tokens as f64
        );
    }
}

/// Texts of exactly so many tokens, two of which are the model's own.
async fn embed(models: &LocalModels, purpose: Purpose, count: usize, tokens: usize) {
    let text: Arc<str> = "river ".repeat(tokens - 2).into();
    let texts = vec![text; count];
    let done = models.embed("minilm", purpose, &texts).await.unwrap();
    assert_eq!(done.usage.input_tokens, (count * tokens) as u64);
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}
