//! Asking who sits before a screen: `GET /system/myMembers/info` with the member's own hash.
//!
//! The claim goes to the connection's own site, with its own company, whatever the browser says about either. Servers
//! differ in the form that they take the hash in: as cookies, as cookies with encoded values, or as a password.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::byte_serialize;

use super::call::{Call, Identity};
use super::client::Client;
use super::wire;
use crate::psa::{ClaimForm, MemberClaim, ProvenMember, PsaError};

/// Somebody looks at an empty pod meanwhile.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);

/// Who the claim is true of.
pub(super) async fn prove(client: &Client, claim: &MemberClaim) -> Result<ProvenMember, PsaError> {
    let call = Call::get("the member", ["system", "myMembers", "info"]).within(PATIENCE);
    let mut refused = None;
    for form in forms(claim) {
        let who = identity(client, claim, form)?;
        match client.read_as::<wire::MyMember>(&who, &call).await {
            Ok(page) => match page.body.proven(form).filter(|found| is_claimed(found, claim)) {
                Some(found) => return Ok(found),
                // Whoever it is, it is not who the page says.
                None => return Err(PsaError::Auth("it answers for somebody else".to_owned())),
            },
            Err(error @ (PsaError::RateLimited { .. } | PsaError::Unavailable(_))) => return Err(error),
            // Some servers say "not found", or answer with a page of HTML, to what they do not let in.
            Err(error) => refused = Some(error),
        }
    }
    Err(PsaError::Auth(refused.map_or_else(|| "nothing to try".to_owned(), |error| error.to_string())))
}

/// The forms to try, those first that browser sessions are known to pass with.
fn forms(claim: &MemberClaim) -> impl Iterator<Item = ClaimForm> + use<> {
    let has_context = !claim.context().expose_secret().is_empty();
    let differs = [claim.member(), claim.hash().expose_secret(), claim.context().expose_secret()]
        .iter()
        .any(|text| encoded(text) != **text);
    // Without its context a cookie is never accepted.
    [
        has_context.then_some(ClaimForm::Cookie),
        (has_context && differs).then_some(ClaimForm::EncodedCookie),
        Some(ClaimForm::Password),
    ]
    .into_iter()
    .flatten()
}

fn is_claimed(found: &ProvenMember, claim: &MemberClaim) -> bool {
    found.identifier.eq_ignore_ascii_case(claim.member())
}

/// The member as whom a call is made.
pub(super) fn identity(client: &Client, claim: &MemberClaim, form: ClaimForm) -> Result<Identity, PsaError> {
    let (company, member) = (client.company(), claim.member());
    let (hash, context) = (claim.hash().expose_secret(), claim.context().expose_secret());
    let cookies = |company: &str, member: &str, hash: &str, context: &str| {
        format!("companyName={company}; memberId={member}; memberHash={hash}; memberContext={context}")
    };
    let password = BASE64_STANDARD.encode(format!("{company}+{member}:{hash}"));
    let (name, value) = match form {
        ClaimForm::Cookie => (COOKIE, cookies(company, member, hash, context)),
        ClaimForm::EncodedCookie => {
            (COOKIE, cookies(&encoded(company), &encoded(member), &encoded(hash), &encoded(context)))
        }
        ClaimForm::Password => (AUTHORIZATION, format!("Basic {password}")),
    };
    let value = HeaderValue::try_from(value).map_err(|_| PsaError::Auth("it is no claim".to_owned()))?;
    let secrets = [hash.to_owned(), encoded(hash), password].map(SecretString::from).into();
    Ok(client.identity(name, value, secrets))
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
