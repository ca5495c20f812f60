//! Slack's notation as plain text: what a person would copy from the screen.

/// The text with references, links and escapes resolved; `bot_user`, when mentioned, is left out.
pub(crate) fn plain(text: &str, bot_user: Option<&str>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        plain.push_str(&unescaped(&rest[..start]));
        let Some(length) = rest[start..].find('>') else {
            rest = &rest[start..];
            break;
        };
        plain.push_str(&reference(&rest[start + 1..start + length], bot_user));
        rest = &rest[start + length + 1..];
    }
    plain.push_str(&unescaped(rest));
    let lines: Vec<&str> = plain.lines().map(str::trim_end).collect();
    let plain = lines.join("\n");
    // What follows our name when we are called belongs to the call.
    let is_called = bot_user.is_some_and(|user| text.trim_start().starts_with(&format!("<@{user}")));
    let plain = plain.trim();
    if is_called { plain.trim_start_matches([':', ',']).trim_start() } else { plain }.to_owned()
}

/// Whether the text mentions this account.
pub(crate) fn mentions(text: &str, user: &str) -> bool {
    text.split("<@").skip(1).any(|rest| {
        rest.strip_prefix(user).is_some_and(|after| after.starts_with('>') || after.starts_with('|'))
    })
}

/// The id of the first channel that the text names.
pub(crate) fn channel(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<#")?;
    let id = rest.split(['|', '>']).next()?;
    is_channel(id).then_some(id)
}

/// Whether this is the id of a channel.
pub(crate) fn is_channel(id: &str) -> bool {
    id.len() > 2
        && id.starts_with(['C', 'G'])
        && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// What stands between `<` and `>`.
fn reference(inner: &str, bot_user: Option<&str>) -> String {
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(unescaped(label)).filter(|l| !l.is_empty())),
        None => (inner, None),
    };
    if let Some(user) = target.strip_prefix('@') {
        if Some(user) == bot_user {
            return String::new();
        }
        return format!("@{}", label.as_deref().unwrap_or(user).trim_start_matches('@'));
    }
    if let Some(channel) = target.strip_prefix('#') {
        return format!("#{}", label.as_deref().unwrap_or(channel));
    }
    if let Some(special) = target.strip_prefix('!') {
        let name = special.split('^').next().unwrap_or(special);
        return label.unwrap_or_else(|| format!("@{name}"));
    }
    link(&unescaped(target), label)
}

/// A link as its label; the address follows where the label does not say it.
fn link(url: &str, label: Option<String>) -> String {
    let address = url.strip_prefix("mailto:").or_else(|| url.strip_prefix("tel:")).unwrap_or(url);
    let bare = address.split_once("://").map_or(address, |(_, bare)| bare).trim_end_matches('/');
    match label {
        Some(label) if label.contains(bare) || bare != url && !url.contains("://") => label,
        Some(label) => format!("{label} ({address})"),
        None => address.to_owned(),
    }
}

/// Slack escapes three characters and no others.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_name_is_left_out_and_others_are_kept() {
        assert_eq!(
            plain("<@UBOT> start #12345 printer offline", Some("UBOT")),
            "start #12345 printer offline"
        );
        assert_eq!(plain("ask <@U1|ada> or <@U2>", Some("UBOT")), "ask @ada or @U2");
        assert_eq!(plain("<@UBOT|flowpilot>: hi", Some("UBOT")), "hi");
    }

    #[test]
    fn links_read_as_they_are_shown() {
        assert_eq!(plain("<http://example.com|example.com>", None), "example.com");
        assert_eq!(
            plain("see <https://example.com/kb?a=1&amp;b=2|the article>", None),
            "see the article (https://example.com/kb?a=1&b=2)"
        );
        assert_eq!(plain("<mailto:ada@example.com|ada@example.com>", None), "ada@example.com");
        assert_eq!(plain("<https://example.com>", None), "https://example.com");
        assert_eq!(plain("in <#C1|help> and <#C2>", None), "in #help and #C2");
        assert_eq!(
            plain("<!here> <!subteam^S1|@admins> <!date^1^{date}|today>", None),
            "@here @admins today"
        );
    }

    #[test]
    fn escapes_are_undone_once() {
        assert_eq!(plain("a &lt;b&gt; &amp;lt; c", None), "a <b> &lt; c");
        assert_eq!(plain("a < b", None), "a < b");
    }

    #[test]
    fn a_longer_id_is_somebody_else() {
        assert!(mentions("hi <@UBOT>", "UBOT"));
        assert!(mentions("hi <@UBOT|flowpilot>", "UBOT"));
        assert!(!mentions("hi <@UBOT2> UBOT", "UBOT"));
    }
}
