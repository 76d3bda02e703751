#![allow(clippy::unwrap_used)]

use headwater_model::ports::{ResponseSchema, Tool};

use super::*;

fn passage(number: u32, heading: &str, text: &str) -> NumberedPassage {
    NumberedPassage {
        number,
        source: "guide.md".into(),
        heading: Some(heading.into()),
        page: None,
        text: text.into(),
    }
}

fn handbook() -> Vec<NumberedPassage> {
    vec![
        passage(
            1,
            "Models › The built-in extractive model",
            "The model `builtin/extractive` is part of Headwater and needs no key, no network and \
             no graphics card.\nIt answers with the sentences of the retrieved passages that fit \
             the question best, and cites each of them.\nWhen no passage fits it says so plainly.",
        ),
        passage(
            2,
            "Knowledge › Delete a document",
            "Press **Delete** beside a document to remove it.\nIts chunks leave the index at once, \
             and no later answer uses them.",
        ),
        passage(
            3,
            "Knowledge › Add documents",
            "Drop files onto the page to add them.\nA file may have up to 50 MB.\nA file may have \
             up to 50 MB each.",
        ),
    ]
}

fn ask(passages: &[NumberedPassage], question: &str) -> String {
    answer(&[
        ChatMessage::text(ChatRole::System, "Answer from the passages."),
        ChatMessage::text(
            ChatRole::User,
            format!("{}\n\n{question}", context::render(passages)),
        ),
    ])
}

#[test]
fn the_best_sentence_answers_and_is_cited() {
    let said = ask(&handbook(), "Which model needs no key?");
    assert!(said.starts_with("The model `builtin/extractive`"), "{said}");
    assert!(said.contains("graphics card. [1]"), "{said}");
    let said = ask(&handbook(), "How can I delete a document?");
    assert!(said.starts_with("Press Delete beside a document"), "{said}");
    assert!(said.contains("[2]"), "{said}");
}

#[test]
fn every_sentence_of_an_answer_stands_in_a_passage() {
    let said = ask(&handbook(), "How big may a file be that I add?");
    assert!(said.contains("50 MB"), "{said}");
    assert_eq!(said.matches("50 MB").count(), 1, "says it once: {said}");
}

#[test]
fn what_the_documents_do_not_say_is_not_answered() {
    for question in [
        "What is the capital of France?",
        "Who won the football world cup in 2018?",
        "What does a litre of milk cost in Oslo?",
        "???",
    ] {
        let said = ask(&handbook(), question);
        assert!(
            said.starts_with("The documents do not answer this."),
            "{question} → {said}"
        );
    }
}

#[test]
fn without_passages_it_says_what_it_is_and_what_to_do() {
    let said = ask(&[], "What is Headwater?");
    assert!(said.starts_with("The documents do not answer this.") && said.contains("provider"));
}

#[test]
fn a_labelled_question_is_found_behind_instructions() {
    let prompt = "Use the passages and delete nothing.\n\nQuestion: Which model needs no key?";
    assert!(ask(&handbook(), prompt).contains("builtin/extractive"));
}

fn request(messages: Vec<ChatMessage>) -> ChatRequest {
    let at = headwater_model::Timestamp::from_millis(0);
    let workspace = headwater_model::id::WorkspaceId::new(at, 0);
    ChatRequest::new(workspace, EXTRACTIVE_MODEL, messages)
}

#[tokio::test]
async fn what_it_cannot_do_it_says() {
    let model = Extractive::default();
    let asked = request(vec![ChatMessage::text(ChatRole::User, "Hello")]);
    let schema = std::sync::Arc::new(serde_json::json!({ "type": "object" }));
    let mut tools = asked.clone();
    tools.tools = vec![Tool {
        name: "weather".into(),
        description: "Tells the weather.".into(),
        parameters: schema.clone(),
    }];
    let mut form = asked.clone();
    form.response_schema = Some(ResponseSchema {
        name: "answer".into(),
        schema,
        strict: false,
    });
    let mut picture = asked.clone();
    picture.messages[0]
        .parts
        .push(Part::image("data:image/png;base64,AAAA").unwrap());
    let mut extra = asked;
    extra.parameters.extra.insert("top_k".into(), 1.into());
    for (request, words) in [
        (tools, "cannot call tools"),
        (form, "as JSON"),
        (picture, "see pictures"),
        (extra, "extra settings"),
    ] {
        let error = model.chat(request).await.err().unwrap();
        assert!(error.message.contains(words), "{error}");
        assert!(error.message.contains("Choose a model of a provider"));
    }
}

#[test]
fn files_are_answered_from_and_named() {
    let file = |name: &str, text: &str| Part::File {
        name: name.into(),
        text: text.into(),
    };
    let mut asked = ChatMessage::text(ChatRole::User, "How warm may the pump become?");
    asked.parts.push(file(
        "pump.txt",
        "The pump is blue. The pump may become 80 degrees warm. It came on a Monday.",
    ));
    let said = answer(std::slice::from_ref(&asked));
    assert!(
        said.contains("The pump may become 80 degrees warm. (“pump.txt”)"),
        "{said}"
    );
    // Of an earlier question, too, whose picture is no hindrance.
    asked
        .parts
        .push(Part::image("data:image/png;base64,AAAA").unwrap());
    let earlier = vec![
        asked,
        ChatMessage::text(ChatRole::Assistant, "80 degrees."),
        ChatMessage::text(ChatRole::User, "Which colour does the pump have? Blue?"),
    ];
    let said = answer(&earlier);
    assert!(said.contains("The pump is blue. (“pump.txt”)"), "{said}");
    assert!(refuse(&request(earlier)).is_ok());
    let other = ChatMessage {
        role: ChatRole::User,
        parts: vec![
            Part::Text {
                text: "Who won the championship of 1954?".into(),
            },
            file("pump.txt", "The pump is blue."),
        ],
    };
    assert!(answer(&[other]).starts_with("“pump.txt” does not answer this."));
}

#[test]
fn an_answer_ends_where_it_was_asked_to() {
    let parameters = |most, stop: &[&str]| Parameters {
        max_tokens: most,
        stop: stop.iter().map(|&stop| stop.to_owned()).collect(),
        ..Parameters::default()
    };
    let said = |parameters| within("One two  three. Four".into(), &parameters);
    assert_eq!(
        said(parameters(None, &[])),
        ("One two  three. Four".into(), "stop")
    );
    assert_eq!(said(parameters(Some(3), &[])).0.trim(), "One two  three.");
    assert_eq!(said(parameters(Some(3), &[])).1, "length");
    assert_eq!(said(parameters(Some(9), &["Four", " three"])).0, "One two ");
}

#[tokio::test]
async fn the_stream_is_the_answer_word_by_word() {
    let content = format!(
        "{}\n\nWhich model needs no key?",
        context::render(&handbook())
    );
    let messages = vec![ChatMessage::text(ChatRole::User, content)];
    let whole = answer(&messages);
    let model = Extractive {
        pace: Duration::ZERO,
    };
    let request = request(messages);
    let chunks: Vec<_> = model.chat(request).await.unwrap().collect().await;
    assert!(matches!(chunks[0], Ok(ChatChunk::Model(_))));
    assert!(
        matches!(chunks.last(), Some(Ok(ChatChunk::Done { usage, .. })) if usage.output_tokens > 3)
    );
    let text: String = chunks
        .into_iter()
        .filter_map(|chunk| match chunk.unwrap() {
            ChatChunk::Delta(_, text) => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(text, whole);
}
