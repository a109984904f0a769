//! Names of packages that everybody knows, to see names that are almost theirs.

use crate::manifests::Ecosystem;

const NPM: &[&str] = &[
    "react",
    "preact",
    "react-dom",
    "lodash",
    "express",
    "axios",
    "chalk",
    "commander",
    "webpack",
    "typescript",
    "eslint",
    "prettier",
    "jest",
    "mocha",
    "moment",
    "debug",
    "request",
    "async",
    "bluebird",
    "underscore",
    "uuid",
    "dotenv",
    "yargs",
    "inquirer",
    "rimraf",
    "mkdirp",
    "glob",
    "minimist",
    "semver",
    "body-parser",
    "cors",
    "mongoose",
    "socket.io",
    "jsonwebtoken",
    "bcrypt",
    "bcryptjs",
    "nodemon",
    "cross-env",
    "next",
    "vue",
    "angular",
    "jquery",
    "rxjs",
    "redux",
    "react-router",
    "react-redux",
    "styled-components",
    "node-fetch",
    "electron",
    "puppeteer",
    "playwright",
    "cypress",
    "vite",
    "rollup",
    "esbuild",
    "babel-core",
    "postcss",
    "tailwindcss",
    "autoprefixer",
    "sass",
    "less",
    "classnames",
    "prop-types",
    "formik",
    "immer",
    "zod",
    "joi",
    "ajv",
    "fs-extra",
    "colors",
    "ora",
    "winston",
    "morgan",
    "helmet",
    "passport",
    "multer",
    "sharp",
    "cheerio",
    "event-stream",
    "cross-spawn",
    "execa",
    "date-fns",
    "dayjs",
    "graphql",
    "apollo-server",
    "prisma",
    "sequelize",
    "typeorm",
    "knex",
    "mysql",
    "mysql2",
    "redis",
    "ioredis",
    "aws-sdk",
    "firebase",
    "stripe",
    "ethers",
    "web3",
    "discord.js",
    "ts-node",
    "tslib",
    "core-js",
    "regenerator-runtime",
    "source-map-support",
    "ua-parser-js",
];

const PYPI: &[&str] = &[
    "requests",
    "urllib3",
    "numpy",
    "pandas",
    "scipy",
    "matplotlib",
    "django",
    "flask",
    "fastapi",
    "pydantic",
    "sqlalchemy",
    "setuptools",
    "python-dateutil",
    "pyyaml",
    "boto3",
    "botocore",
    "cryptography",
    "certifi",
    "charset-normalizer",
    "idna",
    "pytest",
    "tensorflow",
    "torch",
    "scikit-learn",
    "beautifulsoup4",
    "selenium",
    "pillow",
    "opencv-python",
    "jinja2",
    "markupsafe",
    "werkzeug",
    "click",
    "colorama",
    "attrs",
    "aiohttp",
    "httpx",
    "uvicorn",
    "gunicorn",
    "celery",
    "redis",
    "psycopg2",
    "psycopg2-binary",
    "pymysql",
    "pymongo",
    "paramiko",
    "pycryptodome",
    "pyjwt",
    "openai",
    "anthropic",
    "langchain",
    "transformers",
    "tqdm",
    "rich",
    "typer",
    "black",
    "mypy",
    "ruff",
    "virtualenv",
    "pipenv",
    "poetry",
    "tox",
    "coverage",
    "packaging",
    "wheel",
    "lxml",
    "docutils",
    "sphinx",
    "websockets",
    "grpcio",
    "protobuf",
    "simplejson",
    "ujson",
    "orjson",
    "discord.py",
    "telethon",
    "tweepy",
    "web3",
    "python-jwt",
    "python-dotenv",
    "typing-extensions",
    "six",
];

const CRATES: &[&str] = &[
    "serde",
    "serde_json",
    "serde_derive",
    "tokio",
    "rand",
    "libc",
    "syn",
    "quote",
    "proc-macro2",
    "regex",
    "log",
    "clap",
    "anyhow",
    "thiserror",
    "futures",
    "bytes",
    "hyper",
    "reqwest",
    "tracing",
    "chrono",
    "itertools",
    "lazy_static",
    "once_cell",
    "rayon",
    "crossbeam",
    "parking_lot",
    "base64",
    "bitflags",
    "num-traits",
    "uuid",
    "url",
    "http",
    "tower",
    "axum",
    "actix-web",
    "warp",
    "rocket",
    "diesel",
    "sqlx",
    "rustls",
    "openssl",
    "ring",
    "sha2",
    "env_logger",
    "tempfile",
    "walkdir",
    "indexmap",
    "hashbrown",
    "smallvec",
    "async-trait",
    "rustdecimal",
    "rust_decimal",
    "toml",
    "hex",
    "byteorder",
    "memchr",
    "nom",
    "criterion",
    "proptest",
    "ethers",
    "tonic",
];

const GEMS: &[&str] = &[
    "rails",
    "rake",
    "rspec",
    "sinatra",
    "nokogiri",
    "devise",
    "sidekiq",
    "puma",
    "bundler",
    "activerecord",
    "activesupport",
    "rubocop",
    "faraday",
    "httparty",
    "redis",
    "capybara",
    "minitest",
    "thor",
    "rest-client",
];

/// Letters below which a name is too short to be almost another.
const SHORT: usize = 4;
/// Letters from which on two slips count as close.
const LONG: usize = 8;

/// The known package that a name is almost, but not.
pub(super) fn close_to(ecosystem: Ecosystem, name: &str) -> Option<&'static str> {
    let known = match ecosystem {
        Ecosystem::Npm => NPM,
        Ecosystem::Python => PYPI,
        Ecosystem::Cargo => CRATES,
        Ecosystem::Ruby => GEMS,
        _ => return None,
    };
    let name = name.to_ascii_lowercase();
    if name.len() < SHORT
        || name.len() > 64
        || name.starts_with('@')
        || known.contains(&name.as_str())
    {
        return None;
    }
    known.iter().copied().find(|known| {
        let allowed = if known.len() >= LONG { 2 } else { 1 };
        known.len() >= SHORT
            && known.len().abs_diff(name.len()) <= allowed
            && slips(name.as_bytes(), known.as_bytes()) <= allowed
    })
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
fn slips(a: &[u8], b: &[u8]) -> usize {
    let width = b.len() + 1;
    let mut before = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; width];
        for j in 1..width {
            let same = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[width - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_seen() {
        for (ecosystem, name, known) in [
            (Ecosystem::Npm, "lodahs", "lodash"),
            (Ecosystem::Npm, "expres", "express"),
            (Ecosystem::Npm, "cross-env.js", ""),
            (Ecosystem::Npm, "crossenv", "cross-env"),
            (Ecosystem::Python, "reqeusts", "requests"),
            (Ecosystem::Python, "request", "requests"),
            (Ecosystem::Cargo, "serde-json", "serde_json"),
        ] {
            assert_eq!(close_to(ecosystem, name).unwrap_or(""), known, "{name}");
        }
    }

    #[test]
    fn known_and_far_names_pass() {
        for (ecosystem, name) in [
            (Ecosystem::Npm, "lodash"),
            (Ecosystem::Npm, "preact"),
            (Ecosystem::Npm, "nanoid"),
            (Ecosystem::Python, "httpcore"),
            (Ecosystem::Cargo, "serde"),
            (Ecosystem::Go, "lodahs"),
        ] {
            assert_eq!(close_to(ecosystem, name), None, "{name}");
        }
    }
}
