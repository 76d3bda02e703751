//! The index in Qdrant: its engine behind a front of our own, where that is at hand.

use std::sync::Arc;

use headwater_model::Code;
use headwater_model::knowledge::filter::FieldValue;
use headwater_model::ports::{IndexQuery, PassageIndex as _, VectorServer as _};
use headwater_providers::{Egress, EgressConfig, QdrantServer, Secret};
use headwater_store::Store;
use headwater_store::index::QdrantIndex;
use headwater_tests::postgres::FreshDatabase;
use headwater_tests::qdrant::{QDRANT_KEY, Qdrant};

use super::pgvector::{Still, open};
use super::support::*;
use super::{alike, contract};

fn server(url: &str, key: Option<&str>) -> Arc<QdrantServer> {
    let egress = Egress::new(EgressConfig::default(), Arc::new(Still));
    let server = QdrantServer::new(Arc::new(egress), url, key.map(Secret::new));
    Arc::new(server.unwrap())
}

async fn index(qdrant: &Qdrant, store: &Store) -> QdrantIndex {
    let server = server(&qdrant.url, Some(QDRANT_KEY));
    QdrantIndex::open(store, server, "notes").await.unwrap()
}

#[tokio::test]
async fn the_index_in_qdrant_keeps_the_promises_of_every_index() {
    let Some(qdrant) = Qdrant::start().await else {
        return;
    };
    let (store, _dir) = open(None).await;
    contract::holds_in_turn(&index(&qdrant, &store).await).await;
}

#[tokio::test]
async fn the_index_in_qdrant_ranks_as_the_embedded_one_does() {
    let Some(qdrant) = Qdrant::start().await else {
        return;
    };
    let (store, _dir) = open(None).await;
    alike::ranks_as_the_embedded_one_does(&index(&qdrant, &store).await).await;
}

#[tokio::test]
async fn what_was_applied_to_qdrant_outlives_it_and_us() {
    let Some(mut qdrant) = Qdrant::start().await else {
        return;
    };
    let (store, _dir) = open(None).await;
    for version in 1..4u64 {
        let index = index(&qdrant, &store).await;
        assert_eq!(index.version(base()).await.unwrap(), version - 1);
        let text = format!("round{version} stays");
        let chunk = with_vector(chunk(&text), SPACE, &[1.0, version as f32]);
        apply(&index, version, vec![of(u128::from(version), vec![chunk])]).await;
        qdrant.kill9();
        assert!(index.version(base()).await.is_err());
        qdrant.start_again().await;
        assert_eq!(index.version(base()).await.unwrap(), version);
    }
    let index = index(&qdrant, &store).await;
    assert_eq!(find(&index, "stays").await.len(), 3);
    let closest = closest(&index, &[1.0, 0.0]).await;
    assert_eq!(closest, [document(1), document(2), document(3)]);
}

/// What a batch leaves that never came to its end, whatever it had done by then.
#[tokio::test]
async fn what_was_never_committed_is_never_found() {
    let Some(qdrant) = Qdrant::start().await else {
        return;
    };
    let (store, _dir) = open(None).await;
    let index = index(&qdrant, &store).await;
    let one = |text: &str, x: f32| {
        let chunk = with_field(chunk(text), "n", f64::from(x).to_string().as_str());
        of(1, vec![with_vector(chunk, SPACE, &[x, 1.0])])
    };
    apply(&index, 3, vec![one("Pumps need oil.", 0.0)]).await;
    // All that the next batch does before it commits: it is done by Qdrant's own client, which takes
    // the points that are there and writes them as those of a later version.
    let left = "
for name in ['notes_words', 'notes_vectors_2']:
    dense = name.endswith('2')
    of_chunks = models.Filter(must=[models.FieldCondition(key='from', range=models.Range(gte=0))])
    points, _ = client.scroll(name, scroll_filter=of_chunks, with_vectors=True)
    assert len(points) == 1, points
    for at, point in enumerate(points):
        payload = {**point.payload, 'from': 9}
        client.upsert(name, [models.PointStruct(id=at + 1, vector=point.vector, payload=payload)])
    client.set_payload(name, {'to': 9}, points=models.Filter(must=of_chunks.must,
        must_not=[models.FieldCondition(key='from', range=models.Range(gt=3))]))
    print(client.count(name, count_filter=of_chunks).count)
words = models.Filter(must=[models.FieldCondition(key='kind', match=models.MatchValue(value='word'))])
for point in client.scroll('notes_words', scroll_filter=words, limit=100)[0]:
    client.set_payload('notes_words', {'since': 9, 'chunks': 77, 'before': 3, 'were': 1}, points=[point.id])
";
    assert_eq!(qdrant.with_its_client(left), "2\n2\n");
    let query = || IndexQuery {
        text: Some("oil".to_owned()),
        ..near(SPACE, &[0.0, 1.0])
    };
    let found = search(&index, query()).await;
    assert_eq!((found.by_words.len(), found.by_vector[0].len()), (1, 1));
    let score = found.by_words[0].score;
    // The next batch reaches the same version with something else.
    apply(&index, 9, vec![change(2, &["Valves need grease."])]).await;
    let found = search(&index, query()).await;
    assert_eq!((found.by_words.len(), found.by_vector[0].len()), (1, 1));
    assert_eq!(found.by_words[0].document, document(1));
    assert!(
        found.by_words[0].score > score,
        "a word of one of two is rarer"
    );
    assert_eq!(find(&index, "grease").await, [document(2)]);
}

