//! The simulators on their own: for a demonstration, for trying a configuration, or for another client.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::OsRng;
use sim::auth0::{ClientAuth, Credential, MANAGEMENT_SCOPES, TokenPlan};
use sim::{Sim, SimOptions};

/// Runs stand-ins for Auth0, GitHub and Telegram on this machine until interrupted.
///
/// They start with an owner whose GitHub account is connected, and write what a worker needs to reach them (a fresh private
/// key and the bot's token) into the directory given by --credentials.
#[derive(Debug, Parser)]
#[command(name = "sim", version)]
struct Arguments {
    /// Port of the Auth0 tenant; 0 takes a free one
    #[arg(long, default_value_t = 4601)]
    auth0_port: u16,
    /// Port of GitHub; 0 takes a free one
    #[arg(long, default_value_t = 4602)]
    github_port: u16,
    /// Port that repositories are cloned from; 0 takes a free one
    #[arg(long, default_value_t = 4604)]
    git_port: u16,
    /// Port of the Telegram Bot API; 0 takes a free one
    #[arg(long, default_value_t = 4603)]
    telegram_port: u16,
    /// Where the worker's key and the bot's token are written, mode 0600
    #[arg(long, value_name = "DIR", default_value = "sim-credentials")]
    credentials: PathBuf,
    /// The worker's public key (SPKI PEM), if it has one already; no key is written then
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Tokens as a GitHub App's (ghu_, eight hours) instead of an OAuth App's (gho_, no expiry)
    #[arg(long)]
    github_app: bool,
    /// Issues to start with: JSON Lines, one object with repo, number, title, body, … a line
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// The tenant as Auth0 hands it over: no worker, no connection, no My Account API. For trying a set-up; a token for the
    /// Management API is written next to the other credentials
    #[arg(long, conflicts_with_all = ["public_key", "print_config"])]
    new_tenant: bool,
    /// Login and consent wait on a page for a person, instead of being agreed to at once
    #[arg(long)]
    pages: bool,
    /// Print the configuration that points bountyd here to standard output
    #[arg(long)]
    print_config: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(tracing::Level::WARN)
        .init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("sim: {err}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let at = |port: u16| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let options = SimOptions {
        auth0_addr: at(arguments.auth0_port),
        github_addr: at(arguments.github_port),
        git_addr: at(arguments.git_port),
        telegram_addr: at(arguments.telegram_port),
        ..SimOptions::default()
    };
    let sim = Sim::start(options)
        .await
        .map_err(|err| format!("{err}; choose other ports, or 0 for any free one"))?;
    if let Some(world) = &arguments.world {
        let issues = sim
            .github
            .load_world(world)
            .map_err(|err| err.to_string())?;
        eprintln!("World     {issues} issues from {}", world.display());
    }
    let directory = prepare(&arguments.credentials)?;
    let key_file = directory.join("worker-key.pem");
    let token_file = directory.join("telegram-token");
    write_secret(&token_file, &sim.telegram.token())?;
    let plan = if arguments.github_app {
        TokenPlan::github_app()
    } else {
        TokenPlan::oauth_app()
    };
    let cast = if arguments.new_tenant {
        let cast = sim.newcomer(plan);
        let token = sim.auth0.management_token(&MANAGEMENT_SCOPES);
        write_secret(&directory.join("management-token"), &token)?;
        cast
    } else {
        let key = worker_key(&arguments, &key_file)?;
        let auth = ClientAuth::PrivateKeyJwt(vec![key.clone()]);
        sim.cast(auth, vec![key], plan)
    };
    sim.auth0
        .switch(|switches| switches.ask_in_browser = arguments.pages);

    eprintln!("Auth0     {}/", sim.auth0.url());
    eprintln!(
        "Client    {}  the owner confirms devices at {}/activate and requests at {}/guardian",
        cast.client_id,
        sim.auth0.url(),
        sim.auth0.url()
    );
    eprintln!(
        "GitHub    {}/  GraphQL {}  git {}/",
        sim.github.url(),
        sim.github.graphql_url(),
        sim.github.git_url()
    );
    eprintln!(
        "Telegram  {}/  the owner's phone: {}",
        sim.telegram.url(),
        sim.telegram.phone_url()
    );
    eprintln!(
        "Owner     {} = {} (GitHub {}), Telegram {}",
        cast.user_id,
        cast.login,
        cast.github_id,
        cast.owner.id()
    );
    eprintln!("Secrets   {}", directory.display());
    eprintln!("Stop with Ctrl-C.");
    if arguments.print_config {
        let state = directory.join("state");
        let config = sim.config(&cast, &key_file, &token_file, &state, None);
        io::stdout()
            .write_all(config.as_bytes())
            .map_err(|err| format!("cannot print the configuration: {err}"))?;
        io::stdout()
            .flush()
            .map_err(|err| format!("cannot print the configuration: {err}"))?;
    }
    tokio::signal::ctrl_c()
        .await
        .map_err(|err| format!("cannot wait for Ctrl-C: {err}"))
}

/// The worker's public key: the one that was given, or that of a fresh pair.
fn worker_key(arguments: &Arguments, key_file: &Path) -> Result<Credential, String> {
    let public = match &arguments.public_key {
        Some(path) => fs::read_to_string(path)
            .map_err(|err| format!("cannot read {}: {err}", path.display()))?,
        None => make_key(key_file)?,
    };
    Credential::from_pem(&public)
}

fn prepare(directory: &Path) -> Result<PathBuf, String> {
    fs::create_dir_all(directory)
        .map_err(|err| format!("cannot make {}: {err}", directory.display()))?;
    fs::canonicalize(directory).map_err(|err| format!("cannot find {}: {err}", directory.display()))
}

/// Makes the worker's key, keeps the private half, returns the public one.
fn make_key(path: &Path) -> Result<String, String> {
    let private =
        RsaPrivateKey::new(&mut OsRng, 3072).map_err(|err| format!("cannot make a key: {err}"))?;
    let pem = private
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|err| format!("cannot write a key: {err}"))?;
    write_secret(path, &pem)?;
    private
        .to_public_key()
        .to_public_key_pem(LineEnding::LF)
        .map_err(|err| format!("cannot write a key: {err}"))
}

fn write_secret(path: &Path, text: &str) -> Result<(), String> {
    let fail = |err: io::Error| format!("cannot write {}: {err}", path.display());
    if path.exists() {
        fs::remove_file(path).map_err(fail)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)
}
