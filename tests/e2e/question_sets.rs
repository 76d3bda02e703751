//! Labelled questions, from files, searches and conversations.

use headwater_tests::{Database, Product, stories, until};
use serde_json::{Value, json};

use crate::evaluations::{PUMPS, close, evaluate, notes, results, set};

stories!(
    questions_come_in_from_files_and_go_out_again,
    what_a_file_has_wrong_is_told_and_nothing_is_added,
    a_question_is_made_of_what_was_marked_and_outlives_its_chunks,
    an_answer_in_a_conversation_becomes_a_question,
);

async fn questions_come_in_from_files_and_go_out_again(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = notes(&owner).await;
    let set = set(&owner, &kb, &[]).await;
    let again = owner
        .post(
            &format!("/knowledge-bases/{kb}/question-sets"),
            json!({ "name": "FAQ" }),
        )
        .await;
    assert_eq!(again.problem(409), "conflict");
    let import = format!("/question-sets/{set}/import");
    let table = "id,question,document,quote,grade,answer\n\
        p,How often are pumps greased?,pumps.txt,every ninety days,3,Every ninety days\n\
        p,How often are pumps greased?,valves.txt,,0,\nw,Why?,,,,\n";
    let done = owner.post(&import, json!({ "questions": table })).await;
    let expected = json!({ "added": 2, "replaced": 0, "removed": 0, "without_labels": 1 });
    assert_eq!(done.expect(200), expected);
    let listed = format!("/question-sets/{set}/questions");
    let first = owner.get(&format!("{listed}?limit=1")).await.expect(200);
    let question = &first["items"][0];
    assert_eq!(question["relevant"][0]["grade"], 3, "{first}");
    assert_eq!(question["relevant"][1]["document"], "valves.txt");
    let next = first["next"].as_str().unwrap();
    let rest = owner.get(&format!("{listed}?limit=1&after={next}")).await;
    let rest = rest.expect(200);
    assert_eq!(
        (&rest["items"][0]["key"], &rest["next"]),
        (&json!("w"), &Value::Null)
    );
    // What goes out comes in as the same.
    let export = format!("/question-sets/{set}/export");
    let lines = owner.get(&export).await;
    assert_eq!(lines.headers["content-type"], "application/x-ndjson");
    assert_eq!(lines.text.lines().count(), 2);
    let done = owner
        .post(&import, json!({ "questions": lines.text }))
        .await;
    assert_eq!(done.expect(200)["replaced"], 2);
    assert_eq!(owner.get(&export).await.text, lines.text);
    // A collection's questions and judgements, in place of what was there.
    let collection = json!({
        "questions": "<top><num> Number: 1 <title> greasing pumps </top><top><num>2<title>x</top>",
        "judgements": "1 0 pumps 1\n1 0 valves 0\n", "replace": true,
    });
    let done = owner.post(&import, collection).await.expect(200);
    let expected = json!({ "added": 1, "replaced": 0, "removed": 2, "without_labels": 1 });
    assert_eq!(done, expected);
    let listed = owner.get(&listed).await.expect(200);
    let id = listed["items"][0]["id"].as_str().unwrap();
    let path = format!("/questions/{id}");
    let body = json!({ "question": "Grease?", "relevant": [{ "quote": "lithium grease" }] });
    let changed = owner.put(&path, body).await.expect(200);
    assert_eq!(
        (&changed["question"], &changed["position"]),
        (&json!("Grease?"), &json!(2))
    );
    owner.delete(&path).await.expect(204);
    assert_eq!(owner.get(&path).await.problem(404), "not_found");
    let path = format!("/question-sets/{set}");
    let renamed = owner
        .patch(&path, json!({ "name": "Faq" }))
        .await
        .expect(200);
    assert_eq!(
        (&renamed["name"], &renamed["questions"]),
        (&json!("Faq"), &json!(0))
    );
    owner.delete(&path).await.expect(204);
    let audit = owner.get("/audit").await.expect(200);
    for action in [
        "question_set.create",
        "question_set.import",
        "question.update",
        "question_set.delete",
    ] {
        assert!(audit.to_string().contains(action), "{action}");
    }
}

