//! `bountyd mcp`: the end of the broker that a client starts.

mod bridge;
mod key;
mod snippet;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use self::snippet::Kind;
use super::Context;
use crate::exit::Exit;

/// Speak MCP on stdin and stdout for a local AI, through the running daemon
///
/// A pipe to the daemon's socket `mcp.sock`, with nothing in it: no key, no token, no rule. The client that
/// starts it is known by the user it runs as, and may do what [mcp.clients.NAME] says. When the daemon
/// stops, it ends; the client starts it again.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Mcp {
    #[command(subcommand)]
    what: Option<What>,
    /// Which of this user's clients it is, where there are several
    #[arg(long, value_name = "NAME")]
    client: Option<String>,
    /// The daemon's socket [default: `mcp.sock` in the configured runtime directory]
    #[arg(long, value_name = "FILE")]
    socket: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print what to write into a client's own configuration, and where
    Config {
        /// Which client
        #[arg(value_enum)]
        kind: Kind,
        /// Its name under [mcp.clients] [default: as the client]
        #[arg(long, value_name = "NAME")]
        client: Option<String>,
    },
    /// Make a key for a client that asks over HTTP: shown once, and only its hash is kept
    ///
    /// It says who asks, and opens nothing by itself. The client shows it as `Authorization: Bearer KEY`; the
    /// line with the hash belongs under [mcp.clients.NAME] in the configuration, in force with a reload. To
    /// take a key back, remove that line.
    Key {
        /// Its name under [mcp.clients]
        #[arg(value_name = "NAME")]
        client: String,
    },
}

impl Mcp {
    pub(super) fn run(self, context: &Context) -> Exit {
        match self.what {
            Some(What::Config { kind, client }) => snippet::print(context, kind, client.as_deref()),
            Some(What::Key { client }) => key::make(context, &client),
            None => {
                let socket = match self.socket {
                    Some(socket) => socket,
                    None => match context.load_config() {
                        Ok(config) => config.mcp_socket(),
                        Err(exit) => return exit,
                    },
                };
                bridge::run(context, &socket, self.client)
            }
        }
    }
}
