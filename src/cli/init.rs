//! `bountyd init`: from an empty tenant to a configuration that `check` likes.

mod allowed;
mod apply;
mod ask;
mod end;
mod files;
mod gather;
mod questions;
mod report;
mod secrets;
mod session;
mod state;
mod worker;

use std::path::PathBuf;

use clap::Args;

use super::Context;
use crate::exit::Exit;
use crate::setup::answers::{Answers, Purpose, Wish};

/// Set up your tenant and write the configuration
///
/// Asks for what it must know, shows what it is going to do to your Auth0 tenant and why, and does it
/// once you agree: two applications, the connection to GitHub, the My Account API, the key. It can be
/// left at every question and killed at every step; started again, it goes on and makes nothing twice.
/// What is there already and set otherwise is shown, and stays unless you say otherwise.
///
/// For the Management API it takes a token of your own, which lives in this process only. Copy one from
/// Auth0 > Applications > APIs > Auth0 Management API > API Explorer (it is typed where nothing is shown),
/// or give the client id of a native application with the grant Device Code, and confirm a code in your
/// browser.
#[derive(Debug, Args)]
#[command(after_help = "\
The token must have these scopes:
  read:clients create:clients update:clients
  read:client_credentials create:client_credentials update:client_credentials
  create:client_token_vault_privileged_access
  update:client_token_vault_privileged_access
  read:connections create:connections update:connections
  read:resource_servers create:resource_servers
  read:client_grants create:client_grants read:users
and these help:
  read:client_keys      a client secret, where the plan has no Private Key JWT
  read:logs             this machine's address as the tenant sees it
  read:mfa_policies     a warning, where the policy would break it at night
  update:client_grants  a grant that is there and lacks a scope

An answers file is TOML, such as
  domain = \"acme.eu.auth0.com\"
  github_client_id = \"Ov23li...\"
  user_id = \"github|583231\"
  address = [\"203.0.113.7\"]
  [settings]
  \"policy.minimum_usd\" = 50

It was tried against a simulator that refuses what Auth0's documentation says
it refuses, and never against a real tenant: look at --plan first. Open are
above all whether the My Account API can be activated by a program (if not, it
says where to click), and whether one key may stand in both places (if not, it
falls back to a client secret).")]
pub(super) struct Init {
    /// Ask nothing: take flags, answers file and defaults, and do what the plan says
    #[arg(long)]
    yes: bool,
    /// Show the plan and change nothing
    #[arg(long, conflicts_with_all = ["manual", "terraform"])]
    plan: bool,
    /// Print the same as steps in Auth0's dashboard, with the values to paste; nothing is sent
    #[arg(long, conflicts_with = "terraform")]
    manual: bool,
    /// Print the same as Terraform; nothing is sent
    #[arg(long)]
    terraform: bool,
    /// Let settings that are otherwise in the tenant or the configuration be overwritten
    #[arg(long)]
    overwrite: bool,
    /// Forget what was answered in a run that was left
    #[arg(long)]
    fresh: bool,
    /// A file with answers (TOML)
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// A file of mode 0600 with the management token
    #[arg(long, value_name = "FILE", conflicts_with = "device_client_id")]
    token_file: Option<PathBuf>,
    /// A file of mode 0600 with the client secret of your application at GitHub
    #[arg(long, value_name = "FILE")]
    github_secret_file: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
    /// Die at a named point, as by kill -9; only with a tenant on this machine
    #[arg(long, hide = true, value_name = "POINT[:NTH]")]
    crash_at: Option<String>,
}

/// The answers as flags.
#[derive(Debug, Default, Args)]
struct Given {
    /// Your tenant, such as acme.eu.auth0.com
    #[arg(long)]
    domain: Option<String>,
    /// Where the tenant is, if not at https://DOMAIN/ (a simulator)
    #[arg(long, value_name = "URL")]
    base_url: Option<url::Url>,
    /// Sign in by device flow with this native application
    #[arg(long, value_name = "ID")]
    device_client_id: Option<String>,
    /// What the two applications are called [default: bountyd]
    #[arg(long)]
    name: Option<String>,
    /// Whose repositories you work in [default: strangers]
    #[arg(long, value_enum)]
    purpose: Option<Purpose>,
    /// The connection that leads to GitHub [default: github]
    #[arg(long)]
    connection: Option<String>,
    /// Client id of your application at GitHub
    #[arg(long, value_name = "ID")]
    github_client_id: Option<String>,
    /// What is asked of GitHub; may be repeated [default: public_repo]
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// You, as the tenant knows you, such as github|583231
    #[arg(long)]
    user_id: Option<String>,
    /// Public address or range of this machine; may be repeated; auto: as the tenant sees it [default: auto]
    #[arg(long)]
    address: Vec<String>,
    /// How the worker proves itself [default: auto]
    #[arg(long, value_enum)]
    authentication: Option<Wish>,
    /// The private key, found or made [default: beside the other credentials]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Where a client secret is put, if one is needed [default: beside the other credentials]
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// Use this application as the worker
    #[arg(long, value_name = "ID")]
    worker_client_id: Option<String>,
    /// Use this application for the browser login
    #[arg(long, value_name = "ID")]
    login_client_id: Option<String>,
    /// watch, ask or auto
    #[arg(long)]
    mode: Option<String>,
    /// Another setting for the configuration, such as policy.minimum_usd=50; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, toml::Value)>,
}

/// `section.key=VALUE`; what is no TOML value is a text.
fn key_value(text: &str) -> Result<(String, toml::Value), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("write it as section.key=VALUE")?;
    let read = toml::from_str::<toml::Table>(&format!("v = {value}"));
    let value = read
        .ok()
        .and_then(|mut table| table.remove("v"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()));
    Ok((key.trim().to_owned(), value))
}

