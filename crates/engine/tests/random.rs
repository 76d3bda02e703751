//! Any graph: it ends, once; every node once; killed anywhere it ends the same.

mod support;

use std::fmt::Write as _;
use std::sync::Arc;

use headwater_model::run::event::Cursor;
use proptest::prelude::*;
use serde_json::json;
use support::{World, plan, read, shown, start};

/// A flow whose node `n` follows earlier ones; odd kinds branch, call a model or answer.
fn flow(nodes: &[(u8, Vec<prop::sample::Index>, bool)]) -> String {
    let (mut boxes, mut edges) = (String::new(), String::new());
    for (n, (kind, before, way)) in nodes.iter().enumerate() {
        let settings = match kind {
            0 => "kind: template, settings: { text: 't' }".to_owned(),
            1 => format!(
                "kind: branch, settings: {{ cases: [{{ handle: a, all: [{{ value: {way}, op: is_true }}] }}] }}"
            ),
            2 => format!(
                "kind: chat, settings: {{ messages: [{{ role: user, content: 'say {n} now' }}] }}"
            ),
            _ => format!("kind: answer, settings: {{ text: '<{n}>' }}"),
        };
        let _ = writeln!(boxes, "  - {{ id: n{n}, {settings} }}");
        let mut from: Vec<usize> = before.iter().map(|b| b.index(n + 1)).collect();
        from.sort_unstable();
        from.dedup();
        for from in from {
            let (id, handle) = match from {
                0 => ("start".to_owned(), ""),
                from => {
                    let branch = nodes[from - 1].0 == 1;
                    let handle = if n % 2 == 0 {
                        ", handle: a"
                    } else {
                        ", handle: else"
                    };
                    (format!("n{}", from - 1), if branch { handle } else { "" })
                }
            };
            let _ = writeln!(edges, "  - {{ from: {id}, to: n{n}{handle} }}");
        }
    }
    format!("headwater: 1\nname: any\nkind: task\nnodes:\n{boxes}edges:\n{edges}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_graph_ends_once_and_the_same_after_a_kill(
        nodes in prop::collection::vec((0u8..4, prop::collection::vec(any::<prop::sample::Index>(), 1..3), any::<bool>()), 1..10),
        cut in any::<prop::sample::Index>(),
    ) {
        let plan = plan(&flow(&nodes));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let whole = Arc::new(World::default());
            let handle = start(&whole, &plan, json!({}), vec![]);
            let events = read(&handle, Cursor::default()).await;
            let end = handle.finished().await.unwrap();
            assert_eq!(events.iter().filter(|e| e.body.is_terminal()).count(), 1);
            assert_eq!(shown("", &events), end.reply);
            let mut expected = whole.story();
            expected.sort();
            assert_eq!(expected.len(), plan.size(), "every node once");

            let cut = cut.index(expected.len() + 1);
            let dying = Arc::new(World { dies_after: Some(cut), ..World::default() });
            let handle = start(&dying, &plan, json!({}), vec![]);
            let before = read(&handle, Cursor::default()).await;
            let again = Arc::new(World { next_seq: Some(1000), ..World::default() });
            *again.log.lock() = dying.log.lock().clone();
            let handle = start(&again, &plan, json!({}), dying.steps());
            let known = shown("", &before);
            let from = Cursor { seq: before.last().map_or(0, |e| e.seq), offset: known.chars().count() as u64 };
            let after = read(&handle, from).await;
            let ended = handle.finished().await.unwrap();
            assert_eq!(ended.status, end.status);
            assert_eq!(shown(&known, &after), ended.reply);
            assert_eq!(ended.reply.len(), end.reply.len());
            let mut story = again.story();
            story.sort();
            assert_eq!(story, expected);
        });
    }
}
