//! Rules under names that are not asked for at once, read when a list showed them: few repositories
//! have any, and those of many come in one request.

use serde_json::{Value, json};

use super::super::documents;
use super::super::graphql::{GraphError, Reply, Setback};
use super::super::rule_nodes::RulesData;
use super::{Place, Reading, failed};

/// Files a request asks for at most, unless one repository has more.
const MOST_FILES: usize = 100;

impl Reading<'_> {
    /// Reads what is still to be read of `places`; what does not come makes them incomplete.
    pub(super) async fn complete(&mut self, mut places: Vec<&mut Place>) {
        let mut most = MOST_FILES;
        let mut rest = &mut places[..];
        while !rest.is_empty() {
            let size = fitting(rest, most);
            let reply = self.ask_odd(&rest[..size]).await;
            let too_much = match &reply {
                Ok(reply) => reply.errors.iter().any(GraphError::passing),
                Err(setback) => setback.heavy,
            };
            if too_much && size > 1 {
                most = rest[..size].iter().map(|place| place.odd.len()).sum();
                most /= 2;
                continue;
            }
            let goes_on = match reply {
                Ok(reply) => {
                    book(&mut rest[..size], reply);
                    size
                }
                Err(Setback { trouble, heavy, .. }) => {
                    self.trouble.get_or_insert(trouble);
                    // What keeps GitHub from answering this keeps it from answering the next.
                    let missed = if heavy { size } else { rest.len() };
                    for place in &mut rest[..missed] {
                        place.in_part = true;
                    }
                    missed
                }
            };
            rest = &mut rest[goes_on..];
        }
    }

    async fn ask_odd(&mut self, places: &[&mut Place]) -> Result<Reply<RulesData>, Setback> {
        let mut variables = json!({});
        for (n, place) in places.iter().enumerate() {
            variables[format!("r{n}")] = json!(place.node_id);
            for (m, path) in place.odd.iter().enumerate() {
                variables[format!("r{n}p{m}")] = Value::String(format!("HEAD:{path}"));
            }
        }
        let counts: Vec<usize> = places.iter().map(|place| place.odd.len()).collect();
        self.send(&documents::odd_rules(&counts), &variables).await
    }
}

/// How many of the places have no more than `most` files together; at least one.
fn fitting(places: &[&mut Place], most: usize) -> usize {
    let mut files = 0;
    let fit = places.iter().take_while(|place| {
        files += place.odd.len();
        files <= most
    });
    fit.count().max(1)
}

fn book(places: &mut [&mut Place], reply: Reply<RulesData>) {
    let Reply { data, errors, .. } = reply;
    let mut named = data.named;
    let of_all = errors.iter().any(|error| error.path.is_none());
    for (n, place) in places.iter_mut().enumerate() {
        let alias = format!("r{n}");
        let node = named.remove(&alias).flatten();
        let Some(mut node) = node.filter(|_| !of_all && !failed(&errors, &alias)) else {
            place.in_part = true;
            continue;
        };
        for (m, path) in std::mem::take(&mut place.odd).iter().enumerate() {
            let thing = node.things.remove(&format!("p{m}"));
            let Some(thing) = thing else {
                place.in_part = true;
                continue;
            };
            place.add(path, thing.unwrap_or_default());
        }
    }
}