async fn what_a_file_has_wrong_is_told_and_nothing_is_added(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = notes(&owner).await;
    let set = set(&owner, &kb, &[]).await;
    for (body, told) in [
        (
            json!({ "questions": "question,grade,document\nWhy?,1,a\nHow?,9,a\n" }),
            "Line 3, field relevant[0].grade",
        ),
        (json!({ "questions": "question,where\n" }), "“where”"),
        (
            json!({ "questions": "{\"question\": \"a\"}\n{\"question\": 7}\n" }),
            "Line 2:",
        ),
        (
            json!({ "questions": "{\"question\": \"a\", \"relevant\": [{}]}\n" }),
            "must name a document",
        ),
        (
            json!({ "questions": "{\"_id\": \"q\", \"text\": \"a\"}", "judgements": "q a 1\nr a 1\n" }),
            "“r”",
        ),
        (json!({ "questions": "" }), "question"),
    ] {
        let answer = owner
            .post(&format!("/question-sets/{set}/import"), body)
            .await;
        assert_eq!(answer.problem(400), "invalid");
        assert!(answer.text.contains(told), "{told}: {}", answer.text);
    }
    let many = "question\n".to_owned() + &(0..5_001).map(|n| format!("{n}?\n")).collect::<String>();
    let answer = owner
        .post(
            &format!("/question-sets/{set}/import"),
            json!({ "questions": many }),
        )
        .await;
    assert_eq!(answer.problem(413), "too_large");
    let found = owner
        .get(&format!("/question-sets/{set}"))
        .await
        .expect(200);
    assert_eq!(found["questions"], 0);
    // An empty set is not asked, and nor is one of another knowledge base.
    let path = format!("/knowledge-bases/{kb}/evaluations");
    let body = json!({ "question_set": set });
    assert_eq!(
        owner.post(&path, body.clone()).await.problem(409),
        "conflict"
    );
    let other = json!({ "name": "Other" });
    let other = owner.post("/knowledge-bases", other).await.expect(201);
    let path = format!(
        "/knowledge-bases/{}/evaluations",
        other["id"].as_str().unwrap()
    );
    assert_eq!(owner.post(&path, body).await.problem(400), "invalid");
    for (settings, field) in [
        (json!({ "k": [0] }), "k must"),
        (json!({ "limit": 51 }), "limit must"),
        (json!({ "judge": { "judge_model": "nobody/x" } }), "nobody"),
        (
            json!({ "judge": { "judge_model": "builtin/extractive" } }),
            "cannot judge",
        ),
        (json!({ "options": { "diversity": 2 } }), "diversity"),
    ] {
        let body = json!({ "question_set": set, "settings": settings });
        let answer = owner
            .post(&format!("/knowledge-bases/{kb}/evaluations"), body)
            .await;
        assert_eq!(answer.problem(400), "invalid");
        assert!(answer.text.contains(field), "{}", answer.text);
    }
}

async fn a_question_is_made_of_what_was_marked_and_outlives_its_chunks(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = notes(&owner).await;
    let set = set(&owner, &kb, &[]).await;
    let search = format!("/knowledge-bases/{kb}/search");
    let found = owner
        .post(&search, json!({ "query": "grease" }))
        .await
        .expect(200);
    let passage = &found["items"][0];
    let mark = format!("/question-sets/{set}/marked-questions");
    let body = json!({ "question": "grease", "passages": [{ "chunk_id": passage["chunk_id"], "grade": 2 }] });
    let question = owner.post(&mark, body).await.expect(201);
    let label = &question["relevant"][0];
    assert_eq!(
        (&label["chunk"], &label["grade"]),
        (&passage["chunk_id"], &json!(2))
    );
    assert_eq!(
        (&label["document"], &label["quote"]),
        (&json!("pumps.txt"), &json!(PUMPS))
    );
    for wrong in [
        json!({ "question": "grease" }),
        json!({ "question": "grease", "passages": [{ "chunk_id": "chk_01900000000070008000000000000001" }] }),
        json!({ "passages": [{ "chunk_id": passage["chunk_id"] }] }),
    ] {
        assert_eq!(owner.post(&mark, wrong).await.problem(400), "invalid");
    }
    // The document comes anew with more before it: other chunks, and what was marked is found in them.
    let old = passage["document_id"].as_str().unwrap();
    owner.delete(&format!("/documents/{old}")).await.expect(204);
    let done = evaluate(&owner, &kb, &set, json!({})).await;
    assert_eq!(
        (&done["report"]["skipped"], &done["report"]["lost_labels"]),
        (&json!(1), &json!(1))
    );
    let longer = format!("About all pumps of the house.\n\n{PUMPS}");
    let document = owner.upload(&kb, "pumps.txt", longer).await;
    owner.processed(document["id"].as_str().unwrap()).await;
    let done = evaluate(&owner, &kb, &set, json!({})).await;
    assert!(close(&done["report"]["measures"]["mrr"], 1.0), "{done}");
    let all = results(&owner, &done).await;
    assert_ne!(
        all[0]["result"]["passages"][0]["chunk_id"],
        passage["chunk_id"]
    );
}

async fn an_answer_in_a_conversation_becomes_a_question(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let conversation = owner.post("/conversations", json!({})).await.expect(201);
    let conversation = conversation["id"].as_str().unwrap();
    let asked = "What is a flow?";
    let path = format!("/conversations/{conversation}/messages");
    let sent = owner
        .post(&path, json!({ "text": asked }))
        .await
        .expect(202);
    owner.ended(sent["run_id"].as_str().unwrap()).await;
    let answer = until("the answer to be kept", 30, async || {
        let path = format!("/conversations/{conversation}");
        let conversation = owner.get(&path).await.expect(200);
        let answer = conversation["messages"].as_array()?.last()?.clone();
        (answer["status"] == "done").then_some(answer)
    })
    .await;
    let citation = &answer["citations"][0];
    let set = set(&owner, "handbook", &[]).await;
    let mark = format!("/question-sets/{set}/marked-questions");
    let marked = json!({ "conversation": conversation, "message": answer["id"],
        "citations": [citation["number"]] });
    let question = owner.post(&mark, marked.clone()).await.expect(201);
    assert_eq!(question["question"], asked, "{answer}");
    assert_eq!(question["relevant"][0]["chunk"], citation["chunk_id"]);
    assert_eq!(question["relevant"].as_array().unwrap().len(), 1);
    let mut wrong = marked;
    wrong["citations"] = json!([99]);
    assert_eq!(owner.post(&mark, wrong).await.problem(400), "invalid");
    let done = evaluate(&owner, "handbook", &set, json!({})).await;
    assert_eq!(done["report"]["measured"], 1, "{done}");
}
