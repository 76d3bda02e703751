//! What a question may carry.

use super::super::values::number;
use super::Key;

pub(super) const BYTES: Key = number!(
    "limits.attachment_bytes",
    "HEADWATER_LIMITS__ATTACHMENT_BYTES",
    "Bytes of one file that a question carries. Pictures are at most 3932160 bytes, which is what vendors take.",
    1024..=268_435_456,
    "1048576",
    limits.attachment_bytes
);
pub(super) const PER_MESSAGE: Key = number!(
    "limits.attachments_per_message",
    "HEADWATER_LIMITS__ATTACHMENTS_PER_MESSAGE",
    "Files that one question carries; none with 0.",
    0..=100,
    "4",
    limits.attachments_per_message
);