impl Given {
    fn into_answers(self) -> Answers {
        let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
        Answers {
            domain: self.domain,
            base_url: self.base_url,
            device_client_id: self.device_client_id,
            name: self.name,
            purpose: self.purpose,
            connection: self.connection,
            github_client_id: self.github_client_id,
            scopes: some(self.scope),
            user_id: self.user_id,
            address: some(self.address),
            authentication: self.authentication,
            key: self.key,
            client_secret_file: self.client_secret_file,
            worker_client_id: self.worker_client_id,
            login_client_id: self.login_client_id,
            mode: self.mode,
            settings: self.set.into_iter().collect(),
        }
    }
}

/// Why it ends before the end, and the code to leave with.
#[derive(Debug)]
struct Trouble(Exit, String);

impl Init {
    pub(super) fn run(self, context: &Context) -> Exit {
        if let Err(error) = vault::harden() {
            let why = format!("cannot protect this process: {error}");
            return context.fail(Exit::Failure, &why);
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return context.fail(Exit::Failure, &format!("cannot start: {error}")),
        };
        match runtime.block_on(session::run(self, context)) {
            Ok(exit) => exit,
            Err(Trouble(exit, message)) => context.fail(exit, &super::untrusted::block(&message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_a_toml_value_or_a_text() {
        let value = |text| key_value(text).map(|(_, value)| value.to_string());
        assert_eq!(value("policy.minimum_usd=50").as_deref(), Ok("50"));
        assert_eq!(value("mode=ask").as_deref(), Ok("\"ask\""));
        assert_eq!(value("scan.queries=[\"a=b\"]").as_deref(), Ok("[\"a=b\"]"));
        assert!(value("nothing").is_err());
    }

    #[test]
    fn the_help_lists_the_scopes_that_are_asked_for() {
        let help = <Init as clap::Args>::augment_args(clap::Command::new("init"))
            .render_help()
            .to_string();
        for scope in vault::tenant::SET_UP_SCOPES {
            assert!(help.contains(scope), "{scope}");
        }
    }
}
