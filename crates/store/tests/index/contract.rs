//! What every passage index promises: the same stories for each of them.

use headwater_model::id::{DocumentId, KnowledgeBaseId};
use headwater_model::knowledge::filter::{Contains, Exists, FieldValue, Filter, In, Range};
use headwater_model::ports::{IndexQuery, PassageIndex};

use super::support::*;

macro_rules! promises {
    ($($promise:ident),* $(,)?) => {
        /// Tries all promises on indexes that are made for it, each empty.
        pub async fn holds<I: PassageIndex>(mut fresh: impl FnMut() -> I) {
            $($promise(&fresh()).await;)*
        }

        /// The same on one index, which is emptied after each.
        pub async fn holds_in_turn(index: &dyn PassageIndex) {
            $($promise(index).await;
            for base in index.bases().await.unwrap() {
                index.remove(base).await.unwrap();
            }
            assert!(index.bases().await.unwrap().is_empty());)*
        }
    };
}

promises!(
    nothing_is_found_in_nothing,
    what_was_applied_is_found_replaced_and_gone,
    any_text_is_a_valid_query,
    vectors_are_found_by_closeness,
    spaces_are_kept_apart_and_forgotten,
    filters_are_part_of_the_search,
    filters_decide_before_the_limit,
    several_bases_are_searched_as_if_they_were_one,
    a_base_that_was_removed_is_empty,
);

async fn nothing_is_found_in_nothing(index: &dyn PassageIndex) {
    assert_eq!(index.version(base()).await.unwrap(), 0);
    assert!(find(index, "anything").await.is_empty());
    assert!(closest(index, &[1.0, 0.0]).await.is_empty());
    index.remove(base()).await.unwrap();
    let found = index.search(&[], words("anything")).await.unwrap();
    assert!(found.by_words.is_empty());
}

async fn what_was_applied_is_found_replaced_and_gone(index: &dyn PassageIndex) {
    let changes = vec![
        change(1, &["Pumps need grease.", "Filters need cleaning."]),
        change(2, &["東京都に住む猫"]),
    ];
    apply(index, 5, changes).await;
    assert_eq!(find(index, "how do I grease a pump?").await, [document(1)]);
    assert_eq!(find(index, "東京").await, [document(2)]);
    assert_eq!(find(index, "猫").await, [document(2)]);
    apply(index, 6, vec![change(1, &["Valves only."])]).await;
    assert!(find(index, "grease").await.is_empty());
    assert_eq!(find(index, "valve").await, [document(1)]);
    apply(index, 7, vec![change(1, &[])]).await;
    assert!(find(index, "valve").await.is_empty());
    assert_eq!(index.version(base()).await.unwrap(), 7);
    apply(index, 9, Vec::new()).await;
    assert_eq!(index.version(base()).await.unwrap(), 9);
}

async fn any_text_is_a_valid_query(index: &dyn PassageIndex) {
    apply(index, 1, vec![change(1, &["body text"])]).await;
    for text in [
        "",
        "\"",
        "body:(",
        "a AND OR NOT",
        "+-*/~^",
        "\0\u{1}",
        "[1 TO 2}",
        "🦀",
    ] {
        find(index, text).await;
    }
    find(index, &"word ".repeat(50_000)).await;
    assert_eq!(find(index, "body:\"text").await, [document(1)]);
}

async fn vectors_are_found_by_closeness(index: &dyn PassageIndex) {
    let one = |n, values: &[f32]| of(n, vec![with_vector(chunk("text"), SPACE, values)]);
    let changes = vec![
        one(1, &[1.0, 0.1, 0.0]),
        one(2, &[0.0, 1.0, 0.1]),
        one(3, &[0.7, 0.7, 0.0]),
        change(4, &["without a vector"]),
    ];
    apply(index, 1, changes).await;
    let query = [1.0, 0.0, 0.0];
    assert_eq!(
        closest(index, &query).await,
        [document(1), document(3), document(2)]
    );
    let found = search(
        index,
        IndexQuery {
            with_vectors: true,
            text: Some("vector".to_owned()),
            ..near(SPACE, &query)
        },
    )
    .await;
    assert_eq!(found.by_words[0].document, document(4));
    let best = &found.by_vector[0][0];
    assert!(
        (best.score - 1.0 / 1.01_f64.sqrt()).abs() < 0.001,
        "{best:?}"
    );
    assert!((best.vector.as_ref().unwrap()[1] - 0.1).abs() < 0.01);
    // A document that changes takes its vectors along, and one that goes, too.
    apply(index, 2, vec![one(1, &[-0.2, 0.0, 1.0]), change(3, &[])]).await;
    assert_eq!(closest(index, &query).await[0], document(2));
    assert_eq!(closest(index, &query).await.len(), 2);
    // Vectors of other dimensions are never compared.
    assert!(closest(index, &[1.0, 0.0]).await.is_empty());
}

