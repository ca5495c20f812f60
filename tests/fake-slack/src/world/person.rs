//! People.

use serde_json::{Value, json};

/// What somebody is to the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A full member.
    Member,
    /// An administrator of the workspace.
    Admin,
    /// A guest of several channels (`is_restricted`).
    Guest,
    /// A guest of one channel (`is_restricted` and `is_ultra_restricted`).
    SingleChannelGuest,
    /// Somebody of another team, in a shared channel (`is_stranger`).
    Stranger,
    /// A bot.
    Bot,
    /// A member whose account was closed.
    Deactivated,
}

/// Somebody.
#[derive(Clone, Debug)]
pub struct Person {
    /// User id.
    pub id: String,
    /// Team of the account.
    pub team: String,
    /// Name in full.
    pub name: String,
    /// Address, where the account has one.
    pub email: Option<String>,
    /// Whether the address was confirmed.
    pub email_confirmed: bool,
    /// What they are to the workspace.
    pub kind: Kind,
}

impl Person {
    /// Short name, as in what a slash command sends.
    pub(crate) fn handle(&self) -> String {
        self.name.to_lowercase().replace(' ', ".")
    }

    /// As `users.info` tells it.
    pub(crate) fn json(&self, with_email: bool) -> Value {
        let mut user = json!({
            "id": self.id,
            "team_id": self.team,
            "name": self.handle(),
            "real_name": self.name,
            "deleted": self.kind == Kind::Deactivated,
            "tz": "Europe/Amsterdam",
            "tz_offset": 3_600,
            "is_bot": self.kind == Kind::Bot,
            "is_app_user": false,
            "updated": 1_700_000_000,
            "profile": {
                "real_name": self.name,
                "real_name_normalized": self.name,
                "display_name": self.handle(),
                "display_name_normalized": self.handle(),
                "team": self.team,
            },
        });
        if self.kind != Kind::Deactivated {
            let guest = matches!(self.kind, Kind::Guest | Kind::SingleChannelGuest);
            user["is_admin"] = (self.kind == Kind::Admin).into();
            user["is_owner"] = false.into();
            user["is_restricted"] = guest.into();
            user["is_ultra_restricted"] = (self.kind == Kind::SingleChannelGuest).into();
        }
        if self.kind == Kind::Stranger {
            user["is_stranger"] = true.into();
        } else if let Some(email) = self.email.as_ref().filter(|_| with_email) {
            user["profile"]["email"] = email.as_str().into();
            user["is_email_confirmed"] = self.email_confirmed.into();
        }
        user
    }
}
