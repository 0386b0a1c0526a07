//! Runs an example in the program that it is written for.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

/// What an example is written in.
#[derive(Clone, Copy, Debug)]
pub enum Language {
    /// A line for a shell, mostly of curl.
    Shell,
    /// JavaScript, and TypeScript that is JavaScript as well.
    JavaScript,
    Python,
}

/// An example of a document: its text, and what is exchanged in it.
pub struct Example {
    language: Language,
    text: String,
    variables: Vec<(String, String)>,
}

/// What it wrote.
#[derive(Debug)]
pub struct Written {
    pub text: String,
}

impl Example {
    pub fn of(language: Language, text: &str) -> Self {
        Self { language, text: text.to_owned(), variables: Vec::new() }
    }

    /// Exchanges a text, which must be there.
    #[track_caller]
    pub fn with(mut self, from: &str, to: &str) -> Self {
        assert!(self.text.contains(from), "the example has no `{from}`:\n{}", self.text);
        self.text = self.text.replace(from, to);
        self
    }

    /// Sets a variable of the environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Appends lines of the test's own, by which the example's result is seen.
    pub fn then(mut self, lines: &str) -> Self {
        self.text.push_str(lines);
        self
    }

    /// Runs it in this folder, where curl's settings and the authority lie.
    pub async fn run(&self, folder: &Path) -> Written {
        let file = folder.join(match self.language {
            Language::Shell => "example.sh",
            Language::JavaScript => "example.mjs",
            Language::Python => "example.py",
        });
        std::fs::write(&file, &self.text).unwrap();
        let mut command = match self.language {
            Language::Shell => Command::new("sh"),
            Language::JavaScript => Command::new(node()),
            Language::Python => python(),
        };
        let authority = folder.join("authority.pem");
        command.arg(&file).current_dir(folder).envs(self.variables.iter().map(|(name, value)| (name, value)));
        for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env_remove(name);
        }
        // Each trusts the test's own authority, and checks certificates as it always does.
        command.env("CURL_HOME", folder).env("CURL_CA_BUNDLE", &authority);
        command.env("NODE_EXTRA_CA_CERTS", &authority).env("REQUESTS_CA_BUNDLE", &authority);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let output = command.output().await.unwrap_or_else(|error| panic!("{:?}: {error}: run `make test`", self.language));
        let (text, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}\n{text}\n{errors}", self.text);
        Written { text }
    }
}

impl Written {
    /// The status and the body, where the body comes first.
    #[track_caller]
    pub fn answer(&self) -> (u16, Value) {
        let (body, status) = self.text.trim_end().rsplit_once('\n').unwrap_or_else(|| panic!("{}", self.text));
        // What is no JSON is plain text.
        let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        (status.parse().unwrap_or_else(|_| panic!("{}", self.text)), body)
    }
}

/// What curl adds to each answer: its status, on a line of its own.
pub const CURLRC: &str = "silent\nshow-error\nwrite-out = \"\\n%{http_code}\"\n";
/// The same of the other two.
pub const JAVASCRIPT_SHOWS: &str = "\nconsole.log(await response.text());\nconsole.log(response.status);\n";
pub const PYTHON_SHOWS: &str = "\nprint(response.text)\nprint(response.status_code)\n";

/// A page of the web lost the indentation of its Python: this puts it back. Nothing else is changed.
pub fn indented(text: &str) -> String {
    let mut depth = 0;
    let mut lines = String::new();
    for line in text.lines() {
        if line.starts_with("except ") {
            depth = 0;
        }
        lines.push_str(&"    ".repeat(depth));
        lines.push_str(line);
        lines.push('\n');
        if line.ends_with(':') {
            depth += 1;
        }
    }
    lines
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The machine's Node, or the one that `scripts/setup.sh` fetched.
fn node() -> PathBuf {
    let on_path =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join("node").is_file());
    if on_path {
        return PathBuf::from("node");
    }
    let fetched = std::fs::read_dir(workspace().join("target/tools")).into_iter().flatten().flatten();
    let mut found = fetched.map(|folder| folder.path().join("bin/node")).filter(|node| node.is_file());
    found.next().expect("Node is needed: run `make test`, which fetches it")
}

/// The machine's Python, with the packages beside it that `scripts/setup.sh` fetched.
fn python() -> Command {
    let mut command = Command::new("python3");
    let fetched = workspace().join("target/tools/python");
    if fetched.is_dir() {
        command.env("PYTHONPATH", fetched);
    }
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
