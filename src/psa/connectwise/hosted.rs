//! Registering the screen pod: an entry of "Manage Hosted API" for the ticket screen.

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::call::Call;
use super::client::{Client, Page};
use super::role::{POD_ADD, POD_EDIT, POD_INQUIRE};
use crate::psa::{PodPage, PodRegistration, PsaError};

/// What the screens call it where people choose pods.
const DESCRIPTION: &str = "FlowPilot";
/// In pixels.
const HEIGHT: u32 = 600;
/// What servers call the screen of a ticket, without regard to case and spaces.
const TICKET_SCREENS: [&str; 2] = ["serviceticket", "ticket"];
const MOST: &str = "1000";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Screen {
    id: i32,
    #[serde(default)]
    screen_id: String,
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Setup {
    id: i32,
    screen_id: Option<i32>,
    url: Option<String>,
    origin: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    disabled_flag: Option<bool>,
}

/// Registers the page for the ticket screen, or brings its registration up to date.
pub(super) async fn register(client: &Client, page: &PodPage) -> Result<PodRegistration, PsaError> {
    let screen = ticket_screen(client).await?;
    let call =
        Call::get("the registered pages", ["system", "connectwisehostedsetups"]).query("pageSize", MOST);
    let Page { body, .. } = client.read::<Vec<Setup>>(&call).await.map_err(lacking(POD_INQUIRE))?;
    let Some(known) = body.into_iter().find(|setup| setup.is_of(screen, page)) else {
        let body = json!({
            "screenId": screen,
            "description": DESCRIPTION,
            "url": page.url,
            "origin": page.origin,
            "type": "Pod",
            "podHeight": HEIGHT,
        });
        let call = Call::post("the pod", ["system", "connectwisehostedsetups"], body);
        client.create(&call).await.map_err(lacking(POD_ADD))?;
        return Ok(PodRegistration::Added);
    };
    if known.is_current(page) {
        return Ok(PodRegistration::Unchanged);
    }
    let body = json!([
        { "op": "replace", "path": "url", "value": page.url },
        { "op": "replace", "path": "origin", "value": page.origin },
        { "op": "replace", "path": "disabledFlag", "value": false },
    ]);
    let path = ["system", "connectwisehostedsetups", &known.id.to_string()];
    client.change(&Call::patch("the pod", path, body)).await.map_err(lacking(POD_EDIT))?;
    Ok(PodRegistration::Changed)
}

/// The server's own words do not say which right it is.
fn lacking(right: &'static str) -> impl Fn(PsaError) -> PsaError {
    move |error| match error {
        PsaError::Forbidden(_) => PsaError::Forbidden(right.to_owned()),
        other => other,
    }
}

async fn ticket_screen(client: &Client) -> Result<i32, PsaError> {
    let call = Call::get("the screens", ["system", "connectWiseHostedScreens"]).query("pageSize", MOST);
    let screens: Vec<Screen> = client.read(&call).await.map_err(lacking(POD_INQUIRE))?.body;
    let called = |wanted: &&str| {
        screens
            .iter()
            .find(|screen| [&screen.name, &screen.screen_id].iter().any(|name| plain(name) == **wanted))
    };
    TICKET_SCREENS.iter().find_map(called).map(|screen| screen.id).ok_or_else(|| {
        let names: Vec<&str> = screens.iter().map(|screen| screen.name.as_str()).collect();
        PsaError::NotFound(format!("the ticket screen among those that take a page ({})", names.join(", ")))
    })
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

impl Setup {
    /// Whether it is the pod of the same team, perhaps at an address that FlowPilot had before.
    fn is_of(&self, screen: i32, page: &PodPage) -> bool {
        let is_pod = self.kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("pod"));
        is_pod && self.screen_id == Some(screen) && self.url.as_deref().and_then(path) == path(&page.url)
    }

    fn is_current(&self, page: &PodPage) -> bool {
        self.url.as_deref() == Some(page.url.as_str())
            && self.origin.as_deref() == Some(page.origin.as_str())
            && self.disabled_flag != Some(true)
    }
}

/// The end of an address's path that names the pod: `/pod/northwind`.
fn path(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let path = url.path().trim_end_matches('/');
    path.find("/pod/").map(|at| path[at..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pod_of_the_same_team_is_known_again_at_another_address() {
        let page = PodPage::new("https://flowpilot.example.com/", "northwind").unwrap();
        let setup = |url: &str| Setup {
            id: 7,
            screen_id: Some(3),
            url: Some(url.to_owned()),
            origin: Some(page.origin.clone()),
            kind: Some("Pod".to_owned()),
            disabled_flag: None,
        };
        assert!(setup(&page.url).is_of(3, &page) && setup(&page.url).is_current(&page));
        let moved = setup("https://old.example.com/flowpilot/pod/northwind?id=[cw_id]");
        assert!(moved.is_of(3, &page) && !moved.is_current(&page));
        assert!(!setup("https://flowpilot.example.com/pod/other?id=[cw_id]").is_of(3, &page));
        assert!(!setup("https://other.example.com/?id=[cw_id]").is_of(3, &page));
        assert!(!setup(&page.url).is_of(4, &page));
    }
}
