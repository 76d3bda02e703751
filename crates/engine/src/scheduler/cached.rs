//! Calls whose results may stand for calling again.

use headwater_model::ports::{CacheFound, CacheRequest};
use headwater_model::run::Cached;
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use headwater_model::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::plan::{Caching, PlannedNode};
use crate::step::{Call, CallContext, StepOutput};

/// A result as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    outputs: Value,
    handle: Option<String>,
    usage: Usage,
}

/// Calls, or gives the result that is kept. The cache is a help: where it fails, the call is made.
pub(super) async fn through(
    node: &PlannedNode,
    call: &dyn Call,
    context: &CallContext,
) -> Result<StepOutput> {
    let (Some(caching), Some(request)) = (&node.caching, request(node, call, context)) else {
        return call.call(context).await;
    };
    let found = context.ports.cache.find(&request).await;
    let place = match found {
        Ok(CacheFound::Hit { value, kept_at }) => match serde_json::from_value::<Kept>(value) {
            Ok(kept) => return Ok(reuse(node, kept, kept_at, context)),
            Err(error) => {
                unusable(&Error::internal(error));
                return call.call(context).await;
            }
        },
        Ok(CacheFound::Miss(place)) => place,
        Err(error) => {
            unusable(&error);
            return call.call(context).await;
        }
    };
    let before = context.ledger.total(context.step.key);
    let output = call.call(context).await?;
    let spent = context.ledger.total(context.step.key);
    let kept = Kept {
        outputs: output.outputs.clone(),
        handle: output.handle.clone(),
        usage: spent.since(before),
    };
    if let Err(error) = context
        .ports
        .cache
        .keep(&place, &json!(kept), caching.ttl_ms)
        .await
    {
        unusable(&error);
    }
    Ok(output)
}

fn request(node: &PlannedNode, call: &dyn Call, context: &CallContext) -> Option<CacheRequest> {
    let Caching { settings, .. } = node.caching.as_ref()?;
    let identity = call.identity()?;
    Some(CacheRequest {
        workspace: context.workspace,
        of: json!({ "kind": node.kind, "settings": settings, "rendered": identity.rendered }),
        models: identity.models,
        secrets: identity.secrets,
    })
}

fn reuse(node: &PlannedNode, kept: Kept, kept_at: Timestamp, context: &CallContext) -> StepOutput {
    let age = context.now().as_millis() - kept_at.as_millis();
    context.ledger.reuses(
        context.step.key,
        Cached {
            age_ms: u64::try_from(age).unwrap_or(0),
            saved: kept.usage,
        },
    );
    if node.streams
        && let Some(text) = kept.outputs.get("text").and_then(Value::as_str)
    {
        context.delta(Channel::Text, text.to_owned());
    }
    StepOutput {
        outputs: kept.outputs,
        handle: kept.handle,
    }
}

fn unusable(error: &Error) {
    tracing::warn!(?error, "the cache of results does not help");
}
