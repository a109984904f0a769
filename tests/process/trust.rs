//! Over HTTPS: whom the machine trusts is trusted, and nobody else gets a byte.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::Signal;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::child::bountyd;
use crate::notify::Manager;
use crate::world::World;

/// An authority of this test's own, as a certificate in a file, and the simulated GitHub behind a
/// server it vouches for.
struct Https {
    authority: PathBuf,
    base: String,
}

async fn github_over_https(w: &World) -> Https {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let certificate = server.signed_by(&key, &authority).expect("a certificate");
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("a server");
    let path = w.dir.path().join("authority.pem");
    std::fs::write(&path, authority.pem()).expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let github = w.sim.github.url().replace("http://", "");
    tokio::spawn(serve(listener, Arc::new(config), github));
    Https {
        authority: path,
        base: format!("https://localhost:{port}"),
    }
}

/// Ends TLS in front of `github`.
async fn serve(listener: TcpListener, config: Arc<ServerConfig>, github: String) {
    let acceptor = TlsAcceptor::from(config);
    while let Ok((socket, _)) = listener.accept().await {
        let (acceptor, github) = (acceptor.clone(), github.clone());
        tokio::spawn(async move {
            let mut outer = acceptor.accept(socket).await?;
            let mut inner = TcpStream::connect(github).await?;
            copy_bidirectional(&mut outer, &mut inner).await
        });
    }
}

/// A world whose GitHub speaks HTTPS, and one that the program can find a bounty in.
async fn world() -> (World, Https) {
    let mut w = World::new(1, "info").await;
    w.repo("acme/widgets");
    w.bounty("acme/widgets", crate::owner::Answer::Silence);
    let https = github_over_https(&w).await;
    w.reconfigure(&w.sim.github.url(), &https.base);
    (w, https)
}

/// What `command` did, by a machine that trusts whom `store` names.
async fn output(mut command: Command, store: impl FnOnce(&mut Command)) -> Output {
    store(&mut command);
    let run = tokio::task::spawn_blocking(move || command.output());
    run.await.expect("it is waited for").expect("it can be run")
}

/// One pass of the program.
async fn pass(w: &World, store: impl FnOnce(&mut Command)) -> Output {
    let mut command = w.command();
    command.arg("--once");
    output(command, store).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_the_machine_trusts_is_spoken_to() {
    let (w, https) = world().await;
    let output = pass(&w, |command| {
        command.env("SSL_CERT_FILE", &https.authority);
    })
    .await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(printed.starts_with("1 issue seen, 1 new"), "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_a_strangers_certificate_gets_no_request() {
    let (w, _https) = world().await;
    // An authority with the same name and another key, as who stands between would have.
    let other = github_over_https(&w).await.authority;
    let output = pass(&w, |command| {
        command.env("SSL_CERT_FILE", other);
    })
    .await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("invalid peer certificate"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(w.sim.github.rim().count(), 0, "it was spoken to: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_can_trust_nobody_leaves_before_it_says_a_word() {
    let mut w = World::new(1, "info").await;
    let empty = w.dir.path().join("certificates");
    std::fs::create_dir(&empty).expect("a directory");
    let mut manager = Manager::new(w.dir.path());
    let mut command = w.command();
    command
        .env("NOTIFY_SOCKET", &manager.path)
        .env("SSL_CERT_DIR", &empty);
    w.start_as(command).await;
    let mut daemon = w.daemon.take().expect("it was started");
    let status = daemon.end().await;
    let said = daemon.said();
    assert_eq!(status.code(), Some(78), "{said}");
    assert!(said.contains("package ca-certificates"), "{said}");
    assert_eq!(w.traffic(), 0, "something was sent: {said}");
    assert!(manager.heard("READY=1"), "the rest of it was well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_stops_when_told_though_the_certificates_cannot_be_read_to_an_end() {
    let mut w = World::new(1, "info").await;
    // Whoever opens it for reading waits for a writer, as for a network disk that is gone.
    let endless = w.dir.path().join("endless.pem");
    mkfifoat(CWD, &endless, Mode::RUSR | Mode::WUSR).expect("a pipe");
    let mut manager = Manager::new(w.dir.path());
    let mut command = w.command();
    command
        .env("NOTIFY_SOCKET", &manager.path)
        .env("SSL_CERT_FILE", &endless);
    w.start_as(command).await;
    let mut daemon = w.daemon.take().expect("it was started");
    manager.hears(0, |line| line == "READY=1").await;
    let socket = w.dir.path().join("state/control.sock");
    assert!(socket.exists(), "it is bound before readiness is told");
    daemon.signal(Signal::TERM);
    let status = daemon.end().await;
    let said = daemon.said();
    assert_eq!(status.code(), Some(0), "{said}");
    assert_eq!(w.traffic(), 0, "something was sent: {said}");
    assert!(!socket.exists(), "the socket is left behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_can_trust_nobody_is_told_so_and_not_that_the_tenant_is_away() {
    let (w, _https) = world().await;
    let empty = w.dir.path().join("certificates");
    std::fs::create_dir(&empty).expect("a directory");
    let mut once = w.command();
    once.arg("--once");
    let mut alone = bountyd();
    alone.arg("scan").arg("--config").arg(w.config_path());
    for command in [once, alone] {
        let asked = format!("{command:?}");
        let output = output(command, |command| {
            command.env("SSL_CERT_DIR", &empty);
        })
        .await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(78), "{asked}: {said}");
        assert!(said.contains("package ca-certificates"), "{asked}: {said}");
    }
    assert_eq!(w.traffic(), 0, "something was sent");
}