#[tokio::test]
async fn a_search_beside_changes_sees_each_document_once() {
    let Some(qdrant) = Qdrant::start().await else {
        return;
    };
    let (store, _dir) = open(None).await;
    let index = index(&qdrant, &store).await;
    let all = |version: u64| -> Vec<_> {
        let chunk = |n: u128| with_vector(chunk("pump"), SPACE, &[n as f32, version as f32]);
        (1..=5).map(|n| of(n, vec![chunk(n)])).collect()
    };
    apply(&index, 1, all(1)).await;
    let changes = async {
        for version in 2..=12 {
            apply(&index, version, all(version)).await;
        }
    };
    let searches = async {
        let mut searched = 0;
        while index.version(base()).await.unwrap() < 12 {
            let query = IndexQuery {
                text: Some("pump".to_owned()),
                ..near(SPACE, &[1.0, 1.0])
            };
            let found = search(&index, query).await;
            for list in [&found.by_words, &found.by_vector[0]] {
                let mut documents: Vec<_> = list.iter().map(|hit| hit.document).collect();
                documents.sort();
                assert_eq!(documents, (1..=5).map(document).collect::<Vec<_>>());
            }
            searched += 1;
        }
        searched
    };
    let ((), searched) = tokio::join!(changes, searches);
    assert!(searched > 3, "{searched}");
}

#[tokio::test]
async fn two_servers_write_each_change_to_qdrant_once() {
    let Some(qdrant) = Qdrant::start().await else {
        return;
    };
    let database = FreshDatabase::create();
    let (one, _one) = open(Some(database.url())).await;
    let (other, _other) = open(Some(database.url())).await;
    let (first, second) = (index(&qdrant, &one).await, index(&qdrant, &other).await);
    apply(&first, 2, vec![change(1, &["Pumps need oil."])]).await;
    // This one learned of an older state, and comes later.
    apply(&second, 1, vec![change(1, &["Pumps need grease."])]).await;
    assert_eq!(second.version(base()).await.unwrap(), 2);
    assert!(find(&first, "grease").await.is_empty());
    for version in 3..6 {
        let changes = |n: u64| vec![change(n.into(), &["Both of them at once."])];
        let (a, b) = (
            batch(version, changes(version)),
            batch(version, changes(version)),
        );
        let both = tokio::join!(first.apply(base(), a), second.apply(base(), b));
        assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    }
    assert_eq!(find(&first, "at once").await.len(), 3);
    assert_eq!(find(&second, "oil").await, [document(1)]);
    one.close().await;
    other.close().await;
}

#[tokio::test]
async fn a_collection_that_is_lost_is_made_again() {
    let Some(qdrant) = Qdrant::start().await else {
        return;
    };
    let (store, _dir) = open(None).await;
    let index = index(&qdrant, &store).await;
    let text = || of(1, vec![with_vector(chunk("text"), SPACE, &[1.0, 0.0])]);
    for lost in ["notes_vectors_2", "notes_words"] {
        apply(&index, 3, vec![text()]).await;
        qdrant.drop_collection(lost).await;
        let found = index.search(&[base()], near(SPACE, &[1.0, 0.0])).await;
        if lost == "notes_words" {
            assert!(found.unwrap().by_vector[0].is_empty());
        } else {
            assert_eq!(found.unwrap_err().code, Code::Unavailable);
        }
        assert_eq!(index.version(base()).await.unwrap(), 0, "{lost}");
    }
    apply(&index, 4, vec![text()]).await;
    assert_eq!(find(&index, "text").await, [document(1)]);
    assert_eq!(closest(&index, &[1.0, 0.0]).await, [document(1)]);
}

