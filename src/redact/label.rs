//! What kinds of things are taken out of a text, and under which name.

use strum::{EnumString, IntoStaticStr};

/// The kind of a redacted value; its name is in the token that stands for it and in a [`super::Span`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Label {
    /// A password or passphrase.
    Password,
    /// A PIN, or the code of a door or an alarm.
    Pin,
    /// A code for one use: a second factor, a backup code, a temporary access pass.
    Code,
    /// A key or secret of an interface, an application or a store.
    Key,
    /// A bearer token, a session token, a JWT, the secret part of a link.
    Token,
    /// The body of a private key.
    PrivateKey,
    /// What unlocks an encrypted drive.
    RecoveryKey,
    /// A product key.
    ProductKey,
    /// A payment card's number.
    CreditCard,
    /// A bank account's number.
    Iban,
    /// A social security number.
    Ssn,
    /// An e-mail address. Profile `pii` only, as all that follow.
    Email,
    /// A telephone number.
    Phone,
    /// An IP address, of version 4 or 6.
    Ip,
    /// The name that somebody logs in with.
    User,
    /// The name of a computer in somebody's network.
    Host,
}

impl Label {
    /// As it is written in tokens and spans, such as `CREDIT_CARD`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}
