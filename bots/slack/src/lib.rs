//! FlowPilot in Slack: an adapter that verifies, parses, renders and sends.
