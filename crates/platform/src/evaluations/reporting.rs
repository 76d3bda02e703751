//! What the questions of an evaluation came to, together.

use headwater_knowledge::evaluate::at::{means, percentile};
use headwater_model::knowledge::evaluation::{
    CountedNote, EvaluationReport, JudgedAnswer, JudgedReport, Measures, QuestionResult,
};

/// The most different notes a report tells.
const NOTES: usize = 20;

/// Results, added up one by one.
#[derive(Default)]
pub(crate) struct Tally {
    report: EvaluationReport,
    measured: Vec<Measures>,
    searches: Vec<u64>,
    judged: Option<Judged>,
}

#[derive(Default)]
struct Judged {
    report: JudgedReport,
    faithfulness: Vec<f64>,
    correctness: Vec<f64>,
}

impl Tally {
    /// Adds what one question came to.
    pub fn add(&mut self, result: QuestionResult) {
        let report = &mut self.report;
        report.lost_labels += result.lost.len() as u64;
        report.usage += result.usage;
        match &result.error {
            Some(_) => report.failed += 1,
            None => self.searches.push(result.search_ms),
        }
        report.skipped += u64::from(result.skipped.is_some());
        if !result.measures.is_empty() {
            self.measured.push(result.measures);
        }
        for note in result.notes {
            if let Some(known) = report.notes.iter_mut().find(|known| known.note == note) {
                known.questions += 1;
            } else if report.notes.len() < NOTES {
                report.notes.push(CountedNote { note, questions: 1 });
            }
        }
        if let Some(judged) = result.judged {
            self.judged.get_or_insert_default().add(judged);
        }
    }

    /// What they came to.
    pub fn report(mut self) -> EvaluationReport {
        EvaluationReport {
            measures: means(self.measured.iter()),
            measured: self.measured.len() as u64,
            search_ms_p50: percentile(&mut self.searches, 50),
            search_ms_p95: percentile(&mut self.searches, 95),
            judged: self.judged.map(Judged::report),
            ..self.report
        }
    }
}

impl Judged {
    fn add(&mut self, judged: JudgedAnswer) {
        let report = &mut self.report;
        report.claims += judged.claims.len() as u64;
        report.supported += judged.claims.iter().filter(|claim| claim.supported).count() as u64;
        self.faithfulness.extend(judged.faithfulness);
        self.correctness.extend(judged.correctness);
        match judged.error {
            Some(_) => report.failed += 1,
            None => report.without_claims += u64::from(judged.faithfulness.is_none()),
        }
    }

    fn report(self) -> JudgedReport {
        let mean = |values: &[f64]| {
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        JudgedReport {
            faithfulness: mean(&self.faithfulness),
            faithfulness_of: self.faithfulness.len() as u64,
            correctness: mean(&self.correctness),
            correctness_of: self.correctness.len() as u64,
            ..self.report
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_model::Code;
    use headwater_model::run::Failure;

    #[test]
    fn what_failed_is_told_and_counts_for_nothing() {
        let mut tally = Tally::default();
        let measures: Measures = [("mrr".to_owned(), 0.5)].into();
        let failure = Failure::new(Code::Upstream, "It broke.");
        tally.add(QuestionResult {
            measures,
            search_ms: 8,
            judged: Some(JudgedAnswer {
                faithfulness: Some(0.75),
                ..JudgedAnswer::default()
            }),
            ..QuestionResult::default()
        });
        tally.add(QuestionResult {
            error: Some(failure.clone()),
            ..QuestionResult::default()
        });
        tally.add(QuestionResult {
            skipped: Some("No label is left.".into()),
            search_ms: 4,
            judged: Some(JudgedAnswer {
                error: Some(failure),
                ..JudgedAnswer::default()
            }),
            ..QuestionResult::default()
        });
        let report = tally.report();
        assert_eq!(report.measures["mrr"], 0.5);
        assert_eq!((report.measured, report.failed, report.skipped), (1, 1, 1));
        assert_eq!((report.search_ms_p50, report.search_ms_p95), (4, 8));
        let judged = report.judged.unwrap();
        assert_eq!((judged.faithfulness, judged.failed), (Some(0.75), 1));
        assert_eq!(judged.correctness, None);
    }
}
