//! Commands beside the work: the session's link, how the connections stand, who somebody is. They are answered in
//! private and change no session; `link` is for people who are not in the team yet, too.

use std::fmt::Write as _;

use super::cards::literal;
use super::{Copilot, Reply, begin, caller_of, capitalised, said, to_author};
use crate::health;
use crate::psa::account::{PsaAccount, claim_in_words};
use crate::psa::link::{OwnAccount, own_accounts, unlink};
use crate::queue::Receipt;
use crate::session::{Session, by_thread};
use crate::store::TeamId;
use crate::surface::{Command, Inbound, ThreadRef, What, checkup, link_code, parse_command, share, whisper};
use crate::team::{
    Affiliation, Caller, Member, MemberStatus, Platform, Role, account, accounts, is_code, member, redeem,
    workspace_team,
};
use crate::{Engine, Error, Result};

/// Which of these commands the words are, with what follows it.
fn asked(text: &str) -> Option<(Command, String)> {
    let (command, args) = parse_command(text)?.ok()?;
    matches!(command, Command::Share | Command::Doctor | Command::Link | Command::Unlink)
        .then_some((command, args))
}

/// The same from somewhere without private answers: what is said is the reply.
pub(super) async fn reply(
    engine: &Engine,
    caller: &Caller,
    session: &Session,
    command: Command,
    args: &str,
) -> Result<Reply> {
    let text = match command {
        Command::Doctor => {
            must_administer(caller)?;
            health::told(&health::checkup(engine, caller.team(), &session.thread_ref()).await)
        }
        Command::Share if args.is_empty() => seen_by_others(engine, session)?,
        Command::Share => {
            return Err(Error::invalid(
                "share",
                "with a channel is for chat: it is posted by who asks there",
            ));
        }
        Command::Unlink => unlinked(engine, caller, args).await?,
        _ => match Link::read(args)? {
            Link::Who => who(engine, caller).await?,
            Link::Psa(identifier) => linked(&claim_in_words(engine, caller, identifier).await?),
            Link::Me | Link::Code(_) => return Err(only_chat_accounts()),
        },
    };
    Ok(Reply::private(text))
}

