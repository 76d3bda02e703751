//! Buckets that speak S3's protocol. Editors say where they are, so they are called like everything
//! else that editors name: through the egress client, with its rules.

use std::sync::Arc;

use headwater_knowledge::listing::{address, objects, pattern};
use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::source::{Bucket, ItemOutcome, MOST_ITEMS};
use headwater_model::ports::{FetchRequest, FetchResponse, Secret};
use headwater_model::{Error, Result};
use headwater_store::sources::{NewItem, Stamp, SyncItem};

use super::place::{Bytes, Content, Ground, Sight, What, named};
use super::polite::{get, header, refused};
use super::sign::{Keys, encoded, query, signed};

/// The most bytes of one page of the list.
const LIST_BYTES: usize = 8 * 1024 * 1024;
const REGION: &str = "us-east-1";

pub(crate) struct BucketPlace {
    ground: Arc<Ground>,
    bucket: Bucket,
    name: String,
    prefix: String,
    /// Where the bucket is: its own host, or a path of the endpoint.
    base: String,
    region: String,
    keys: Option<Keys>,
}

/// What the list says of an object, until it is looked at.
fn stamped(object: &objects::Object) -> String {
    format!("{}-{}", object.etag, object.bytes)
}

/// Where a bucket is. Errors: `invalid`, with the setting.
pub(crate) fn place(bucket: &Bucket) -> Result<(String, String, String)> {
    let wrong = || {
        Error::invalid(
            "settings.url",
            format!(
                "“{}” must be s3://BUCKET or s3://BUCKET/PREFIX.",
                bucket.url
            ),
        )
    };
    let rest = bucket.url.strip_prefix("s3://").ok_or_else(wrong)?;
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.len() < 3 || !name.chars().all(fits) {
        return Err(wrong());
    }
    let region = bucket.region.as_deref().unwrap_or(REGION);
    if region.is_empty() || !region.chars().all(fits) {
        return Err(Error::invalid(
            "settings.region",
            "settings.region must be a name such as eu-central-1.",
        ));
    }
    let base = match &bucket.endpoint {
        None => format!("https://{name}.s3.{region}.amazonaws.com"),
        Some(endpoint) => {
            let plain = endpoint.trim_end_matches('/');
            let normal = address::normal(plain).filter(|url| url.trim_end_matches('/') == plain);
            if normal.is_none() || plain.contains('?') {
                return Err(Error::invalid(
                    "settings.endpoint",
                    "settings.endpoint must be an address such as https://minio.example.com.",
                ));
            }
            format!("{plain}/{name}")
        }
    };
    Ok((name.to_owned(), prefix.to_owned(), base))
}

impl BucketPlace {
    pub(crate) async fn open(
        bucket: &Bucket,
        workspace: WorkspaceId,
        ground: &Arc<Ground>,
    ) -> Result<Self> {
        let (name, prefix, base) = place(bucket)?;
        let keys = match (&bucket.access_key_id, &bucket.secret_access_key) {
            (Some(id), Some(secret)) => {
                let names = [id.clone(), secret.clone()];
                let opened = ground
                    .secrets
                    .reveal(workspace, &names)
                    .await
                    .map_err(|error| {
                        // Trying again does not set it.
                        Error::invalid("settings.access_key_id", error.message)
                    })?;
                let take = |name: &String| {
                    let text = opened
                        .get(name)
                        .map(|secret: &Secret| secret.reveal().to_owned());
                    text.unwrap_or_default()
                };
                let keys = Keys {
                    id: take(id),
                    secret: take(secret),
                };
                Some(keys)
            }
            _ => None,
        };
        Ok(Self {
            ground: ground.clone(),
            region: bucket.region.clone().unwrap_or_else(|| REGION.to_owned()),
            bucket: bucket.clone(),
            name,
            prefix,
            base,
            keys,
        })
    }

    async fn call(&self, path: &str, asked: &[(&str, &str)], most: usize) -> Result<FetchResponse> {
        let asked = query(asked);
        let url = match asked.is_empty() {
            true => format!("{}{path}", self.base),
            false => format!("{}{path}?{asked}", self.base),
        };
        let headers = match &self.keys {
            Some(keys) => signed(keys, &self.region, &url, self.ground.calls.now())?,
            None => Vec::new(),
        };
        let request = FetchRequest {
            headers,
            private: true,
            ..get(&url, most)
        };
        self.ground.calls.call(request, 0).await
    }

    pub(crate) async fn list(&mut self) -> Result<Vec<NewItem>> {
        let (mut items, mut token): (Vec<NewItem>, Option<String>) = (Vec::new(), None);
        loop {
            let mut asked = vec![("list-type", "2"), ("prefix", self.prefix.as_str())];
            asked.extend(token.as_deref().map(|token| ("continuation-token", token)));
            let answer = self.call("/", &asked, LIST_BYTES).await?;
            match answer.status {
                200 => {}
                403 | 401 => {
                    return Err(Error::invalid(
                        "settings.access_key_id",
                        format!(
                            "The bucket “{}” refuses these keys (it answers {}).",
                            self.name, answer.status
                        ),
                    ));
                }
                404 => {
                    return Err(Error::invalid(
                        "settings.url",
                        format!("There is no bucket “{}” there.", self.name),
                    ));
                }
                status => return Err(refused(&self.base, status)),
            }
            let page = objects::read(&String::from_utf8_lossy(&answer.body))?;
            for object in page.objects {
                let below = object.key.strip_prefix(&self.prefix).unwrap_or(&object.key);
                let below = below.trim_start_matches('/');
                if pattern::wanted(&self.bucket.include, &self.bucket.exclude, below) {
                    items.push(NewItem {
                        data: Some(stamped(&object)),
                        address: object.key,
                        ..NewItem::default()
                    });
                }
            }
            token = page.next;
            if token.is_none() || items.len() > MOST_ITEMS as usize {
                return Ok(items);
            }
        }
    }

    pub(crate) async fn look(&mut self, item: &SyncItem) -> Result<Sight> {
        let key = &item.item.address;
        let known = item.known.as_ref().map(|known| &known.stamp);
        if let Some(known) =
            known.filter(|known| known.etag.is_some() && known.etag == item.item.data)
        {
            return Ok(Sight {
                what: What::Same(known.clone()),
                found: Vec::new(),
            });
        }
        if key.split('/').any(|part| matches!(part, "." | "..")) {
            return Ok(Sight::skipped(
                "A key with `.` or `..` in it cannot be asked for.",
            ));
        }
        let most = usize::try_from(self.ground.most_bytes).unwrap_or(usize::MAX);
        let answer = self
            .call(&format!("/{}", encoded(key, true)), &[], most)
            .await?;
        match answer.status {
            200 => {}
            404 => return Ok(Sight::not(ItemOutcome::Gone, "It is there no longer.")),
            status => return Err(refused(&format!("s3://{}/{key}", self.name), status)),
        }
        let media_type = header(&answer, "content-type")
            .unwrap_or_default()
            .to_owned();
        let content = Content {
            name: named(key.rsplit('/').next().unwrap_or(key)),
            media_type: match media_type.as_str() {
                "binary/octet-stream" | "application/octet-stream" => String::new(),
                _ => media_type,
            },
            url: format!("s3://{}/{key}", self.name),
            stamp: Stamp {
                etag: item.item.data.clone(),
                ..Stamp::default()
            },
            bytes: Bytes::Here(answer.body),
        };
        Ok(content.sight(item))
    }
}
