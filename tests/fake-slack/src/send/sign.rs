//! The signature of a delivery.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::Signature;
use crate::clock;

/// How far off the time of a stale signature is; Slack's limit is five minutes.
const SIX_MINUTES: u64 = 360;

/// `X-Slack-Signature` of a body: `v0=` and the HMAC-SHA256 in hex.
#[must_use]
pub fn signature(secret: &str, timestamp: u64, body: &str) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={hex}")
}

/// The two headers of a delivery.
pub(super) fn headers(how: Signature, secret: &str, body: &str) -> Vec<(&'static str, String)> {
    let now = clock::seconds();
    let (time, signed) = match how {
        Signature::Missing => return Vec::new(),
        Signature::Valid => (now, signature(secret, now, body)),
        Signature::Forged => (now, signature("not-the-secret", now, body)),
        Signature::Stale => (now - SIX_MINUTES, signature(secret, now - SIX_MINUTES, body)),
        Signature::Early => (now + SIX_MINUTES, signature(secret, now + SIX_MINUTES, body)),
        Signature::OtherBody => (now, signature(secret, now, &format!("{body} "))),
    };
    vec![("x-slack-request-timestamp", time.to_string()), ("x-slack-signature", signed)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Slack's own documentation.
    #[test]
    fn the_signature_is_the_one_that_slack_documents() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&\
                    channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&\
                    command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F\
                    T1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
                    trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        assert_eq!(
            signature("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body),
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        );
    }
}
