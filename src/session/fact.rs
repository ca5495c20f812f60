//! Facts: "what we confirmed".

use uuid::Uuid;

use super::{Fact, FactSource, SessionTx, text};
use crate::store::{FactId, run};
use crate::{Error, Result};

/// The longest fact, in characters.
const LONGEST: usize = 2_000;

/// A fact to record.
#[derive(Debug, Clone)]
pub struct NewFact {
    /// The statement.
    pub text: String,
    /// What makes it one.
    pub source: FactSource,
    /// The check, step or fix it follows from, or the message that it was said in.
    pub source_id: Option<Uuid>,
}

impl NewFact {
    /// Something an engineer confirmed in words.
    pub fn said(text: impl Into<String>) -> Self {
        Self { text: text.into(), source: FactSource::Said, source_id: None }
    }
}

impl SessionTx {
    /// Records a fact.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is empty or longer than 2,000 characters.
    pub async fn add_fact(&mut self, new: NewFact) -> Result<Fact> {
        let fact = Fact {
            id: FactId::new(&self.engine.clock),
            text: text::required("text", &new.text, LONGEST)?,
            source: new.source,
            source_id: new.source_id,
            member_id: self.caller.member(),
            member_name: self.caller.name().to_owned(),
            created_at: self.now,
            updated_at: self.now,
        };
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        run!(self.noted(), |c| {
            sqlx::query(
            "INSERT INTO facts (id, team_id, session_id, text, source, source_id, member_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)"
        )
        .bind(fact.id)
        .bind(team)
        .bind(session)
        .bind(&fact.text)
        .bind(fact.source)
        .bind(fact.source_id)
        .bind(fact.member_id)
        .bind(fact.created_at)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        self.case.facts.push(fact.clone());
        Ok(fact)
    }

    /// Changes a fact that an engineer said.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a derived fact, naming where to change it; [`Error::NotFound`]; [`Error::Invalid`].
    pub async fn edit_fact(&mut self, id: FactId, new: &str) -> Result<Fact> {
        let place = self.said_fact(id)?;
        let (text, now) = (text::required("text", new, LONGEST)?, self.now);
        run!(self.noted(), |c| sqlx::query("UPDATE facts SET text = $1, updated_at = $2 WHERE id = $3")
            .bind(&text)
            .bind(now)
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
        let fact = &mut self.case.facts[place];
        fact.text = text;
        fact.updated_at = now;
        Ok(fact.clone())
    }

    /// Removes a fact that an engineer said. It stays in the database, out of sight.
    ///
    /// # Errors
    /// As [`SessionTx::edit_fact`].
    pub async fn remove_fact(&mut self, id: FactId) -> Result<()> {
        let place = self.said_fact(id)?;
        self.drop_fact(place).await
    }

    /// Removes the facts that followed from something which was taken back.
    pub(crate) async fn remove_derived_facts(&mut self, source_id: Uuid) -> Result<()> {
        while let Some(place) = self.case.facts.iter().position(|f| f.source_id == Some(source_id)) {
            self.drop_fact(place).await?;
        }
        Ok(())
    }

    async fn drop_fact(&mut self, place: usize) -> Result<()> {
        let (id, now) = (self.case.facts[place].id, self.now);
        run!(self.noted(), |c| sqlx::query("UPDATE facts SET removed_at = $1 WHERE id = $2")
            .bind(now)
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
        self.case.facts.remove(place);
        Ok(())
    }

    fn said_fact(&self, id: FactId) -> Result<usize> {
        let place = self.case.facts.iter().position(|f| f.id == id).ok_or(Error::NotFound("fact"))?;
        let source = match self.case.facts[place].source {
            FactSource::Said => return Ok(place),
            FactSource::Flow => "answered in a flow: go back to that question and answer it again",
            FactSource::Check => "the result of a check: record the check's result again",
            FactSource::Outcome => "the outcome of a fix: record the outcome again",
        };
        Err(Error::Forbidden(format!("this fact can't be edited, it is {source}")))
    }
}
