//! Runs that ended and model calls, counted by step of time.

use headwater_model::Result;
use headwater_model::monitor::Span;
use sea_orm::FromQueryResult;

use super::{Monitor, count};
use crate::values;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Flow,
    /// Who asked.
    Caller,
}

/// Runs, or calls, of one step that have the same name and took about as long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Counted from the beginning of the span.
    pub step: usize,
    /// What they were counted by; `None` where there is none.
    pub name: Option<String>,
    /// Milliseconds, the beginning of a histogram's bucket; `None` where it was not asked or measured.
    pub took: Option<u64>,
    pub count: u64,
    pub failed: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Billionths of a US dollar, of those whose cost is known.
    pub cost: u64,
    /// Those that consumed something whose cost is not known.
    pub unpriced: u64,
}

#[derive(FromQueryResult)]
struct Row {
    step: i64,
    name: Option<String>,
    took: Option<i64>,
    n: i64,
    failed: i64,
    input: i64,
    output: i64,
    cost: i64,
    unpriced: i64,
}

impl Row {
    fn read(self) -> Tally {
        Tally {
            step: usize::try_from(self.step).unwrap_or_default(),
            name: self.name,
            took: self.took.map(count),
            count: count(self.n),
            failed: count(self.failed),
            input_tokens: count(self.input),
            output_tokens: count(self.output),
            cost: count(self.cost),
            unpriced: count(self.unpriced),
        }
    }
}

/// Sums over what a subquery `x` gives for each run or call.
const SUMS: &str = "select step, name, took, count(*) as n, cast(sum(failed) as bigint) as failed,
    cast(sum(input_tokens) as bigint) as input, cast(sum(output_tokens) as bigint) as output,
    cast(coalesce(sum(cost), 0) as bigint) as cost,
    cast(sum(case when cost is null and input_tokens + output_tokens > 0 then 1 else 0 end) as bigint) as unpriced";

/// The beginning of the bucket that `Histogram` puts a number of milliseconds in: two decimal digits.
fn bucket(value: &str) -> String {
    let mut sql = format!("case when {value} < 0 then 0 when {value} < 100 then {value}");
    let mut width = 10_u64;
    while width <= 100_000_000 {
        sql.push_str(&format!(
            " when {value} < {} then {value} / {width} * {width}",
            width * 100
        ));
        width *= 10;
    }
    sql.push_str(&format!(" else {value} / {width} * {width} end"));
    sql
}

impl Monitor<'_> {
    /// Runs that ended, by status and by how long they took, waits for people apart.
    pub async fn ended(&self, span: Span) -> Result<Vec<Tally>> {
        let took = bucket("(finished_at - started_at - paused_ms)");
        self.runs(span, "status", &took).await
    }

    /// Runs that ended, by flow or by who asked.
    pub async fn consumed(&self, span: Span, by: By) -> Result<Vec<Tally>> {
        let name = match by {
            By::Flow => "flow_id",
            By::Caller => "caller",
        };
        self.runs(span, name, "cast(null as bigint)").await
    }

    async fn runs(&self, span: Span, name: &str, took: &str) -> Result<Vec<Tally>> {
        let sql = format!(
            "{SUMS} from (
                select (finished_at - $2) / $4 as step, {name} as name, {took} as took,
                    case when status = 'failed' then 1 else 0 end as failed,
                    input_tokens, output_tokens, cost
                from runs where workspace_id = $1 and finished_at >= $2 and finished_at < $3) x
             group by step, name, took"
        );
        self.tallies(&sql, span).await
    }

    /// Calls of models, by model.
    pub async fn called(&self, span: Span) -> Result<Vec<Tally>> {
        self.calls(span, "cast(null as bigint)", "").await
    }

    /// Calls that a model began to answer, by model and by how long that took.
    pub async fn first_tokens(&self, span: Span) -> Result<Vec<Tally>> {
        let took = bucket("first_token_ms");
        self.calls(span, &took, "and first_token_ms is not null")
            .await
    }

    async fn calls(&self, span: Span, took: &str, which: &str) -> Result<Vec<Tally>> {
        let sql = format!(
            "{SUMS} from (
                select (at - $2) / $4 as step, model as name, {took} as took, failed,
                    input_tokens, output_tokens, cost
                from model_calls where workspace_id = $1 and at >= $2 and at < $3 {which}) x
             group by step, name, took"
        );
        self.tallies(&sql, span).await
    }

    async fn tallies(&self, sql: &str, span: Span) -> Result<Vec<Tally>> {
        let (from, to) = (span.from.as_millis(), span.to.as_millis());
        let values = values![self.workspace.to_string(), from, to, span.step];
        let rows: Vec<Row> = self.store.db().all(sql, values).await?;
        Ok(rows.into_iter().map(Row::read).collect())
    }
}
