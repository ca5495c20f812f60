//! A Slack look-alike on loopback, for tests.
