//! The egress proxy seen from inside a sandbox: over its Unix socket, with a scripted provider behind
//! it and a clock moved by hand.

mod budgets;
mod crowd;
mod fences;
mod keys;
mod silence;
mod smuggling;
mod streams;
mod support;
mod trouble;
mod tunnels;
