//! Who and what is there: people, channels, files, workspaces, installations.

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::FakeSlack;
use crate::world::{Channel, ChannelKind, Code, Kind, Person, Standing, Token, Workspace, World};

impl FakeSlack {
    /// Adds a full member with an address made of the name; answers the user id.
    pub fn member(&self, name: &str) -> String {
        self.add_person(name, Kind::Member)
    }

    /// Adds a guest of several channels.
    pub fn guest(&self, name: &str) -> String {
        self.add_person(name, Kind::Guest)
    }

    /// Adds somebody of another team, as seen in a shared channel.
    pub fn stranger(&self, name: &str) -> String {
        self.add_person(name, Kind::Stranger)
    }

    /// Adds another app's bot.
    pub fn bot(&self, name: &str) -> String {
        self.add_person(name, Kind::Bot)
    }

    /// Adds somebody of this kind to the first workspace; answers the user id.
    pub fn add_person(&self, name: &str, kind: Kind) -> String {
        let team = self.shared.lock().options.team.clone();
        self.add_person_to(&team, name, kind)
    }

    /// Adds somebody of this kind to a workspace; answers the user id.
    pub fn add_person_to(&self, team: &str, name: &str, kind: Kind) -> String {
        self.shared.with(|world| {
            let id = world.id("U");
            let team = if kind == Kind::Stranger { "T0OTHER" } else { team }.to_owned();
            let address = || format!("{}@acme.example", name.to_lowercase().replace(' ', "."));
            let email = (!matches!(kind, Kind::Bot | Kind::Stranger)).then(address);
            let person =
                Person { id: id.clone(), team, name: name.to_owned(), email, email_confirmed: true, kind };
            world.people.insert(id.clone(), person);
            id
        })
    }

    /// Changes somebody.
    pub fn change_person(&self, user: &str, change: impl FnOnce(&mut Person)) {
        self.shared.with(|world| change(world.person_mut(user)));
    }

    /// Adds a public channel of the first workspace with the bot and these people in it; answers its id.
    pub fn channel(&self, name: &str, people: &[&str]) -> String {
        let team = self.shared.lock().options.team.clone();
        self.add_channel(&team, name, ChannelKind::Public, people)
    }

    /// Adds a channel of a workspace with the bot and these people in it; answers its id.
    pub fn add_channel(&self, team: &str, name: &str, kind: ChannelKind, people: &[&str]) -> String {
        self.shared.with(|world| {
            let id = world.id("C");
            let bot = world.workspace(team).bot_user;
            let people = people.iter().map(|&user| user.to_owned());
            let channel = Channel {
                id: id.clone(),
                name: name.to_owned(),
                team: team.to_owned(),
                kind,
                members: people.chain([bot]).collect(),
                shared: false,
                archived: false,
            };
            world.channels.insert(id.clone(), channel);
            id
        })
    }

    /// Adds a channel that is shared with another organisation.
    pub fn shared_channel(&self, name: &str, people: &[&str]) -> String {
        let id = self.channel(name, people);
        self.change_channel(&id, |channel| channel.shared = true);
        id
    }

    /// The direct conversation of somebody with the bot.
    pub fn direct(&self, user: &str) -> String {
        self.shared.with(|world| {
            let team = world.options.team.clone();
            world.direct(&team, user)
        })
    }

    /// Changes a channel: archives it, removes the bot, ….
    pub fn change_channel(&self, channel: &str, change: impl FnOnce(&mut Channel)) {
        self.shared.with(|world| {
            let found = world.channels.get_mut(channel);
            change(found.unwrap_or_else(|| panic!("there is no channel {channel}")));
        });
    }

    /// Adds a file that can be fetched with a token; answers it as events tell it.
    pub fn file(&self, name: &str, kind: &str, content: &[u8]) -> Value {
        self.shared.with(|world| {
            let id = world.id("F");
            let url = format!("http://{}/files/{id}", self.shared.address);
            let file = json!({
                "id": id,
                "name": name,
                "title": name,
                "mimetype": kind,
                "filetype": name.rsplit('.').next(),
                "size": content.len(),
                "mode": "hosted",
                "is_external": false,
                "url_private": url,
                "url_private_download": url,
            });
            world.files.insert(id.clone(), file.clone());
            world.contents.insert(id, (kind.to_owned(), Bytes::copy_from_slice(content)));
            file
        })
    }

    /// Adds a workspace with a bot of its own, where the app is not installed yet.
    pub fn add_workspace(&self, workspace: Workspace) {
        self.shared.with(|world| world.add_workspace(workspace));
    }

    /// What Slack's authorize page gives when somebody allows the app: a `code` for the callback.
    pub fn allow(&self, team: &str, user: &str, redirect_uri: Option<&str>) -> String {
        self.shared.with(|world| {
            let id = world.id("code.");
            let code = Code {
                team: team.to_owned(),
                user: user.to_owned(),
                redirect_uri: redirect_uri.map(str::to_owned),
            };
            world.codes.insert(id.clone(), code);
            id
        })
    }

    /// Adds a bot token with these scopes.
    pub fn add_token(&self, team: &str, token: &str, scopes: &[&str]) {
        let new = Token {
            team: team.to_owned(),
            app_level: false,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            standing: Standing::Good,
            expires: None,
        };
        self.shared.with(|world| world.tokens.insert(token.to_owned(), new));
    }

    /// From now on the token is refused with `token_revoked`.
    pub fn revoke_token(&self, token: &str) {
        self.shared.with(|world| {
            let found = world.tokens.get_mut(token);
            found.unwrap_or_else(|| panic!("there is no such token")).standing = Standing::Revoked;
        });
    }

    /// From now on all tokens that expire are refused with `token_expired`.
    pub fn expire_tokens(&self) {
        self.shared.with(|world| {
            for token in world.tokens.values_mut().filter(|token| token.expires.is_some()) {
                token.expires = Some(0);
            }
        });
    }
}

impl World {
    /// Somebody.
    pub(crate) fn person(&self, user: &str) -> &Person {
        self.people.get(user).unwrap_or_else(|| panic!("there is nobody with the id {user}"))
    }

    fn person_mut(&mut self, user: &str) -> &mut Person {
        self.people.get_mut(user).unwrap_or_else(|| panic!("there is nobody with the id {user}"))
    }
}
