//! The vault seen from outside, over real sockets, on a clock moved by hand.

mod connecting;
mod exchange;
mod keys;
mod opening;
mod support;
mod telegram;
mod wire;
