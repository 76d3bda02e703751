//! Every whole flow in the guides compiles.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use headwater_engine::{Catalogue, compile};
use headwater_model::flow::FlowDocument;

#[test]
fn every_flow_in_the_guides_can_run() {
    let guides = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides");
    let mut flows = 0;
    for guide in std::fs::read_dir(guides).unwrap().flatten() {
        let text = std::fs::read_to_string(guide.path()).unwrap();
        let blocks = text.split("```yaml\n").skip(1);
        let blocks = blocks.map(|block| block.split("```").next().unwrap());
        for block in blocks.filter(|block| block.starts_with("headwater: 1")) {
            let name = guide.file_name();
            let flow = FlowDocument::parse(block).unwrap_or_else(|e| panic!("{name:?}: {e}"));
            if let Err(problems) = compile(&flow, &Catalogue::default()) {
                panic!("{name:?}: {}: {problems:#?}", flow.name);
            }
            flows += 1;
        }
    }
    assert!(flows >= 8, "only {flows} flows were found");
}
