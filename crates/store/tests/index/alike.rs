//! Indexes that rank as the embedded one does.

use headwater_model::ports::{DocumentChange, IndexHit, IndexQuery, PassageIndex};
use headwater_store::index::EmbeddedIndex;

use super::support::*;

/// The same texts and questions for both: the same chunks, in the same order, with like scores.
pub async fn ranks_as_the_embedded_one_does(index: &dyn PassageIndex) {
    let dir = tempfile::tempdir().unwrap();
    let embedded = EmbeddedIndex::new(dir.path().to_owned());
    let mut numbers = Numbers::new(7);
    let centres = numbers.centres(8, 16);
    let words = ["pump", "seal", "oil", "valve", "filter", "spring", "café"];
    let changes: Vec<_> = (1..=300)
        .map(|n| {
            let count = 5 + numbers.next() % 40;
            let text: Vec<&str> = (0..count)
                .map(|_| words[(numbers.next() % 11 % 7) as usize])
                .collect();
            let mut chunk = with_vector(
                chunk(&text.join(" ")),
                SPACE,
                &numbers.around(&centres, 0.3),
            );
            chunk.heading = (n % 3 == 0).then(|| format!("The {}", words[n % 7]));
            with_name(of(n as u128, vec![chunk]), n)
        })
        .collect();
    apply(&embedded, 1, changes.clone()).await;
    apply(index, 1, changes).await;
    for question in [
        "oil pump",
        "the café valves",
        "spring",
        "seals of filters and pumps",
    ] {
        let query = IndexQuery {
            text: Some(question.to_owned()),
            limit: 20,
            ..near(SPACE, &numbers.around(&centres, 0.3))
        };
        let (one, other) = (
            search(&embedded, query.clone()).await,
            search(index, query).await,
        );
        alike(&one.by_words, &other.by_words, 0.08);
        alike(&one.by_vector[0], &other.by_vector[0], 0.01);
    }
}

/// Every tenth document has a name that tells something.
fn with_name(mut change: DocumentChange, n: usize) -> DocumentChange {
    if n.is_multiple_of(10) {
        for chunk in &mut change.chunks {
            chunk.document_name = "pumps.md".to_owned();
        }
    }
    change
}

/// Scores differ by no more than what rounding lengths and vectors to a byte does.
fn alike(one: &[IndexHit], other: &[IndexHit], within: f64) {
    assert_eq!(one.len(), other.len());
    for (a, b) in one.iter().zip(other) {
        let far = (a.score - b.score).abs() / a.score.abs().max(b.score.abs());
        assert!(far <= within, "{} and {}", a.score, b.score);
    }
}
