//! The grammar, by recursive descent:
//!
//! ```text
//! any        = all { "or" all }
//! all        = single { "and" single }
//! single     = "not" single | "(" any ")" | comparison
//! comparison = name sign literal
//!            | name [ "not" ] ( "contains" | "like" ) text
//!            | name [ "not" ] "in" "(" literal { "," literal } ")"
//! ```

use super::lexer::{Token, tokens};
use super::names::{Path, Scope, ValueKind};
use super::{Comparison, Filter, Literal, MAX_LENGTH, lower};
use crate::answer::ApiError;

/// Deepest nesting of parentheses and `not`: hostile input must not exhaust the stack.
const MAX_DEPTH: usize = 64;

pub(super) fn read(scope: Scope, text: &str) -> Result<Filter, ApiError> {
    if text.len() > MAX_LENGTH {
        return Err(wrong(&format!("they are longer than {MAX_LENGTH} bytes")));
    }
    let tokens = tokens(text).map_err(|what| wrong(&what))?;
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), scope, depth: 0 };
    let filter = parser.any()?;
    if let Some(token) = parser.tokens.next() {
        return Err(unexpected(Some(&token), "and, or, or the end"));
    }
    Ok(match parser.scope.list() {
        Some(list) => Filter::Element(list, Box::new(filter)),
        None => filter,
    })
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    scope: Scope,
    depth: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Filter, ApiError> {
        let mut parts = vec![self.all()?];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(Filter::Any(parts))
    }

    fn all(&mut self) -> Result<Filter, ApiError> {
        let mut parts = vec![self.single()?];
        while self.take_word("and") {
            parts.push(self.single()?);
        }
        Ok(Filter::All(parts))
    }

    fn single(&mut self) -> Result<Filter, ApiError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(wrong("they are nested too deeply"));
        }
        let filter = if self.take_word("not") {
            Filter::Not(Box::new(self.single()?))
        } else if self.tokens.next_if_eq(&Token::Open).is_some() {
            let inside = self.any()?;
            self.expect(&Token::Close, ")")?;
            inside
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison(&mut self) -> Result<Filter, ApiError> {
        let path = match self.tokens.next() {
            Some(Token::Word(name)) => self.scope.path(&name)?,
            other => return Err(unexpected(other.as_ref(), "the name of a member")),
        };
        if let Some(Token::Compare(how)) = self.tokens.next_if(|token| matches!(token, Token::Compare(_))) {
            let literal = self.literal()?;
            require_comparable(&path, Some(how), &literal)?;
            return Ok(Filter::Compare(path, how, literal));
        }
        let negated = self.take_word("not");
        let filter = if self.take_word("contains") {
            Filter::Contains(text_path(path)?, self.text()?)
        } else if self.take_word("like") {
            Filter::Like(text_path(path)?, self.text()?)
        } else if self.take_word("in") {
            self.list_of(path)?
        } else {
            let found = self.tokens.next();
            return Err(unexpected(found.as_ref(), "a comparison"));
        };
        Ok(if negated { Filter::Not(Box::new(filter)) } else { filter })
    }

    fn list_of(&mut self, path: Path) -> Result<Filter, ApiError> {
        self.expect(&Token::Open, "(")?;
        let mut literals = Vec::new();
        loop {
            let literal = self.literal()?;
            require_comparable(&path, None, &literal)?;
            literals.push(literal);
            if self.tokens.next_if_eq(&Token::Comma).is_none() {
                break;
            }
        }
        self.expect(&Token::Close, ")")?;
        Ok(Filter::In(path, literals))
    }

    fn literal(&mut self) -> Result<Literal, ApiError> {
        match self.tokens.next() {
            Some(Token::Text(text)) => Ok(Literal::Text(lower(&text))),
            Some(Token::Number(number)) => Ok(Literal::Number(number)),
            Some(Token::Date(at)) => Ok(Literal::Date(at)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Ok(Literal::Flag(true)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => Ok(Literal::Flag(false)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("null") => Ok(Literal::Null),
            other => Err(unexpected(other.as_ref(), "a value")),
        }
    }

    fn text(&mut self) -> Result<String, ApiError> {
        match self.tokens.next() {
            Some(Token::Text(text)) => Ok(lower(&text)),
            other => Err(unexpected(other.as_ref(), "a text in quotes")),
        }
    }

    fn take_word(&mut self, keyword: &str) -> bool {
        let is_keyword =
            |token: &Token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(keyword));
        self.tokens.next_if(is_keyword).is_some()
    }

    fn expect(&mut self, token: &Token, sign: &str) -> Result<(), ApiError> {
        match self.tokens.next() {
            Some(found) if found == *token => Ok(()),
            other => Err(unexpected(other.as_ref(), sign)),
        }
    }
}

/// Refuses a comparison that could never be true: it is a mistake of the caller.
fn require_comparable(path: &Path, how: Option<Comparison>, literal: &Literal) -> Result<(), ApiError> {
    let equality = matches!(how, None | Some(Comparison::Equal | Comparison::NotEqual));
    let wanted = match (path.kind, literal) {
        (_, Literal::Null) | (ValueKind::Flag, Literal::Flag(_)) if equality => return Ok(()),
        (ValueKind::Any, _)
        | (ValueKind::Text, Literal::Text(_))
        | (ValueKind::Number, Literal::Number(_))
        | (ValueKind::Date, Literal::Date(_)) => return Ok(()),
        (ValueKind::Text, _) => "text in quotes",
        (ValueKind::Number, _) => "a number",
        (ValueKind::Flag, _) => "= or != and true or false",
        (ValueKind::Date, _) => "a date-time in [brackets]",
        (ValueKind::Object, _) => "a member of it after a slash, such as /id",
    };
    Err(ApiError::find_condition(format!("{} has to be compared with {wanted}.", path.name())))
}

fn text_path(path: Path) -> Result<Path, ApiError> {
    if matches!(path.kind, ValueKind::Text | ValueKind::Any) {
        return Ok(path);
    }
    Err(ApiError::find_condition(format!("{} is not text: contains and like do not apply.", path.name())))
}

fn unexpected(found: Option<&Token>, wanted: &str) -> ApiError {
    let found = match found {
        Some(Token::Word(word)) => word.clone(),
        Some(Token::Text(text)) => format!("the text {text:?}"),
        Some(Token::Number(number)) => number.to_string(),
        Some(Token::Date(_)) => "a date".to_owned(),
        Some(Token::Compare(_)) => "a comparison sign".to_owned(),
        Some(Token::Open) => "(".to_owned(),
        Some(Token::Close) => ")".to_owned(),
        Some(Token::Comma) => "a comma".to_owned(),
        None => "the end".to_owned(),
    };
    wrong(&format!("{wanted} was expected, and {found} was found"))
}

fn wrong(what: &str) -> ApiError {
    ApiError::find_condition(format!("The conditions cannot be read: {what}."))
}
