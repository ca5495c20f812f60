//! Secrets at rest: sealed with Fernet; the newest key seals, every key opens.

use fernet::{Fernet, MultiFernet};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealerError {
    /// A configured key is no Fernet key.
    #[error(
        "secret_keys[{0}] is not a Fernet key (32 bytes in URL-safe base64); make one with `flowpilot keys generate`"
    )]
    Key(usize),
    /// No key is configured.
    #[error("secret_keys is empty; make a key with `flowpilot keys generate`")]
    Empty,
    /// None of the keys opens it.
    #[error(
        "a stored secret was sealed with a key that is not in secret_keys; put the old key back at the end of the list"
    )]
    Open,
}

/// Seals and opens secrets, and derives keys for other uses from the same configured keys.
pub struct Sealer {
    fernet: MultiFernet,
    newest: Fernet,
    keys: Vec<SecretString>,
}

impl Sealer {
    /// `keys`: Fernet keys, newest first.
    ///
    /// # Errors
    /// [`SealerError::Empty`], or [`SealerError::Key`] naming the first key that is none.
    pub fn new(keys: Vec<SecretString>) -> Result<Self, SealerError> {
        let parsed = keys
            .iter()
            .enumerate()
            .map(|(i, key)| Fernet::new(key.expose_secret()).ok_or(SealerError::Key(i)))
            .collect::<Result<Vec<_>, _>>()?;
        let newest = parsed.first().cloned().ok_or(SealerError::Empty)?;
        Ok(Self { fernet: MultiFernet::new(parsed), newest, keys })
    }

    /// A new random key.
    #[must_use]
    pub fn generate_key() -> SecretString {
        SecretString::from(Fernet::generate_key())
    }

    /// Seals with the newest key.
    #[must_use]
    pub fn seal(&self, secret: &SecretString) -> String {
        self.newest.encrypt(secret.expose_secret().as_bytes())
    }

    /// Opens with whichever key fits.
    ///
    /// # Errors
    /// [`SealerError::Open`].
    pub fn open(&self, sealed: &str) -> Result<SecretString, SealerError> {
        let bytes = self.fernet.decrypt(sealed).map_err(|_| SealerError::Open)?;
        String::from_utf8(bytes).map(SecretString::from).map_err(|_| SealerError::Open)
    }

    /// Whether the newest key sealed it; otherwise `keys rotate` has work to do.
    #[must_use]
    pub fn is_current(&self, sealed: &str) -> bool {
        self.newest.decrypt(sealed).is_ok()
    }

    /// A key for `purpose` from each configured key, newest first, each with a short name of its own.
    pub fn derive(&self, purpose: &str) -> impl Iterator<Item = (String, [u8; 32])> {
        self.keys.iter().map(move |key| {
            let derived: [u8; 32] = Sha256::new()
                .chain_update(purpose)
                .chain_update([0])
                .chain_update(key.expose_secret())
                .finalize()
                .into();
            let name = Sha256::new().chain_update(b"name\0").chain_update(derived).finalize();
            (name.iter().take(4).map(|b| format!("{b:02x}")).collect(), derived)
        })
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({} keys)", self.keys.len())
    }
}

/// A random token of 256 bits in URL-safe base64: for refresh tokens and one-time keys.
#[must_use]
pub fn random_token() -> SecretString {
    // A Fernet key is exactly that: 32 bytes of the system's randomness, encoded.
    SecretString::from(Fernet::generate_key().trim_end_matches('=').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_sealed_with_an_old_key_still_opens_after_rotation() {
        let (old, new) = (Sealer::generate_key(), Sealer::generate_key());
        let sealed = Sealer::new(vec![old.clone()]).unwrap().seal(&SecretString::from("s3cret"));
        let rotated = Sealer::new(vec![new, old]).unwrap();
        assert_eq!(rotated.open(&sealed).unwrap().expose_secret(), "s3cret");
        assert!(!rotated.is_current(&sealed));
    }

    #[test]
    fn a_secret_does_not_open_once_its_key_is_gone() {
        let sealed = Sealer::new(vec![Sealer::generate_key()]).unwrap().seal(&SecretString::from("s3cret"));
        let other = Sealer::new(vec![Sealer::generate_key()]).unwrap();
        assert!(matches!(other.open(&sealed), Err(SealerError::Open)));
    }

    #[test]
    fn a_malformed_key_is_named_by_its_place() {
        let keys = vec![Sealer::generate_key(), SecretString::from("nonsense")];
        assert!(matches!(Sealer::new(keys), Err(SealerError::Key(1))));
    }
}
