//! Agents and other commands that behave in every way, helpful or not, and what becomes of them.

mod acp;
mod exec;
mod live;
mod place;
mod scripted;
mod to_end;
