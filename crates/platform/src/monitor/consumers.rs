//! Who consumed most: tallies folded by name, named for whoever may see the names.

use std::cmp::Reverse;
use std::collections::HashMap;

use headwater_model::access::{Caller, Permission};
use headwater_model::id::{ApiKeyId, TriggerId, UserId, WorkspaceId};
use headwater_model::monitor::{Consumer, Consumers, Histogram, Percentiles, Span, UsageReport};
use headwater_model::price::Usd;
use headwater_model::{Code, Result};
use headwater_store::monitor::Tally;

use crate::Platform;

/// How many are told apart.
const TOP: usize = 10;

/// A consumer while it is summed.
struct Sum {
    consumer: Consumer,
    cost: Vec<u64>,
    first: Histogram,
}

impl Sum {
    fn new(span: Span, id: Option<String>) -> Self {
        Self {
            consumer: Consumer {
                id,
                name: None,
                count: 0,
                failed: 0,
                input_tokens: 0,
                output_tokens: 0,
                cost: Usd::default(),
                unpriced: 0,
                first_token: Percentiles::default(),
                tokens: vec![0; span.steps()],
                costs: Vec::new(),
            },
            cost: vec![0; span.steps()],
            first: Histogram::default(),
        }
    }

    fn add(&mut self, tally: &Tally) {
        let consumer = &mut self.consumer;
        consumer.count += tally.count;
        consumer.failed += tally.failed;
        consumer.input_tokens += tally.input_tokens;
        consumer.output_tokens += tally.output_tokens;
        consumer.cost = consumer.cost + Usd::from_nanos(tally.cost);
        consumer.unpriced += tally.unpriced;
        if let Some(place) = consumer.tokens.get_mut(tally.step) {
            *place += tally.input_tokens + tally.output_tokens;
        }
        if let Some(place) = self.cost.get_mut(tally.step) {
            *place += tally.cost;
        }
    }

    fn merge(&mut self, other: &Self) {
        let (one, another) = (&mut self.consumer, &other.consumer);
        one.count += another.count;
        one.failed += another.failed;
        one.input_tokens += another.input_tokens;
        one.output_tokens += another.output_tokens;
        one.cost = one.cost + another.cost;
        one.unpriced += another.unpriced;
        for (place, more) in one.tokens.iter_mut().zip(&another.tokens) {
            *place += more;
        }
        for (place, more) in self.cost.iter_mut().zip(&other.cost) {
            *place += more;
        }
        self.first.merge(&other.first);
    }

    fn told(mut self) -> Consumer {
        let costs = self.cost.into_iter();
        self.consumer.costs = costs.map(|nanos| nanos as f64 / 1e9).collect();
        self.consumer.first_token = self.first.percentiles(1.0);
        self.consumer
    }
}

/// Those who consumed most, and the others as one; `spoke` is how long they took to begin to answer.
pub(super) fn consumers(span: Span, tallies: Vec<Tally>, spoke: &[Tally]) -> Consumers {
    let mut sums: HashMap<Option<String>, Sum> = HashMap::new();
    for tally in &tallies {
        let sum = sums
            .entry(tally.name.clone())
            .or_insert_with(|| Sum::new(span, tally.name.clone()));
        sum.add(tally);
    }
    for tally in spoke {
        if let Some(sum) = sums.get_mut(&tally.name) {
            sum.first
                .add_many(tally.took.unwrap_or_default(), tally.count);
        }
    }
    let mut sums: Vec<Sum> = sums.into_values().collect();
    sums.sort_unstable_by_key(|sum| {
        let one = &sum.consumer;
        let tokens = one.input_tokens + one.output_tokens;
        (Reverse((one.cost, tokens, one.count)), one.id.clone())
    });
    let rest = sums.split_off(sums.len().min(TOP));
    let others = (!rest.is_empty()).then(|| {
        let mut others = Sum::new(span, None);
        for one in &rest {
            others.merge(one);
        }
        others.told()
    });
    Consumers {
        top: sums.into_iter().map(Sum::told).collect(),
        others,
    }
}

