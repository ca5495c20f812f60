//! Who sits before the PSA's screen: what the browser claims, and what the PSA says to it.
//!
//! A page in the PSA's frame is told the member's name and a hash by the page around it. Anybody can send us such a
//! pair, so it is nothing but a claim until the PSA itself has accepted it.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// What a browser says about who sits before it. The hash lets in: it is never stored or logged.
#[derive(Debug, Clone)]
pub struct MemberClaim {
    member: String,
    hash: SecretString,
    context: SecretString,
}

/// A claim as it is sent, before anything about it was looked at.
#[derive(Debug, Clone, Deserialize)]
pub struct ClaimParts {
    /// The member's login name.
    pub member: String,
    /// What the PSA gave the page to prove it.
    pub hash: SecretString,
    /// Where the member signed in; the PSA wants it back with the hash.
    #[serde(default)]
    pub context: Option<SecretString>,
}

/// The longest login name, in bytes.
const LONGEST_MEMBER: usize = 100;
const SHORTEST_HASH: usize = 8;
const LONGEST_HASH: usize = 2_048;
const LONGEST_CONTEXT: usize = 4_096;

impl MemberClaim {
    /// A claim whose parts can stand in a header without changing its meaning; `None` otherwise, which no real one is.
    #[must_use]
    pub fn new(parts: ClaimParts) -> Option<Self> {
        let ClaimParts { member, hash, context } = parts;
        let context = context.unwrap_or_default();
        let member_fits = (1..=LONGEST_MEMBER).contains(&member.len())
            && member
                .bytes()
                .all(|b| b.is_ascii_graphic() && !matches!(b, b':' | b';' | b',' | b'\\' | b'"'));
        let fits = |text: &SecretString, least: usize, most: usize| {
            let text = text.expose_secret();
            (least..=most).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b',' | b'\\' | b'"'))
        };
        (member_fits && fits(&hash, SHORTEST_HASH, LONGEST_HASH) && fits(&context, 0, LONGEST_CONTEXT))
            .then_some(Self { member, hash, context })
    }

    /// The member's login name.
    #[must_use]
    pub fn member(&self) -> &str {
        &self.member
    }

    /// What is to prove it.
    #[must_use]
    pub fn hash(&self) -> &SecretString {
        &self.hash
    }

    /// Where the member signed in; empty where the page was not told.
    #[must_use]
    pub fn context(&self) -> &SecretString {
        &self.context
    }
}

/// The form of credentials in which the PSA accepted a claim; the same is used for what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimForm {
    /// As cookies, as they were given.
    Cookie,
    /// As cookies whose values are URL-encoded.
    EncodedCookie,
    /// As a password.
    Password,
}

/// A member, as the PSA says itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenMember {
    /// The PSA's id.
    pub id: String,
    /// The login name.
    pub identifier: String,
    /// The name to show. Untrusted text.
    pub name: String,
    /// How it was proven.
    pub form: ClaimForm,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(member: &str, hash: &str, context: &str) -> Option<MemberClaim> {
        let context = Some(SecretString::from(context));
        MemberClaim::new(ClaimParts { member: member.to_owned(), hash: SecretString::from(hash), context })
    }

    #[test]
    fn an_ordinary_claim_is_one() {
        assert!(claim("jnovak", "4f1c9a2e-0000-4000-8000-8d3f5a7b9c1d", "web").is_some());
        assert!(claim("j.novak@msp", "aGFzaA==+/x", "").is_some());
    }

    #[test]
    fn what_would_mean_something_in_a_header_is_none() {
        for member in ["", "a;b", "a:b", "a,b", "a\\b", "a\"b", "a b", "a\r\nb", "é", &"a".repeat(101)] {
            assert!(claim(member, "12345678", "web").is_none(), "{member:?}");
        }
        for hash in ["", "1234567", "12345678;", "12345678,", "12345678\n", "1234 5678", &"a".repeat(2_049)] {
            assert!(claim("jnovak", hash, "web").is_none(), "{hash:?}");
        }
        assert!(claim("jnovak", "12345678", "web; memberId=arivera").is_none());
    }

    #[test]
    fn a_claim_shows_no_hash() {
        assert!(!format!("{:?}", claim("jnovak", "12345678", "web")).contains("12345678"));
    }
}
