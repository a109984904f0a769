//! The patch process: a program of its own in which repositories are fetched, agents and tests run, and
//! patches are judged. It holds no secret and writes nothing outside.
//!
//! It is told an [`Order`](order::Order) on its standard input and answers line by line on its standard
//! output ([`word`]), so that it can be a child of whoever wants a patch, or another user's service
//! behind a socket. Whoever ordered closes his end to have it stop; what is under way is then ended and
//! cleared away, also when he was killed.
//!
//! # Layout
//!
//! * `order`, `word`, `lines` – what is asked, what is answered, and how both are put on a line
//! * `call`, `papers` – the side that orders, and what it keeps
//! * `serve`, `parts`, `desk`, `keys` – the side that works
//! * `egress` – the egress process, which alone holds the model's key
//! * `fitness` – whether patches could be made here

pub mod call;
mod desk;
pub mod egress;
pub mod fitness;
mod keys;
pub mod lines;
pub mod order;
pub mod papers;
mod parts;
pub mod serve;
pub mod word;

pub use parts::own_cgroup;
