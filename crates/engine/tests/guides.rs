//! Every whole flow in the guides compiles.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use std::sync::Arc;

use headwater_engine::{Callable, Catalogue, Library, compile_with};
use headwater_model::flow::FlowDocument;

#[test]
fn every_flow_in_the_guides_can_run() {
    let guides = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides");
    let mut flows = 0;
    for guide in std::fs::read_dir(guides).unwrap().flatten() {
        let text = std::fs::read_to_string(guide.path()).unwrap();
        let blocks = text.split("```yaml\n").skip(1);
        let blocks = blocks.map(|block| block.split("```").next().unwrap());
        // What a guide shows first is published by the time what comes later calls it.
        let mut library = Library::of(Some("guide"), Default::default());
        let whole = |block: &&str| block.contains("headwater: 1\n") && block.contains("\nnodes:");
        for block in blocks.filter(whole) {
            let name = guide.file_name();
            let flow = FlowDocument::parse(block).unwrap_or_else(|e| panic!("{name:?}: {e}"));
            if let Err(problems) = compile_with(&flow, &Catalogue::default(), &library) {
                panic!("{name:?}: {}: {problems:#?}", flow.name);
            }
            let slug = flow.wanted_slug();
            let (document, pins) = (Arc::new(flow), Default::default());
            library.add(&slug, 1, Callable { document, pins });
            library.publish(&slug, 1);
            flows += 1;
        }
    }
    assert!(flows >= 8, "only {flows} flows were found");
}
