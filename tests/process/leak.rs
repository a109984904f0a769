//! Canaries in every credential, then a search of every byte that was written anywhere.

mod night;
mod process;
mod search;
mod starts;