impl Platform {
    /// Names those who consumed, as far as they are still there and the caller may see them.
    pub(super) async fn name_consumers(
        &self,
        caller: &Caller,
        report: &mut UsageReport,
    ) -> Result<()> {
        let flows = self.store().flows(caller.workspace);
        for flow in &mut report.flows.top {
            let Some(id) = &flow.id else { continue };
            flow.name = match flows.get(id).await {
                Ok(flow) => Some(flow.name),
                Err(error) if error.code == Code::NotFound => None,
                Err(error) => return Err(error),
            };
        }
        for model in &mut report.models.top {
            model.name.clone_from(&model.id);
        }
        let people = self.store().members(caller.workspace).list().await?;
        let keys = match caller.may(Permission::KeysWrite) {
            true => self.store().api_keys(caller.workspace).list().await?,
            false => Vec::new(),
        };
        for member in &mut report.members.top {
            let Some(id) = &member.id else { continue };
            member.name = if let Ok(id) = id.parse::<UserId>() {
                let mut people = people.iter();
                let person = people.find(|person| person.user_id == id);
                person.map(|person| person.name.clone())
            } else if let Ok(id) = id.parse::<ApiKeyId>() {
                let key = keys.iter().find(|key| key.id == id);
                key.map(|key| key.name.clone())
            } else if let Ok(id) = id.parse::<TriggerId>() {
                self.trigger_name(caller.workspace, id).await?
            } else {
                None
            };
        }
        Ok(())
    }

    async fn trigger_name(&self, workspace: WorkspaceId, id: TriggerId) -> Result<Option<String>> {
        match self.store().triggers(workspace).get(id).await {
            Ok(record) => Ok(Some(record.trigger.name)),
            Err(error) if error.code == Code::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use headwater_model::Timestamp;
    use headwater_model::monitor::Range;

    use super::*;

    fn tally(name: Option<&str>, step: usize, tokens: u64, cost: u64) -> Tally {
        Tally {
            step,
            name: name.map(str::to_owned),
            took: None,
            count: 1,
            failed: 0,
            input_tokens: tokens,
            output_tokens: 0,
            cost,
            unpriced: 0,
        }
    }

    #[test]
    fn the_dearest_come_first_and_the_rest_is_one() {
        let span = Range::Hour.until(Timestamp::from_millis(0));
        let names: Vec<String> = (0..12).map(|n| format!("flow {n:02}")).collect();
        let mut tallies: Vec<Tally> = names
            .iter()
            .zip(0..)
            .map(|(name, n)| tally(Some(name), 0, 1, n))
            .collect();
        tallies.push(tally(Some("flow 11"), 59, 7, 100));
        tallies.push(tally(None, 3, 1_000, 0));
        let told = consumers(span, tallies, &[]);
        let ids: Vec<_> = told.top.iter().map(|one| one.id.as_deref()).collect();
        assert_eq!(
            ids[..3],
            [Some("flow 11"), Some("flow 10"), Some("flow 09")]
        );
        assert_eq!(told.top[0].cost, Usd::from_nanos(111));
        assert_eq!((told.top[0].tokens[0], told.top[0].tokens[59]), (1, 7));
        // 13 in all: flows 00 and 01 and the unnamed are the rest.
        let others = told.others.unwrap();
        assert_eq!((told.top.len(), others.count), (10, 3));
        assert_eq!(others.input_tokens, 1_002);
    }

    #[test]
    fn few_have_no_others() {
        let span = Range::Hour.until(Timestamp::from_millis(0));
        let spoke = Tally {
            took: Some(40),
            ..tally(Some("a/b"), 0, 0, 0)
        };
        let told = consumers(span, vec![tally(Some("a/b"), 0, 1, 1)], &[spoke]);
        assert!(told.others.is_none());
        assert_eq!(told.top[0].first_token.p95, Some(40.0));
    }
}
