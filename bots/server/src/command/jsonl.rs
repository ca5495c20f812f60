//! Commands that answer line by line: `flowpilot redact` and `flowpilot ground`, from standard input to standard output.
//!
//! Both run the code that guards what is stored and posted, without a configuration, a database or a network.

use std::fmt::Display;
use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use flowpilot::note::ground::check_line;
use flowpilot::redact::{Profile, redact_line};

#[derive(Debug, clap::Args)]
pub(crate) struct RedactArgs {
    /// Read lines `{"id", "text"}`, write `{"id", "text", "spans": [{"start", "end", "label"}]}`.
    #[arg(long, required = true)]
    jsonl: bool,
    /// What to take out: `secrets`, or `pii` for what identifies people and machines as well.
    #[arg(long, default_value = "secrets", value_parser = profile)]
    profile: Profile,
}

#[derive(Debug, clap::Args)]
pub(crate) struct GroundArgs {
    /// Read lines `{"id", "facts": [text], "claim"}`, write `{"id", "supported", "reason"}`.
    #[arg(long, required = true)]
    jsonl: bool,
}

fn profile(name: &str) -> Result<Profile, String> {
    name.parse().map_err(|_| "give `secrets` or `pii`".to_owned())
}

pub(crate) fn redact(args: &RedactArgs) -> Result<ExitCode> {
    debug_assert!(args.jsonl, "the command line requires it");
    each_line(|line| redact_line(line, args.profile))
}

pub(crate) fn ground(args: &GroundArgs) -> Result<ExitCode> {
    debug_assert!(args.jsonl, "the command line requires it");
    each_line(check_line)
}

/// Answers each line; a bad one is named on standard error, and the others are answered all the same.
fn each_line<E: Display>(answer: impl Fn(&str) -> Result<String, E>) -> Result<ExitCode> {
    let mut input = std::io::stdin().lock();
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut line, mut number, mut code) = (Vec::new(), 0_usize, ExitCode::SUCCESS);
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line).context("standard input cannot be read")? == 0 {
            break;
        }
        number += 1;
        let answered = match std::str::from_utf8(&line) {
            Ok(text) if text.trim().is_empty() => continue,
            Ok(text) => answer(text.trim_end()).map_err(|e| e.to_string()),
            Err(_) => Err("is not UTF-8".to_owned()),
        };
        match answered {
            Ok(answer) => writeln!(output, "{answer}").context("standard output cannot be written")?,
            Err(why) => {
                eprintln!("line {number} {why}");
                code = ExitCode::FAILURE;
            }
        }
    }
    output.flush().context("standard output cannot be written")?;
    Ok(code)
}
