#![allow(clippy::unwrap_used)]

use headwater_model::tool::{ToolKind, ToolSettings, read_document};
use serde_json::{Value, json};

use super::super::fill::{Filled, FilledBody};
use super::{Converted, convert};
use headwater_model::Result;

/// As a shop might write it, version 3.0, in YAML.
const SHOP: &str = r##"
openapi: 3.0.3
info: { title: Shop, version: "1" }
servers:
  - url: https://{region}.shop.example/v2/
    variables: { region: { default: eu } }
paths:
  /orders/{order id}:
    parameters:
      - { name: order id, in: path, required: true, schema: { type: string } }
    get:
      operationId: orders.read
      summary: One order
      parameters:
        - $ref: "#/components/parameters/Expand"
        - { name: X-Trace, in: header, schema: { type: string } }
        - { name: Authorization, in: header, required: true, schema: { type: string } }
        - { name: session, in: cookie, schema: { type: string } }
    delete:
      description: Takes an order back.
  /orders:
    post:
      operationId: createOrder
      requestBody:
        required: true
        content:
          application/json; charset=utf-8:
            schema: { $ref: "#/components/schemas/Order" }
  /login:
    post:
      operationId: login
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: { type: object, properties: { user: { type: string } } }
  /pictures:
    put:
      operationId: upload
      requestBody: { required: true, content: { image/png: {} } }
  /search:
    get:
      operationId: search
      parameters:
        - { name: filter, in: query, style: deepObject, schema: { type: object } }
components:
  parameters:
    Expand:
      name: expand
      in: query
      explode: false
      description: What to add.
      schema: { type: array, items: { type: string, enum: [lines, customer] } }
  schemas:
    Order:
      type: object
      required: [id, lines]
      properties:
        id: { type: string, readOnly: true }
        note: { type: string, nullable: true, example: Thanks }
        price: { type: number, minimum: 0, exclusiveMinimum: true }
        lines: { type: array, items: { $ref: "#/components/schemas/Line" } }
    Line:
      type: object
      properties:
        sku: { type: string }
        parts: { type: array, items: { $ref: "#/components/schemas/Line" } }
"##;

fn converted(document: &str, settings: Value) -> Result<Converted> {
    let mut settings = settings;
    settings["document"] = json!(document);
    let ToolSettings::Openapi(settings) = ToolSettings::parse(ToolKind::Openapi, settings)? else {
        unreachable!()
    };
    convert(&read_document("settings.document", document)?, &settings)
}

fn request(made: &Converted, name: &str, arguments: Value) -> Filled {
    let function = made.functions.iter().find(|f| f.name == name).unwrap();
    function.fill(arguments.as_object().unwrap()).unwrap()
}

#[test]
fn operations_become_functions_with_one_schema_each() {
    let made = converted(SHOP, json!({})).unwrap();
    let names: Vec<&str> = made.functions.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "login",
            "createOrder",
            "orders_read",
            "DELETE_orders_order_id"
        ]
    );
    let read = &made.functions[2];
    assert_eq!(read.description, "One order");
    let parameters = read.parameters.as_ref();
    assert_eq!(parameters["required"], json!(["order_id"]));
    assert_eq!(
        parameters["properties"]["expand"]["description"],
        "What to add."
    );
    assert!(parameters["properties"].get("Authorization").is_none());
    assert_eq!(made.left_out.len(), 2, "{:?}", made.left_out);
    assert!(
        made.left_out[0].contains("image/png"),
        "{:?}",
        made.left_out
    );
    assert!(
        made.left_out[1].contains("deepObject"),
        "{:?}",
        made.left_out
    );
}

#[test]
fn references_are_put_in_place_and_3_0_becomes_json_schema() {
    let made = converted(SHOP, json!({ "only": ["createOrder"] })).unwrap();
    let body = &made.functions[0].parameters["properties"]["body"];
    assert_eq!(body["required"], json!(["lines"]), "{body}");
    assert!(body["properties"].get("id").is_none());
    assert_eq!(
        body["properties"]["note"],
        json!({ "type": ["string", "null"] })
    );
    assert_eq!(
        body["properties"]["price"],
        json!({ "type": "number", "exclusiveMinimum": 0 })
    );
    let parts = &body["properties"]["lines"]["items"]["properties"]["parts"];
    assert_eq!(parts["items"], json!({ "description": "Another Line." }));
}

