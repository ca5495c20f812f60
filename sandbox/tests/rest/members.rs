//! Members who sign in to the screens: what their hash lets them do, and the page that frames a pod.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Peer, Reply, demo, reply};

const INFO: &str = "/v2026_1/apis/3.0/system/myMembers/info";

async fn sign_in(peer: &Peer, member: &str) -> Value {
    let reply = peer.control(Method::POST, &format!("/members/{member}/sign-in"), None).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.body
}

fn text<'a>(told: &'a Value, name: &str) -> &'a str {
    told[name].as_str().expect("text")
}

/// The four cookies, each value made of the one that was told.
fn cookies(told: &Value, made: impl Fn(&str) -> String) -> String {
    [
        ("companyName", "companyid"),
        ("memberId", "memberid"),
        ("memberHash", "memberHash"),
        ("memberContext", "memberContext"),
    ]
    .map(|(cookie, name)| format!("{cookie}={}", made(text(told, name))))
    .join("; ")
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn with_cookies(peer: &Peer, path: &str, cookies: &str) -> RequestBuilder {
    peer.bare(Method::GET, path).header("clientId", "x").header("cookie", cookies)
}

async fn with_password(peer: &Peer, path: &str, told: &Value) -> Reply {
    let user = format!("{}+{}", text(told, "companyid"), text(told, "memberid"));
    let request = peer.bare(Method::GET, path).basic_auth(user, Some(text(told, "memberHash")));
    reply(request.header("clientId", "x")).await
}

#[tokio::test]
async fn a_hash_proves_its_member_as_cookies_or_as_a_password() {
    let peer = demo().await;
    let told = sign_in(&peer, "jnovak").await;
    for reply in [
        reply(with_cookies(&peer, INFO, &cookies(&told, str::to_owned))).await,
        reply(with_cookies(&peer, INFO, &cookies(&told, encoded))).await,
        with_password(&peer, INFO, &told).await,
    ] {
        assert_eq!((reply.status, &reply.body["identifier"]), (200, &json!("jnovak")));
        assert_eq!(reply.body["fullName"], "Jamie Novak");
    }
}

#[tokio::test]
async fn cookies_without_the_context_or_of_another_company_prove_nothing() {
    let peer = demo().await;
    let told = sign_in(&peer, "jnovak").await;
    let all = cookies(&told, str::to_owned);
    let without = all.split("; memberContext").next().expect("a part").to_owned();
    for cookies in
        [without, all.replace("companyName=acme", "companyName=other"), all.replace("jnovak", "spatel")]
    {
        assert_eq!(reply(with_cookies(&peer, INFO, &cookies)).await.status, 401, "{cookies}");
    }
}

#[tokio::test]
async fn a_member_who_signed_out_is_refused() {
    let peer = demo().await;
    let told = sign_in(&peer, "jnovak").await;
    peer.control(Method::DELETE, "/members/jnovak/sign-in", None).await;
    assert_eq!(with_password(&peer, INFO, &told).await.status, 401);
}

#[tokio::test]
async fn only_the_forms_that_a_server_takes_are_taken() {
    let peer = demo().await;
    let told = sign_in(&peer, "jnovak").await;
    let forms = json!({ "cookie": false, "encoded_cookie": true, "password": false });
    peer.control(Method::POST, "/member-credentials", Some(&forms)).await;
    assert_eq!(reply(with_cookies(&peer, INFO, &cookies(&told, str::to_owned))).await.status, 401);
    assert_eq!(reply(with_cookies(&peer, INFO, &cookies(&told, encoded))).await.status, 200);
    assert_eq!(with_password(&peer, INFO, &told).await.status, 401);
}

#[tokio::test]
async fn a_member_sees_the_tickets_that_are_not_hidden_from_them_and_writes_none() {
    let peer = demo().await;
    let told = sign_in(&peer, "jnovak").await;
    peer.control(Method::POST, "/members/jnovak/hidden-tickets", Some(&json!({ "tickets": [10_421] }))).await;
    let ticket = |id: i32| format!("/v2026_1/apis/3.0/service/tickets/{id}");
    let hidden = with_password(&peer, &ticket(10_421), &told).await;
    assert_eq!((hidden.status, hidden.error().0), (404, "NotFound"));
    assert_eq!(with_password(&peer, &ticket(10_422), &told).await.status, 200);
    assert_eq!(peer.get("/service/tickets/10421").await.status, 200, "the API member sees it");
    let write = peer.bare(Method::POST, &format!("{}/notes", ticket(10_422))).header("clientId", "x");
    let write = write
        .header("cookie", cookies(&told, str::to_owned))
        .json(&json!({ "text": "x", "resolutionFlag": true }));
    assert_eq!(reply(write).await.status, 403);
}

#[tokio::test]
async fn the_api_account_and_strangers_sign_in_to_no_screen() {
    let peer = demo().await;
    for nobody in ["FlowPilotAPI", "nobody"] {
        let reply = peer.control(Method::POST, &format!("/members/{nobody}/sign-in"), None).await;
        assert_eq!(reply.status, 404, "{nobody}");
    }
}

#[tokio::test]
async fn a_ticket_opens_at_the_vendors_address_with_the_pod_beside_it() {
    let peer = demo().await;
    let address = "/v4_6_release/ConnectWise.aspx?routeTo=ServiceFV&recid=10421";
    let page = reply(peer.bare(Method::GET, address)).await;
    assert_eq!(
        (page.status, &page.headers["content-type"]),
        (200, &"text/html; charset=utf-8".parse().expect("text"))
    );
    let pod = json!({ "url": "http://localhost:1/pod/acme?id=[cw_id]" });
    peer.control(Method::POST, "/pod", Some(&pod)).await;
    let content = peer.control(Method::GET, "/screen/10421", None).await.body;
    assert_eq!((&content["ticket"]["id"], &content["pod"]), (&json!(10_421), &pod["url"]));
    assert_eq!(content["members"].as_array().map(Vec::len), Some(3));
    assert_eq!(peer.get("/service/tickets/10421").await.status, 200, "the interface is beside the page");
}

#[tokio::test]
async fn a_made_up_name_for_this_machine_reaches_nothing_without_a_password() {
    let peer = demo().await;
    for path in ["/_sandbox/notes", "/v4_6_release/ConnectWise.aspx"] {
        let request = peer.bare(Method::GET, path).header("host", "evil.example:80");
        assert_eq!(reply(request).await.status, 403, "{path}");
    }
}
