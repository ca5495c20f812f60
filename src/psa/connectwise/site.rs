//! Where a company's server is: the host people use, the host the interface answers on, and addresses on both.

use url::{Host, Url};

use crate::http::{NotReached, PrivateNetworks};

/// Regions whose people log in at `{region}.myconnectwise.net` while the interface is at `api-{region}`.
const CLOUD_HOSTS: [&str; 6] = [
    "na.myconnectwise.net",
    "eu.myconnectwise.net",
    "au.myconnectwise.net",
    "aus.myconnectwise.net",
    "za.myconnectwise.net",
    "staging.connectwisedev.com",
];

/// Past this path every codebase can be reached; the real one is asked for at the login page.
const LINK_PATH: &str = "/v4_6_release/ConnectWise.aspx";

/// One server.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// The interface's origin: scheme, host and port, nothing else.
    api: Url,
    /// The origin that people use.
    pages: Url,
    /// Whether it is a peer on this machine.
    is_local: bool,
}

/// Reads the origin of a page: a scheme, a host and perhaps a port, nothing else. The error is the rule that it breaks.
pub(super) fn origin(text: &str) -> Result<String, &'static str> {
    const RULE: &str = "must be an origin such as https://na.myconnectwise.net";
    let url = Url::parse(text).map_err(|_| RULE)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let host_is_plain = url.host_str().is_some_and(|host| !host.is_empty() && !host.contains('*'));
    if !bare || !host_is_plain || !url.username().is_empty() || url.password().is_some() {
        return Err(RULE);
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ => return Err("must begin with https://"),
    }
    Ok(url.origin().ascii_serialization())
}

