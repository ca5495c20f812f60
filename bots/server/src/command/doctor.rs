//! `flowpilot doctor`: checks each configured part, and says cause and cure in plain words.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use flowpilot::Engine;
use flowpilot::ai::Models;
use flowpilot::health::{State, psa_answers, psa_of};
use flowpilot::psa::connectwise::ConnectWise;
use flowpilot::store::Db;
use flowpilot_slack::health;

use crate::config::{Answering, Config};
use crate::{secrets, setup};

/// What was found about one part.
enum Finding {
    Good(String),
    /// Works, but should be looked at.
    Warn(String),
    /// What is wrong, and how to mend it.
    Bad(String),
}

use Finding::{Bad, Good, Warn};

pub(crate) async fn run(config: &Config) -> Result<ExitCode> {
    let mut findings = vec![("address", address(config).await), ("keys", keys(config))];
    let missing = setup::missing_database(config);
    match (&missing, Db::open(&config.database_url)) {
        // Opening it would create it, and this command only looks.
        (Some(missing), _) => findings.push(("database", Warn(missing.clone()))),
        (None, opening) => match opening.await {
            Ok(db) => {
                let answers = format!("{} answers, its schema is up to date", db.engine_name());
                findings.push(("database", Good(answers)));
                findings.push(("clock", clock(&db).await));
                db.close().await;
            }
            Err(error) => {
                findings
                    .push(("database", Bad(format!("{error}. Check database_url and that the server runs"))));
            }
        },
    }
    findings.push(("public address", public_address(config).await));
    let engine = if missing.is_none() { setup::open(config).await.ok() } else { None };
    findings.push(("ticket system", psa(engine.as_ref(), config).await));
    findings.extend(slack(engine.as_ref(), config).await);
    match config.answering() {
        Ok(None) => {}
        Ok(Some(Answering::Models(models))) => findings.push(("answers", model_answers(&models).await)),
        Ok(Some(Answering::Script(_))) => {
            let text = "ai.script is set: every question gets that text. It is for trying live text only";
            findings.push(("answers", Warn(text.to_owned())));
        }
        Err(error) => findings.push(("answers", Bad(format!("{error:#}")))),
    }
    if let Some(engine) = engine {
        findings.push(("dead letters", dead(&engine).await));
        engine.db.close().await;
    }
    Ok(report(&findings))
}

fn report(findings: &[(&str, Finding)]) -> ExitCode {
    let mut worst = ExitCode::SUCCESS;
    for (part, finding) in findings {
        let (sign, text) = match finding {
            Good(text) => ("ok  ", text),
            Warn(text) => ("note", text),
            Bad(text) => {
                worst = ExitCode::FAILURE;
                ("FAIL", text)
            }
        };
        println!("{sign}  {part}: {text}");
    }
    worst
}

/// The first choice, asked for one word: it costs next to nothing, and says what a person would meet.
async fn model_answers(models: &Models) -> Finding {
    let name = models.first_choice();
    match models.check().await {
        Ok(()) => Good(format!("{name} answers")),
        Err(why) => Bad(format!("{name}: {why}. Check ai.anthropic, ai.openai and ai.tiers")),
    }
}

async fn address(config: &Config) -> Finding {
    let address = match config.address() {
        Ok(address) => address,
        Err(error) => return Bad(format!("{error:#}")),
    };
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => Good(format!("{address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Warn(format!(
            "{address} is in use; fine if that is FlowPilot, otherwise set listen to another port"
        )),
        Err(error) => {
            Bad(format!("cannot listen on {address}: {error}. Set listen to an address of this machine"))
        }
    }
}

fn keys(config: &Config) -> Finding {
    if config.secret_keys.is_empty() && setup::missing_database(config).is_some() {
        return Warn("none yet; the first start makes one beside the database file".to_owned());
    }
    match secrets::sealer(config) {
        Ok(_) if config.secret_keys.is_empty() => {
            Warn("kept beside the database file; back it up with it, or set secret_keys".to_owned())
        }
        Ok(_) => Good(format!("{} configured", config.secret_keys.len())),
        Err(error) => Bad(format!("{error:#}")),
    }
}

