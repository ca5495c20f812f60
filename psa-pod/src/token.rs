//! Tokens of the page: from a claim that the ticket system confirms, for one team, one member and one ticket.

use std::time::Duration;

use axum::Json;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flowpilot::api::problem::{Answer, Problem};
use flowpilot::api::{Body, Path};
use flowpilot::copilot::upstream;
use flowpilot::psa::connection::{Frame, frames};
use flowpilot::psa::{ClaimParts, MemberClaim, PsaError, Ticket, recognise};
use flowpilot::store::{ConnectionId, MemberId, Sealer, TeamId};
use flowpilot::team::{Caller, MemberStatus, member, team_called};
use flowpilot::{Error, Result, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::Pod;
use crate::proof::Disbelief;
use crate::state::Me;

/// How long a token lives. The page gets a new one from the frame around it.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
const AUDIENCE: &str = "flowpilot-pod";
/// How long to wait after too many wrong claims, in seconds.
const PAUSE: HeaderValue = HeaderValue::from_static("60");

#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: MemberId,
    team: TeamId,
    /// The team's name in addresses: a token is of no use at another one.
    slug: String,
    connection: ConnectionId,
    ticket: String,
    iat: i64,
    exp: i64,
}

/// Signs and verifies the page's tokens; the keys come from `secret_keys`, so rotation needs no extra step.
pub(crate) struct TokenKeys(Vec<(String, EncodingKey, DecodingKey)>);

impl TokenKeys {
    pub(crate) fn new(sealer: &Sealer) -> Self {
        let keys = sealer.derive("pod tokens");
        Self(
            keys.map(|(kid, key)| (kid, EncodingKey::from_secret(&key), DecodingKey::from_secret(&key)))
                .collect(),
        )
    }

    fn sign(&self, claims: &Claims) -> Result<String> {
        let (kid, key, _) = self.0.first().ok_or_else(|| Error::Internal("no signing key".to_owned()))?;
        let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, key).map_err(|e| Error::Internal(format!("token: {e}")))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Claims> {
        let refuse = |why: &str| Error::Unauthenticated(format!("the pod's token {why}"));
        let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid);
        let key = self.0.iter().find(|(name, _, _)| Some(name) == kid.as_ref());
        let (_, _, key) = key.ok_or_else(|| refuse("is not ours"))?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        // Checked below against the engine's own clock.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation);
        let claims = claims.map_err(|_| refuse("is not ours"))?.claims;
        if claims.exp <= now.as_secs() {
            return Err(refuse("has expired"));
        }
        Ok(claims)
    }
}

/// Who asks, and about which ticket.
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    pub(crate) connection: ConnectionId,
    pub(crate) ticket: String,
}

impl FromRequestParts<Pod> for Visitor {
    type Rejection = Problem;

    /// The member is read each time: a role that changes, or ends, does so at once.
    async fn from_request_parts(parts: &mut Parts, pod: &Pod) -> Answer<Self> {
        let params = RawPathParams::from_request_parts(parts, pod).await.ok();
        let missing =
            || Error::Unauthenticated("send the pod's token as `Authorization: Bearer …`".to_owned());
        let header = parts.headers.get(AUTHORIZATION).and_then(|h| h.to_str().ok()).ok_or_else(missing)?;
        let (scheme, token) = header.split_once(' ').ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing().into());
        }
        let engine = &pod.0.engine;
        let claims = pod.0.keys.verify(token.trim(), engine.clock.now())?;
        let of_this_team = params
            .is_some_and(|params| params.iter().any(|(name, value)| name == "team" && value == claims.slug));
        if !of_this_team {
            return Err(Error::Unauthenticated("the pod's token is for another team".to_owned()).into());
        }
        let member = member(&engine.db, claims.team, claims.sub).await?;
        let member = member
            .filter(|it| it.status == MemberStatus::Active)
            .ok_or_else(|| Error::Forbidden("you are not, or no longer, a member of this team".to_owned()))?;
        let Claims { connection, ticket, .. } = claims;
        Ok(Self { caller: Caller::of(&member), connection, ticket })
    }
}

/// What the page was told by the frame around it. Nothing of it is believed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claimed {
    /// The ticket that is open.
    ticket: String,
    /// The origin of the frame, and the company that it names: they choose among the team's own connections.
    #[serde(default)]
    origin: Option<String>,
    #[serde(default)]
    company: Option<String>,
    member: String,
    hash: SecretString,
    #[serde(default)]
    context: Option<SecretString>,
}

#[derive(Serialize)]
struct Issued {
    token: String,
    /// Seconds.
    expires_in: u64,
    me: Me,
    /// The ticket as the member sees it in the ticket system just now.
    ticket: Ticket,
}

