//! What every way of cutting promises, tried on documents that nobody would write.

use std::collections::{HashMap, HashSet};

use headwater_knowledge::chunk::cut;
use headwater_model::knowledge::chunking::{ChunkingSettings, LONGEST_WHOLE, Strategy as Way};
use headwater_model::knowledge::{Block, BlockKind, Cut, ParsedDocument};
use headwater_model::ports::{CountTokens, Estimate};
use proptest::prelude::*;

/// Counts words, and reads so many of a text.
struct Words(Option<usize>);

impl CountTokens for Words {
    fn count(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn most(&self) -> Option<usize> {
        self.0
    }
}

fn text(kind: BlockKind, words: &[String], columns: usize) -> String {
    match kind {
        BlockKind::Text => {
            let sentences = words.chunks(7).map(|words| format!("{}.", words.join(" ")));
            let paragraphs: Vec<String> = sentences.collect();
            paragraphs
                .chunks(3)
                .map(|sentences| sentences.join(" "))
                .collect::<Vec<_>>()
                .join("\n\n")
        }
        BlockKind::Table => {
            let head = format!("|{}\n|{}", " h |".repeat(columns), " --- |".repeat(columns));
            let rows = words
                .chunks(columns)
                .map(|cells| format!("\n| {} |", cells.join(" | ")));
            head + &rows.collect::<String>()
        }
        BlockKind::Records => {
            let records = words
                .chunks(columns)
                .map(|cells| format!("Name: {}", cells.join("\nNote: ")));
            records.collect::<Vec<_>>().join("\n\n")
        }
        BlockKind::Code => {
            let lines = words.chunks(columns).map(|line| line.join("  "));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

fn kinds() -> impl Strategy<Value = BlockKind> {
    prop_oneof![
        4 => Just(BlockKind::Text),
        1 => Just(BlockKind::Table),
        1 => Just(BlockKind::Records),
        1 => Just(BlockKind::Code),
    ]
}

/// Documents in which every word is another one, so that it is known where each went.
fn documents() -> impl Strategy<Value = ParsedDocument> {
    let block = (kinds(), 1..200_usize, 2..5_usize, 0..4_u32, any::<bool>());
    proptest::collection::vec(block, 1..8).prop_map(|blocks| {
        let mut next = 0;
        let blocks = blocks
            .into_iter()
            .map(|(kind, count, columns, place, asks)| {
                let words: Vec<String> = (next..next + count).map(|n| format!("w{n}x")).collect();
                next += count;
                Block {
                    kind,
                    text: text(kind, &words, columns),
                    heading: (place > 0).then(|| match asks {
                        true => format!("A › Why {place}?"),
                        false => format!("A › {place}"),
                    }),
                    page: Some(place),
                }
            });
        ParsedDocument {
            blocks: blocks.collect(),
            ..ParsedDocument::default()
        }
    })
}

fn ways() -> impl Strategy<Value = ChunkingSettings> {
    let strategies = prop_oneof![
        Just(Way::Structure),
        Just(Way::Parent),
        Just(Way::Qa),
        Just(Way::Separator),
        Just(Way::Whole),
    ];
    (strategies, 20..200_u32, 0..50_u32, 1..6_u32).prop_map(|(strategy, size, overlap, more)| {
        ChunkingSettings {
            strategy,
            size,
            overlap: size * overlap / 100,
            parent_size: size * more,
            separators: vec!["\n\n".to_owned()],
            ..ChunkingSettings::default()
        }
    })
}

fn words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.starts_with('w') && word.ends_with('x'))
        .map(str::to_owned)
        .collect()
}

/// The words of what is searched and of what is given.
fn kept(cut: &Cut) -> HashSet<String> {
    let chunks = cut.chunks.iter().flat_map(|chunk| words(&chunk.text));
    let given = cut.chunks.iter().filter_map(|chunk| chunk.section);
    chunks
        .chain(given.flat_map(|at| words(&cut.sections[at].text)))
        .collect()
}

fn longest(size: u32) -> usize {
    (size + size * 3 / 10) as usize
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_word_is_lost_and_no_chunk_is_too_long(document in documents(), settings in ways()) {
        settings.check().unwrap();
        for counter in [&Estimate as &dyn CountTokens, &Words(None)] {
            let cut = cut(&document, &settings, counter).unwrap();
            let all: HashSet<String> =
                document.blocks.iter().flat_map(|block| words(&block.text)).collect();
            prop_assert_eq!(&kept(&cut), &all);
            for chunk in &cut.chunks {
                prop_assert_eq!(chunk.tokens as usize, counter.count(&chunk.text));
                if settings.strategy != Way::Whole {
                    prop_assert!(chunk.tokens as usize <= longest(settings.size), "{chunk:?}");
                }
            }
            for section in &cut.sections {
                prop_assert!(counter.count(&section.text) <= longest(settings.parent_size));
            }
        }
    }

    #[test]
    fn a_parent_holds_its_children(document in documents(), mut settings in ways()) {
        settings.strategy = Way::Parent;
        let cut = cut(&document, &settings, &Estimate).unwrap();
        for chunk in &cut.chunks {
            let Some(at) = chunk.section else { continue };
            let section = &cut.sections[at];
            prop_assert!(!section.answer);
            // The head of a table is repeated above rows that stand further down.
            for line in chunk.text.lines() {
                prop_assert!(section.text.contains(line.trim()), "{line:?} in {section:?}");
            }
        }
    }

    #[test]
    fn a_change_at_the_end_leaves_the_chunks_before_as_they_are(
        document in documents(), mut settings in ways(),
    ) {
        settings.strategy = Way::Structure;
        let before = cut(&document, &settings, &Estimate).unwrap();
        let mut longer = document;
        longer.blocks.push(Block {
            text: "Something new.".to_owned(),
            heading: Some("Elsewhere".to_owned()),
            ..Block::default()
        });
        let after = cut(&longer, &settings, &Estimate).unwrap();
        prop_assert_eq!(&after.chunks[..before.chunks.len()], &before.chunks[..]);
    }

    #[test]
    fn nothing_is_longer_than_a_model_reads(document in documents(), settings in ways()) {
        let cut = cut(&document, &settings, &Words(Some(64))).unwrap();
        if settings.strategy != Way::Whole {
            prop_assert!(cut.chunks.iter().all(|chunk| chunk.tokens <= 56));
        }
    }
}

fn document(blocks: &[(&str, &str)]) -> ParsedDocument {
    let blocks = blocks.iter().map(|(heading, text)| Block {
        text: (*text).to_owned(),
        heading: (!heading.is_empty()).then(|| (*heading).to_owned()),
        ..Block::default()
    });
    ParsedDocument {
        blocks: blocks.collect(),
        ..ParsedDocument::default()
    }
}

fn way(strategy: Way) -> ChunkingSettings {
    ChunkingSettings {
        strategy,
        ..ChunkingSettings::default()
    }
}

#[test]
fn questions_are_searched_and_answers_given() {
    let document = document(&[
        (
            "",
            "About us.\n\nQ: Who are you?\nA: Gardeners.\nQ: Since when?\nA: 1990.",
        ),
        ("FAQ › May I pay later?", "Yes."),
        ("FAQ › May I pay later? › Interest", "None."),
        ("FAQ › Prices", "Ten."),
    ]);
    let cut = cut(&document, &way(Way::Qa), &Estimate).unwrap();
    let found: Vec<(&str, Option<&str>, Option<&str>)> = cut
        .chunks
        .iter()
        .map(|chunk| {
            let given = chunk.section.map(|at| cut.sections[at].text.as_str());
            (chunk.text.as_str(), chunk.heading.as_deref(), given)
        })
        .collect();
    let expected = [
        ("About us.", None, None),
        ("Who are you?", None, Some("Gardeners.")),
        ("Since when?", None, Some("1990.")),
        (
            "May I pay later?",
            Some("FAQ"),
            Some("Yes.\n\nInterest\n\nNone."),
        ),
        ("Ten.", Some("FAQ › Prices"), None),
    ];
    assert_eq!(found, expected);
}

#[test]
fn separators_cut_and_are_left_out() {
    let settings = ChunkingSettings {
        separators: vec!["###".to_owned(), "---".to_owned()],
        ..way(Way::Separator)
    };
    let cut = cut(
        &document(&[("", "one###two\n---\nthree")]),
        &settings,
        &Estimate,
    )
    .unwrap();
    let texts: Vec<&str> = cut.chunks.iter().map(|chunk| chunk.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
}

#[test]
fn a_whole_document_is_one_chunk_up_to_a_limit() {
    let small = document(&[("A", "one"), ("A › B", "two")]);
    let one = cut(&small, &way(Way::Whole), &Estimate).unwrap();
    assert_eq!(one.chunks.len(), 1);
    assert_eq!(one.chunks[0].text, "# A\n\none\n\n# A › B\n\ntwo");
    let long = document(&[("", &"word ".repeat(LONGEST_WHOLE))]);
    let error = cut(&long, &way(Way::Whole), &Estimate).unwrap_err();
    assert!(error.message.contains("32000"), "{}", error.message);
}

#[test]
fn overlap_repeats_the_end_of_a_chunk_at_the_beginning_of_the_next() {
    let sentences: Vec<String> = (0..60)
        .map(|n| format!("Sentence number {n} is here."))
        .collect();
    let settings = ChunkingSettings {
        size: 60,
        overlap: 20,
        ..way(Way::Structure)
    };
    let cut = cut(
        &document(&[("", &sentences.join(" "))]),
        &settings,
        &Estimate,
    )
    .unwrap();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for chunk in &cut.chunks {
        for sentence in &sentences {
            if chunk.text.contains(sentence.as_str()) {
                *seen.entry(sentence).or_default() += 1;
            }
        }
    }
    assert_eq!(seen.len(), 60);
    assert!(seen.values().any(|count| *count == 2));
}
