//! The words that announce a secret, in five languages, and what kind of value follows them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Label;
use super::view::pattern;

/// What follows a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A password, chosen by a person: anything.
    Password,
    /// Digits, or a short mix.
    Pin,
    /// A code for one use.
    Code,
    /// The word "code" alone: six digits or nothing.
    BareCode,
    /// A seed for one-time codes, in base 32.
    Seed,
    /// A key made by a machine.
    Key,
    /// "key", "token" or "secret" alone: only what a machine made and is long.
    BareKey,
    /// The key of a wireless network or a tunnel: eight characters and more.
    Shared,
    /// Credentials: usually a name and a password, which `login` knows; a value alone is the password.
    Creds,
    /// An SNMP community.
    Community,
}

impl Kind {
    pub(super) fn label(self) -> Label {
        match self {
            Self::Password | Self::Shared | Self::Community | Self::Creds => Label::Password,
            Self::Pin => Label::Pin,
            Self::Code | Self::BareCode => Label::Code,
            Self::Key | Self::BareKey | Self::Seed => Label::Key,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Cue {
    pub(super) at: Range<usize>,
    pub(super) kind: Kind,
}

/// In the order in which they are tried where several begin at one place.
const CUES: [(Kind, &str); 10] = [
    (
        Kind::Seed,
        r"(?:totp|otp|2fa|mfa|authenticator|authentikator)[-_ ]?(?:secret|seed|key|setup[- ]key)|(?:totp|authenticator)[- ](?:geheimnis|schlüssel|sleutel|clé|clave)|setup[- ]key|clé (?:secrète )?totp|clave totp|secreto totp|secret totp|manual entry key|seed",
    ),
    (
        Kind::Code,
        concat!(
            r"(?:mfa|2fa|otp|totp|one[- ]?time|sms|verification|verify|authenticator|authentication|auth|security|confirmation|back[- ]?up|recovery|emergency|scratch|reset|duo|tap|bypass)[-_ ]?(?:pass)?codes?",
            r"|(?:one[- ]?time|sms)[- ](?:pin|password|token)|temporary access pass(?:[- ]code)?|\btap\b|\botps?\b",
            r"|einmal[- ]?(?:code|kennwort|passwort|pin)s?|(?:bestätigungs|sicherheits|verifizierungs|backup-?|wiederherstellungs|notfall|sms-|mfa-|2fa-)codes?",
            r"|codes? (?:de )?(?:vérification|sécurité|confirmation|secours|récupération|sms|mfa|2fa|à usage unique)",
            r"|códigos? (?:de )?(?:verificación|seguridad|confirmación|respaldo|recuperación|sms|mfa|2fa|un solo uso)",
            r"|(?:verificatie|beveiligings|bevestigings|herstel|back-?up-?|sms-|mfa-|2fa-|eenmalige )codes?"
        ),
    ),
    (
        Kind::Pin,
        concat!(
            r"(?:voice ?mail|voicebox|mailbox pin|conference|phone unlock) ?(?:password|pwd?|code)|combination|combo|kombination|combinaison|combinación|combinatie|pin(?:[- ]?(?:code|nummer|number))?s?|passcode|puk(?:[- ]code)?|geheimzahl|(?:code|clave|código) pin|pincode",
            r"|(?:alarm|door|gate|entry|keypad|voicemail|lock|unlock|safe|garage|lockbox|screen[- ]?lock|access)[- ](?:panel )?code",
            r"|(?:tür|tor|zugangs|alarm|entsperr|tresor)-?code|code (?:d'accès|de la porte|d'entrée|de l'alarme|de déverrouillage|porte|alarme)",
            r"|código (?:de acceso|de la puerta|de la alarma|de desbloqueo|de entrada)|(?:toegangs|deur|alarm|ontgrendel)-?code"
        ),
    ),
    (
        Kind::Shared,
        concat!(
            r"psk|psksecret|pre-?shared[-_ ]?(?:key|secret)|wpa[23]?[-_ ](?:key|psk|passphrase|password)|(?:vorinstallierter|freigegebener|gemeinsamer|vorher vereinbarter) schlüssel",
            r"|(?:wi-?fi|wlan|wireless|network|hotspot|ssid|guest network|vpn|tunnel|ipsec|l2tp|radius|tacacs|netzwerk)[-_ ]?(?:security[- ])?(?:key|pass(?:word|wort|phrase|code)?|pwd?|code|psk|secret|schlüssel|kennwort|sleutel|wachtwoord|ww)",
            r"|(?:clé|mot de passe|mdp|code) (?:du |de la |de |d'|le )?(?:wi-?fi|wpa2?|réseau|vpn|wlan|box)|clé (?:pré-?partagée|partagée)",
            r"|(?:clave|contraseña|contrasena) (?:del |de la |de )?(?:wi-?fi|wpa2?|red|vpn|router)|clave (?:precompartida|compartida)",
            r"|gedeelde sleutel|key content|ssid[: ]{1,2}[^\s,;/]{1,32}[,;/]? (?:key|pass|pw|password)|netwerksleutel|keymaterial|shared[-_ ](?:secret|key)"
        ),
    ),
    (
        Kind::Community,
        r"(?:snmp(?:v[123]c?)?[- ]?)?communit(?:y|ies)[- ](?:string|name)s?|snmp ?(?:v[123]c?)?[- ](?:ro |rw )?community|snmp-?community|communauté snmp|comunidad snmp|snmp-server community|communit(?:y|ies)",
    ),
    (
        Kind::Key,
        concat!(
            r"(?:api|app|application|access|secret|private|account|storage|encryption|master|subscription|integration|signing|function|host|shared access|deploy|agent|install|registration|activation|enrollment|auth|webhook|service|client|consumer|license|licence|ssh|public|recovery|bitlocker|filevault|restore|product|windows|office|cd)[-_ ]?(?:recovery[-_ ]?|access[-_ ]?|api[-_ ]?|product[-_ ]?|secret[-_ ]?)?keys?",
            r"|(?:api|access|auth|authentication|bearer|refresh|session|bot|personal access|deploy|webhook|slack|github|gitlab|jwt|id|csrf|oauth2?|sas|registration|agent|service|security|secret|device|push|site|install(?:er|ation)?|enrollment|join|npm|pypi)[-_ ]?(?:api[-_ ]?)?tokens?",
            r"|(?:client|app|application|consumer|webhook|signing|oauth2?|api|aws|azure|jwt|session|cookie|app-)[-_ ]?secrets?(?:[-_ ]?(?:value|key|access[-_ ]?key))?",
            r"|secret[-_ ]?access[-_ ]?key|accountkey|sharedaccesskey|apikey|apisecret|appsecret",
            r"|api[- ]?(?:schlüssel|sleutel|geheimnis)|zugriffs(?:schlüssel|token)|client-?(?:geheimnis|geheim)|wiederherstellungsschlüssel|lizenzschlüssel|produktschlüssel|privater schlüssel|geheimer schlüssel",
            r"|clé (?:d')?(?:api|accès|produit|de licence|de récupération|privée|secrète)|secret (?:du )?client|jeton(?: d'accès| api)?",
            r"|clave (?:de )?(?:la )?(?:api|acceso|producto|licencia|recuperación|privada|secreta)|secreto (?:de |del )?cliente|token de acceso|jeton de connexion",
            r"|toegangs(?:sleutel|token)|herstelsleutel|licentiesleutel|productcode|productsleutel|privésleutel|geheime sleutel"
        ),
    ),
    (
        Kind::Password,
        concat!(
            r"pass[-_ ]?phrases?|passwords?|passwords?|passwd|passwort(?:s|es)?|passwörter|kennwort(?:s|es)?|kennwörter|wachtwoord(?:en)?|wachtwrd",
            r"|mots? de pass?e|mdp|m\.d\.p\.?|phrase (?:de passe|secrète)|contraseñas?|contrasenas?|frase de contraseña|palabra clave|wachtwoordzin|wachtzin|passwortsatz",
            r"|pasword|passwrd|passwd|pssword|passord|pword|p/w|passw|pswd|laps|psswd|psw|pwd|pwrd|pw|ww|pass|clave|losung|enable secret"
        ),
    ),
    (Kind::BareKey, r"tokens?|secrets?|keys?|schlüssel|geheimnis|clé|clave|sleutel|geheim"),
    (Kind::Creds, r"credentials?|creds?|zugangsdaten|anmeldedaten|identifiants|credenciales|inloggegevens"),
    (Kind::BareCode, r"codes?|código|passcodes?"),
];

static CUE: LazyLock<Regex> = LazyLock::new(|| {
    let groups: Vec<String> = CUES.iter().map(|(_, words)| format!("({words})")).collect();
    pattern(&format!("(?i)(?:{})", groups.join("|")))
});

/// Words long and rare enough to be a cue at the end of a longer word: `Administratorkennwort`, `dbPassword`.
static GLUED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^(?:pass(?:word|wort|phrase|wd)|kennwort|wachtwoord|pwd|apikey|secretkey)s?$")
});

/// Words one letter away from these are typed by somebody in a hurry.
const MISTYPED: [&str; 6] = ["password", "passwort", "kennwort", "wachtwoord", "contraseña", "passphrase"];

/// Those one letter away that are words of their own.
const OTHER_WORDS: [&str; 6] = ["passport", "passports", "keyword", "antwort", "antwoord", "password's"];

static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{L}0@$]{6,12}"));