#[test]
fn arguments_go_where_the_document_says() {
    let made = converted(SHOP, json!({ "headers": { "X-Team": "blue" } })).unwrap();
    let read = request(
        &made,
        "orders_read",
        json!({ "order_id": "a/b", "expand": ["lines", "customer"], "X-Trace": "t" }),
    );
    assert_eq!(
        read.url.as_str(),
        "https://eu.shop.example/v2/orders/a%2Fb?expand=lines%2Ccustomer"
    );
    let headers = [("X-Trace", "t"), ("X-Team", "blue")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(read.headers, headers);
    let created = request(
        &made,
        "createOrder",
        json!({ "body": { "lines": [{ "sku": "s" }] } }),
    );
    assert_eq!(
        created.body,
        Some(FilledBody::Json(json!({ "lines": [{ "sku": "s" }] })))
    );
    let login = request(&made, "login", json!({ "body": { "user": "a&b" } }));
    assert_eq!(
        login.body,
        Some(FilledBody::Form(vec![("user".into(), "a&b".into())]))
    );
}

#[test]
fn chosen_operations_are_named_by_id_or_by_path_and_must_be_there() {
    let only = json!({ "only": ["delete /orders/{order id}"], "server": "https://other.example/" });
    let made = converted(SHOP, only).unwrap();
    assert_eq!(made.functions.len(), 1);
    let deleted = request(&made, "DELETE_orders_order_id", json!({ "order_id": "1" }));
    assert_eq!(deleted.url.as_str(), "https://other.example/orders/1");

    let missing = converted(SHOP, json!({ "only": ["nope"] })).unwrap_err();
    assert!(missing.message.contains("createOrder"), "{missing}");
    let unsupported = converted(SHOP, json!({ "only": ["upload"] })).unwrap_err();
    assert!(unsupported.message.contains("image/png"), "{unsupported}");
}

/// Version 3.1, in JSON, as a framework generates it.
#[test]
fn version_3_1_in_json_is_read_too() {
    let document = json!({
        "openapi": "3.1.0", "servers": [{ "url": "/api" }],
        "paths": { "/items/{id}": { "put": {
            "operationId": "update_item_items__id__put",
            "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } },
                { "name": "id", "in": "query", "schema": { "anyOf": [{ "type": "string" }, { "type": "null" }] } },
                { "name": "tag", "in": "query", "schema": { "type": "array", "items": { "type": "string" } } },
            ],
            "requestBody": { "content": { "application/json": { "schema": {
                "$ref": "#/components/schemas/Item", "description": "The item." } } } },
        } } },
        "components": { "schemas": { "Item": { "type": ["object"], "properties": {
            "price": { "type": "number", "exclusiveMinimum": 0 } } } } },
    });
    let settings = json!({ "url": "https://host.example/openapi.json" });
    let made = converted(&document.to_string(), settings).unwrap();
    let parameters = &made.functions[0].parameters;
    assert_eq!(parameters["required"], json!(["id"]));
    assert_eq!(parameters["properties"]["body"]["description"], "The item.");
    let name = made.functions[0].name.clone();
    let put = request(
        &made,
        &name,
        json!({ "id": 7, "id_query": "x", "tag": ["a", "b"], "body": { "price": 1 } }),
    );
    assert_eq!(
        put.url.as_str(),
        "https://host.example/api/items/7?id=x&tag=a&tag=b"
    );
}

#[test]
fn what_is_not_supported_is_told_with_what_to_do() {
    let said = |document: Value| {
        converted(&document.to_string(), json!({}))
            .unwrap_err()
            .message
            .to_string()
    };
    assert!(
        said(json!({ "swagger": "2.0" })).contains("Convert"),
        "swagger"
    );
    assert!(said(json!({ "openapi": "4.0" })).contains("4.0"));
    assert!(said(json!({ "hello": 1 })).contains("openapi"));
    let path = |operation: Value| {
        json!({ "openapi": "3.0.0", "servers": [{ "url": "https://x.example" }],
        "paths": { "/a/{b}": { "get": operation } } })
    };
    assert!(said(path(json!({}))).contains("{b}"));
    let outside = json!({ "parameters": [{ "name": "b", "in": "path", "schema": { "$ref": "other.yaml#/B" } }] });
    assert!(said(path(outside)).contains("other.yaml"));
    let circle = json!({ "parameters": [{ "$ref": "#/paths/~1a~1{b}/get/parameters/0" }] });
    assert!(said(path(circle)).contains("circle"));
    let relative = json!({ "openapi": "3.0.0", "servers": [{ "url": "/v1" }], "paths": { "/a": { "get": {} } } });
    assert!(said(relative).contains("server"));
}

/// Every schema names two others, twice over: without limits that is 2^15 nodes.
#[test]
fn schemas_that_explode_are_left_out() {
    let mut schemas = serde_json::Map::new();
    for n in 0..15 {
        let next = json!({ "$ref": format!("#/components/schemas/S{}", n + 1) });
        schemas.insert(
            format!("S{n}"),
            json!({ "properties": { "a": next, "b": next } }),
        );
    }
    schemas.insert("S15".into(), json!({ "type": "string" }));
    let document = json!({
        "openapi": "3.0.0", "servers": [{ "url": "https://x.example" }],
        "paths": {
            "/a": { "post": { "requestBody": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/S0" } } } } } },
            "/b": { "get": {} },
        },
        "components": { "schemas": schemas },
    });
    let made = converted(&document.to_string(), json!({})).unwrap();
    assert_eq!(made.functions.len(), 1);
    assert!(
        made.left_out[0].contains("too large"),
        "{:?}",
        made.left_out
    );
}
