//! The list of a bucket's objects, as S3's protocol gives it, page by page.

use headwater_model::Result;

use super::tree;
use crate::reading::xml::{all_text, child, name};

/// One page of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    pub objects: Vec<Object>,
    /// What the next page is asked for with.
    pub next: Option<String>,
}

/// An object as the list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub key: String,
    /// Changes whenever the object does.
    pub etag: String,
    pub bytes: u64,
}

/// Reads a page of the list.
pub fn read(text: &str) -> Result<Objects> {
    let tree = tree(text, "a list of objects")?;
    let root = tree.root_element();
    let said = |node, wanted| child(node, wanted).map(all_text).unwrap_or_default();
    let objects = root.children().filter(|node| name(*node) == "Contents");
    let objects = objects.map(|node| Object {
        key: said(node, "Key"),
        etag: said(node, "ETag").trim_matches('"').to_owned(),
        bytes: said(node, "Size").parse().unwrap_or(0),
    });
    let truncated = said(root, "IsTruncated") == "true";
    let next = said(root, "NextContinuationToken");
    Ok(Objects {
        // A key that ends in a slash stands for a folder.
        objects: objects
            .filter(|object| !object.key.is_empty() && !object.key.ends_with('/'))
            .collect(),
        next: Some(next).filter(|next| truncated && !next.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_list_is_read() {
        let list = read(
            "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <IsTruncated>true</IsTruncated><NextContinuationToken>abc==</NextContinuationToken>\
             <Contents><Key>docs/</Key><Size>0</Size></Contents>\
             <Contents><Key>docs/a &amp; b.md</Key><ETag>&quot;9b2&quot;</ETag><Size>12</Size></Contents></ListBucketResult>",
        )
        .unwrap();
        assert_eq!(list.next.as_deref(), Some("abc=="));
        let expected = Object {
            key: "docs/a & b.md".to_owned(),
            etag: "9b2".to_owned(),
            bytes: 12,
        };
        assert_eq!(list.objects, [expected]);
        assert!(read("AccessDenied").is_err());
    }
}
