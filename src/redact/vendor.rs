//! Tokens that say by their prefix who made them.

use std::sync::LazyLock;

use regex::Regex;

use super::value::entropy;
use super::view::pattern;
use super::{Found, Label};

/// Prefix, and the shape of what follows it. A prefix that says all needs no more than a length.
const TOKENS: [&str; 84] = [
    // Code and packages.
    r"gh[oprsu]_[A-Za-z0-9]{20,}",
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat|ffct|rtr)-[0-9A-Za-z_.=-]{18,}",
    r"GR1348941[0-9A-Za-z_-]{20}",
    r"_gitlab_session=[0-9a-z]{32}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-AgE[A-Za-z0-9_-]{40,}",
    r"rubygems_[a-f0-9]{48}",
    r"CLOJARS_[a-z0-9]{60}",
    r"cio[A-Za-z0-9]{32}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,60}",
    r"AKCp[A-Za-z0-9]{60,80}",
    r"cmVmdGtu[A-Za-z0-9]{50,70}",
    r"ATATT3[A-Za-z0-9_=-]{60,}",
    r"ATCTT3[A-Za-z0-9_=-]{60,}",
    r"ATBB[A-Za-z0-9]{24,40}",
    r"sq[up]_[a-f0-9]{40}",
    r"sqa_[a-f0-9]{40}",
    r"lin_(?:api|oauth)_[A-Za-z0-9]{32,64}",
    r"NRAK-[A-Za-z0-9]{27}",
    r"NRJS-[a-f0-9]{19}",
    r"NRII-[A-Za-z0-9-]{32}",
    r"PMAK-[a-fA-F0-9]{24}-[a-fA-F0-9]{34}",
    r"pul-[a-f0-9]{40}",
    r"dapi[a-f0-9]{32}(?:-[0-9])?",
    r"snyk_[a-z]{2,4}[A-Za-z0-9_.-]{30,}",
    // Clouds.
    r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
    r"ABSK[A-Za-z0-9+/]{100,}={0,2}",
    r"bedrock-api-key-[A-Za-z0-9+/=-]{20,}",
    r"AIza[A-Za-z0-9_-]{35}",
    r"ya29\.[A-Za-z0-9_-]{20,}",
    r"GOCSPX-[A-Za-z0-9_-]{24,40}",
    r"LTAI[A-Za-z0-9]{16,30}",
    r"do[opr]_v1_[a-f0-9]{64}",
    r"tfp_[A-Za-z0-9_-]{40,80}",
    r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}",
    r"hv[sbr]\.[A-Za-z0-9_-]{24,}",
    r"s\.[A-Za-z0-9]{24}",
    r"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
    r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}",
    r"HRKU-[A-Za-z0-9_-]{36,64}",
    r"pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_.=-]{32,64}",
    r"fo1_[A-Za-z0-9_-]{43}",
    r"fm[12][ar]?_[A-Za-z0-9+/=]{100,}",
    r"ops_eyJ[A-Za-z0-9+/]{100,}={0,3}",
    r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
    r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
    r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,60}",
    r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
    r"tskey-[a-z]{2,10}-[A-Za-z0-9-]{20,70}",
    r"dnkey-[a-z0-9=_-]{26}-[a-z0-9=_-]{52}",
    r"sha256~[A-Za-z0-9_-]{43}",
    r"4b1d[A-Za-z0-9]{38}",
    // Chat and mail.
    r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}",
    r"xapp-[0-9]-[A-Za-z0-9-]{20,}",
    r"xoxe\.xox[bp]-[0-9]-[A-Za-z0-9]{100,}",
    r"SG\.[A-Za-z0-9=_.-]{60,70}",
    r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}",
    r"key-[a-f0-9]{32}",
    r"pubkey-[a-f0-9]{32}",
    r"[a-f0-9]{32}-us[0-9]{1,2}",
    r"SK[0-9a-fA-F]{32}",
    r"[0-9]{8,10}:A[A-Za-z0-9_-]{34}",
    r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}",
    // Money and shops.
    r"(?:sk|rk|pk)_(?:test|live|prod)_[A-Za-z0-9]{10,}",
    r"whsec_[A-Za-z0-9+/=]{24,80}",
    r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    r"sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,60}",
    r"EAAA[A-Za-z0-9_-]{56,64}",
    r"EAA[MC][A-Za-z0-9]{100,}",
    r"FLW(?:SEC|PUB)K(?:_TEST)?-[A-Za-z0-9-]{12,60}",
    r"EZ[AT]K[A-Za-z0-9]{54}",
    r"duffel_(?:test|live)_[A-Za-z0-9_=-]{43}",
    r"(?:test|live)_(?:pub_)?[a-f0-9]{35}",
    r"shippo_(?:live|test)_[a-f0-9]{40}",
    // Models and observation.
    r"sk-(?:ant-|proj-|svcacct-|admin-|or-v1-|lf-)?[A-Za-z0-9_-]{20,}",
    r"pplx-[A-Za-z0-9]{40,60}",
    r"gsk_[A-Za-z0-9]{40,60}",
    r"hf_[A-Za-z]{34}|api_org_[A-Za-z]{34}",
    r"r8_[A-Za-z0-9]{37}",
    r"gl(?:sa|c)_[A-Za-z0-9+/_=]{32,}|eyJrIjoi[A-Za-z0-9]{70,}={0,3}",
    r"sntry[su]_[A-Za-z0-9+/=_-]{40,}",
    r"ico-[A-Za-z0-9]{32}|secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,50}|pat[A-Za-z0-9]{14}\.[a-f0-9]{64}",
    r"pat-(?:na|eu)1-[a-f0-9-]{36}|figd_[A-Za-z0-9_-]{40,60}|sgp_[A-Za-z0-9_]{40,60}|rpa_[A-Z0-9]{30,60}|fio-u-[A-Za-z0-9_=-]{64}",
];

static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?:^|[^A-Za-z0-9_])({})", TOKENS.join("|"))));

/// Addresses that are keys: whoever knows them may post.
static WEBHOOK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{20,80})",
        r"|discord(?:app)?\.com/api/webhooks/[0-9]{10,24}/([A-Za-z0-9_-]{30,90})",
        r"|webhook\.office\.com/webhookb2/([A-Za-z0-9@/-]{60,})",
        r"|logic\.azure\.com[^\s]{0,160}[?&]sig=([A-Za-z0-9_%-]{20,80})",
    ))
});

pub(super) fn find(text: &str, out: &mut Vec<Found>) {
    for found in TOKEN.captures_iter(text) {
        let Some(token) = found.get(1) else { continue };
        let goes_on = text[token.end()..].starts_with(|c: char| c.is_ascii_alphanumeric());
        // Most tokens have a fixed length: what goes on is another thing, or one that is longer than we know.
        if goes_on && token.len() < 40 || entropy(token.as_str()) < 2.8 || is_sample(token.as_str()) {
            continue;
        }
        let rest = text[token.end()..]
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(text.len() - token.end());
        out.push(Found { at: token.start()..token.end() + rest.min(400), label: Label::Token });
    }
    for found in WEBHOOK.captures_iter(text) {
        let secret = (1..=4).find_map(|i| found.get(i));
        out.extend(secret.map(|s| Found { at: s.range(), label: Label::Token }));
    }
}

/// Keys that vendors print in their manuals.
fn is_sample(token: &str) -> bool {
    token.ends_with("EXAMPLE") || token.contains("xxxx") || token.contains("XXXX")
}
