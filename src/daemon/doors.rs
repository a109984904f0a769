//! Where the running program is spoken to: the control socket, and the two ways in for clients of the broker.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::StartError;
use crate::app::App;
use crate::broker::Broker;
use crate::control_socket::{self, Listener};
use crate::driver;
use crate::ledger::lock::InstanceLock;
use crate::mcp;

/// All of them, bound: whoever knocks is heard once they are served.
#[derive(Debug)]
pub(super) struct Doors {
    control: Listener,
    clients: Option<Listener>,
    over_http: Option<(TcpListener, SocketAddr)>,
}

impl Doors {
    /// Binds what the configuration names.
    pub(super) async fn bind(app: &App, lock: &InstanceLock) -> Result<Self, StartError> {
        let rules = app.rules();
        let config = &rules.config;
        let control = Listener::bind(&config.control_socket(), lock)?;
        if config.mcp.clients.is_empty() {
            return Ok(Self {
                control,
                clients: None,
                over_http: None,
            });
        }
        let clients = Some(Listener::bind(&config.mcp_socket(), lock)?);
        let over_http = match config.mcp.http {
            Some(at) => {
                let listener = TcpListener::bind(at).await;
                let listener = listener.map_err(|source| StartError::Http { at, source })?;
                Some((listener, at))
            }
            None => None,
        };
        Ok(Self {
            control,
            clients,
            over_http,
        })
    }

    /// Serves them while the driver runs, which is until `shutdown` ends; the last answers are given before
    /// this returns, and the sockets are gone.
    pub(super) async fn serve(
        self,
        app: &Arc<App>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), StartError> {
        let (stop, stopped) = watch::channel(false);
        let over_http = self.over_http;
        let broker = self.clients.map(|listener| {
            let broker = Arc::new(Broker::new(Arc::clone(app)));
            let over_http = over_http.map(|(listener, at)| {
                let stopped = stopped.clone();
                tokio::spawn(mcp::serve_http(Arc::clone(&broker), listener, at, stopped))
            });
            tokio::spawn(mcp::serve(broker, listener, over_http, stopped.clone()))
        });
        let control = control_socket::serve(Arc::clone(app), self.control, stopped);
        let control = tokio::spawn(control);
        let done = driver::run(Arc::clone(app), shutdown).await;
        let _ = stop.send(true);
        let _ = control.await;
        if let Some(broker) = broker {
            let _ = broker.await;
        }
        Ok(done?)
    }

    /// Closes them unserved.
    pub(super) fn close(self) {
        self.control.remove();
        if let Some(clients) = self.clients {
            clients.remove();
        }
    }
}