impl Site {
    /// Reads a host or a base URL. The error is the rule that it breaks.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let given = Url::parse(&whole).map_err(|_| "must be a host such as na.myconnectwise.net")?;
        if !given.username().is_empty() || given.password().is_some() {
            return Err("must not contain a user or password");
        }
        let loopback = is_loopback(&given);
        match given.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err("must use https: the keys would travel in the open"),
            _ => return Err("must be a host or an https URL"),
        }
        let mut pages = given;
        pages.set_path("/");
        pages.set_query(None);
        pages.set_fragment(None);
        let mut api = pages.clone();
        for cloud in CLOUD_HOSTS {
            set_host_if(&mut api, cloud, &format!("api-{cloud}"));
            set_host_if(&mut pages, &format!("api-{cloud}"), cloud);
        }
        Ok(Self { api, pages, is_local: loopback })
    }

    /// Whether it is a peer on this machine: no vendor's proxy limits it.
    pub(super) fn is_local(&self) -> bool {
        self.is_local
    }

    /// Whether its host is a name, rather than an address.
    pub(super) fn is_named(&self) -> bool {
        matches!(self.api.host(), Some(Host::Domain(_)))
    }

    /// Refuses a host that is an address which may not be connected to.
    pub(super) fn check_literal(&self, networks: &PrivateNetworks) -> Result<(), NotReached> {
        networks.check_literal(&self.api)
    }

    /// The interface's host, for messages.
    pub(super) fn host(&self) -> &str {
        self.api.host_str().unwrap_or_default()
    }

    /// Where a company's codebase is asked for; needs no credentials.
    pub(super) fn company_info(&self, company: &str) -> Url {
        with_path(&self.api, ["login", "companyinfo", company])
    }

    /// An endpoint of the interface. `codebase` has no slash.
    pub(super) fn endpoint(&self, codebase: &str, path: &[String]) -> Url {
        let apis = [codebase, "apis", "3.0"];
        with_path(&self.api, apis.into_iter().chain(path.iter().map(String::as_str)))
    }

    /// The origin of the pages that people use.
    pub(super) fn origin(&self) -> String {
        self.pages.origin().ascii_serialization()
    }

    /// Where a person opens a ticket.
    pub(super) fn ticket_link(&self, id: i32) -> String {
        let mut link = self.pages.clone();
        link.set_path(LINK_PATH);
        link.query_pairs_mut().append_pair("routeTo", "ServiceFV").append_pair("recid", &id.to_string());
        link.into()
    }

    /// The address of a callback's key, where it is one of this company at the site's own hosts; anybody can write any
    /// address into a callback.
    pub(super) fn callback_key(&self, text: &str, company: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let is_own = [&self.api, &self.pages].iter().any(|own| own.origin() == url.origin());
        let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let names_keys = url.path_segments()?.any(|step| step.eq_ignore_ascii_case("callbackkey"));
        // On a host that many companies share, the others' keys prove nothing.
        let mut companies = url.query_pairs().filter(|(name, _)| name.eq_ignore_ascii_case("companyName"));
        let of_company = companies.next().is_some_and(|(_, name)| name.eq_ignore_ascii_case(company));
        let is_one = companies.next().is_none();
        (is_own && is_bare && names_keys && of_company && is_one).then_some(url)
    }

    /// Whether a link, relative or whole, stays on the interface's own host. Scheme and port may differ: a
    /// server behind a proxy knows no better.
    pub(super) fn is_own(&self, link: &str) -> bool {
        self.api.join(link).is_ok_and(|link| link.host() == self.api.host())
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn set_host_if(url: &mut Url, is: &str, becomes: &str) {
    if url.host_str() == Some(is) {
        // Both are well-formed names, which is all that can be wrong with a host.
        let _ = url.set_host(Some(becomes));
    }
}

fn with_path<'a>(base: &Url, segments: impl IntoIterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // Only `data:`-like addresses have no segments.
    if let Ok(mut path) = url.path_segments_mut() {
        path.clear().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(site: &str) -> String {
        Site::parse(site).unwrap().endpoint("v2025_1", &["service".to_owned()]).into()
    }

    #[test]
    fn the_host_that_people_know_becomes_the_interfaces_host() {
        let expected = "https://api-aus.myconnectwise.net/v2025_1/apis/3.0/service";
        assert_eq!(endpoint("aus.myconnectwise.net"), expected);
        assert_eq!(endpoint("api-aus.myconnectwise.net"), expected);
        assert_eq!(
            endpoint(" https://AUS.myconnectwise.net/v4_6_release/ConnectWise.aspx?locale=en_US#x "),
            expected
        );
    }

    #[test]
    fn an_on_premises_host_is_used_as_it_is() {
        assert_eq!(endpoint("cw.example.com:8443"), "https://cw.example.com:8443/v2025_1/apis/3.0/service");
    }

    #[test]
    fn a_name_that_only_looks_like_the_cloud_is_not_rewritten() {
        assert!(
            endpoint("na.myconnectwise.net.example.com")
                .starts_with("https://na.myconnectwise.net.example.com/")
        );
    }

    #[test]
    fn http_is_for_loopback_only() {
        assert_eq!(endpoint("http://127.0.0.1:9000"), "http://127.0.0.1:9000/v2025_1/apis/3.0/service");
        assert_eq!(endpoint("http://[::1]:9000/"), "http://[::1]:9000/v2025_1/apis/3.0/service");
        assert!(Site::parse("http://na.myconnectwise.net").is_err());
        assert!(Site::parse("http://127.0.0.1.example.com").is_err());
    }

    #[test]
    fn what_is_no_host_is_refused() {
        let odd = ["", "  ", "https://", "ftp://cw.example.com", "a b", "https://user:pw@cw.example.com"];
        assert!(odd.iter().all(|site| Site::parse(site).is_err()));
    }

    #[test]
    fn a_ticket_opens_on_the_host_that_people_use() {
        let expected =
            "https://na.myconnectwise.net/v4_6_release/ConnectWise.aspx?routeTo=ServiceFV&recid=42";
        assert_eq!(Site::parse("api-na.myconnectwise.net").unwrap().ticket_link(42), expected);
    }

    #[test]
    fn the_origin_of_its_pages_has_no_path() {
        let origin = |site: &str| Site::parse(site).unwrap().origin();
        assert_eq!(origin("https://api-na.myconnectwise.net/v4_6_release/"), "https://na.myconnectwise.net");
        assert_eq!(origin("http://127.0.0.1:9000"), "http://127.0.0.1:9000");
    }

    #[test]
    fn an_origin_is_exact() {
        assert_eq!(origin("https://CW.example.com:443/").unwrap(), "https://cw.example.com");
        assert_eq!(origin("http://127.0.0.1:9000").unwrap(), "http://127.0.0.1:9000");
        let odd = [
            "",
            "*",
            "https://*.myconnectwise.net",
            "http://na.myconnectwise.net",
            "https://na.myconnectwise.net/x",
            "https://na.myconnectwise.net?x",
            "https://me@na.myconnectwise.net",
            "na.myconnectwise.net",
            "https://a.net https://b.net",
            "data:text/html,x",
        ];
        for text in odd {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_company_cannot_leave_its_place_in_the_path() {
        let info = Site::parse("cw.example.com").unwrap().company_info("../a?b/c");
        assert_eq!(info.as_str(), "https://cw.example.com/login/companyinfo/..%2Fa%3Fb%2Fc");
    }

    #[test]
    fn a_callbacks_key_is_read_at_the_sites_own_hosts_for_its_own_company_only() {
        let site = Site::parse("na.myconnectwise.net").unwrap();
        let key = |url: &str| site.callback_key(url, "acme").is_some();
        assert!(key(
            "https://na.myconnectwise.net/v4_6_release/callbackkey/index.rails?companyName=Acme&id=7"
        ));
        assert!(key("https://api-na.myconnectwise.net/system/CallbackKey/index.rails?id=7&companyName=acme"));
        for odd in [
            "",
            "/system/callbackkey/index.rails?companyName=acme",
            "http://na.myconnectwise.net/system/callbackkey/index.rails?companyName=acme",
            "https://na.myconnectwise.net:8443/system/callbackkey/index.rails?companyName=acme",
            "https://na.myconnectwise.net.example.com/system/callbackkey/index.rails?companyName=acme",
            "https://evil.example/system/callbackkey/index.rails?companyName=acme",
            "https://me@na.myconnectwise.net/system/callbackkey/index.rails?companyName=acme",
            "https://na.myconnectwise.net@evil.example/system/callbackkey/index.rails?companyName=acme",
            "https://na.myconnectwise.net/system/callbackkey/index.rails?companyName=other",
            "https://na.myconnectwise.net/system/callbackkey/index.rails?companyName=acme&companyName=other",
            "https://na.myconnectwise.net/system/callbackkey/index.rails",
            "https://na.myconnectwise.net/system/documents/7/download?companyName=acme",
            "https://169.254.169.254/callbackkey?companyName=acme",
        ] {
            assert!(!key(odd), "{odd}");
        }
    }

    #[test]
    fn links_to_other_hosts_are_not_our_own() {
        let site = Site::parse("na.myconnectwise.net").unwrap();
        assert!(site.is_own("/v2025_1/apis/3.0/service/tickets?page=2"));
        assert!(site.is_own("https://api-na.myconnectwise.net/v2025_1/apis/3.0/service/tickets?page=2"));
        assert!(!site.is_own("https://api-na.myconnectwise.net.example.com/x"));
        assert!(!site.is_own("//example.com/x"));
    }
}
