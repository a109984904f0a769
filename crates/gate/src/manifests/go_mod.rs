//! `go.mod`: directives, alone or in blocks.

use serde_json::{Map, Value};

use super::{Dependency, Manifest, Origin};

pub(super) fn parse(text: &str) -> Manifest {
    let mut dependencies = Vec::new();
    let mut keys: Map<String, Value> = Map::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        if line == ")" {
            block = None;
            continue;
        }
        let (directive, rest) = match &block {
            Some(directive) => (directive.clone(), line),
            None => {
                let (directive, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                if rest.trim() == "(" {
                    block = Some(directive.to_owned());
                    continue;
                }
                (directive.to_owned(), rest.trim())
            }
        };
        if directive == "require" {
            let mut words = rest.split_whitespace();
            if let (Some(name), Some(version)) = (words.next(), words.next()) {
                dependencies.push(Dependency {
                    name: name.trim_matches('"').to_owned(),
                    range: version.to_owned(),
                    origin: Origin::Registry,
                });
            }
            continue;
        }
        if let Value::Array(list) = keys
            .entry(directive)
            .or_insert_with(|| Value::Array(Vec::new()))
        {
            list.push(Value::String(rest.to_owned()));
        }
    }
    Manifest {
        dependencies,
        keys: Value::Object(keys),
        sources: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_lines_are_read() {
        let read = parse(
            "module x\n\ngo 1.22\nrequire a.b/c v1.0.0\nrequire (\n\td.e/f v2.0.0 // indirect\n)\nreplace a.b/c => ../c\n",
        );
        let names: Vec<_> = read.dependencies.iter().map(|d| d.name.as_str()).collect();
        assert_eq!(names, ["a.b/c", "d.e/f"]);
        assert_eq!(read.keys["replace"][0], "a.b/c => ../c");
        assert_eq!(read.keys["go"][0], "1.22");
    }
}
