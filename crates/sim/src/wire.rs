//! Connections that can be torn down from inside a handler. A reset that the client sees as one has to come from the
//! socket: a response can at best end early.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::rim::Rim;

/// One client connection, as handlers see it: `ConnectInfo<Connection>`.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The other end.
    pub peer: SocketAddr,
    cut: Arc<AtomicBool>,
}

impl Connection {
    /// Resets the connection: whatever the handler returns does not reach the client.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }
}

impl Connected<IncomingStream<'_, Gate>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        Self {
            peer: *stream.remote_addr(),
            cut: Arc::clone(&stream.io().cut),
        }
    }
}

/// A listener whose connections can be cut from inside a handler.
pub(crate) struct Gate {
    pub(crate) listener: TcpListener,
    pub(crate) rim: Arc<Rim>,
}

impl Listener for Gate {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            let (stream, addr) = Listener::accept(&mut self.listener).await;
            let _ = stream.set_nodelay(true);
            let wire = Wire {
                stream,
                cut: Arc::default(),
                rim: Arc::clone(&self.rim),
            };
            if wire.is_cut() {
                continue;
            }
            return (wire, addr);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

pub(crate) struct Wire {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
    rim: Arc<Rim>,
}

impl Wire {
    /// True once this connection is to die. Zero linger makes the kernel send RST instead of FIN at close.
    fn is_cut(&self) -> bool {
        let cut = self.cut.load(Ordering::SeqCst) || self.rim.is_down();
        if cut {
            let _ = self.stream.set_zero_linger();
        }
        cut
    }

    fn reset<T>() -> Poll<io::Result<T>> {
        Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_cut() {
            Self::reset()
        } else {
            Pin::new(&mut self.stream).poll_read(cx, buf)
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_cut() {
            Self::reset()
        } else {
            Pin::new(&mut self.stream).poll_write(cx, data)
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_cut() {
            Self::reset()
        } else {
            Pin::new(&mut self.stream).poll_flush(cx)
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_cut() {
            Self::reset()
        } else {
            Pin::new(&mut self.stream).poll_shutdown(cx)
        }
    }
}
