//! The one place that makes HTTP clients.

use std::time::Duration;

use crate::{Error, Result};

/// A client with our TLS provider, time limits, and no redirects: a redirect would carry credentials elsewhere.
///
/// # Errors
/// [`Error::Internal`] when the TLS roots cannot be set up.
pub fn client(timeout: Duration) -> Result<reqwest::Client> {
    // A second call finds a provider installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "the one place that builds clients")]
    let builder = reqwest::Client::builder();
    builder
        .user_agent(concat!("FlowPilot/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|e| Error::Internal(format!("HTTP client: {e}")))
}
