//! `flowpilot migrate`: bring the schema up to date without starting the server.

use std::process::ExitCode;

use anyhow::{Context, Result};
use flowpilot::store::Db;

use crate::config::Config;

pub(crate) async fn run(config: &Config) -> Result<ExitCode> {
    let db = Db::open(&config.database_url).await.context("the schema was not changed")?;
    println!("The {} schema is up to date.", db.engine_name());
    db.close().await;
    Ok(ExitCode::SUCCESS)
}
