//! Which runs are asked for, as SQL that an index answers: of a million runs no more are read than
//! are shown, wherever in time they lie and whoever asked for them.

use headwater_model::Timestamp;
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::page::PageRequest;
use headwater_model::run::RunStatus;
use sea_orm::Value;

use super::RunFilter;
use super::rows::RUN;
use crate::db::Dialect;
use crate::{like, values};

/// Ids are in order of time, and are made a moment after the time that a run begins at.
const APART_MS: i64 = 60_000;

/// How many runs a page looks at for a text; the next one goes on behind them.
const LOOKED_AT: usize = 10_000;
/// Where the limit stands among the values.
const LIMIT: usize = 5;

/// What gives one page.
pub(super) struct Listing {
    pub sql: String,
    pub values: Vec<Value>,
    /// Gives the last run that was looked at for a text, where there were enough of them.
    pub edge: Option<(String, Vec<Value>)>,
}

impl Listing {
    /// The runs of a page that fit.
    pub(super) fn of(
        workspace: WorkspaceId,
        page: &PageRequest,
        filter: &RunFilter,
        dialect: Dialect,
    ) -> Self {
        let (fit, order, mut values) = fitting(workspace, page, filter);
        let Some(text) = &filter.text else {
            return Self {
                sql: format!("select {RUN} from runs where {fit} order by {order} limit $6"),
                values,
                edge: None,
            };
        };
        let looked = format!("select id from runs where {fit} order by {order} limit");
        let edge = format!("{looked} $6 offset {}", LOOKED_AT - 1);
        let mut last = values.clone();
        last[LIMIT] = 1_i64.into();
        let says = says(text, &mut values, dialect);
        Self {
            sql: format!(
                "select {RUN} from runs where id in ({looked} {LOOKED_AT}) and ({says})
                 order by id desc limit $6"
            ),
            values,
            edge: Some((edge, last)),
        }
    }
}

/// That a run has a text in what it was given, what it answered, why it failed or its flow's name, in
/// any case (of letters outside of ASCII, on Postgres alone), or an id that begins so.
fn says(text: &str, values: &mut Vec<Value>, dialect: Dialect) -> String {
    let (small, given) = match dialect {
        Dialect::Sqlite => (text.to_ascii_lowercase(), "json_extract(input, '$.input')"),
        Dialect::Postgres => (text.to_lowercase(), "(input::json -> 'input')::text"),
    };
    // What a run was given is kept as JSON.
    let quoted = serde_json::Value::from(small.as_str()).to_string();
    let mut bind = |pattern: String| {
        values.push(pattern.into());
        values.len()
    };
    let inside = bind(like::containing(quoted.trim_matches('"')));
    let words = bind(like::containing(&small));
    let id = bind(like::beginning(text));
    format!(
        "lower(coalesce({given}, '')) like ${inside} escape '!' or lower(reply) like ${words} escape '!'
         or lower(coalesce(error, '')) like ${inside} escape '!'
         or lower(flow_name) like ${words} escape '!' or id like ${id} escape '!'"
    )
}

/// What a run must fit, the order of an index that answers it, and the values of both.
fn fitting(
    workspace: WorkspaceId,
    page: &PageRequest,
    filter: &RunFilter,
) -> (String, &'static str, Vec<Value>) {
    let after = page.after.clone().unwrap_or_else(|| "~".to_owned());
    let last = filter
        .to
        .map(|to| edge(to.plus_millis(APART_MS), u128::MAX));
    let first = filter.from.map(|from| edge(from.plus_millis(-APART_MS), 0));
    let mut values = values![
        workspace.to_string(),
        last.map_or(after.clone(), |last| last.min(after)),
        first.unwrap_or_default(),
        filter.flow.map(|id| id.to_string()).unwrap_or_default(),
        filter.status.map(RunStatus::as_str).unwrap_or_default(),
        i64::from(page.limit) + 1
    ];
    let mut more = String::new();
    // In pairs, so that no other index fits.
    let order = match (&filter.caller, filter.flow) {
        (Some(caller), _) => {
            values.push(caller.clone().into());
            more += " and (caller, id) >= ($7, $3) and (caller, id) < ($7, $2)";
            "caller desc, id desc"
        }
        (None, Some(_)) => {
            more += " and (flow_id, id) >= ($4, $3) and (flow_id, id) < ($4, $2)";
            "flow_id desc, id desc"
        }
        (None, None) => {
            more += " and id >= $3 and id < $2";
            "id desc"
        }
    };
    let mut and = |sql: &str, value: Value| {
        values.push(value);
        more += &format!(" and {}", sql.replace("{}", &format!("${}", values.len())));
    };
    if let Some(from) = filter.from {
        and("created_at >= {}", from.as_millis().into());
    }
    if let Some(to) = filter.to {
        and("created_at < {}", to.as_millis().into());
    }
    // Few runs are rated, annotated or a share's, so these are looked up first, and only when asked for.
    if let Some(rating) = filter.rating {
        and(
            "id in (select run_id from feedback where workspace_id = $1 and rating = {})",
            rating.as_str().into(),
        );
    }
    if let Some(share) = filter.share {
        and(
            "id in (select run_id from shared_runs where share_id = {})",
            share.to_string().into(),
        );
    }
    more += match filter.annotated {
        Some(true) => " and id in (select run_id from annotations where workspace_id = $1)",
        Some(false) => " and id not in (select run_id from annotations where workspace_id = $1)",
        None => "",
    };
    let fit = format!(
        "workspace_id = $1 and ($4 = '' or flow_id = $4) and ($5 = '' or status = $5){more}"
    );
    (fit, order, values)
}

