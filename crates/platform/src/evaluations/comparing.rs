//! Two evaluations side by side.

use std::collections::{BTreeSet, HashMap};

use headwater_knowledge::evaluate::compare::{Pair, compare};
use headwater_model::access::Caller;
use headwater_model::id::{EvaluationId, QuestionId};
use headwater_model::knowledge::evaluation::{
    ComparedMeasure, ComparedQuestion, Comparison, EvaluatedQuestion, Evaluation, Measures,
};
use headwater_model::page::{MAX_LIMIT, PageRequest};
use headwater_model::{Error, Result};

use crate::Platform;

const ROUNDS: u32 = 5_000;
const MOST_ROUNDS: u32 = 100_000;
/// The most questions told that gained, and that lost.
const TOLD: usize = 200;
/// What is not worth telling.
const SAME: f64 = 1e-9;

/// How evaluations are compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compare {
    /// Which measure says what gained and lost.
    pub measure: Option<String>,
    pub seed: u64,
    /// How often chance is asked, 100 to 100,000; 5,000 when absent.
    pub rounds: Option<u32>,
}

/// What is compared of one question.
struct Asked {
    question: EvaluatedQuestion,
    measures: Measures,
}

impl Platform {
    /// Compares two evaluations of the same set, question by question.
    pub async fn compare_evaluations(
        &self,
        caller: &Caller,
        before: EvaluationId,
        after: EvaluationId,
        how: Compare,
    ) -> Result<Comparison> {
        let rounds = how.rounds.unwrap_or(ROUNDS);
        if !(100..=MOST_ROUNDS).contains(&rounds) {
            return Err(Error::invalid(
                "rounds",
                format!("rounds must be from 100 to {MOST_ROUNDS}."),
            ));
        }
        let (one, other) = (
            self.evaluation(caller, before).await?,
            self.evaluation(caller, after).await?,
        );
        if one.question_set_id != other.question_set_id {
            return Err(Error::conflict(
                "These evaluations are of different question sets. Compare two of the same one.",
            ));
        }
        let one = self.asked(caller, &one).await?;
        let other = self.asked(caller, &other).await?;
        let work = move || side_by_side((before, after), &one, &other, how, rounds);
        self.supervisor()
            .blocking(work)
            .await
            .ok_or_else(|| Error::internal("comparing panicked"))?
    }

    async fn asked(
        &self,
        caller: &Caller,
        evaluation: &Evaluation,
    ) -> Result<HashMap<QuestionId, Asked>> {
        let mut all = HashMap::new();
        let mut page = PageRequest {
            limit: MAX_LIMIT,
            after: None,
        };
        loop {
            let evaluations = self.store().evaluations(caller.workspace);
            let some = evaluations.questions(evaluation.id, &page).await?;
            for mut question in some.items {
                let Some(result) = question.result.take() else {
                    continue;
                };
                let mut measures = result.measures;
                let judged = result.judged.unwrap_or_default();
                for (name, value) in [
                    ("faithfulness", judged.faithfulness),
                    ("correctness", judged.correctness),
                ] {
                    measures.extend(value.map(|value| (name.to_owned(), value)));
                }
                all.insert(question.question_id, Asked { question, measures });
            }
            match some.next {
                Some(next) => page.after = Some(next),
                None => return Ok(all),
            }
        }
    }
}

fn side_by_side(
    (before, after): (EvaluationId, EvaluationId),
    one: &HashMap<QuestionId, Asked>,
    other: &HashMap<QuestionId, Asked>,
    how: Compare,
    rounds: u32,
) -> Result<Comparison> {
    let same = |a: &EvaluatedQuestion, b: &EvaluatedQuestion| {
        a.question == b.question && a.relevant == b.relevant
    };
    let both = one.iter().filter_map(|(id, a)| {
        let b = other.get(id)?;
        let measured = !a.measures.is_empty() && !b.measures.is_empty();
        (measured && same(&a.question, &b.question)).then_some((a, b))
    });
    let mut both: Vec<(&Asked, &Asked)> = both.collect();
    // Chance is drawn in the same order every time.
    both.sort_by_key(|(a, _)| a.question.position);
    let asked: BTreeSet<QuestionId> = one.keys().chain(other.keys()).copied().collect();
    let names: BTreeSet<&String> = both.iter().flat_map(|(a, _)| a.measures.keys()).collect();
    let measures: Vec<ComparedMeasure> = names
        .into_iter()
        .filter_map(|name| {
            let pairs: Vec<Pair> = both
                .iter()
                .filter_map(|(a, b)| Some((*a.measures.get(name)?, *b.measures.get(name)?)))
                .collect();
            let compared = compare(&pairs, rounds, how.seed)?;
            Some(ComparedMeasure {
                measure: name.clone(),
                before: compared.before,
                after: compared.after,
                difference: compared.difference,
                low: compared.low,
                high: compared.high,
                p_value: compared.p_value,
                questions: pairs.len() as u64,
            })
        })
        .collect();
    let measure = chosen(how.measure, &measures)?;
    let (gained, lost) = moved(&both, &measure);
    Ok(Comparison {
        before,
        after,
        questions: both.len() as u64,
        left_out: (asked.len() - both.len()) as u64,
        measures,
        measure,
        gained,
        lost,
        seed: how.seed,
        rounds,
    })
}

/// The measure that is wanted; nDCG at the deepest depth when nobody says.
fn chosen(wanted: Option<String>, measures: &[ComparedMeasure]) -> Result<String> {
    let names: Vec<&str> = measures.iter().map(|m| m.measure.as_str()).collect();
    let Some(wanted) = wanted else {
        let depth = |name: &&&str| {
            name.strip_prefix("ndcg@")
                .and_then(|k| k.parse::<u32>().ok())
        };
        let deepest = names.iter().filter(|name| name.starts_with("ndcg@"));
        let deepest = deepest.max_by_key(|name| depth(name));
        return Ok(deepest.map_or_else(|| "ndcg@10".to_owned(), |name| (*name).to_owned()));
    };
    match names.contains(&wanted.as_str()) {
        true => Ok(wanted),
        false => Err(Error::invalid(
            "measure",
            format!("Both evaluations have {}.", names.join(", ")),
        )),
    }
}

fn moved(
    both: &[(&Asked, &Asked)],
    measure: &str,
) -> (Vec<ComparedQuestion>, Vec<ComparedQuestion>) {
    let mut all: Vec<ComparedQuestion> = both
        .iter()
        .filter_map(|(a, b)| {
            let (before, after) = (*a.measures.get(measure)?, *b.measures.get(measure)?);
            Some(ComparedQuestion {
                question_id: a.question.question_id,
                question: a.question.question.clone(),
                before,
                after,
                difference: after - before,
            })
        })
        .filter(|question| question.difference.abs() > SAME)
        .collect();
    // Where the gain is the same they stay in the order of the set.
    all.sort_by(|a, b| b.difference.total_cmp(&a.difference));
    let (gained, mut lost): (Vec<_>, Vec<_>) = all.into_iter().partition(|q| q.difference > 0.0);
    lost.reverse();
    let first = |mut questions: Vec<_>| {
        questions.truncate(TOLD);
        questions
    };
    (first(gained), first(lost))
}
