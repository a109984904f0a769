//! A small web server: git's own `http-backend` behind it, or something that only pretends.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a server does with every request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Serves this bare repository.
    Git(PathBuf),
    /// Answers with this status and a header.
    Status(&'static str, String),
    /// Takes the request and says nothing.
    Silence,
    /// Answers with this body, as if it were git's.
    Garbage(&'static [u8]),
    /// Sends one file of so many bytes, made as it goes.
    Flood(u64),
    /// Sends this pack, whatever is in it.
    Pack(Vec<u8>),
}

/// A running server; dropping it ends it.
pub(crate) struct Server {
    address: SocketAddr,
    facts: Arc<Facts>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Facts {
    requests: AtomicU64,
    sent: AtomicU64,
}

impl Server {
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let facts = Arc::new(Facts::default());
        let counted = facts.clone();
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, facts) = (answer.clone(), counted.clone());
                // A client that goes away is no failure of the server's.
                open.spawn(async move { serve(stream, answer, &facts).await.ok() });
            }
        });
        Self {
            address,
            facts,
            task,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/repo", self.address)
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.facts.requests.load(Ordering::SeqCst)
    }

    /// Bytes of the flood so far.
    pub(crate) fn sent(&self) -> u64 {
        self.facts.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Default)]
struct Request {
    method: String,
    path: String,
    query: String,
    kind: String,
    encoding: String,
    protocol: String,
    body: Vec<u8>,
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> std::io::Result<Request> {
    let mut request = Request::default();
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut words = line.split_whitespace();
    request.method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (request.path, request.query) = (path.to_owned(), query.to_owned());
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().expect("a length"),
            "content-type" => request.kind = value.to_owned(),
            "content-encoding" => request.encoding = value.to_owned(),
            "git-protocol" => request.protocol = value.to_owned(),
            "transfer-encoding" => panic!("the requests of a shallow fetch are small"),
            "authorization" | "proxy-authorization" | "cookie" => panic!("a credential: {line}"),
            _ => {}
        }
    }
    request.body = vec![0; length];
    stream.read_exact(&mut request.body).await?;
    Ok(request)
}

async fn serve(stream: TcpStream, answer: Answer, facts: &Facts) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let request = read_request(&mut stream).await?;
    facts.requests.fetch_add(1, Ordering::SeqCst);
    match answer {
        Answer::Git(repo) => backend(&mut stream, &repo, &request).await?,
        Answer::Status(status, header) => {
            let head = format!(
                "HTTP/1.1 {status}\r\n{header}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
        }
        Answer::Silence => std::future::pending().await,
        Answer::Garbage(body) => {
            head(&mut stream, &request).await?;
            stream.write_all(body).await?;
        }
        Answer::Flood(bytes) => {
            if asked_for_a_pack(&mut stream, &request).await? {
                flood(&mut stream, bytes, facts).await?;
            }
        }
        Answer::Pack(pack) => {
            if asked_for_a_pack(&mut stream, &request).await? {
                for some in pack.chunks(BLOCK) {
                    send(&mut stream, some).await?;
                }
                stream.write_all(b"0000").await?;
            }
        }
    }
    stream.shutdown().await
}

/// The head of an answer that ends with the connection.
async fn head(stream: &mut BufReader<TcpStream>, request: &Request) -> std::io::Result<()> {
    let kind = match request.method.as_str() {
        "GET" => "advertisement",
        _ => "result",
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-{kind}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await
}

/// Runs `git http-backend` as CGI (RFC 3875).
async fn backend(
    stream: &mut BufReader<TcpStream>,
    repo: &Path,
    request: &Request,
) -> std::io::Result<()> {
    let mut child = tokio::process::Command::new("git")
        .arg("http-backend")
        .env_clear()
        .env("PATH", super::repo::SEARCH)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_PROJECT_ROOT", repo)
        .env(
            "PATH_INFO",
            request.path.strip_prefix("/repo").unwrap_or("/"),
        )
        .env("REQUEST_METHOD", &request.method)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", &request.kind)
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", &request.encoding)
        .env("GIT_PROTOCOL", &request.protocol)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().expect("standard input");
    let mut stdout = BufReader::new(child.stdout.take().expect("standard output"));
    stdin.write_all(&request.body).await?;
    drop(stdin);
    let (mut status, mut headers) = ("200 OK".to_owned(), String::new());
    loop {
        let mut line = String::new();
        stdout.read_line(&mut line).await?;
        match line.trim_end().split_once(": ") {
            Some(("Status", value)) => status = value.to_owned(),
            Some(_) => headers += &line,
            None => break,
        }
    }
    let head = format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    tokio::io::copy(&mut stdout, stream).await?;
    child.wait().await.map(drop)
}

fn line(text: &str) -> Vec<u8> {
    format!("{:04x}{text}", text.len() + 4).into_bytes()
}

const BLOCK: usize = 32_768;

/// Speaks protocol version 2 well enough to be asked for a pack; says whether it was.
async fn asked_for_a_pack(
    stream: &mut BufReader<TcpStream>,
    request: &Request,
) -> std::io::Result<bool> {
    const TIP: &str = "1111111111111111111111111111111111111111";
    head(stream, request).await?;
    let body = String::from_utf8_lossy(&request.body);
    let mut lines = Vec::new();
    let asked = request.method != "GET" && !body.contains("command=ls-refs");
    if request.method == "GET" {
        lines.extend(line("# service=git-upload-pack\n"));
        lines.extend(b"0000");
        for text in [
            "version 2\n",
            "ls-refs\n",
            "fetch=shallow\n",
            "object-format=sha1\n",
        ] {
            lines.extend(line(text));
        }
        lines.extend(b"0000");
    } else if asked {
        lines.extend(line("shallow-info\n"));
        lines.extend(line(&format!("shallow {TIP}\n")));
        lines.extend(b"0001");
        lines.extend(line("packfile\n"));
    } else {
        lines.extend(line(&format!("{TIP} HEAD\n")));
        lines.extend(b"0000");
    }
    stream.write_all(&lines).await?;
    Ok(asked)
}

/// Sends bytes of a pack.
async fn send(stream: &mut BufReader<TcpStream>, bytes: &[u8]) -> std::io::Result<()> {
    let length = format!("{:04x}\x01", bytes.len() + 5);
    stream.write_all(length.as_bytes()).await?;
    stream.write_all(bytes).await
}

/// Sends a pack of one blob of `bytes` zeros that are stored as they are.
async fn flood(
    stream: &mut BufReader<TcpStream>,
    bytes: u64,
    facts: &Facts,
) -> std::io::Result<()> {
    let mut start = b"PACK\0\0\0\x02\0\0\0\x01".to_vec();
    start.extend(super::pack::header(3, bytes));
    start.extend([0x78, 0x01]);
    send(stream, &start).await?;
    let mut block = vec![0];
    block.extend((BLOCK as u16).to_le_bytes());
    block.extend((!(BLOCK as u16)).to_le_bytes());
    block.resize(block.len() + BLOCK, 0);
    for _ in 0..bytes / BLOCK as u64 {
        send(stream, &block).await?;
        facts.sent.fetch_add(BLOCK as u64, Ordering::SeqCst);
    }
    Ok(())
}
