//! Values whose form leaves no doubt: key blocks, signed tokens, passwords inside addresses, recovery and product keys.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::value::{Like, key_like, like};
use super::view::pattern;
use super::{Found, Label};

/// What must hold for a match besides its form.
#[derive(Clone, Copy)]
enum Also {
    Nothing,
    /// It is no variable and no placeholder.
    NoStandIn,
    /// It is made by a machine.
    Key,
    /// It has letters and digits.
    Mixed,
}

/// A form: the whole group is taken.
struct Form {
    pattern: Regex,
    label: Label,
    also: Also,
}

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let forms = [
        // JWTs: the header is JSON, so it begins with `{"`.
        (
            r"\b(ey[IJ][A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]{4,}){0,3})",
            Label::Token,
            Also::Nothing,
        ),
        // user:password@ in addresses.
        (
            r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[!-.0-9;-?A-~]{0,80}:([^\s/@\x22'<>]{1,})@[\w.\[-]",
            Label::Password,
            Also::NoStandIn,
        ),
        // Signatures and keys in the query of an address.
        (
            r"(?i)[?&;](?:sig|signature|x-amz-signature|x-amz-security-token|access_token|refresh_token|id_token|token|auth|api[_-]?key|apikey|key|secret|client_secret|password|passwd|pwd|pass)=([^\s&#;\x22'<>)]{6,})",
            Label::Token,
            Also::NoStandIn,
        ),
        // Azure and other stores.
        (
            r"(?i)\b(?:AccountKey|SharedAccessKey|SharedSecretIssuer|PrimaryKey|SharedAccessSignature)\s{0,2}=\s{0,2}([A-Za-z0-9+/_%-]{16,}={0,2})",
            Label::Key,
            Also::Nothing,
        ),
        (r"(?i)otpauth://[^\s]{1,}?[?&]secret=([A-Z2-7=]{8,})", Label::Key, Also::Nothing),
        // Connection strings.
        (
            r"(?i)\b(?:password|pwd)\s{0,2}=\s{0,2}\{?([^;\s\x22'{}<>]{1,})\}?\s{0,2};",
            Label::Password,
            Also::NoStandIn,
        ),
        // HTTP headers.
        (
            r"(?i)\b(?:authorization|proxy-authorization)[\x22']?\s{0,2}[:=]\s{0,2}[\x22']?(?:basic|bearer|token|apikey|digest|negotiate|ntlm|aws4)\s{1,3}([A-Za-z0-9+/=._~:-]{6,})",
            Label::Token,
            Also::NoStandIn,
        ),
        (
            r"(?i)\b(?:x-api-key|x-auth-token|x-access-token|x-vault-token|api-key|private-token|ocp-apim-subscription-key|apikey)[\x22']?\s{0,2}:\s{0,2}[\x22']?([A-Za-z0-9+/=._~-]{8,})",
            Label::Key,
            Also::Key,
        ),
        (r"(?i)\bbearer\s{1,3}([A-Za-z0-9+/=._~-]{16,})", Label::Token, Also::Key),
        (r"(?i)\bbasic\s{1,3}([A-Za-z0-9+/]{16,}={0,2})", Label::Token, Also::Key),
        (
            r"(?i)\b(?:set-)?cookie:\s{0,2}[0-9a-z_.-]{1,40}=([A-Za-z0-9+/=._~%-]{16,})",
            Label::Token,
            Also::Key,
        ),
        // What a text message brings, with its sender's letter.
        (r"(?i)\bcodes?\b[^\n]{0,30}?\b(G-[0-9]{6})\b", Label::Code, Also::Nothing),
        // Drives and products.
        (r"\b([0-9]{6}(?:[- ]{1,3}[0-9]{6}){6,7})\b", Label::RecoveryKey, Also::Nothing),
        (r"\b([A-Z0-9]{4}(?:-[A-Z0-9]{4}){5,7})\b", Label::RecoveryKey, Also::Mixed),
        (r"\b([A-Z0-9]{5}(?:-[A-Z0-9]{5}){4})\b", Label::ProductKey, Also::Mixed),
        (
            r"(?i)\b((?:[BCDFGHJKMPQRTVWXY2346789N]{5}[- ]){4}[BCDFGHJKMPQRTVWXY2346789N]{5})\b",
            Label::ProductKey,
            Also::Mixed,
        ),
        // Hashes from which a password can be guessed, and Cisco's reversible ones.
        (
            r"(\$(?:1|2[abxy]|5|6|8|9|14|y|apr1|argon2id?)\$[A-Za-z0-9./$=,+]{20,})",
            Label::Password,
            Also::Nothing,
        ),
        (
            r"(?i)\b(?:password|secret|key|community|key-string|md5) [05789]\s([A-Za-z0-9$./]{4,80})",
            Label::Password,
            Also::NoStandIn,
        ),
    ];
    forms.into_iter().map(|(form, label, also)| Form { pattern: pattern(form), label, also }).collect()
});

