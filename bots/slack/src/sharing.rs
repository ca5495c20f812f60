//! Sessions outside their thread: links below which title and status are shown, and a session that is made known in
//! another channel. Wherever people of another organisation read along, neither happens.

use flowpilot::Result;
use flowpilot::queue::Failure;
use flowpilot::store::{CardId, TeamId};
use flowpilot::surface::{
    Card, CardKind, Command, SessionPreview, ThreadRef, Tone, find_card, parse_command, preview_links,
};
use serde_json::{Map, Value, json};
use url::Url;

use crate::Slack;
use crate::events::{Home, SHARED};
use crate::render;
use crate::surface::SlackSurface;
use crate::unfurl::unfurl;
use crate::wire::{Envelope, channel_and_root, place, text};

/// What Slack calls the place of a link that is not sent yet: nobody knows who will read it.
const COMPOSER: &str = "COMPOSER";

/// Opens a thread in whichever Slack the person uses.
pub(crate) fn permalink(workspace: &str, thread: &str) -> Option<Url> {
    let (channel, root) = channel_and_root(thread);
    let mut link = Url::parse("https://slack.com/app_redirect").ok()?;
    link.query_pairs_mut()
        .append_pair("team", workspace)
        .append_pair("channel", channel)
        .append_pair("message_ts", root?);
    Some(link)
}

/// The words of `share #channel` with the channel's id, which a name does not tell for certain.
pub(crate) fn with_channel(words: String, written: &str) -> String {
    match (parse_command(&words), text::channel(written)) {
        (Some(Ok((Command::Share, args))), Some(id)) if !args.is_empty() => format!("share: {id}"),
        _ => words,
    }
}

/// Somebody wrote links to sessions.
///
/// # Errors
/// When they could not be stored.
pub(crate) async fn links_shared(slack: &Slack, envelope: &Envelope) -> Result<()> {
    let event = &envelope.event;
    let (Some(channel), Some(ts)) = (event.channel.as_deref(), event.message_ts.as_deref()) else {
        return Ok(());
    };
    if envelope.is_ext_shared_channel || channel == COMPOSER {
        return Ok(());
    }
    let Some(home) = Home::of(slack, envelope.installed_in()).await? else { return Ok(()) };
    let Some(by) = home.installation.clone() else { return Ok(()) };
    let links: Vec<String> = event.links.iter().map(|link| link.url.clone()).collect();
    preview_links(slack.engine(), by.team, &home.thread(place(channel, ts)), &links).await
}

impl SlackSurface {
    /// What is shown with a card: on the head of a thread also the link to its session.
    pub(crate) async fn options(&self, team: TeamId, id: CardId, card: &Card) -> render::Options {
        let engine = self.slack().engine();
        if card.kind != CardKind::Session || engine.public_url().is_none() {
            return render::Options::default();
        }
        // Without it the card still says everything else.
        let found = find_card(engine, team, id).await.ok().flatten();
        let link = found.and_then(|found| engine.link(found.session));
        render::Options { session: link.and_then(|link| Url::parse(&link).ok()) }
    }

    /// Shows title and status below the links of a message. A message that Slack does not let us touch stays as it is.
    pub(crate) async fn unfurl(
        &self,
        message: &ThreadRef,
        sessions: &[SessionPreview],
    ) -> std::result::Result<(), Failure> {
        let (channel, Some(ts)) = channel_and_root(&message.thread) else { return Ok(()) };
        let by = self.installation(&message.workspace).await?;
        let unfurls: Map<String, Value> =
            sessions.iter().map(|s| (s.link.clone(), json!(unfurl(&s.title, &s.status)))).collect();
        match self.slack().sender().unfurl(&by, channel, ts, &Value::Object(unfurls)).await {
            Err(error) if !error.may_pass() => {
                tracing::info!(%error, channel, "links stay without a preview");
                Ok(())
            }
            done => Ok(done?),
        }
    }

    /// Posts a session's title, status and link in a channel.
    pub(crate) async fn tell_channel(
        &self,
        place: &ThreadRef,
        session: &SessionPreview,
        key: &str,
        again: bool,
    ) -> std::result::Result<(), Failure> {
        let channel = place.thread.as_str();
        if !text::is_channel(channel) {
            let how = "Choose the channel from the list that Slack shows behind the #.";
            return Err(Failure::Dead(how.to_owned()));
        }
        let by = self.installation(&place.workspace).await?;
        let about = self.slack().sender().channel(&by, channel).await.map_err(advised)?;
        if about["is_ext_shared"] == true {
            return Err(Failure::Dead(SHARED.to_owned()));
        }
        let card = Card::new(CardKind::Session, session.title.clone(), "")
            .badge(session.status.clone(), Tone::Neutral);
        let options = render::Options { session: Url::parse(&session.link).ok() };
        let message = render::card(&card, CardId::new(&self.slack().engine().clock), &options);
        self.post_once(&by, (channel, None), &message, key, again).await.map(drop).map_err(advised)
    }
}

fn advised(error: crate::send::SendError) -> Failure {
    match error.advice() {
        Some(advice) => Failure::Dead(format!("To mend it: {advice}.")),
        None => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_shared_to_by_its_id_and_other_words_stay() {
        let share = |words: &str, written: &str| with_channel(words.to_owned(), written);
        assert_eq!(share("share #help", "share <#C012AB|help>"), "share: C012AB");
        assert_eq!(share("share: #help", "<@UBOT> share: <#C012AB>"), "share: C012AB");
        assert_eq!(share("share #help", "share #help"), "share #help");
        assert_eq!(share("look into #help", "look into <#C012AB|help>"), "look into #help");
    }

    #[test]
    fn a_thread_opens_in_whichever_slack_somebody_uses() {
        let link = permalink("T1", "C1:2.000100").unwrap();
        assert_eq!(link.as_str(), "https://slack.com/app_redirect?team=T1&channel=C1&message_ts=2.000100");
        assert_eq!(permalink("T1", "C1"), None);
    }
}
