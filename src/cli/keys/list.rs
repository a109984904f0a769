//! `bountyd keys list`: which keys there are, which one signs, and when each was used.

use std::path::PathBuf;

use serde::Serialize;
use vault::SecretSource;

use super::desk::{in_force, successor};
use crate::cli::session::{Stop, now, read_ledger};
use crate::cli::table::Table;
use crate::cli::{Context, untrusted};
use crate::clock::UnixMillis;
use crate::exit::Exit;
use crate::messages::span;

/// A key for a program.
#[derive(Serialize)]
struct Listed {
    kid: Option<String>,
    bits: Option<usize>,
    file: Option<PathBuf>,
    /// `signs`, `spare`, or `not configured`.
    role: &'static str,
    /// The running daemon has it; unknown without one.
    loaded: Option<bool>,
    last_used: Option<UnixMillis>,
    exchanges: Option<u64>,
    under_way: Option<u64>,
    trouble: Option<String>,
}

pub(super) async fn run(context: &Context) -> Result<Exit, Stop> {
    vault::harden()
        .map_err(|e| Stop::Say(Exit::Failure, format!("cannot protect this process: {e}")))?;
    let config = context.config()?;
    let mut sources = config.key_sources(&context.environment);
    let configured = sources.len();
    // One that `keys rotate` has made, and that is not listed yet.
    if let [file] = config.auth0.keys.as_slice()
        && successor(file).exists()
    {
        sources.push(SecretSource {
            credential: String::new(),
            file: Some(successor(file)),
        });
    }
    let daemon = in_force(&config).await?;
    let uses = match read_ledger(&config).await {
        Ok(ledger) => {
            let uses = ledger.key_uses().await?;
            ledger.close().await;
            Some(uses)
        }
        // Whoever may not read it, or has none yet, sees the keys all the same.
        Err(_) => None,
    };
    let listed: Vec<Listed> = sources
        .into_iter()
        .enumerate()
        .map(|(index, source)| {
            let (public, trouble) = match vault::public_key(&source) {
                Ok(public) => (Some(public), None),
                Err(error) => (None, Some(error.to_string())),
            };
            let kid = public.as_ref().map(|public| public.kid.clone());
            let signs = match (&config.auth0.signing_key, &kid) {
                (Some(wanted), Some(kid)) => wanted == kid,
                (None, _) => index == 0,
                (Some(_), None) => false,
            };
            let used = uses
                .as_ref()
                .map(|uses| uses.iter().find(|u| Some(&u.kid) == kid.as_ref()));
            Listed {
                role: match (index < configured, signs) {
                    (false, _) => "not configured",
                    (true, true) => "signs",
                    (true, false) => "spare",
                },
                loaded: daemon
                    .as_ref()
                    .zip(kid.as_ref())
                    .map(|((_, kids), kid)| kids.contains(kid)),
                last_used: used.flatten().map(|used| used.last),
                exchanges: used.map(|used| used.map_or(0, |used| used.exchanges)),
                under_way: used.map(|used| used.map_or(0, |used| used.under_way)),
                bits: public.map(|public| public.bits),
                file: source.file,
                kid,
                trouble,
            }
        })
        .collect();
    if context.json {
        return Ok(context.print_json(&listed));
    }
    Ok(context.print(&text(&listed, context.color)))
}

fn text(listed: &[Listed], color: bool) -> String {
    let mut table = Table::new(["role", "used", "last", "kid"]);
    for key in listed {
        let last = key.last_used.map_or("never".to_owned(), |last| {
            format!("{} ago", span(now().since(last)))
        });
        table.row([
            key.role.to_owned(),
            key.exchanges
                .map_or("?".to_owned(), |count| format!("{count}×")),
            if key.exchanges.is_some() {
                last
            } else {
                "?".to_owned()
            },
            key.kid
                .clone()
                .unwrap_or_else(|| "cannot be read".to_owned()),
        ]);
    }
    let mut text = table.render(color);
    for key in listed {
        let file = key
            .file
            .as_ref()
            .map_or("a credential of the service".to_owned(), |file| {
                file.display().to_string()
            });
        text += &format!("{}: {}", key.role, untrusted::line(&file));
        if let Some(bits) = key.bits {
            text += &format!(", {bits} bits");
        }
        if key.loaded == Some(false) {
            text += ", not loaded by the running bountyd";
        }
        if let Some(trouble) = &key.trouble {
            text += &format!("\n  {}", untrusted::line(trouble));
        }
        text.push('\n');
    }
    text
}
