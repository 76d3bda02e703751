//! Flows and documents that many stories use.

use headwater_tests::Client;
use serde_json::{Value, json};

/// start → template → answer, with an output: no knowledge, no model.
pub fn greeting() -> Value {
    json!({
        "headwater": 1, "name": "Greeting", "kind": "task",
        "inputs": [{ "name": "name", "type": "string", "required": true }],
        "nodes": [
            { "id": "greet", "kind": "template", "settings": { "text": "Hello {{ start.name }}!" } },
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ greet.text }}" } },
            { "id": "out", "kind": "output", "settings": { "values": { "greeting": "{{ greet.text }}" } } },
        ],
        "edges": [
            { "from": "start", "to": "greet" },
            { "from": "greet", "to": "reply" },
            { "from": "greet", "to": "out" },
        ],
    })
}

/// start → chat → answer: whatever the default model says.
pub fn speaking() -> Value {
    json!({
        "headwater": 1, "name": "Speaking", "kind": "chat",
        "inputs": [{ "name": "question", "type": "string", "required": true }],
        "nodes": [
            { "id": "before", "kind": "template", "settings": { "text": "{{ start.question }}" } },
            { "id": "write", "kind": "chat", "settings": {
                "model": "default",
                "messages": [{ "role": "user", "content": "{{ before.text }}" }],
            } },
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ write.text }}" } },
        ],
        "edges": [
            { "from": "start", "to": "before" },
            { "from": "before", "to": "write" },
            { "from": "write", "to": "reply" },
        ],
    })
}

/// Creates and publishes a flow; its id.
pub async fn publish(client: &Client, document: Value) -> String {
    let body = json!({ "document": document, "publish": true });
    let flow = client.post("/flows", body).await.expect(201);
    flow["id"].as_str().unwrap().to_owned()
}

/// A PDF of one page with one line of text, written by hand.
pub fn pdf(line: &str) -> Vec<u8> {
    let stream = format!("BT /F1 18 Tf 40 700 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!(
            "<< /Length {} >>\nstream\n{stream}\nendstream",
            stream.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let table = out.len();
    out.push_str(&format!(
        "xref\n0 {}\n0000000000 65535 f \n",
        objects.len() + 1
    ));
    for place in places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    out.push_str(&format!(
        "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    out.into_bytes()
}
