//! Links in a model's text: an address can carry away what the text knows, so only known hosts stay.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use url::Url;

/// What stands instead of an address.
const REMOVED: &str = "[link removed]";

/// Addresses, also the kind that takes its scheme from the page that shows it; and what makes a link an image.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)https?:/{1,2}[^\s()<>\[\]"'`]+|\]\(\s*[/\\]{2}[^\s()<>\[\]"'`]+|!\["#).ok()
});

/// Keeps the links of a text that grows, where their hosts are known.
#[derive(Debug)]
pub(super) struct Links<'a> {
    /// Hosts; what is below one of them is known too.
    hosts: &'a [String],
    /// The last word, until it is whole.
    held: String,
}

impl<'a> Links<'a> {
    /// For these hosts.
    pub(super) fn to(hosts: &'a [String]) -> Self {
        Self { hosts, held: String::new() }
    }

    /// Takes the next piece; answers with the text that can be shown.
    pub(super) fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let end = self.held.char_indices().rfind(|(_, c)| c.is_whitespace()).map(|(at, c)| at + c.len_utf8());
        let whole: String = self.held.drain(..end.unwrap_or(0)).collect();
        self.checked(&whole)
    }

    /// The rest.
    pub(super) fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.held);
        self.checked(&rest)
    }

    fn checked(&self, text: &str) -> String {
        let Some(link) = &*LINK else { return text.to_owned() };
        let replaced = link.replace_all(text, |found: &Captures<'_>| match &found[0] {
            "![" => "[".to_owned(),
            address if self.is_known(address) => address.to_owned(),
            address if address.starts_with(']') => format!("]({REMOVED}"),
            _ => REMOVED.to_owned(),
        });
        replaced.into_owned()
    }

    fn is_known(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        let Some(host) = url.host_str().filter(|_| url.username().is_empty()) else { return false };
        self.hosts.iter().any(|known| {
            let below = host.strip_suffix(known.as_str());
            below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, at_once: usize) -> String {
        let hosts = ["microsoft.com".to_owned()];
        let mut links = Links::to(&hosts);
        let chars: Vec<char> = text.chars().collect();
        let pieces = chars.chunks(at_once).map(|piece| piece.iter().collect::<String>());
        let mut shown: String = pieces.map(|piece| links.push(&piece)).collect();
        shown.push_str(&links.finish());
        shown
    }

    #[test]
    fn only_known_hosts_stay_however_the_text_comes() {
        for (said, is_shown) in [
            ("see https://learn.microsoft.com/x?y=1 now", "see https://learn.microsoft.com/x?y=1 now"),
            ("see [this](https://evil.example/?q=a) now", "see [this]([link removed]) now"),
            ("https://learn.microsoft.com@evil.example/", "[link removed]"),
            ("HTTPS://notmicrosoft.com", "[link removed]"),
            ("![pixel](https://learn.microsoft.com/a.png)", "[pixel](https://learn.microsoft.com/a.png)"),
            ("[x](//evil.example/a)", "[x]([link removed])"),
            ("http:/evil.example/a", "[link removed]"),
            (r"copy \\srv\share to C:\x; 10:00 // done", r"copy \\srv\share to C:\x; 10:00 // done"),
        ] {
            for at_once in [1, 3, 1_000] {
                assert_eq!(shown(said, at_once), is_shown);
            }
        }
    }
}