/// A token for a member whom the ticket system knows and shows this ticket.
pub(crate) async fn issue(
    State(pod): State<Pod>,
    Path(slug): Path<String>,
    body: Body<Claimed>,
) -> Answer<Response> {
    let Claimed { ticket, origin, company, member, hash, context } = body.value;
    let engine = &pod.0.engine;
    let team = team_called(&engine.db, &slug).await?.ok_or(Error::NotFound("team"))?;
    let frames = frames(engine, team.id).await?;
    let connection =
        chosen(&frames, origin.as_deref(), company.as_deref()).ok_or(Error::NotFound("PSA connection"))?;
    let psa = engine.psa.get(engine, team.id, connection).await?;
    let Some(claim) = MemberClaim::new(ClaimParts { member, hash, context }) else {
        return Ok(refused().into_response());
    };
    let proven = match pod.0.proofs.member(&engine.clock, connection, &*psa, &claim).await {
        Ok(proven) => proven,
        Err(disbelief) => return Ok(answer(&disbelief)),
    };
    let seen = match psa.ticket_seen_by(&claim, proven.form, &ticket).await {
        Ok(seen) => seen,
        Err(PsaError::Auth(_)) => {
            pod.0.proofs.forget(connection, &claim).await;
            return Ok(refused().into_response());
        }
        Err(error) => return Err(upstream(&error).into()),
    };
    // One that does not exist and one that they may not see are told alike.
    let Some(seen) = seen else {
        let why = "ConnectWise shows you no ticket of this number";
        return Err(Error::Forbidden(why.to_owned()).into());
    };
    let caller = recognise(engine, team.id, connection, &proven).await?;
    let now = engine.clock.now();
    let claims = Claims {
        aud: AUDIENCE.to_owned(),
        sub: caller.member(),
        team: team.id,
        slug,
        connection,
        ticket: seen.id.clone(),
        iat: now.as_secs(),
        exp: now.plus(LIFETIME).as_secs(),
    };
    let token = pod.0.keys.sign(&claims)?;
    tracing::info!(member = %caller.member(), ticket = seen.id, "let into the pod");
    let issued = Issued { token, expires_in: LIFETIME.as_secs(), me: Me::of(&caller), ticket: seen };
    Ok(Json(issued).into_response())
}

/// The connection whose pages have this origin, and of several the one of this company.
fn chosen(frames: &[Frame], origin: Option<&str>, company: Option<&str>) -> Option<ConnectionId> {
    let framing: Vec<&Frame> = frames
        .iter()
        .filter(|frame| origin.is_none_or(|origin| frame.origins.iter().any(|own| own == origin)))
        .collect();
    let named = framing
        .iter()
        .find(|frame| company.is_some_and(|company| frame.company.eq_ignore_ascii_case(company)));
    named.or(framing.first()).map(|frame| frame.connection)
}

fn refused() -> Problem {
    let why = "ConnectWise does not confirm who you are; reload the ticket, or sign in to ConnectWise again";
    Problem::new(StatusCode::FORBIDDEN, why)
}

fn answer(disbelief: &Disbelief) -> Response {
    match disbelief {
        Disbelief::Refused => refused().into_response(),
        Disbelief::TooMany => {
            let why = "too many sign-ins that ConnectWise did not confirm; wait a few minutes";
            let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, why).into_response();
            response.headers_mut().insert(RETRY_AFTER, PAUSE);
            response
        }
        Disbelief::NoAnswer(error) => Problem::from(upstream(error)).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use flowpilot::Clock;

    use super::*;

    fn claims(keys: &TokenKeys, exp: i64) -> String {
        let clock = Clock::fixed(Timestamp(0));
        let claims = Claims {
            aud: AUDIENCE.to_owned(),
            sub: MemberId::new(&clock),
            team: TeamId::new(&clock),
            slug: "acme".to_owned(),
            connection: ConnectionId::new(&clock),
            ticket: "10421".to_owned(),
            iat: 0,
            exp,
        };
        keys.sign(&claims).unwrap()
    }

    fn sealer() -> Sealer {
        Sealer::new(vec![Sealer::generate_key()]).unwrap()
    }

    #[test]
    fn a_token_ends_and_is_of_this_installation() {
        let keys = TokenKeys::new(&sealer());
        let token = claims(&keys, 600);
        assert_eq!(keys.verify(&token, Timestamp(599_000)).unwrap().ticket, "10421");
        assert!(keys.verify(&token, Timestamp(600_000)).is_err());
        assert!(TokenKeys::new(&sealer()).verify(&token, Timestamp(0)).is_err());
        assert!(keys.verify(&format!("{token}x"), Timestamp(0)).is_err());
    }

    #[test]
    fn the_frames_origin_chooses_among_the_teams_own_connections_only() {
        let clock = Clock::fixed(Timestamp(0));
        let frame = |company: &str, origin: &str| Frame {
            connection: ConnectionId::new(&clock),
            company: company.to_owned(),
            origins: vec![origin.to_owned()],
        };
        let frames = [
            frame("acme", "https://na.example"),
            frame("acme_eu", "https://eu.example"),
            frame("lab", "https://eu.example"),
        ];
        let at = |origin: &str, company: &str| chosen(&frames, Some(origin), Some(company));
        assert_eq!(at("https://eu.example", "LAB"), Some(frames[2].connection));
        assert_eq!(at("https://eu.example", "other"), Some(frames[1].connection));
        assert_eq!(at("https://na.example", "lab"), Some(frames[0].connection));
        assert_eq!(at("https://evil.example", "acme"), None);
    }
}
