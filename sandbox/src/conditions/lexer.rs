//! Splits a filter into tokens.

use time::OffsetDateTime;

use super::Comparison;
use crate::dates;

/// One token, with text literals unescaped.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Word(String),
    Text(String),
    Number(f64),
    Date(OffsetDateTime),
    Compare(Comparison),
    Open,
    Close,
    Comma,
}

/// The tokens of a filter, or what is wrong with it.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut rest = text;
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let (token, after) = match first {
            '(' => (Token::Open, &rest[1..]),
            ')' => (Token::Close, &rest[1..]),
            ',' => (Token::Comma, &rest[1..]),
            '"' | '\'' => quoted(&rest[1..], first)?,
            '[' => date(&rest[1..])?,
            '=' | '!' | '<' | '>' => comparison(rest)?,
            '-' | '0'..='9' => number(rest)?,
            _ => word(rest)?,
        };
        tokens.push(token);
        rest = after;
    }
}

/// A backslash takes the next quote or backslash literally. No rule is published; clients that escape do
/// it this way.
fn quoted(text: &str, quote: char) -> Result<(Token, &str), String> {
    let mut content = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((Token::Text(content), &text[at + c.len_utf8()..]));
        }
        let follows = text[at + c.len_utf8()..].chars().next();
        match (c, follows) {
            ('\\', Some(escaped)) if escaped == quote || escaped == '\\' => {
                content.push(escaped);
                chars.next();
            }
            _ => content.push(c),
        }
    }
    Err(format!("a text that begins with {quote} has no end"))
}

fn date(text: &str) -> Result<(Token, &str), String> {
    let (inside, after) = text.split_once(']').ok_or("a date that begins with [ has no ]")?;
    let at = dates::parse(inside).ok_or_else(|| format!("[{inside}] is not a date"))?;
    Ok((Token::Date(at), after))
}

fn comparison(text: &str) -> Result<(Token, &str), String> {
    let signs = [
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("=", Comparison::Equal),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    let found =
        signs.into_iter().find_map(|(sign, how)| Some((Token::Compare(how), text.strip_prefix(sign)?)));
    found.ok_or_else(|| "! must be followed by =".to_owned())
}

fn number(text: &str) -> Result<(Token, &str), String> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let end = text.find(|c| !inside(c)).unwrap_or(text.len());
    let (digits, after) = text.split_at(end);
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    match digits.parse::<f64>() {
        Ok(number) if plain => Ok((Token::Number(number), after)),
        _ => Err(format!("{digits} is not a number")),
    }
}

fn word(text: &str) -> Result<(Token, &str), String> {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '/';
    let end = text.find(|c| !inside(c)).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    if word.is_empty() {
        let odd = text.chars().next().unwrap_or(' ');
        return Err(format!("{odd:?} has no meaning here"));
    }
    Ok((Token::Word(word.to_owned()), after))
}