/// Every cue of the text, in order.
pub(super) fn cues(text: &str) -> Vec<Cue> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(found) = CUE.captures_at(text, from) {
        let Some((index, m)) = (1..=CUES.len()).find_map(|i| Some((i - 1, found.get(i)?))) else { break };
        let mut kind = CUES[index].0;
        if m.as_str().eq_ignore_ascii_case("clave") {
            kind = Kind::Password;
        }
        if stands_alone(text, m.range()) {
            all.push(Cue { at: m.range(), kind });
            from = m.end();
        } else {
            // Another cue may begin inside: the "password" of "psk_password_file" is none, that of "keypassword" is.
            from = m.start() + text[m.start()..].chars().next().map_or(1, char::len_utf8);
        }
    }
    for word in WORD.find_iter(text) {
        if let Some(at) = mistyped(word.as_str()).then(|| word.range())
            && stands_alone(text, at.clone())
            && !all.iter().any(|c: &Cue| c.at.start < at.end && at.start < c.at.end)
        {
            all.push(Cue { at, kind: Kind::Password });
        }
    }
    all.sort_by_key(|c| c.at.start);
    all
}

fn mistyped(word: &str) -> bool {
    let word = word.to_lowercase();
    !OTHER_WORDS.contains(&word.as_str())
        && MISTYPED
            .iter()
            .any(|w| w.chars().next() == word.chars().next() && strsim::osa_distance(w, &word) <= 1)
}

/// Whether a cue is a word of its own, or the last part of an identifier.
fn stands_alone(text: &str, at: Range<usize>) -> bool {
    let word = &text[at.clone()];
    let before = text[..at.start].chars().next_back();
    let mut after = text[at.end..].chars();
    let (next, then) = (after.next(), after.next());
    let begins = match before {
        None => true,
        Some(c) if c.is_alphabetic() => {
            let camel = c.is_lowercase() && word.starts_with(char::is_uppercase);
            camel || GLUED.is_match(word)
        }
        Some(c) => !c.is_ascii_digit() || GLUED.is_match(word),
    };
    let ends = match next {
        // The end of a longer value before its host: `pgSecret9@db`.
        Some(_) if text[at.end..].trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('@') => false,
        Some(c) if c.is_alphabetic() => false,
        Some(c) if c.is_ascii_digit() || matches!(c, '_' | '-' | '.') => {
            then.is_none_or(|t| !t.is_alphanumeric())
        }
        _ => true,
    };
    begins && ends
}
