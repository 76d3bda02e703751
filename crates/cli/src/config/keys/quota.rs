//! What a workspace may have in all.

use super::super::values::number;
use super::Key;

pub(super) const DOCUMENTS: Key = number!(
    "limits.documents",
    "HEADWATER_LIMITS__DOCUMENTS",
    "Documents of one workspace; any number when 0.",
    0..=1_000_000_000,
    "1000",
    limits.documents
);
pub(super) const DOCUMENT_MB: Key = number!(
    "limits.document_mb",
    "HEADWATER_LIMITS__DOCUMENT_MB",
    "MiB of all documents of one workspace together; any number when 0.",
    0..=1_000_000_000,
    "2048",
    limits.document_mb
);
