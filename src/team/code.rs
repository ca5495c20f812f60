//! One-time codes that make a chat account a member's.
//!
//! The account asks for one and the member confirms it from an account that is known already; or an admin issues one
//! for a member, and the new account says it. A code works once, within ten minutes, in its own team; only its hash is
//! kept.

use std::time::Duration;

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::identity::member_of;
use super::{Author, Caller, Member, MemberStatus, Platform, Role, Workspace, link_identity};
use crate::store::{MemberId, TeamId, Tx, random_token, run};
use crate::{Clock, Engine, Error, Result};

/// How long a code works.
pub const CODE_LIFETIME: Duration = Duration::from_secs(600);
/// Digits of a code: 40 bits, which nobody guesses in ten minutes.
const DIGITS: usize = 12;

/// Whether these words can only be a code: twelve digits in groups.
#[must_use]
pub fn is_code(text: &str) -> bool {
    digits(text).len() == DIGITS && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ' '))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A code for an account that wants to be a member's.
///
/// # Errors
/// The database's.
pub async fn code_for_account(
    engine: &Engine,
    team: TeamId,
    workspace: &Workspace,
    account: &Author,
) -> Result<String> {
    let code = new_code();
    let mut tx = engine.db.begin().await?;
    tidy(&mut tx, &engine.clock).await?;
    run!(&mut tx, |c| sqlx::query(
        "DELETE FROM link_codes WHERE team_id = $1 AND platform = $2 AND workspace = $3 AND account = $4"
    )
    .bind(team)
    .bind(workspace.platform)
    .bind(&workspace.external_id)
    .bind(&account.external_id)
    .execute(c)
    .await
    .map(|_| ()))?;
    run!(&mut tx, |c| {
        sqlx::query(
            "INSERT INTO link_codes (code_hash, team_id, platform, workspace, account, account_name, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(hash(&code))
        .bind(team)
        .bind(workspace.platform)
        .bind(&workspace.external_id)
        .bind(&account.external_id)
        .bind(&account.name)
        .bind(engine.clock.now().plus(CODE_LIFETIME))
        .execute(c)
        .await
        .map(|_| ())
    })?;
    tx.commit().await?;
    Ok(code)
}

/// A code with which whichever chat account says it becomes this member's.
///
/// # Errors
/// [`Error::Forbidden`] unless the caller administers the team (and for a super admin's account, is one);
/// [`Error::NotFound`].
pub async fn code_for_member(engine: &Engine, caller: &Caller, member: MemberId) -> Result<String> {
    caller.must_administer()?;
    let found = super::member(&engine.db, caller.team(), member).await?.ok_or(Error::NotFound("member"))?;
    if found.role == Role::SuperAdmin && caller.role() != Role::SuperAdmin {
        return Err(Error::Forbidden("only a super admin can let somebody act as one".to_owned()));
    }
    let code = new_code();
    let mut tx = engine.db.begin().await?;
    tidy(&mut tx, &engine.clock).await?;
    run!(&mut tx, |c| sqlx::query(
        "INSERT INTO link_codes (code_hash, team_id, member_id, expires_at) VALUES ($1, $2, $3, $4)"
    )
    .bind(hash(&code))
    .bind(caller.team())
    .bind(member)
    .bind(engine.clock.now().plus(CODE_LIFETIME))
    .execute(c)
    .await
    .map(|_| ()))?;
    tx.commit().await?;
    Ok(code)
}

#[derive(sqlx::FromRow)]
struct Stored {
    member_id: Option<MemberId>,
    platform: Option<Platform>,
    workspace: Option<String>,
    account: Option<String>,
    account_name: Option<String>,
}

/// What a code did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeemed {
    /// The account that acts as the member now; the one that said the code without.
    pub account: Option<String>,
    /// The member's name.
    pub member: String,
}

/// Uses a code that an account said. Committed by the caller.
///
/// # Errors
/// [`Error::Invalid`] for a code that is none, or none any more; [`Error::Conflict`] when the account that asked says
/// it itself; [`Error::Forbidden`] from an account that is no active member's.
pub async fn redeem(
    tx: &mut Tx,
    clock: &Clock,
    team: TeamId,
    workspace: &Workspace,
    author: &Author,
    code: &str,
) -> Result<Redeemed> {
    let now = clock.now();
    // Taken with a write: of two who say it at once, one finds it unused.
    let stored: Option<Stored> = run!(tx, |c| sqlx::query_as(
        "UPDATE link_codes SET used_at = $1 WHERE code_hash = $2 AND team_id = $3 AND used_at IS NULL \
         AND expires_at > $1 RETURNING member_id, platform, workspace, account, account_name"
    )
    .bind(now)
    .bind(hash(&digits(code)))
    .bind(team)
    .fetch_optional(c)
    .await)?;
    let stored = stored.ok_or_else(|| {
        Error::invalid("code", "is not known, was used, or is older than ten minutes; ask for a new one")
    })?;
    if let Some(member) = stored.member_id {
        let member = let_in(tx, clock, team, member).await?;
        link_identity(tx, clock, workspace, &author.external_id, team, member.id).await?;
        return Ok(Redeemed { account: None, member: member.name });
    }
    let (Some(platform), Some(external_id), Some(account)) =
        (stored.platform, stored.workspace, stored.account)
    else {
        return Err(Error::Internal("a code is for nobody".to_owned()));
    };
    let asked_in = Workspace { platform, external_id };
    if asked_in == *workspace && account == author.external_id {
        return Err(Error::Conflict(
            "this is the account that asked: write the code from the one that is a member already".to_owned(),
        ));
    }
    let member = member_of(tx, team, workspace, &author.external_id).await?;
    let member = member.filter(|m| m.status == MemberStatus::Active).ok_or_else(|| {
        Error::Forbidden("a code is confirmed from an account that is a member already".to_owned())
    })?;
    link_identity(tx, clock, &asked_in, &account, team, member.id).await?;
    Ok(Redeemed { account: stored.account_name.or(Some(account)), member: member.name })
}

/// The member whom an admin issued a code for: the admin has vouched for whoever says it.
async fn let_in(tx: &mut Tx, clock: &Clock, team: TeamId, id: MemberId) -> Result<Member> {
    let member: Option<Member> = run!(tx, |c| {
        sqlx::query_as(
            "UPDATE members SET status = 'active', updated_at = $1 WHERE team_id = $2 AND id = $3 \
             AND status <> 'removed' RETURNING id, team_id, name, email, role, status, created_at",
        )
        .bind(clock.now())
        .bind(team)
        .bind(id)
        .fetch_optional(c)
        .await
    })?;
    member.ok_or_else(|| Error::Forbidden("this code is for somebody who is no longer a member".to_owned()))
}

/// Codes that have ended are of no use to anybody.
async fn tidy(tx: &mut Tx, clock: &Clock) -> Result<()> {
    Ok(run!(tx, |c| sqlx::query("DELETE FROM link_codes WHERE expires_at <= $1")
        .bind(clock.now())
        .execute(c)
        .await
        .map(|_| ()))?)
}

/// `1234-5678-9012`.
fn new_code() -> String {
    let random = Sha256::digest(random_token().expose_secret());
    let number = random.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let digits = format!("{:012}", number % 10_u64.pow(12));
    format!("{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..])
}

fn hash(code: &str) -> String {
    Sha256::digest(digits(code)).iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_from_words() {
        assert!(is_code(&new_code()));
        assert!(is_code("123456789012"));
        for words in ["me", "is broken", "1234", "555-0100", "1234-5678-901a"] {
            assert!(!is_code(words), "{words}");
        }
    }
}
