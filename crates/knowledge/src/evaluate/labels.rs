//! What of a ranking people said is right: passages found again by what they say, however documents
//! are cut.

use std::collections::HashSet;

use headwater_model::id::DocumentId;
use headwater_model::knowledge::Passage;
use headwater_model::knowledge::question_set::Label;

use super::at::Graded;

/// Half of a shorter quote says too little to tell passages apart, so all of it must be there.
const SHORTEST_HALF: usize = 20;

/// The labels of a question, made ready to be looked for.
#[derive(Clone, Debug)]
pub struct Sought<'l> {
    labels: &'l [Label],
    quotes: Vec<Option<Quote>>,
}

/// What a passage must say: its letters and digits in small.
#[derive(Clone, Debug)]
struct Quote {
    whole: String,
    halves: Option<[String; 2]>,
}

impl Quote {
    fn new(text: &str) -> Self {
        let whole = bare(text);
        let middle = whole.chars().count() / 2;
        let halves = (middle >= SHORTEST_HALF).then(|| {
            let at = whole
                .char_indices()
                .nth(middle)
                .map_or(whole.len(), |(at, _)| at);
            [whole[..at].to_owned(), whole[at..].to_owned()]
        });
        Self { whole, halves }
    }

    /// Whether a text that is bare says it: all of it, or one of its halves where it was cut in two.
    fn is_in(&self, text: &str) -> bool {
        let half = |halves: &[String; 2]| halves.iter().any(|half| text.contains(half.as_str()));
        text.contains(&self.whole) || self.halves.as_ref().is_some_and(half)
    }
}