/// The database's clock against ours: tokens and leases depend on it.
async fn clock(db: &Db) -> Finding {
    let theirs: Result<i64, _> = match db {
        Db::Sqlite { .. } => return Good("the database is on this machine".to_owned()),
        Db::Postgres(pool) => flowpilot::store::postgres_clock(pool).await,
    };
    let ours = flowpilot::Clock::system().now().0;
    match theirs {
        Ok(theirs) if (theirs - ours).abs() <= 5_000 => Good("within 5 s of the database's".to_owned()),
        Ok(theirs) => {
            let off = (theirs - ours) / 1000;
            Bad(format!(
                "{off} s away from the database's; switch on time synchronisation (NTP) on both machines"
            ))
        }
        Err(error) => Warn(format!("cannot ask the database for its time: {error}")),
    }
}

async fn public_address(config: &Config) -> Finding {
    let Some(url) = &config.public_url else {
        return Warn(
            "public_url is not set; chat platforms need it, the console and the API do not".to_owned(),
        );
    };
    let Ok(client) = flowpilot::http::client(Duration::from_secs(10)) else {
        return Bad("no HTTP client could be made".to_owned());
    };
    match client.get(format!("{}/healthz", url.trim_end_matches('/'))).send().await {
        Ok(answer) if answer.status().is_success() => Good(format!("{url} reaches this installation")),
        Ok(answer) => Bad(format!("{url}/healthz answers {}; check the proxy in front", answer.status())),
        Err(_) => Bad(format!(
            "{url} cannot be reached from here; check name, certificate and proxy, and that the server runs"
        )),
    }
}

async fn psa(engine: Option<&Engine>, config: &Config) -> Finding {
    // The configured connection is tested as it is written: nothing is saved here.
    if let Some(configured) = &config.connectwise {
        return match ConnectWise::new(configured.clone(), &config.private_networks) {
            Ok(psa) => psa_answers(&psa).await.into(),
            Err(error) => Bad(format!("connectwise: {error}")),
        };
    }
    let Some(engine) = engine else {
        return Warn("none is configured, and there is no database that could know of one".to_owned());
    };
    let team = match setup::existing_team(engine).await {
        Ok(Some(team)) => team,
        Ok(None) => return Warn("there is no team yet; the first start of the server creates it".to_owned()),
        Err(error) => return Bad(format!("{error:#}")),
    };
    psa_of(engine, team.id).await.into()
}

async fn slack(engine: Option<&Engine>, config: &Config) -> Vec<(&'static str, Finding)> {
    let Some(slack) = &config.slack else {
        let how = "the README's \"Connect Slack\" says how";
        return vec![("slack", Warn(format!("not configured; {how}, and nothing else needs it")))];
    };
    let options = slack.health_options(config.public_url.as_deref());
    let findings = health::check(&options, engine).await;
    let channel = slack.channel_for_escalations().err();
    let channel = channel.map(|wrong| ("slack escalation channel", Bad(wrong)));
    findings.into_iter().map(|found| (found.part, Finding::from(found))).chain(channel).collect()
}

impl From<flowpilot::health::Finding> for Finding {
    fn from(found: flowpilot::health::Finding) -> Self {
        match found.state {
            State::Good => Good(found.text),
            State::Warn => Warn(found.text),
            State::Bad => Bad(found.text),
        }
    }
}

async fn dead(engine: &Engine) -> Finding {
    let mut counts = Vec::new();
    for (name, queue) in [("inbox", &engine.inbox), ("outbox", &engine.outbox)] {
        match queue.depth().await {
            Ok((_, 0)) => {}
            Ok((_, dead)) => counts.push(format!("{dead} in the {name}")),
            Err(error) => return Bad(error.to_string()),
        }
    }
    if counts.is_empty() {
        return Good("none".to_owned());
    }
    Warn(format!(
        "{}; see /api/v1/queues/inbox/dead and /outbox/dead, and retry them there",
        counts.join(", ")
    ))
}
