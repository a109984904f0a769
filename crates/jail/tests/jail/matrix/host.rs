//! The host that the attacks look for: listeners, files, shared memory, and a proxy.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::place::{CANARY, Place};

pub(crate) struct Host {
    variables: Vec<(OsString, OsString)>,
    egress: PathBuf,
    /// Listeners that nobody may reach. None waits.
    tcp: [Option<TcpListener>; 2],
    udp: UdpSocket,
    abstract_socket: UnixListener,
    socket: UnixListener,
    /// First lines that the proxy was asked.
    asked: Arc<Mutex<Vec<String>>>,
    files: Vec<PathBuf>,
    segment: String,
}

impl Host {
    /// Puts the canary beside the work tree and elsewhere, and opens everything. It stands in this
    /// process's environment already.
    pub(crate) fn open(place: &Place) -> Host {
        assert!(std::env::vars().any(|(_, value)| value == CANARY));
        let name = place.name();
        let beside = place.path("beside");
        let temporary = std::env::temp_dir().join(format!("{name}-canary"));
        let shared = PathBuf::from("/dev/shm").join(&name);
        let files = vec![beside.clone(), temporary.clone(), shared];
        for file in &files {
            fs::write(file, CANARY).expect("written");
        }
        let tcp = TcpListener::bind("127.0.0.1:0").expect("bound");
        let port = tcp.local_addr().expect("an address").port();
        // A machine without IPv6 has one listener less to reach.
        let tcp6 = TcpListener::bind(("::1", port)).ok();
        let udp = UdpSocket::bind("127.0.0.1:0").expect("bound");
        let path = place.path("host.sock");
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let made = Command::new("ipcmk").args(["-M", "4096"]).output();
        let made = made.expect("ipcmk (util-linux) starts");
        let made = String::from_utf8_lossy(&made.stdout);
        let segment = made.split(": ").nth(1).expect("a number").trim().to_owned();
        let variable = |name: &str, value: OsString| (OsString::from(name), value);
        let variables = vec![
            variable("HOST_TCP", port.to_string().into()),
            variable(
                "HOST_UDP",
                udp.local_addr().expect("one").port().to_string().into(),
            ),
            variable("HOST_ABSTRACT", name.clone().into()),
            variable("HOST_SOCKET", path.clone().into()),
            variable("HOST_FILE", beside.into()),
            variable("HOST_TMP", temporary.into()),
            variable("HOST_STATE", place.path("state").into()),
            variable("HOST_SHM_FILE", format!("/{name}").into()),
            variable("HOST_SHM", segment.clone().into()),
            variable("HOST_PID", std::process::id().to_string().into()),
        ];
        let asked = Arc::default();
        let egress = place.path("egress.sock");
        serve(
            UnixListener::bind(&egress).expect("bound"),
            Arc::clone(&asked),
        );
        Host {
            variables,
            egress,
            tcp: [Some(tcp), tcp6],
            udp,
            abstract_socket: UnixListener::bind_addr(&address).expect("bound"),
            socket: UnixListener::bind(&path).expect("bound"),
            asked,
            files,
            segment,
        }
    }

    pub(crate) fn egress(&self) -> PathBuf {
        self.egress.clone()
    }

    pub(crate) fn variables(&self) -> Vec<(OsString, OsString)> {
        self.variables.clone()
    }

    /// Whether anything came here on another way than through the proxy, and through the proxy what
    /// it was asked.
    pub(crate) fn what_arrived(&self) -> String {
        let mut arrived = Vec::new();
        for listener in self.tcp.iter().flatten() {
            listener.set_nonblocking(true).expect("set");
            arrived.extend(listener.accept().map(|_| "TCP"));
        }
        self.udp.set_nonblocking(true).expect("set");
        arrived.extend(self.udp.recv(&mut [0; 8]).map(|_| "UDP"));
        for (listener, what) in [
            (&self.abstract_socket, "abstract"),
            (&self.socket, "a path"),
        ] {
            listener.set_nonblocking(true).expect("set");
            arrived.extend(listener.accept().map(|_| what));
        }
        let asked = self.asked.lock().expect("unpoisoned");
        // Three tunnels and the control: all the bridge carried went to the one socket.
        if arrived.is_empty() && asked.len() == 4 {
            "nothing arrived but at the proxy".to_owned()
        } else {
            format!("SUCCEEDED: {arrived:?}, the proxy was asked {:?}", *asked)
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        let _ = Command::new("ipcrm").args(["-m", &self.segment]).status();
    }
}

/// A proxy that serves one path, as the egress does.
fn serve(listener: UnixListener, asked: Arc<Mutex<Vec<String>>>) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut text = Vec::new();
            let mut part = [0; 512];
            while !text.ends_with(b"\r\n\r\n") {
                match stream.read(&mut part) {
                    Ok(n) if n > 0 => text.extend_from_slice(&part[..n]),
                    _ => break,
                }
            }
            let line = String::from_utf8_lossy(&text)
                .lines()
                .next()
                .map(str::to_owned);
            let line = line.unwrap_or_default();
            let answer = if line.starts_with("POST /llm/") {
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
            } else {
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
            };
            asked.lock().expect("unpoisoned").push(line);
            // Whoever has gone already does not want it.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
}