/// An AWS secret access key has no prefix: forty characters, near something that says AWS.
static FORTY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|[^A-Za-z0-9/+=])([A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+=])"));
static AWS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)aws|amazon|secret|\bs3\b|\biam\b|(?:AKIA|ASIA)[A-Z0-9]{16}|\x{E000}"));

pub(super) fn find(text: &str, out: &mut Vec<Found>) {
    for form in FORMS.iter() {
        for found in form.pattern.captures_iter(text) {
            let Some(value) = found.get(1) else { continue };
            if form.also.holds(value.as_str()) {
                out.push(Found { at: value.range(), label: form.label });
            }
        }
    }
    for found in FORTY.captures_iter(text).filter_map(|f| f.get(1)) {
        let near = super::prose::before(text, found.start(), 120);
        let mixed = [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit];
        if mixed.iter().all(|is| found.as_str().bytes().any(|b| is(&b)))
            && AWS.is_match(near)
            && key_like(found.as_str(), 40)
        {
            out.push(Found { at: found.range(), label: Label::Key });
        }
    }
    key_blocks(text, out);
}

impl Also {
    fn holds(self, value: &str) -> bool {
        match self {
            Self::Nothing => true,
            Self::NoStandIn => {
                let variable = value.starts_with(['$', '%', '{', '<', '[', '(']) && like(value) == Like::No;
                let masked = value.bytes().all(|b| matches!(b, b'*' | b'x' | b'.' | b'X'));
                let name = matches!(value, "PASSWORD" | "PASS" | "PWD" | "TOKEN" | "KEY" | "SECRET");
                !(variable || masked || name)
            }
            Self::Key => key_like(value, 8),
            Self::Mixed => {
                value.bytes().any(|b| b.is_ascii_digit())
                    && value.bytes().filter(u8::is_ascii_alphabetic).count() >= 3
            }
        }
    }
}

/// The body of each PEM or PGP private key; without an end, as far as it looks like one.
fn key_blocks(text: &str, out: &mut Vec<Found>) {
    static BEGIN: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----"));
    static END: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"-----END[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----"));
    let ends: Vec<Range<usize>> = END.find_iter(text).map(|m| m.range()).collect();
    let begins: Vec<Range<usize>> = BEGIN.find_iter(text).map(|m| m.range()).collect();
    for (i, begin) in begins.iter().enumerate() {
        let next = begins.get(i + 1).map_or(text.len(), |b| b.start);
        let first_end = ends.partition_point(|e| e.start < begin.end);
        let end = match ends.get(first_end) {
            Some(end) if end.start <= next => end.start,
            _ => begin.end + truncated(&text[begin.end..next]),
        };
        let body = &text[begin.end..end];
        let trimmed = body.trim();
        if !trimmed.is_empty() {
            let start = begin.end + (body.len() - body.trim_start().len());
            out.push(Found { at: start..start + trimmed.len(), label: Label::PrivateKey });
        }
    }
}

/// How much of this is lines of a key whose end is missing.
fn truncated(rest: &str) -> usize {
    let mut len = 0;
    for line in rest.split_inclusive('\n') {
        let body = line.trim();
        let header = body.starts_with("Proc-Type") || body.starts_with("DEK-Info") || body.is_empty();
        let base64 =
            body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\\'));
        if !(header || base64) {
            break;
        }
        len += line.len();
    }
    len
}
