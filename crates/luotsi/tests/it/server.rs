//! The real binary on a folder of its own, on a free port.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_luotsi");

pub(crate) const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

/// A data folder with an owner, a site and a token.
pub(crate) struct Installation {
    pub(crate) folder: Folder,
    pub(crate) domain: String,
    pub(crate) token: String,
}

/// A data folder: a temporary one, or one that the test made.
pub(crate) enum Folder {
    Temporary(TempDir),
    Made(PathBuf),
}

impl Folder {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Made(path) => path,
        }
    }
}

impl Installation {
    pub(crate) fn new(domain: &str) -> Self {
        Self::in_folder(domain, Folder::Temporary(tempfile::tempdir().unwrap()))
    }

    /// In a folder that is not there yet.
    #[cfg(target_os = "linux")]
    pub(crate) fn within(domain: &str, folder: PathBuf) -> Self {
        Self::in_folder(domain, Folder::Made(folder))
    }

    fn in_folder(domain: &str, folder: Folder) -> Self {
        let mut installation = Self { folder, domain: domain.to_owned(), token: String::new() };
        let password = "correct horse battery staple";
        installation.luotsi(
            &["user", "create", "--email", "owner@example.org", "--password-stdin"],
            password,
        );
        installation.luotsi(
            &[
                "site",
                "create",
                "--domain",
                domain,
                "--timezone",
                "Europe/Helsinki",
                "--currency",
                "EUR",
                "--json",
            ],
            "",
        );
        let token = installation.luotsi(&["token", "create", "--name", "test", "--json"], "");
        let token: Value = serde_json::from_str(&token).unwrap();
        installation.token = token["token"].as_str().unwrap().to_owned();
        installation
    }

    /// Runs a command on the folder and returns what it printed; panics when it fails.
    pub(crate) fn luotsi(&self, arguments: &[&str], input: &str) -> String {
        let run = luotsi(self.folder.path(), arguments, input);
        assert_eq!(run.code, 0, "luotsi {arguments:?}: {}", run.errors);
        run.output
    }
}

/// A command that ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// Runs a command on a data folder, which is also its working folder where it is there.
pub(crate) fn luotsi(folder: &Path, arguments: &[&str], input: &str) -> Run {
    let mut command = Command::new(BINARY);
    if folder.is_dir() {
        command.current_dir(folder);
    }
    let mut child = command
        .args(arguments)
        .arg("--data-dir")
        .arg(folder)
        .env("LUOTSI_LOG", "warn")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not wait for input.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    let ended = child.wait_with_output().unwrap();
    Run {
        code: ended.status.code().unwrap_or(-1),
        output: String::from_utf8(ended.stdout).unwrap(),
        errors: String::from_utf8_lossy(&ended.stderr).into_owned(),
    }
}

/// A running server; killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
}

impl Server {
    pub(crate) async fn start(installation: &Installation) -> Self {
        Self::start_command("serve", installation.folder.path()).await
    }

    /// Starts a server that writes all that it has to say into a file.
    pub(crate) async fn start_logging(installation: &Installation, log: &Path) -> Self {
        let mut command = Self::command("serve", installation.folder.path());
        command.env("LUOTSI_LOG", "debug").stderr(std::fs::File::create(log).unwrap());
        Self::started(command).await
    }

    /// Starts `serve` or `demo` on a folder.
    pub(crate) async fn start_command(command: &str, folder: &Path) -> Self {
        Self::started(Self::command(command, folder)).await
    }

    fn command(command: &str, folder: &Path) -> Command {
        let mut luotsi = Command::new(BINARY);
        luotsi.args([command, "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder);
        luotsi.current_dir(folder).env("LUOTSI_LOG", "warn");
        luotsi
    }

    async fn started(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            Some(line.split_once("http://")?.1.split('/').next()?.parse().unwrap())
        });
        let address = address.expect("the server says where it serves");
        let server = Self { child, address, client: reqwest::Client::new() };
        for _ in 0..200 {
            if server.get("/healthz").await.is_ok_and(|answer| answer.status().is_success()) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server did not become healthy");
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.client.get(format!("http://{}{path}", self.address)).send().await
    }

    /// Posts an event as a browser would; the status of the answer.
    pub(crate) async fn post_event(&self, body: &Value) -> u16 {
        let request = self.client.post(format!("http://{}/api/event", self.address));
        let request = request.header("user-agent", USER_AGENT).header("content-type", "text/plain");
        request.body(body.to_string()).send().await.unwrap().status().as_u16()
    }

    /// Posts a body, with a token unless it is empty; status and body of the answer.
    /// Asks the workspace API.
    pub(crate) async fn post_json(&self, path: &str, token: &str, body: &Value) -> (u16, String) {
        let url = format!("http://{}{path}", self.address);
        let request = self.client.post(url).bearer_auth(token);
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: String) -> (u16, String) {
        let request = self.client.post(format!("http://{}{path}", self.address));
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        let answer = request.header("user-agent", USER_AGENT).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Posts a batch; the status of the answer and the seconds after which to come again.
    pub(crate) async fn post_batch(&self, token: &str, body: String) -> (u16, Option<u64>) {
        let request = self.client.post(format!("http://{}/api/events", self.address));
        let answer = request.bearer_auth(token).body(body).send().await.unwrap();
        let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        (answer.status().as_u16(), wait.and_then(|seconds| seconds.parse().ok()))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks the query API; panics unless it answers 200.
    pub(crate) async fn query(&self, token: &str, body: &Value) -> Value {
        let request = self.client.post(format!("http://{}/api/v2/query", self.address));
        let answer = request.bearer_auth(token).body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success(), "a clean stop ends with success");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