/// An id at this time; one before all times is before all ids.
fn edge(at: Timestamp, random: u128) -> String {
    RunId::new(at, random).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use headwater_model::Clock;
    use headwater_model::id::FlowId;
    use sea_orm::FromQueryResult;

    use super::*;
    use crate::{Store, StoreConfig};

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_767_268_800_000)
        }
    }

    #[derive(FromQueryResult)]
    struct Plan {
        detail: String,
    }

    /// How SQLite goes about a listing.
    async fn plan(filter: RunFilter) -> String {
        let dir = tempfile::tempdir().unwrap();
        let config = StoreConfig {
            data_dir: dir.path().join("data"),
            url: None,
            max_connections: 2,
            secret_key: None,
            bucket: None,
        };
        let store = Store::open(&config, Arc::new(Noon)).await.unwrap();
        let workspace = store.fresh(WorkspaceId::new);
        let page = PageRequest::default();
        let Listing { sql, values, edge } = Listing::of(workspace, &page, &filter, Dialect::Sqlite);
        let mut steps: Vec<Plan> = Vec::new();
        for (sql, values) in std::iter::once((sql, values)).chain(edge) {
            let sql = format!("explain query plan {sql}");
            steps.extend(store.db().all::<Plan>(&sql, values).await.unwrap());
        }
        let steps: Vec<String> = steps.into_iter().map(|step| step.detail).collect();
        steps.join("; ")
    }

    #[tokio::test]
    async fn somebodys_runs_of_a_time_are_read_from_an_index_and_never_sorted() {
        let now = Noon.now();
        let theirs = RunFilter {
            caller: Some("usr_1".to_owned()),
            ..RunFilter::default()
        };
        let of_a_day = RunFilter {
            from: Some(now.plus_millis(-86_400_000)),
            to: Some(now),
            ..RunFilter::default()
        };
        let both = RunFilter {
            caller: theirs.caller.clone(),
            ..of_a_day.clone()
        };
        let of_a_flow = RunFilter {
            flow: Some(FlowId::new(now, 7)),
            ..RunFilter::default()
        };
        for (filter, index) in [
            (
                of_a_flow,
                "runs_by_flow (workspace_id=? AND (flow_id,id)>(?,?) AND (flow_id,id)<(?,?))",
            ),
            (
                theirs,
                "runs_by_caller (workspace_id=? AND (caller,id)>(?,?) AND (caller,id)<(?,?))",
            ),
            (
                of_a_day,
                "runs_by_workspace (workspace_id=? AND id>? AND id<?)",
            ),
            (
                both,
                "runs_by_caller (workspace_id=? AND (caller,id)>(?,?) AND (caller,id)<(?,?))",
            ),
        ] {
            let plan = plan(filter).await;
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn the_edges_of_a_time_hold_its_runs() {
        let at = Timestamp::from_millis(1_767_268_800_000);
        let run = RunId::new(at.plus_millis(3), 7).to_string();
        assert!(edge(at.plus_millis(-APART_MS), 0) < run);
        assert!(run < edge(at.plus_millis(APART_MS), u128::MAX));
    }
}
