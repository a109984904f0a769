//! `requirements.txt`: pip's lines.

use super::python::requirement;
use super::{Dependency, Manifest, Origin};

pub(super) fn parse(text: &str) -> Manifest {
    let mut out = Manifest::default();
    for line in text.replace("\\\n", " ").lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (option, value) = line
            .split_once([' ', '='])
            .map_or((line, ""), |(option, value)| (option, value.trim()));
        match option {
            "-i" | "--index-url" | "--extra-index-url" | "-f" | "--find-links"
            | "--trusted-host" | "--no-index" | "--pre" => {
                out.sources.push(line.to_owned());
            }
            "-e" | "--editable" => out.dependencies.push(elsewhere(value)),
            "-r" | "-c" | "--requirement" | "--constraint" => {
                if value.contains("://") {
                    out.sources.push(line.to_owned());
                }
            }
            _ if option.starts_with('-') => out.sources.push(line.to_owned()),
            _ if line.contains("://") && !line.contains(" @ ") => {
                out.dependencies.push(elsewhere(line));
            }
            _ => out.dependencies.extend(requirement(line)),
        }
    }
    out
}

fn elsewhere(what: &str) -> Dependency {
    let folder = what.starts_with('.') && !what.contains("://");
    Dependency {
        name: what
            .rsplit_once("egg=")
            .map_or(what, |(_, name)| name)
            .to_owned(),
        range: String::new(),
        origin: if folder {
            Origin::Folder(what.split('[').next().unwrap_or_default().to_owned())
        } else {
            Origin::Elsewhere(what.to_owned())
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_pip_are_read() {
        let read = parse(
            "# x\na==1 \\\n  --hash=sha256:00\nb>=2\n-e git+https://x/c#egg=c\n-e .[dev]\n--extra-index-url https://evil/simple\nhttps://x/d.whl\n",
        );
        let names: Vec<_> = read.dependencies.iter().map(|d| d.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", ".[dev]", "https://x/d.whl"]);
        assert_eq!(read.dependencies[3].origin, Origin::Folder(".".into()));
        assert_eq!(read.sources, ["--extra-index-url https://evil/simple"]);
    }
}
