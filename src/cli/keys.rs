//! `bountyd keys`: made, shown, listed, rotated, retired.

mod by_tenant;
mod desk;
mod list;
mod retire;
mod rotate;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use vault::credential_store::Sealer;
use vault::{KeyError, PublicKey, SecretError, SecretSource};

use super::{Context, session};
use crate::exit::Exit;
use by_tenant::ByTenant;

/// Make the key that signs for you, show its public half, exchange it for another
///
/// The private half never leaves its file; the public half goes to your tenant, as a credential of
/// the application. During a change of keys both are listed in `[auth0] keys`.
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a new RSA key in a new file of mode 0600, and print its public half
    New {
        /// Size of the key: 2048 to 4096
        #[arg(long, default_value_t = 3072)]
        bits: usize,
        /// Seal it with systemd-creds, as the credential of this name, for the service (see
        /// bountyd.service.d/encrypted.conf): assertion-key, or assertion-key-2
        #[arg(long, value_name = "NAME", value_parser = ["assertion-key", "assertion-key-2"])]
        seal: Option<String>,
        /// The file; an existing one is never overwritten
        path: PathBuf,
    },
    /// Print the public half and the key id of a key, or of those in the configuration
    Public {
        /// The file with the private key [default: those of the configuration]
        path: Option<PathBuf>,
    },
    /// List the keys, which one signs, and when each was used
    List,
    /// Exchange the key for a new one, without a call that fails
    ///
    /// Makes the successor beside the old key and lists both. You register its public half in your tenant;
    /// how is printed. When one exchange signed by it has gone well, it signs. What is done already is not
    /// done again: run it once more to go on where it stopped.
    ///
    /// With --tenant it is registered for you, by the Management API: the steps are shown, and done once you
    /// agree. Your token needs the scopes read:clients update:clients read:client_credentials
    /// create:client_credentials update:client_credentials update:client_token_vault_privileged_access.
    Rotate {
        /// Size of the new key: 2048 to 4096
        #[arg(long, default_value_t = 3072)]
        bits: usize,
        #[command(flatten)]
        by: ByTenant,
        /// With --tenant: do not ask
        #[arg(long, requires = "tenant")]
        yes: bool,
    },
    /// Destroy the key that does not sign any more
    ///
    /// Waits until no call is signed by it, and has the other one prove itself first. Asks for a code at the
    /// terminal. Removing it in your tenant is the last step; how is printed.
    ///
    /// With --tenant it is removed there for you, before it is destroyed here. Your token needs the scopes
    /// read:clients update:clients read:client_credentials update:client_credentials delete:client_credentials
    /// update:client_token_vault_privileged_access.
    Retire {
        #[command(flatten)]
        by: ByTenant,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// A credential would come before the file; no unit passes one of this name.
const NAMED: &str = "bountyd-keys-public";

/// A key for a program.
#[derive(Serialize)]
struct Shown {
    kid: String,
    bits: usize,
    pem: String,
}

impl Keys {
    pub(super) fn run(self, context: &Context) -> Exit {
        match self.what {
            What::List => session::run(context, list::run(context)),
            What::Rotate { bits, by, yes } => {
                session::run(context, rotate::run(context, bits, &by, yes))
            }
            What::Retire { by, yes } => session::run(context, retire::run(context, &by, yes)),
            What::New { bits, seal, path } => match made(&path, bits, seal.as_deref()) {
                Ok(key) => {
                    let how = if seal.is_some() { ", sealed" } else { "" };
                    eprintln!("The private key is in {} (mode 0600{how}).", path.display());
                    eprintln!("Add this public key to your application in the tenant (RS256):");
                    show(context, vec![key])
                }
                Err(error) => refuse(context, &error),
            },
            What::Public { path } => {
                let sources = match path {
                    Some(file) => vec![SecretSource {
                        credential: NAMED.into(),
                        file: Some(file),
                    }],
                    None => match context.load_config() {
                        Ok(config) => config.key_sources(&context.environment),
                        Err(exit) => return exit,
                    },
                };
                match sources.iter().map(vault::public_key).collect() {
                    Ok(keys) => show(context, keys),
                    Err(error) => refuse(context, &error),
                }
            }
        }
    }
}

fn made(path: &Path, bits: usize, seal: Option<&str>) -> Result<PublicKey, KeyError> {
    match seal {
        None => vault::generate_key(path, bits),
        Some(name) => vault::generate_sealed_key(path, bits, name, &Sealer::find()?),
    }
}

/// PEM on stdout, fit to be sent on; what is for people on stderr.
fn show(context: &Context, keys: Vec<PublicKey>) -> Exit {
    if context.json {
        let keys: Vec<Shown> = keys
            .into_iter()
            .map(|PublicKey { pem, kid, bits }| Shown { kid, bits, pem })
            .collect();
        return context.print_json(&keys);
    }
    for key in &keys {
        eprintln!("{} bits, kid {}", key.bits, key.kid);
    }
    let pem: Vec<&str> = keys.iter().map(|key| key.pem.trim_end()).collect();
    context.print(&(pem.join("\n") + "\n"))
}

fn refuse(context: &Context, error: &KeyError) -> Exit {
    // A file that was named on the command line: no credential stands for it.
    if let KeyError::Secret(SecretError::Missing {
        credential,
        file: Some(file),
    }) = error
        && credential == NAMED
    {
        return context.fail(Exit::NoInput, &format!("{}: no such file", file.display()));
    }
    context.fail(exit(error), &error.to_string())
}

/// The code to leave with.
fn exit(error: &KeyError) -> Exit {
    match error {
        KeyError::Exists(_) | KeyError::Io { .. } | KeyError::Seal(_) => Exit::CannotCreate,
        KeyError::Generate { .. } => Exit::Usage,
        KeyError::Secret(_) | KeyError::NoSuchKid { .. } | KeyError::Count(_) => Exit::Config,
        KeyError::NotPem(_)
        | KeyError::PublicHalf(_)
        | KeyError::Encrypted(_)
        | KeyError::NotRsa { .. }
        | KeyError::Size { .. }
        | KeyError::Damaged { .. }
        | KeyError::SelfTest { .. } => Exit::Data,
    }
}
