//! The one place that makes HTTP clients.

mod private;

use std::time::Duration;

use crate::{Error, Result};

pub use private::{NotReached, PrivateNetworks};

/// A client with our TLS provider, time limits, and no redirects: a redirect would carry credentials elsewhere.
///
/// # Errors
/// [`Error::Internal`] when the TLS roots cannot be set up.
pub fn client(timeout: Duration) -> Result<reqwest::Client> {
    build(builder(timeout))
}

/// As [`client`], for servers that somebody else names: connects to public addresses only, and to `networks`. It goes
/// through no proxy, which would look the name up by itself. A host that is an address is its caller's to check
/// ([`PrivateNetworks::check_literal`]).
///
/// # Errors
/// As [`client`].
pub fn guarded_client(timeout: Duration, networks: &PrivateNetworks) -> Result<reqwest::Client> {
    build(builder(timeout).no_proxy().dns_resolver(private::Guard(networks.clone())))
}

fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    // A second call finds a provider installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "the one place that builds clients")]
    let builder = reqwest::Client::builder();
    builder
        .user_agent(concat!("FlowPilot/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|e| Error::Internal(format!("HTTP client: {e}")))
}