async fn spaces_are_kept_apart_and_forgotten(index: &dyn PassageIndex) {
    let both = |n, old: &[f32], new: &[f32]| {
        let chunk = with_vector(chunk("text"), "old", old);
        of(n, vec![with_vector(chunk, "new", new)])
    };
    let changes = vec![
        both(1, &[1.0, 0.0], &[0.0, 1.0]),
        both(2, &[0.0, 1.0], &[1.0, 0.0]),
    ];
    let mut all = batch(1, changes);
    all.spaces = vec!["old".into(), "new".into()];
    index.apply(base(), all).await.unwrap();
    let mut query = near("old", &[1.0, 0.0]);
    query.vectors.extend(near("new", &[1.0, 0.0]).vectors);
    let found = search(index, query).await;
    let firsts: Vec<DocumentId> = found
        .by_vector
        .iter()
        .map(|list| list[0].document)
        .collect();
    assert_eq!(firsts, [document(1), document(2)]);
    let mut only = batch(2, Vec::new());
    only.spaces = vec!["new".into()];
    index.apply(base(), only).await.unwrap();
    let old = search(index, near("old", &[1.0, 0.0])).await;
    assert!(old.by_vector[0].is_empty());
    let new = search(index, near("new", &[1.0, 0.0])).await;
    assert_eq!(new.by_vector[0].len(), 2);
}

async fn filters_are_part_of_the_search(index: &dyn PassageIndex) {
    let number = |n: f64| FieldValue::Number(n);
    let chunk = |page: f64| with_field(chunk("the same text"), "page", number(page));
    let one = |n, page, name: &str| {
        let chunk = with_field(chunk(page), "name", name);
        of(n, vec![with_vector(chunk, SPACE, &[1.0, n as f32])])
    };
    let three = with_field(
        one(3, 10.0, "Notes.txt").chunks.remove(0),
        "draft",
        FieldValue::Boolean(true),
    );
    let changes = vec![
        one(1, 1.0, "Guide (old).md"),
        one(2, -2.5, "guide.md"),
        of(
            3,
            vec![with_field(with_field(three, "tag", "a"), "tag", "b.c")],
        ),
    ];
    apply(index, 1, changes).await;
    let range = |from: Option<FieldValue>, to: Option<FieldValue>, field: &str| {
        Filter::Range(Range {
            field: field.to_owned(),
            from,
            to,
        })
    };
    let contains = |text: &str| {
        Filter::Contains(Contains {
            field: "name".to_owned(),
            text: text.to_owned(),
        })
    };
    let exists = |field: &str| {
        Filter::Exists(Exists {
            field: field.to_owned(),
        })
    };
    let equals = |field: &str, value: FieldValue| {
        Filter::In(In {
            field: field.to_owned(),
            values: vec![value],
        })
    };
    for (filter, expected) in [
        (Filter::equals("name", "guide.md"), vec![2]),
        (Filter::equals("name", "Guide.md"), vec![]),
        (equals("page", number(10.0)), vec![3]),
        (Filter::equals("page", "10"), vec![]),
        (equals("draft", FieldValue::Boolean(true)), vec![3]),
        (Filter::equals("tag", "b.c"), vec![3]),
        (
            Filter::In(In {
                field: "name".to_owned(),
                values: vec!["guide.md".into(), "Notes.txt".into()],
            }),
            vec![2, 3],
        ),
        (
            range(Some(number(-3.0)), Some(number(1.0)), "page"),
            vec![1, 2],
        ),
        (range(Some(number(1.5)), None, "page"), vec![3]),
        (range(None, Some(number(0.0)), "page"), vec![2]),
        (range(Some("O".into()), None, "name"), vec![2]),
        (range(None, Some("O".into()), "name"), vec![1, 3]),
        (contains("GUIDE"), vec![1, 2]),
        (contains("(old)"), vec![1]),
        (contains("e.m"), vec![2]),
        (contains(".*"), vec![]),
        (exists("draft"), vec![3]),
        (exists("nothing"), vec![]),
        (Filter::Not(Box::new(exists("draft"))), vec![1, 2]),
        (
            Filter::And(vec![
                contains("guide"),
                Filter::Not(Box::new(contains("old"))),
            ]),
            vec![2],
        ),
        (
            Filter::Or(vec![
                Filter::equals("tag", "a"),
                equals("page", number(1.0)),
            ]),
            vec![1, 3],
        ),
    ] {
        let query = IndexQuery {
            text: Some("text".to_owned()),
            filter: Some(filter.clone()),
            ..near(SPACE, &[1.0, 0.0])
        };
        let found = search(index, query).await;
        let expected: Vec<DocumentId> = expected.into_iter().map(document).collect();
        for list in [&found.by_words, &found.by_vector[0]] {
            let mut documents: Vec<_> = list.iter().map(|hit| hit.document).collect();
            documents.sort();
            assert_eq!(documents, expected, "{filter:?}");
        }
    }
}

