//! Answers against the published interface description, which is not part of this repository: set
//! `FLOWPILOT_CONTRACTS` to a folder that has `connectwise/manage-subset.openapi.json`.

use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::demo;

const BASE: &str = "/v4_6_release/apis/3.0";

/// OpenAPI 3.0 in the words of JSON Schema: `nullable` becomes one more type.
fn to_json_schema(node: &mut Value) {
    match node {
        Value::Object(members) => {
            if members.remove("nullable") == Some(Value::Bool(true)) {
                if let Some(kind) = members.get("type").cloned() {
                    members.insert("type".to_owned(), json!([kind, "null"]));
                }
                if let Some(Value::Array(words)) = members.get_mut("enum") {
                    words.push(Value::Null);
                }
            }
            members.values_mut().for_each(to_json_schema);
        }
        Value::Array(items) => items.iter_mut().for_each(to_json_schema),
        _ => {}
    }
}

/// The schema of the JSON answer to a call, able to resolve its references.
fn schema_of(contract: &Value, method: &str, path: &str, status: &str) -> Value {
    let content = &contract["paths"][format!("{BASE}{path}")][method]["responses"][status]["content"];
    let media = content.as_object().and_then(|content| content.values().next());
    let mut schema =
        media.unwrap_or_else(|| panic!("{method} {path} {status} has no schema"))["schema"].clone();
    schema["components"] = contract["components"].clone();
    schema
}

/// Where the body does not fit the schema of this call.
fn faults(contract: &Value, (method, path, status): (&str, &str, &str), body: &Value) -> Vec<String> {
    let schema = schema_of(contract, method, path, status);
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    validator.iter_errors(body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

fn assert_fits(contract: &Value, call: (&str, &str, &str), body: &Value) {
    let faults = faults(contract, call, body);
    assert!(faults.is_empty(), "{call:?}: {faults:#?}\n{body:#}");
}

#[tokio::test]
async fn answers_fit_the_published_schemas() {
    let Some(folder) = std::env::var_os("FLOWPILOT_CONTRACTS") else {
        println!("skipped: FLOWPILOT_CONTRACTS does not name a folder of interface descriptions");
        return;
    };
    let file = PathBuf::from(folder).join("connectwise/manage-subset.openapi.json");
    let text = std::fs::read_to_string(&file).expect("FLOWPILOT_CONTRACTS has the description");
    let mut contract: Value = serde_json::from_str(&text).expect("JSON");
    to_json_schema(&mut contract);
    let peer = demo().await;

    for (path, asked) in [
        ("/service/tickets", "/service/tickets"),
        ("/service/tickets/{id}", "/service/tickets/10421"),
        ("/service/tickets/count", "/service/tickets/count"),
        ("/service/tickets/{parentId}/notes", "/service/tickets/10421/notes"),
        ("/service/tickets/{parentId}/notes/{id}", "/service/tickets/10420/notes/1"),
        ("/service/tickets/{parentId}/notes/count", "/service/tickets/10421/notes/count"),
        ("/service/tickets/{parentId}/allNotes", "/service/tickets/10421/allNotes"),
        ("/service/boards", "/service/boards"),
        ("/service/boards/{id}", "/service/boards/1"),
        ("/service/boards/{parentId}/statuses", "/service/boards/1/statuses"),
        ("/company/companies", "/company/companies"),
        ("/company/companies/{id}", "/company/companies/1"),
        ("/company/contacts", "/company/contacts"),
        ("/company/contacts/{id}", "/company/contacts/1"),
        ("/system/members", "/system/members"),
        ("/system/members/{id}", "/system/members/1"),
        ("/system/info", "/system/info"),
        ("/system/myMembers/info", "/system/myMembers/info"),
    ] {
        let reply = peer.get(asked).await;
        assert_eq!(reply.status, 200, "{asked}");
        assert_fits(&contract, ("get", path, "200"), &reply.body);
    }

    let ticket = json!({ "summary": "x", "company": { "id": 1 }, "initialDescription": "y" });
    let reply = peer.post("/service/tickets", &ticket).await;
    assert_fits(&contract, ("post", "/service/tickets", "201"), &reply.body);
    let reply = peer.post("/service/tickets/search", &json!({ "conditions": "id > 0" })).await;
    assert_fits(&contract, ("post", "/service/tickets/search", "200"), &reply.body);
    let close = json!([{ "op": "replace", "path": "status", "value": { "name": ">Closed" } }]);
    let reply = peer.patch("/service/tickets/10421", &close).await;
    assert_fits(&contract, ("patch", "/service/tickets/{id}", "200"), &reply.body);

    let time = json!({
        "chargeToId": 10421, "chargeToType": "ServiceTicket", "member": { "id": 1 }, "notes": "x",
        "timeStart": "2026-11-23T08:00:00Z", "timeEnd": "2026-11-23T08:45:00Z", "hoursDeduct": 0.25,
    });
    let reply = peer.post("/time/entries", &time).await;
    assert_fits(&contract, ("post", "/time/entries", "201"), &reply.body);
    let reply = peer.get("/time/entries").await;
    assert_fits(&contract, ("get", "/time/entries", "200"), &reply.body);

    let notes = "/service/tickets/10421/notes";
    let one = "/service/tickets/{parentId}/notes/{id}";
    let note = json!({ "text": "x", "resolutionFlag": true, "member": { "id": 1 }, "contact": { "id": 1 } });
    let reply = peer.post(notes, &note).await;
    assert_fits(&contract, ("post", "/service/tickets/{parentId}/notes", "201"), &reply.body);
    let misfit = json!({ "id": "5", "text": null, "resolutionFlag": "yes" });
    assert_eq!(faults(&contract, ("get", one, "200"), &misfit).len(), 3, "the check itself finds faults");
    let path = format!("{notes}/{}", reply.body["id"]);
    let text = json!([{ "op": "replace", "path": "text", "value": "z" }]);
    assert_fits(&contract, ("patch", one, "200"), &peer.patch(&path, &text).await.body);
    assert_fits(&contract, ("put", one, "200"), &peer.put(&path, &note).await.body);

    let callback = json!({ "url": "http://127.0.0.1:1/", "objectId": 1, "type": "ticket", "level": "owner" });
    let made = peer.post("/system/callbacks", &callback).await;
    assert_fits(&contract, ("post", "/system/callbacks", "201"), &made.body);
    assert_fits(&contract, ("get", "/system/callbacks", "200"), &peer.get("/system/callbacks").await.body);
    let devices = peer.get("/service/tickets/10421/configurations").await.body;
    assert_fits(&contract, ("get", "/service/tickets/{parentId}/configurations", "200"), &devices);
    let devices = peer.get("/company/configurations").await.body;
    assert_fits(&contract, ("get", "/company/configurations", "200"), &devices);

    assert_fits(&contract, ("get", one, "default"), &peer.get(&format!("{notes}/999999")).await.body);
    let refused = peer.post(notes, &json!({ "text": "nowhere" })).await;
    let call = ("post", "/service/tickets/{parentId}/notes", "default");
    assert_fits(&contract, call, &refused.body);
    let info = crate::support::reply(peer.bare(Method::GET, "/login/companyinfo/acme")).await;
    let schema = &contract["paths"]["/login/companyinfo/{companyId}"]["get"]["responses"]["200"]["content"];
    assert!(jsonschema::is_valid(&schema["application/json"]["schema"], &info.body), "{:?}", info.body);
}