/// The letters and digits of a text in small: spaces, marks and markup do not matter.
fn bare(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether a label's document is this one: by its id, its name, or its name without the ending.
pub fn names(label: &str, id: DocumentId, name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    label == name || label == stem || label == id.to_string()
}

impl<'l> Sought<'l> {
    /// Makes labels ready.
    pub fn new(labels: &'l [Label]) -> Self {
        let quotes = labels
            .iter()
            .map(|label| label.quote.as_deref().map(Quote::new));
        Self {
            labels,
            quotes: quotes.collect(),
        }
    }

    /// Whether documents are ranked, since nothing is said about their passages.
    pub fn is_about_documents(&self) -> bool {
        self.labels.iter().all(Label::is_of_a_document)
    }

    /// Whether a text says what a label quotes; false for one without a quote.
    pub fn is_said_in(&self, label: usize, text: &str) -> bool {
        let quote = self.quotes.get(label).and_then(Option::as_ref);
        quote.is_some_and(|quote| quote.is_in(&bare(text)))
    }

    /// The places of the labels that a passage meets.
    pub fn met_by(&self, passage: &Passage) -> Vec<u32> {
        let text = bare(&passage.text);
        let labels = self.labels.iter().zip(&self.quotes).zip(0..);
        let met = labels.filter(|((label, quote), _)| {
            let here =
                |document: &String| names(document, passage.document_id, &passage.document_name);
            let chunk = label.chunk == Some(passage.chunk_id);
            let there = label.document.as_ref().is_none_or(here);
            let says = quote.as_ref().is_some_and(|quote| quote.is_in(&text));
            chunk || (there && (says || label.is_of_a_document()))
        });
        met.map(|(_, place)| place).collect()
    }

    /// A ranking as measures look at it; nothing when no label is relevant and not `lost`. Each label
    /// counts once, where the first passage stands that meets it, and a passage that only says again
    /// what stands above it takes no place.
    pub fn graded(&self, passages: &[Passage], met: &[Vec<u32>], lost: &[u32]) -> Option<Graded> {
        let grade = |label: u32| {
            let label = self.labels.get(label as usize);
            label.map_or(0.0, |label| f64::from(label.grade))
        };
        let all = (0..u32::try_from(self.labels.len()).unwrap_or(u32::MAX))
            .filter(|label| !lost.contains(label));
        let mut graded = Graded {
            places: Vec::with_capacity(passages.len()),
            ideal: all.map(grade).filter(|grade| *grade > 0.0).collect(),
        };
        if graded.ideal.is_empty() {
            return None;
        }
        graded.ideal.sort_by(|a, b| b.total_cmp(a));
        let by_document = self.is_about_documents();
        let (mut documents, mut found) = (HashSet::new(), HashSet::new());
        for (passage, met) in passages.iter().zip(met) {
            if by_document && !documents.insert(passage.document_id) {
                continue;
            }
            let relevant = met.iter().filter(|label| grade(**label) > 0.0);
            let relevant: Vec<u32> = relevant.copied().collect();
            let new = relevant.iter().filter(|label| found.insert(**label));
            let mut new: Vec<f64> = new.map(|label| grade(*label)).collect();
            new.sort_by(|a, b| b.total_cmp(a));
            if relevant.is_empty() {
                graded.places.push(0.0);
            }
            graded.places.extend(new);
        }
        Some(graded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_model::Timestamp;
    use headwater_model::id::{ChunkId, KnowledgeBaseId};
    use headwater_model::knowledge::ranking::Ranking;

    fn passage(n: u128, document: u128, text: &str) -> Passage {
        let at = Timestamp::from_millis(1);
        Passage {
            chunk_id: ChunkId::new(at, n << 64),
            document_id: DocumentId::new(at, document << 64),
            document_name: format!("d{document}.md"),
            knowledge_base_id: KnowledgeBaseId::new(at, 0),
            text: text.to_owned(),
            score: 1.0,
            page: None,
            heading: None,
            source_url: None,
            highlights: Vec::new(),
            ranking: Ranking::default(),
        }
    }

    fn quote(text: &str, grade: u8) -> Label {
        Label {
            quote: Some(text.to_owned()),
            grade,
            ..Label::default()
        }
    }

    fn document(name: &str, grade: u8) -> Label {
        Label {
            document: Some(name.to_owned()),
            grade,
            ..Label::default()
        }
    }

    const LONG: &str = "Use lithium grease every ninety days, and never mix it with other greases.";

    #[test]
    fn a_quote_is_found_whatever_its_markup_and_where_it_was_cut() {
        let labels = [quote(LONG, 1), quote("May.", 2)];
        let sought = Sought::new(&labels);
        let met = |text: &str| sought.met_by(&passage(1, 1, text));
        assert_eq!(
            met(
                "So: **use `lithium` grease** every\nninety days, and never mix it with other greases!"
            ),
            [0]
        );
        assert_eq!(met("Use lithium grease every ninety days, and"), [0]);
        assert_eq!(
            met("days, and never mix it with other greases. In May"),
            [0, 1]
        );
        assert_eq!(met("never mix it with other greases"), [] as [u32; 0]);
        assert_eq!(met("lithium grease"), [] as [u32; 0]);
        assert_eq!(met("Ma"), [] as [u32; 0]);
    }

    #[test]
    fn a_label_may_name_the_chunk_or_the_document() {
        let (one, two) = (passage(1, 1, "May."), passage(2, 2, "May."));
        let here = Label {
            chunk: Some(two.chunk_id),
            ..Label::default()
        };
        let within = Label {
            document: Some("d1".into()),
            ..quote("may", 1)
        };
        let labels = [here, within, document(&two.document_id.to_string(), 1)];
        let sought = Sought::new(&labels);
        assert_eq!(sought.met_by(&one), [1]);
        assert_eq!(sought.met_by(&two), [0, 2]);
        assert!(!sought.is_about_documents());
    }

    #[test]
    fn each_label_counts_once_and_a_repetition_takes_no_place() {
        let labels = [quote("alpha", 1), quote("beta", 3), quote("gamma", 1)];
        let sought = Sought::new(&labels);
        let passages = [
            passage(1, 1, "alpha"),
            passage(2, 1, "nothing"),
            passage(3, 1, "alpha again"),
            passage(4, 1, "alpha, and gamma before beta"),
        ];
        let met: Vec<_> = passages.iter().map(|p| sought.met_by(p)).collect();
        let graded = sought.graded(&passages, &met, &[]).unwrap();
        assert_eq!(graded.places, [1.0, 0.0, 3.0, 1.0]);
        assert_eq!(graded.ideal, [3.0, 1.0, 1.0]);
        let lost = sought.graded(&passages[..2], &met[..2], &[1, 2]).unwrap();
        assert_eq!(lost.ideal, [1.0]);
        assert_eq!(sought.graded(&passages, &met, &[0, 1, 2]), None);
    }

    #[test]
    fn documents_are_ranked_where_their_best_passages_stand() {
        let labels = [document("d2", 2), document("d3", 0)];
        let sought = Sought::new(&labels);
        let passages = [
            passage(1, 1, "a"),
            passage(2, 1, "b"),
            passage(3, 2, "c"),
            passage(4, 2, "d"),
            passage(5, 3, "e"),
        ];
        let met: Vec<_> = passages.iter().map(|p| sought.met_by(p)).collect();
        let graded = sought.graded(&passages, &met, &[]).unwrap();
        assert_eq!(graded.places, [0.0, 2.0, 0.0]);
        assert_eq!(graded.ideal, [2.0]);
    }
}
