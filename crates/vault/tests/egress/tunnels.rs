//! Tunnels of the set-up phase.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use vault::egress::{Budget, EgressEvent, PackageHost, Phase};

use crate::support::{Scene, soon, until};

/// Says back what it hears.
async fn echo() -> PackageHost {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let port = listener.local_addr().expect("address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    PackageHost {
        host: "localhost".to_owned(),
        port,
    }
}

async fn set_up(host: &PackageHost, tunnel_bytes: u64) -> Scene {
    Scene::with(|settings, grant| {
        settings.allow_packages = vec![host.clone()];
        grant.phase = Phase::SetUp {
            hosts: vec![host.clone()],
        };
        grant.budgets.tunnel_bytes = tunnel_bytes;
    })
    .await
}

/// What a TLS client says first.
fn hello(name: &str) -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let mut client = ClientConnection::new(Arc::new(config), name).expect("client");
    let mut said = Vec::new();
    client.write_tls(&mut said).expect("in memory");
    said
}

async fn connected(scene: &Scene, to: &str) -> (UnixStream, String) {
    let mut stream = scene.connect().await;
    let line = format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n\r\n");
    stream.write_all(line.as_bytes()).await.expect("said");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = soon("the head", stream.read_u8()).await;
        head.push(byte.expect("a head"));
    }
    (stream, String::from_utf8(head).expect("text"))
}

#[tokio::test]
async fn a_tunnel_leads_to_its_host_and_is_counted() {
    let host = echo().await;
    let scene = set_up(&host, 1 << 20).await;
    let to = format!("localhost:{}", host.port);
    let (mut stream, head) = connected(&scene, &to).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let mut said = hello("localhost");
    said.extend(vec![7; 50_000]);
    stream.write_all(&said).await.expect("said");
    let mut heard = vec![0; said.len()];
    soon("the echo", stream.read_exact(&mut heard))
        .await
        .expect("whole");
    assert_eq!(heard, said);
    drop(stream);
    until("the line", || {
        matches!(
            scene.journal.events().last(),
            Some(EgressEvent::TunnelClosed { .. })
        )
    })
    .await;
    let bytes = said.len() as u64;
    assert_eq!(
        scene.journal.events(),
        [
            EgressEvent::TunnelOpened { host: to.clone() },
            EgressEvent::TunnelClosed {
                host: to,
                sent: bytes,
                received: bytes
            },
        ]
    );
    let usage = scene.end().await;
    assert_eq!((usage.tunnels, usage.tunnel_bytes), (1, 2 * bytes));
}

#[tokio::test]
async fn no_other_host_port_or_phase_gets_a_tunnel() {
    let host = echo().await;
    let scene = set_up(&host, 1 << 20).await;
    for to in [
        "api.github.com:443".to_owned(),
        format!("127.0.0.1:{}", host.port),
        format!("[::1]:{}", host.port),
        format!("localhost.:{}", host.port),
        format!("sub.localhost:{}", host.port),
        format!("a@localhost:{}", host.port),
        "localhost:22".to_owned(),
        "localhost".to_owned(),
    ] {
        let (_, head) = connected(&scene, &to).await;
        assert!(head.starts_with("HTTP/1.1 403"), "{to}: {head}");
    }
    let working = Scene::with(|settings, _| settings.allow_packages = vec![host.clone()]).await;
    let (_, head) = connected(&working, &format!("localhost:{}", host.port)).await;
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
}

#[tokio::test]
async fn what_is_not_tls_for_that_host_is_cut() {
    let host = echo().await;
    let scene = set_up(&host, 1 << 20).await;
    let to = format!("localhost:{}", host.port);
    for said in [
        b"GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n".to_vec(),
        b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
        hello("evil.example"),
        hello("127.0.0.1"),
    ] {
        let (mut stream, head) = connected(&scene, &to).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        stream.write_all(&said).await.expect("said");
        let mut heard = Vec::new();
        let _ = soon("the cut", stream.read_to_end(&mut heard)).await;
        assert_eq!(heard, b"");
    }
    until("the lines", || {
        scene.journal.refusals() == ["not_that_host"; 4]
    })
    .await;
    assert_eq!(scene.end().await.tunnel_bytes, 0);
}

#[tokio::test]
async fn a_tunnel_ends_with_its_bytes_its_time_or_the_job() {
    let host = echo().await;
    let to = format!("localhost:{}", host.port);

    let scene = set_up(&host, 20_000).await;
    let (mut stream, _) = connected(&scene, &to).await;
    let mut said = hello("localhost");
    said.extend(vec![7; 50_000]);
    let _ = stream.write_all(&said).await;
    let mut heard = Vec::new();
    let _ = soon("the cut", stream.read_to_end(&mut heard)).await;
    until("the line", || scene.journal.refusals() == ["budget"]).await;
    let (_, head) = connected(&scene, &to).await;
    assert!(!head.starts_with("HTTP/1.1 500"), "{head}");
    let usage = scene.end().await;
    assert!(usage.tunnel_bytes <= 20_000);
    assert_eq!(usage.ended_by, Some(Budget::TunnelBytes));

    let scene = set_up(&host, 1 << 20).await;
    let (mut stream, _) = connected(&scene, &to).await;
    scene.hand.advance(Duration::from_secs(600));
    assert_eq!(
        soon("the cut", stream.read(&mut [0; 8])).await.unwrap_or(0),
        0
    );
    until("the line", || scene.journal.refusals() == ["timed_out"]).await;

    let (mut stream, _) = connected(&scene, &to).await;
    scene.end().await;
    assert_eq!(
        soon("the cut", stream.read(&mut [0; 8])).await.unwrap_or(0),
        0
    );
}
