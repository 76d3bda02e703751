//! Which sentences answer a question: weighted by how rare the shared words are among the passages.

use std::collections::{BTreeSet, HashMap, HashSet};

use headwater_model::knowledge::context::NumberedPassage;

use super::sentences::sentences;
use super::terms::{alike, terms, words};

/// At most this many sentences make an answer.
const MOST: usize = 4;
/// A sentence must reach this share of the best one's score.
const NEAR: f64 = 0.5;
/// … and this share when it stands in another passage.
const NEAR_ELSEWHERE: f64 = 0.62;
/// How much a word in the heading counts, compared with one in the sentence.
const HEADING: f64 = 0.6;
/// Sentences that share more of their words than this say the same.
const SAME: f64 = 0.6;

/// A sentence of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub number: u32,
    /// What the passage's document is called.
    pub source: String,
    pub text: String,
}

struct Candidate {
    /// Which passage, and where in it.
    passage: usize,
    place: usize,
    text: String,
    own: Vec<String>,
    context: Vec<String>,
    score: f64,
    coverage: f64,
}

/// The sentences that answer, in reading order; none when nothing fits.
pub(super) fn choose(passages: &[NumberedPassage], question: &str) -> Vec<Chosen> {
    let mut asked = terms(question);
    let mut seen = HashSet::new();
    asked.retain(|term| seen.insert(term.clone()));
    let mut candidates = candidates(passages);
    if asked.is_empty() || candidates.is_empty() {
        return Vec::new();
    }
    let weights = weights(&asked, &candidates);
    let wording = Wording::of(question);
    for candidate in &mut candidates {
        score(candidate, &asked, &weights);
        candidate.score *= wording.bonus(candidate, &asked);
    }
    candidates.sort_by(|a, b| {
        (b.score.total_cmp(&a.score)).then((a.passage, a.place).cmp(&(b.passage, b.place)))
    });
    if !fits(&candidates, &asked, &weights) {
        return Vec::new();
    }
    in_reading_order(pick(candidates), passages)
}

/// How a question is put, beyond its terms.
struct Wording {
    /// It asks what something is.
    defines: bool,
    /// Every three words in a row.
    runs: HashSet<[String; 3]>,
}

impl Wording {
    fn of(question: &str) -> Self {
        let words = words(question);
        let begins = |with: &[&str]| {
            words
                .iter()
                .map(String::as_str)
                .take(2)
                .eq(with.iter().copied())
        };
        Self {
            defines: begins(&["what", "is"]) || begins(&["what", "are"]) || begins(&["who", "is"]),
            runs: runs(&words),
        }
    }

    fn bonus(&self, candidate: &Candidate, asked: &[String]) -> f64 {
        let shared = runs(&words(&candidate.text))
            .intersection(&self.runs)
            .count();
        let mut bonus = 1.0 + 0.25 * shared.min(2) as f64;
        // "What is a citation?" – "A citation is …"
        let opens = candidate.own.len() > asked.len()
            && asked
                .iter()
                .all(|term| best(term, &candidate.own[..asked.len()]) > 0.0);
        if self.defines
            && opens
            && [" is ", " are "]
                .iter()
                .any(|verb| candidate.text.contains(verb))
        {
            bonus *= 1.6;
        }
        // A heading that asks the same question: what stands under it is the answer.
        let same = overlap(&candidate.context, asked);
        if same >= 0.6 {
            bonus *= 1.0 + same * 0.6;
        }
        // Whoever repeats the question word for word quotes it and does not answer.
        if self.runs.len() > 1 && shared == self.runs.len() {
            bonus *= 0.3;
        }
        // Code alone is no sentence.
        if candidate.text.starts_with('`')
            && candidate.text.matches('`').count() == 2
            && candidate.text.ends_with('`')
        {
            bonus *= 0.5;
        }
        bonus
    }
}

fn runs(words: &[String]) -> HashSet<[String; 3]> {
    let runs = words.windows(3);
    runs.filter_map(|run| <[String; 3]>::try_from(run.to_vec()).ok())
        .collect()
}

fn candidates(passages: &[NumberedPassage]) -> Vec<Candidate> {
    let mut out = Vec::new();
    for (passage, numbered) in passages.iter().enumerate() {
        for (place, sentence) in sentences(&numbered.text).into_iter().enumerate() {
            let heading = numbered.heading.as_deref().unwrap_or("");
            // The innermost heading is about the sentence; the outer ones only about the document.
            let nearest = match sentence.heading.is_empty() {
                true => heading.rsplit('›').next().unwrap_or(""),
                false => &sentence.heading,
            };
            let own = terms(&sentence.text);
            if own.is_empty() {
                continue;
            }
            out.push(Candidate {
                passage,
                place,
                context: terms(nearest),
                text: sentence.text,
                own,
                score: 0.0,
                coverage: 0.0,
            });
        }
    }
    out
}