/// What `link` is to do.
enum Link<'a> {
    Who,
    Me,
    Code(&'a str),
    Psa(&'a str),
}

impl<'a> Link<'a> {
    fn read(args: &'a str) -> Result<Self> {
        let args = args.trim();
        if let Some((word, identifier)) = args.split_once(char::is_whitespace)
            && word.eq_ignore_ascii_case("psa")
        {
            return Ok(Self::Psa(identifier.trim()));
        }
        match args {
            "" => Ok(Self::Who),
            code if is_code(code) => Ok(Self::Code(code)),
            me if me.eq_ignore_ascii_case("me") => Ok(Self::Me),
            _ => Err(Error::invalid(
                "link",
                "takes `me` (this account is a member's), a code, or `psa` and your login name of the ticket system",
            )),
        }
    }
}

impl Copilot {
    /// Answers one of these commands; false when the event is none.
    pub(super) async fn answered_aside(&self, inbound: &Inbound, receipt: &Receipt) -> Result<bool> {
        let What::Said { text, .. } = &inbound.what else { return Ok(false) };
        let Some((command, args)) = asked(text) else { return Ok(false) };
        let Some(team) = workspace_team(&self.engine.db, &inbound.thread.workspace()).await? else {
            return Ok(false);
        };
        let session = by_thread(&self.engine.db, team, &inbound.thread).await?;
        // An answer that is also a command's word is an answer while it is one of the choices.
        if let Some(session) = &session
            && !text.starts_with('/')
            && said::is_answer(&self.engine, team, session.id, text).await?
        {
            return Ok(false);
        }
        let done = match command {
            Command::Doctor => self.doctor(inbound, receipt).await,
            Command::Share => self.share(inbound, session.as_ref(), &args, receipt).await,
            Command::Unlink => self.unlink(inbound, &args, receipt).await,
            _ => self.link(inbound, team, &args, receipt).await,
        };
        match done {
            // Whoever asked is answered, also where words between people are not.
            Err(error) if error.is_for_the_person() && !error.may_pass() => {
                tracing::info!(event = inbound.key, %error, "refused");
                self.answer(inbound, capitalised(&error.to_person()), &inbound.key, receipt).await?;
            }
            done => done?,
        }
        Ok(true)
    }

    async fn doctor(&self, inbound: &Inbound, receipt: &Receipt) -> Result<()> {
        let caller = caller_of(&self.engine, &inbound.thread.workspace(), &inbound.author).await?;
        must_administer(&caller)?;
        self.hand_on(checkup(caller.team(), inbound), receipt).await
    }

    async fn share(
        &self,
        inbound: &Inbound,
        session: Option<&Session>,
        channel: &str,
        receipt: &Receipt,
    ) -> Result<()> {
        let engine = &self.engine;
        let caller = caller_of(engine, &inbound.thread.workspace(), &inbound.author).await?;
        if inbound.author.affiliation == Affiliation::External {
            return Err(super::for_own_people());
        }
        let session = session.ok_or_else(begin::no_session)?;
        if channel.is_empty() {
            let mut text = seen_by_others(engine, session)?;
            if session.platform == Platform::Slack {
                text.push_str("\nTo post exactly that in a channel: `share #channel`.");
            }
            return self.answer(inbound, text, &inbound.key, receipt).await;
        }
        caller.must_work()?;
        link_of(engine, session)?;
        let place = ThreadRef { thread: channel.to_owned(), ..inbound.thread.clone() };
        let told = (inbound.thread.clone(), inbound.author.external_id.clone());
        self.hand_on(share(session, place, Some(told), &inbound.key), receipt).await
    }

    async fn link(&self, inbound: &Inbound, team: TeamId, args: &str, receipt: &Receipt) -> Result<()> {
        let engine = &self.engine;
        let workspace = inbound.thread.workspace();
        let known = account(&engine.db, team, &workspace, &inbound.author.external_id).await?;
        let known = known.filter(|m| m.status == MemberStatus::Active);
        let text = match (Link::read(args)?, known) {
            (Link::Who, Some(me)) => who(engine, &Caller::of(&me)).await?,
            (Link::Psa(identifier), Some(me)) => {
                linked(&claim_in_words(engine, &Caller::of(&me), identifier).await?)
            }
            (Link::Psa(_), None) => {
                return Err(Error::Forbidden(
                    "you are not a member yet; write `link` to become one with another account of yours"
                        .to_owned(),
                ));
            }
            (Link::Code(code), _) => return self.redeem(inbound, team, code, receipt).await,
            (Link::Who | Link::Me, _) => {
                if matches!(workspace.platform, Platform::Console | Platform::Api) {
                    return Err(only_chat_accounts());
                }
                return self.hand_on(link_code(team, inbound), receipt).await;
            }
        };
        self.answer(inbound, text, &inbound.key, receipt).await
    }

    async fn unlink(&self, inbound: &Inbound, connection: &str, receipt: &Receipt) -> Result<()> {
        let caller = caller_of(&self.engine, &inbound.thread.workspace(), &inbound.author).await?;
        let text = unlinked(&self.engine, &caller, connection).await?;
        self.answer(inbound, text, &inbound.key, receipt).await
    }

    /// The code is used up with the event's own completion: told twice, it works once.
    async fn redeem(&self, inbound: &Inbound, team: TeamId, code: &str, receipt: &Receipt) -> Result<()> {
        let engine = &self.engine;
        let workspace = inbound.thread.workspace();
        let mut tx = engine.db.begin().await?;
        let done = redeem(&mut tx, &engine.clock, team, &workspace, &inbound.author, code).await?;
        let account = done
            .account
            .map_or_else(|| "this account".to_owned(), |name| format!("the account {}", literal(&name)));
        let member = literal(&done.member);
        let text = format!(
            "Linked: {account} now acts as {member}. If that is not what you meant, tell a team admin."
        );
        let told = whisper(Some(team), &to_author(inbound, text), &inbound.key);
        engine.outbox.push(&mut tx, &[told]).await?;
        receipt.complete(&mut tx).await?;
        tx.commit().await?;
        engine.outbox.ring();
        Ok(())
    }
}

fn must_administer(caller: &Caller) -> Result<()> {
    caller.must_administer().map_err(|_| {
        Error::Forbidden(format!(
            "`doctor` looks into how FlowPilot is connected, which is for team admins; you are {}. Ask one of them \
             if something does not work",
            role(caller.role())
        ))
    })
}

fn only_chat_accounts() -> Error {
    Error::invalid("link", "with `me` or a code is for chat accounts: write it there")
}

fn link_of(engine: &Engine, session: &Session) -> Result<String> {
    engine.link(session.id).ok_or_else(|| {
        Error::Conflict(
            "this installation has no links, because public_url is not set; whoever runs FlowPilot can set it"
                .to_owned(),
        )
    })
}

/// The link, and what somebody sees who has only that.
fn seen_by_others(engine: &Engine, session: &Session) -> Result<String> {
    let link = link_of(engine, session)?;
    Ok(format!(
        "The link to this session: <{link}>\nOthers see of it: **{}**, {}. Whoever opens it gets here, and sees the \
         rest only if they may.",
        literal(&session.title),
        session.status
    ))
}

/// Who FlowPilot takes somebody for.
async fn who(engine: &Engine, caller: &Caller) -> Result<String> {
    let db = &engine.db;
    let me = member(db, caller.team(), caller.member()).await?.ok_or(Error::NotFound("member"))?;
    let mut text = format!("You are {}, {}{}.", literal(&me.name), role(me.role), email(&me));
    let known = accounts(db, me.team_id, me.id).await?;
    if !known.is_empty() {
        text.push_str("\nAccounts that act as you:");
        for account in known {
            let place = account.workspace.map(|w| format!(" ({})", literal(&w))).unwrap_or_default();
            let _ = write!(text, "\n- {}{place}", platform(account.platform));
        }
    }
    if engine.psa.first(engine, me.team_id).await.is_ok_and(|psa| psa.is_some()) {
        text.push_str("\n\n");
        text.push_str(&in_ticket_systems(&own_accounts(engine, caller).await?));
    }
    text.push_str("\n\nAnother chat account of yours: write `link me` there.");
    Ok(text)
}

fn in_ticket_systems(own: &[OwnAccount]) -> String {
    match own {
        [] => "Your account in the ticket system is not linked, so notes do not carry your name there. \
             `link: psa NAME` links it; NAME is what you log in with."
            .to_owned(),
        [only] => standing("the ticket system", &only.identifier, &only.name, only.confirmed_at.is_some()),
        several => several
            .iter()
            .map(|it| standing(&literal(&it.connection), &it.identifier, &it.name, it.confirmed_at.is_some()))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn linked(account: &PsaAccount) -> String {
    standing("the ticket system", &account.identifier, &account.name, account.confirmed_at.is_some())
}

fn standing(place: &str, identifier: &str, name: &str, is_confirmed: bool) -> String {
    let name = format!("{} ({})", literal(identifier), literal(name));
    if is_confirmed {
        return format!("In {place} you are {name}; your notes carry that name.");
    }
    format!(
        "In {place} you said to be {name}. No e-mail address proves it, so an admin has to confirm it, in \
         the console, on FlowPilot's Home in Slack, or with `flowpilot member link-psa`. Until then notes are posted in FlowPilot's own \
         name."
    )
}

/// Takes back who the caller is in a ticket system; in which one has to be said only where there are several.
async fn unlinked(engine: &Engine, caller: &Caller, connection: &str) -> Result<String> {
    let own = own_accounts(engine, caller).await?;
    let is_meant = |it: &&OwnAccount| connection.is_empty() || it.connection.eq_ignore_ascii_case(connection);
    let meant: Vec<&OwnAccount> = own.iter().filter(is_meant).collect();
    let places = || own.iter().map(|it| literal(&it.connection)).collect::<Vec<_>>().join(" or ");
    match meant.as_slice() {
        [] if own.is_empty() => Ok("No account of the ticket system is linked to you.".to_owned()),
        [] => Err(Error::invalid(
            "unlink",
            format!("takes the name of a connection that you are linked in: {}", places()),
        )),
        [one] => {
            unlink(engine, caller, one.connection_id, &one.external_id).await?;
            let place = if own.len() == 1 { String::new() } else { format!(" in {}", one.connection) };
            Ok(format!(
                "Unlinked: you are not {} in {} any more, and notes carry FlowPilot's own name there. To take that \
                 back: `link: psa {}{place}`.",
                literal(&one.identifier),
                literal(&one.connection),
                one.identifier,
            ))
        }
        _ => Err(Error::invalid("unlink", format!("must say where: `unlink: {}`", places()))),
    }
}

fn email(member: &Member) -> String {
    member.email.as_deref().map(|email| format!(", {}", literal(email))).unwrap_or_default()
}

fn role(role: Role) -> &'static str {
    match role {
        Role::SuperAdmin => "super admin",
        Role::TeamAdmin => "team admin",
        Role::Engineer => "engineer",
        Role::Viewer => "viewer (you can read sessions; a team admin can make you an engineer)",
    }
}

fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Slack => "Slack",
        Platform::Teams => "Microsoft Teams",
        Platform::Discord => "Discord",
        Platform::Console => "the console",
        Platform::Api => "the API",
    }
}
