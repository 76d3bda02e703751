//! Documents of many formats: added, searched, and refused with a reason.

use std::os::unix::fs::PermissionsExt as _;

use headwater_tests::{Client, Database, Options, Product, stories};
use serde_json::{Value, json};

#[path = "../../crates/knowledge/tests/made/mod.rs"]
mod made;

stories!(
    office_files_mails_and_archives_become_searchable,
    a_harmful_file_fails_alone_and_says_why,
    pictures_are_read_or_say_what_they_need,
);

async fn papers(owner: &Client) -> String {
    let kb = owner
        .post("/knowledge-bases", json!({ "name": "Papers" }))
        .await
        .expect(201);
    kb["id"].as_str().unwrap().to_owned()
}

async fn first(owner: &Client, kb: &str, query: &str) -> Value {
    let path = format!("/knowledge-bases/{kb}/search");
    let found = owner
        .post(&path, json!({ "query": query, "limit": 3 }))
        .await
        .expect(200);
    found["items"][0].clone()
}

async fn add(owner: &Client, kb: &str, name: &str, bytes: Vec<u8>) -> Value {
    let document = owner.upload(kb, name, bytes).await;
    owner.processed(document["id"].as_str().unwrap()).await
}

async fn office_files_mails_and_archives_become_searchable(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = papers(&owner).await;
    for (name, bytes, media_type) in [
        (
            "pump.docx",
            made::pump_docx(),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            "stock.xlsx",
            made::stock_xlsx(),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("report.eml", made::report_eml(), "message/rfc822"),
        ("papers.zip", made::papers_zip(), "application/zip"),
    ] {
        let document = add(&owner, &kb, name, bytes).await;
        assert_eq!(document["status"], "ready", "{document}");
        assert_eq!(document["media_type"], media_type);
    }
    for (query, name, heading) in [
        ("NLGI grease", "pump.docx", "Pump maintenance › Lubrication"),
        ("price of a bearing", "stock.xlsx", "Stock"),
        ("pump café at ten", "report.eml", "Pump report – May"),
        (
            "kingfisher minnows",
            "papers.zip",
            "papers/birds.md › Birds › Kingfisher",
        ),
    ] {
        let found = first(&owner, &kb, query).await;
        assert_eq!(found["document_name"], name, "{query}: {found}");
        assert_eq!(found["heading"], heading, "{query}: {found}");
    }
    // What an archive holds and nobody can read is named.
    let path = format!("/knowledge-bases/{kb}/documents");
    let documents = owner.get(&path).await.expect(200);
    let zip = documents["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["name"] == "papers.zip")
        .unwrap();
    let left_out = zip["left_out"].as_str().unwrap();
    assert!(left_out.starts_with("papers/engine.bin: "), "{left_out}");
    assert!(zip["error"].is_null());
}

async fn a_harmful_file_fails_alone_and_says_why(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = papers(&owner).await;
    let bomb = add(&owner, &kb, "bomb.zip", made::bomb(&[])).await;
    assert_eq!(bomb["status"], "failed", "{bomb}");
    let why = bomb["error"]["message"].as_str().unwrap();
    assert!(why.contains("larger than 512 MiB"), "{why}");
    assert_eq!(bomb["attempts"], 1);
    let laughs = b"<!DOCTYPE w [<!ENTITY a \"ha\">]><w:document xmlns:w=\"x\"><w:body>&a;</w:body></w:document>";
    let docx = made::zip(&[("word/document.xml", laughs)]);
    let docx = add(&owner, &kb, "laughs.docx", docx).await;
    assert_eq!(docx["status"], "failed", "{docx}");
    let why = docx["error"]["message"].as_str().unwrap();
    assert!(why.contains("document type"), "{why}");
    // The house and its other documents did not notice.
    let good = add(&owner, &kb, "pump.docx", made::pump_docx()).await;
    assert_eq!(good["status"], "ready", "{good}");
    assert_eq!(
        first(&owner, &kb, "grease").await["document_name"],
        "pump.docx"
    );
}

async fn pictures_are_read_or_say_what_they_need(database: Database) {
    let off = Options::default().with("HEADWATER_KNOWLEDGE__OCR", "off");
    let product = Product::with(database, off).await;
    let owner = product.set_up().await;
    let kb = papers(&owner).await;
    let sign = include_bytes!("../../crates/knowledge/tests/golden/sign.png");
    let needs = add(&owner, &kb, "sign.png", sign.to_vec()).await;
    assert_eq!(needs["status"], "needs_ocr", "{needs}");
    let why = needs["error"]["message"].as_str().unwrap();
    assert!(why.contains("tesseract-ocr"), "{why}");
    // It can be tried again.
    let id = needs["id"].as_str().unwrap();
    let path = format!("/documents/{id}/retry");
    let again = owner.post(&path, json!({})).await;
    assert!(again.status.is_success(), "{}", again.text);
    assert_eq!(owner.processed(id).await["status"], "needs_ocr");

    // Where something reads pictures, here a program that answers like it, it becomes searchable.
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("tesseract");
    std::fs::write(
        &program,
        "#!/bin/sh\ncat > /dev/null\necho Harbour office\n",
    )
    .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.display().to_string();
    let on = Options::default().with("HEADWATER_KNOWLEDGE__OCR", program);
    let product = Product::with(database, on).await;
    let owner = product.set_up().await;
    let kb = papers(&owner).await;
    let ready = add(&owner, &kb, "sign.png", sign.to_vec()).await;
    assert_eq!(ready["status"], "ready", "{ready}");
    assert!(ready["error"].is_null());
    assert_eq!(
        first(&owner, &kb, "harbour").await["document_name"],
        "sign.png"
    );
}