/// How much each asked term tells: between 1 and 2, the rarer the more.
fn weights(asked: &[String], candidates: &[Candidate]) -> Vec<f64> {
    let total = candidates.len() as f64;
    let rarity = |found: f64| (1.0 + (total - found + 0.5) / (found + 0.5)).ln();
    let rarest = rarity(0.0);
    let mut counts: HashMap<&str, f64> = HashMap::new();
    for term in asked {
        let found = candidates
            .iter()
            .filter(|c| best(term, &c.own) > 0.0 || best(term, &c.context) > 0.0)
            .count();
        counts.insert(term, found as f64);
    }
    asked
        .iter()
        .map(|term| 1.0 + rarity(counts[term.as_str()]) / rarest)
        .collect()
}

fn best(term: &str, words: &[String]) -> f64 {
    words
        .iter()
        .map(|word| alike(term, word))
        .fold(0.0, f64::max)
}

fn score(candidate: &mut Candidate, asked: &[String], weights: &[f64]) {
    let (mut score, mut covered) = (0.0, 0.0);
    for (term, weight) in asked.iter().zip(weights) {
        let own = best(term, &candidate.own);
        let context = best(term, &candidate.context);
        score += weight * own.max(context * HEADING).max(own * 0.9 + context * 0.35);
        covered += weight * own.max(context);
    }
    candidate.coverage = covered / weights.iter().sum::<f64>();
    let length = candidate.own.len() as f64;
    // Long sentences match by chance, very short ones say little.
    let fitting = 1.0 / (1.0 + (length - 14.0).max(0.0) / 40.0) * (length / 4.0).clamp(0.9, 1.0);
    // What the search ranked first is likelier right; a question never answers itself.
    let rank = 1.0 / (1.0 + 0.06 * candidate.passage as f64);
    let asks = if candidate.text.ends_with('?') {
        0.6
    } else {
        1.0
    };
    // Right under a heading that asks the question, the first sentence is the answer.
    let first = if candidate.place == 0 { 1.08 } else { 1.0 };
    candidate.score = score * fitting * rank * asks * first;
}

/// Whether the best of them are about what was asked at all.
fn fits(sorted: &[Candidate], asked: &[String], weights: &[f64]) -> bool {
    let enough = if asked.len() <= 3 { 0.5 } else { 0.42 };
    if sorted
        .iter()
        .take(MOST)
        .any(|candidate| candidate.coverage >= enough)
    {
        return true;
    }
    // An answer may be spread over neighbouring sentences of one passage.
    let Some(top) = sorted.first() else {
        return false;
    };
    let together: Vec<String> = sorted
        .iter()
        .filter(|c| c.passage == top.passage && c.place.abs_diff(top.place) <= 2)
        .flat_map(|c| c.own.iter().chain(&c.context).cloned())
        .collect();
    let covered: f64 = asked
        .iter()
        .zip(weights)
        .map(|(term, weight)| weight * best(term, &together))
        .sum();
    top.coverage >= 0.3 && covered / weights.iter().sum::<f64>() >= enough + 0.15
}

/// The best few that say different things.
fn pick(sorted: Vec<Candidate>) -> Vec<Candidate> {
    let (top, home) = sorted
        .first()
        .map_or((0.0, 0), |best| (best.score, best.passage));
    let mut picked: Vec<Candidate> = Vec::new();
    for candidate in sorted {
        if picked.len() == MOST || candidate.score < top * NEAR || candidate.score <= 0.0 {
            break;
        }
        if candidate.passage != home && candidate.score < top * NEAR_ELSEWHERE {
            continue;
        }
        let repeats = picked
            .iter()
            .any(|other| overlap(&candidate.own, &other.own) > SAME);
        if !repeats {
            picked.push(candidate);
        }
    }
    picked
}

fn overlap(a: &[String], b: &[String]) -> f64 {
    let (a, b): (BTreeSet<_>, BTreeSet<_>) = (a.iter().collect(), b.iter().collect());
    a.intersection(&b).count() as f64 / a.union(&b).count().max(1) as f64
}

/// The passage of the best sentence first, and within a passage as it was written.
fn in_reading_order(picked: Vec<Candidate>, passages: &[NumberedPassage]) -> Vec<Chosen> {
    let mut order: Vec<usize> = Vec::new();
    for candidate in &picked {
        if !order.contains(&candidate.passage) {
            order.push(candidate.passage);
        }
    }
    let mut picked = picked;
    picked.sort_by_key(|c| {
        let place = order.iter().position(|passage| *passage == c.passage);
        (place, c.place)
    });
    picked
        .into_iter()
        .map(|c| Chosen {
            number: passages[c.passage].number,
            source: passages[c.passage].source.clone(),
            text: c.text,
        })
        .collect()
}
