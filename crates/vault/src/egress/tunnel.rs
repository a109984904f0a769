//! Tunnels to package hosts, in the set-up phase only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

use super::answer::Answer;
use super::job::Job;
use super::journal::EgressEvent;
use super::refusal::Refusal;
use super::settings::PackageHost;

/// Longest beginning of a TLS connection, in bytes.
const LONGEST_HELLO: usize = 64 * 1024;
const PART: usize = 16 * 1024;

/// Answers `CONNECT`.
pub(super) async fn open(
    job: &Arc<Job>,
    mut request: Request<Incoming>,
) -> Result<Response<Answer>, Refusal> {
    let wanted = request
        .uri()
        .authority()
        .ok_or(Refusal::NoTunnel)?
        .as_str()
        .to_ascii_lowercase();
    let host = job
        .hosts
        .iter()
        .find(|host| host.shown() == wanted)
        .ok_or(Refusal::NoTunnel)?
        .clone();
    let deadline = job.deadline();
    let slot = job.slot(deadline).await?;
    job.meter.tunnel()?;
    let server = job.by(deadline, reach(&host, job.allow_loopback)).await??;
    let opened = EgressEvent::TunnelOpened { host: host.shown() };
    job.recorder.before(opened).await?;
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(run(Arc::clone(job), host, upgrade, server, deadline, slot));
    Ok(Response::new(Answer::from(Bytes::new())))
}

/// Connects to the host's addresses as they were looked at, so that its name cannot lead elsewhere a
/// moment later.
async fn reach(host: &PackageHost, allow_loopback: bool) -> Result<TcpStream, Refusal> {
    let name = (host.host.as_str(), host.port);
    let found = tokio::net::lookup_host(name)
        .await
        .map_err(|_| Refusal::Unreachable)?;
    let found = vetted(found.collect(), allow_loopback)?;
    TcpStream::connect(&*found)
        .await
        .map_err(|_| Refusal::Unreachable)
}

/// All of a name's addresses, if all are fit: one that is not makes the name one of a trap's.
fn vetted(found: Vec<SocketAddr>, allow_loopback: bool) -> Result<Vec<SocketAddr>, Refusal> {
    let fit = |ip: IpAddr| is_public(ip) || (allow_loopback && ip.is_loopback());
    if found.iter().all(|address| fit(address.ip())) {
        Ok(found)
    } else {
        Err(Refusal::PrivateAddress)
    }
}

/// Whether an address is one of the public Internet's (IANA's special-purpose registries).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => is_public_v4(ip),
            None => is_public_v6(ip),
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(matches!(a, 0 | 10 | 127 | 224..)
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && matches!(c, 0 | 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && matches!(b, 18 | 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    // Global unicast, less what is for documents and what wraps an IPv4 address.
    (0x2000..0x4000).contains(&a)
        && a != 0x2002
        && !(a == 0x2001 && (b < 0x200 || b == 0xdb8))
        && !(a == 0x3fff && b < 0x1000)
}

async fn run(
    job: Arc<Job>,
    host: PackageHost,
    upgrade: OnUpgrade,
    server: TcpStream,
    deadline: Duration,
    slot: OwnedSemaphorePermit,
) {
    let (sent, received) = (AtomicU64::new(0), AtomicU64::new(0));
    let carried = job
        .by(
            deadline,
            carry(&job, &host, upgrade, server, &sent, &received),
        )
        .await
        .flatten();
    if let Err(refusal) = carried {
        job.refused(refusal, &host.shown()).await;
    }
    let closed = EgressEvent::TunnelClosed {
        host: host.shown(),
        sent: sent.into_inner(),
        received: received.into_inner(),
    };
    job.recorder.after(closed).await;
    drop(slot);
}

async fn carry(
    job: &Job,
    host: &PackageHost,
    upgrade: OnUpgrade,
    server: TcpStream,
    sent: &AtomicU64,
    received: &AtomicU64,
) -> Result<(), Refusal> {
    let agent = upgrade.await.map_err(|_| Refusal::BrokenOff)?;
    let (mut from_agent, mut to_agent) = tokio::io::split(TokioIo::new(agent));
    let (mut from_server, mut to_server) = server.into_split();
    let hello = hello(&mut from_agent, &host.host).await?;
    forward(job, &hello, &mut to_server, sent).await?;
    tokio::try_join!(
        one_way(job, &mut from_agent, &mut to_server, sent),
        one_way(job, &mut from_server, &mut to_agent, received),
    )?;
    Ok(())
}

/// Reads the first message of TLS and holds it against the name the tunnel was opened for.
async fn hello(agent: &mut (impl AsyncRead + Unpin), host: &str) -> Result<Vec<u8>, Refusal> {
    let mut acceptor = Acceptor::default();
    let mut seen = Vec::new();
    let mut part = vec![0; PART];
    loop {
        let count = agent
            .read(&mut part)
            .await
            .map_err(|_| Refusal::NotThatHost)?;
        if count == 0 || seen.len() + count > LONGEST_HELLO {
            return Err(Refusal::NotThatHost);
        }
        seen.extend_from_slice(&part[..count]);
        let mut rest = &part[..count];
        while !rest.is_empty() {
            match acceptor.read_tls(&mut rest) {
                Ok(1..) => {}
                _ => return Err(Refusal::NotThatHost),
            }
        }
        match acceptor.accept() {
            Ok(None) => {}
            Ok(Some(accepted)) if accepted.client_hello().server_name() == Some(host) => {
                return Ok(seen);
            }
            _ => return Err(Refusal::NotThatHost),
        }
    }
}

async fn one_way(
    job: &Job,
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    count: &AtomicU64,
) -> Result<(), Refusal> {
    let mut part = vec![0; PART];
    loop {
        let read = from.read(&mut part).await.map_err(|_| Refusal::BrokenOff)?;
        if read == 0 {
            // The other side may be gone already, which is no failure any more.
            let _ = to.shutdown().await;
            return Ok(());
        }
        forward(job, &part[..read], to, count).await?;
    }
}

async fn forward(
    job: &Job,
    data: &[u8],
    to: &mut (impl AsyncWrite + Unpin),
    count: &AtomicU64,
) -> Result<(), Refusal> {
    job.meter.carry(data.len() as u64)?;
    to.write_all(data).await.map_err(|_| Refusal::BrokenOff)?;
    count.fetch_add(data.len() as u64, Ordering::Relaxed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_private_address_among_public_ones_is_enough_to_refuse_a_name() {
        let of = |ips: &[&str]| -> Vec<SocketAddr> {
            ips.iter()
                .map(|ip| format!("{ip}:443").parse().expect("address"))
                .collect()
        };
        let fine = of(&["1.1.1.1", "[2606:4700::1]"]);
        assert_eq!(vetted(fine.clone(), false), Ok(fine));
        let local = of(&["127.0.0.1"]);
        assert_eq!(vetted(local.clone(), true), Ok(local.clone()));
        for (trap, allow_loopback) in [
            (local, false),
            (of(&["1.1.1.1", "127.0.0.1"]), false),
            (of(&["1.1.1.1", "169.254.169.254"]), true),
            (of(&["10.0.0.1"]), true),
        ] {
            assert_eq!(vetted(trap, allow_loopback), Err(Refusal::PrivateAddress));
        }
    }

    #[test]
    fn only_public_addresses_are_public() {
        for ip in [
            "1.1.1.1",
            "151.101.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1",
            "2a04:4e42::1",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(ip.parse().expect("address")), "{ip}");
        }
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.9.9.9",
            "100.64.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::",
        ] {
            assert!(!is_public(ip.parse().expect("address")), "{ip}");
        }
    }
}
