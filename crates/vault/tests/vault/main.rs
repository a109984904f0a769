//! The vault seen from outside, over real sockets, on a clock moved by hand.

mod ciba;
mod connecting;
mod exchange;
mod keeping;
mod keys;
mod mutations;
mod opening;
mod outcome;
mod rotation;
mod secrets;
mod silence;
mod stop;
mod support;
mod telegram;
mod telegram_oddities;
mod wire;