#[tokio::test]
async fn a_qdrant_that_will_not_do_is_named_with_what_to_do() {
    let Some(qdrant) = Qdrant::start().await else {
        return;
    };
    let (store, _dir) = open(None).await;
    let (other, _other) = {
        let dir = tempfile::tempdir().unwrap();
        let config = headwater_store::StoreConfig {
            data_dir: dir.path().to_owned(),
            url: None,
            max_connections: 2,
            // Another installation has another key.
            secret_key: None,
            bucket: None,
        };
        (Store::open(&config, Arc::new(Still)).await.unwrap(), dir)
    };
    index(&qdrant, &store).await;
    let refused = async |store: &Store, url: &str, key: Option<&str>, prefix: &str| {
        let server = server(url, key);
        let place = server.place().to_owned();
        let Err(error) = QdrantIndex::open(store, server, prefix).await else {
            panic!("{prefix} at {url} will do");
        };
        assert!(error.message.contains(&place), "{error}");
        (
            error.field.clone().unwrap().into_owned(),
            error.message.into_owned(),
        )
    };
    let key = Some(QDRANT_KEY);
    let (field, _) = refused(&store, &qdrant.url, None, "notes").await;
    assert_eq!(field, "knowledge.qdrant_api_key");
    let (field, _) = refused(&store, &qdrant.url, Some("wrong"), "notes").await;
    assert_eq!(field, "knowledge.qdrant_api_key");
    let (field, told) = refused(&other, &qdrant.url, key, "notes").await;
    assert_eq!(field, "knowledge.qdrant_prefix");
    assert!(told.contains("another installation"), "{told}");
    qdrant.with_its_client(
        "client.create_collection('other_vectors_7', vectors_config={'dense': models.VectorParams(size=8, distance=models.Distance.COSINE)})",
    );
    let (field, told) = refused(&store, &qdrant.url, key, "other").await;
    assert_eq!(field, "knowledge.qdrant_prefix");
    assert!(
        told.contains("other_vectors_7") && told.contains("7 dimensions"),
        "{told}"
    );
    let old = Qdrant::of_version("1.15.3").await.unwrap();
    let (field, told) = refused(&store, &old.url, key, "notes").await;
    assert_eq!(field, "knowledge.qdrant_url");
    assert!(told.contains("1.15.3"), "{told}");
}

/// What Headwater writes is what Qdrant's own client reads, searches and removes: the front before the
/// engine says what a Qdrant server would.
#[tokio::test]
async fn qdrants_own_client_sees_what_headwater_sees() {
    let Some(qdrant) = Qdrant::start().await else {
        return;
    };
    let (store, _dir) = open(None).await;
    let index = index(&qdrant, &store).await;
    let chunk = |n: u128, text: &str, x: f32| {
        let chunk = with_field(chunk(text), "page", FieldValue::Number(n as f64));
        of(n, vec![with_vector(chunk, SPACE, &[x, 1.0])])
    };
    let changes = vec![chunk(1, "oil", 0.1), chunk(2, "grease", 0.9)];
    apply(&index, 1, changes).await;
    let base = base();
    let (first, second) = (document(1), document(2));
    let program = format!(
        "
info = client.get_collection('notes_vectors_2')
print(info.config.params.vectors['dense'].size, info.config.params.vectors['dense'].distance.value)
of_base = models.FieldCondition(key='base', match=models.MatchValue(value='{base}'))
found = client.query_points('notes_vectors_2', query=[0.0, 1.0], using='dense', with_payload=True,
    query_filter=models.Filter(must=[of_base]), search_params=models.SearchParams(exact=True), limit=5)
print([point.payload['document'] for point in found.points])
paged = models.NestedCondition(nested=models.Nested(key='values', filter=models.Filter(must=[
    models.FieldCondition(key='field', match=models.MatchValue(value='page')),
    models.FieldCondition(key='number', range=models.Range(gte=2))])))
chunks = models.FieldCondition(key='kind', match=models.MatchValue(value='chunk'))
points, _ = client.scroll('notes_words', scroll_filter=models.Filter(must=[chunks, paged]), with_vectors=True)
words = points[0].vector['words']
found = client.query_points('notes_words', query=words, using='words', with_payload=True, limit=1)
print(found.points[0].payload['document'], len(words.indices) == len(words.values) > 0)
client.delete('notes_vectors_2', models.FilterSelector(filter=models.Filter(must=[
    models.FieldCondition(key='document', match=models.MatchValue(value='{second}'))])))
print(client.count('notes_vectors_2').count, client.collection_exists('nothing'))
client.create_collection('theirs', vectors_config={{'dense': models.VectorParams(size=2, distance=models.Distance.COSINE)}})
client.upsert('theirs', [models.PointStruct(id=5, vector={{'dense': [1.0, 0.0]}}, payload={{'a': 1}})])
print(client.retrieve('theirs', [5])[0].payload, client.delete_collection('theirs'))
"
    );
    let said = qdrant.with_its_client(&program);
    let expected =
        format!("2 Cosine\n['{first}', '{second}']\n{second} True\n1 False\n{{'a': 1}} True\n");
    assert_eq!(said, expected);
    // What it removed Headwater does not find any more.
    assert_eq!(closest(&index, &[0.0, 1.0]).await, [first]);
}