async fn filters_decide_before_the_limit(index: &dyn PassageIndex) {
    let changes = (1..=200)
        .map(|n: u16| {
            // The last ones match worst.
            let text = "text ".repeat(usize::from(201 - n));
            let chunk = with_field(chunk(&text), "n", FieldValue::Number(n.into()));
            let vector = [1.0, f32::from(n)];
            of(n.into(), vec![with_vector(chunk, SPACE, &vector)])
        })
        .collect();
    apply(index, 1, changes).await;
    let query = IndexQuery {
        text: Some("text".to_owned()),
        limit: 3,
        filter: Some(Filter::Range(Range {
            field: "n".to_owned(),
            from: Some(FieldValue::Number(196.0)),
            to: None,
        })),
        ..near(SPACE, &[1.0, 0.0])
    };
    let found = search(index, query).await;
    assert_eq!((found.by_words.len(), found.by_vector[0].len()), (3, 3));
    assert_eq!(found.by_vector[0][0].document, document(196));
}

async fn several_bases_are_searched_as_if_they_were_one(index: &dyn PassageIndex) {
    let (rare, common) = (base(), KnowledgeBaseId::new(AT, 8 << 64));
    let of_both = |n| {
        of(
            n,
            vec![with_vector(chunk("pump seal"), SPACE, &[1.0, n as f32])],
        )
    };
    // In one base nearly everything is about pumps, in the other nearly nothing.
    let mut changes: Vec<_> = (1..30).map(|n| change(n, &["pump"])).collect();
    changes.push(of_both(30));
    index.apply(common, batch(1, changes)).await.unwrap();
    let mut changes: Vec<_> = (101..130).map(|n| change(n, &["seal"])).collect();
    changes.push(of_both(130));
    index.apply(rare, batch(1, changes)).await.unwrap();
    let query = IndexQuery {
        text: Some("pump seal".to_owned()),
        ..near(SPACE, &[1.0, 0.0])
    };
    // A base that is named twice counts once.
    let bases = [common, rare, common];
    let found = index.search(&bases, query).await.unwrap();
    let [first, second] = &found.by_words[..2] else {
        panic!("{found:?}");
    };
    let mut best = [first.document, second.document];
    best.sort();
    assert_eq!(best, [document(30), document(130)]);
    assert!(
        (first.score - second.score).abs() < 1e-6,
        "{first:?} {second:?}"
    );
    let hits: Vec<_> = found.by_vector[0]
        .iter()
        .map(|hit| (hit.base, hit.document))
        .collect();
    assert_eq!(hits, [(common, document(30)), (rare, document(130))]);
}

async fn a_base_that_was_removed_is_empty(index: &dyn PassageIndex) {
    let text = with_vector(chunk("text"), SPACE, &[1.0, 0.0]);
    apply(index, 4, vec![of(1, vec![text])]).await;
    index.remove(base()).await.unwrap();
    assert_eq!(index.version(base()).await.unwrap(), 0);
    assert!(find(index, "text").await.is_empty());
    assert!(closest(index, &[1.0, 0.0]).await.is_empty());
}
