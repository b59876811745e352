//! The real binary with a database of a test: prepared by its own commands, started, killed and started again.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rapport::federation::delivery::queue;
use reqwest::Method;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::harness::TestDatabase;
use crate::harness::parts::say;
use crate::harness::server::{Answer, PASSWORD, answer, browserless, eventually};

const BINARY: &str = env!("CARGO_BIN_EXE_rapport");

/// A server with a brand, `bakery`, and a token for acting as it.
pub struct Program {
    /// The id of the brand.
    pub brand: String,
    /// `@name@domain` of the brand.
    pub handle: String,
    base: String,
    token: String,
    database: TestDatabase,
    settings: Vec<(String, String)>,
    log: PathBuf,
    http: reqwest::Client,
    running: Option<Child>,
}

impl Program {
    /// Makes the brand; nothing runs yet. Deliveries have so many slots.
    pub async fn prepare(database: TestDatabase, slots: usize) -> Self {
        let port = free_port();
        let mut program = Self {
            brand: String::new(),
            handle: String::new(),
            base: format!("http://localhost:{port}"),
            token: String::new(),
            settings: settings(&database, port, slots),
            log: database.folder().join("server.log"),
            database,
            http: browserless(),
            running: None,
        };
        let owner = ["user", "create", "--username", "olga", "--email", "olga@example.org", "--role", "owner"];
        program.command(&[&owner[..], &["--password-stdin"]].concat(), PASSWORD).await;
        let brand = program.command(&["brand", "create", "--name", "bakery", "--owner", "olga"], "").await;
        let token = program.command(&["token", "create", "--account", "bakery", "--by", "olga"], "").await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (program.brand, program.handle) = (text(&brand["uri"]), text(&brand["handle"]));
        program.token = text(&token["token"]);
        program
    }

    /// Runs a command to its end; returns what it prints as JSON.
    async fn command(&self, arguments: &[&str], input: &str) -> Value {
        let mut command = self.binary();
        command.arg("--json").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("a standard input");
        // A command that asks for nothing may have closed it already.
        drop(stdin.write_all(format!("{input}\n").as_bytes()).await);
        drop(stdin);
        let output = child.wait_with_output().await.expect("the command ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?} failed: {said}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{arguments:?} printed no JSON: {why}"))
    }

    /// One more token for acting as the brand, which nobody has used.
    pub async fn another_token(&self) -> String {
        let token = self.command(&["token", "create", "--account", "bakery", "--by", "olga"], "").await;
        token["token"].as_str().expect("a token").to_owned()
    }

    /// Starts the server and waits until it answers.
    pub async fn start(&mut self) {
        self.launch(self.binary()).await;
    }

    /// Like [`Program::start`], so that a write for which there is no room fails and does not end it.
    pub async fn start_limited(&mut self) {
        let mut command = self.run_by(Command::new("/bin/sh"));
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", BINARY]);
        self.launch(command).await;
    }

    /// Says how long its files may be from now on, in bytes, or that they may be of any length.
    pub async fn limit_files(&self, prlimit: &Path, bytes: Option<u64>) {
        let id = self.running.as_ref().and_then(Child::id).expect("a running server");
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let mut command = Command::new(prlimit);
        // Only the softer of the two limits, which may be raised again.
        let ended = command.arg(format!("--pid={id}")).arg(format!("--fsize={limit}:")).status().await;
        assert!(ended.expect("prlimit runs").success(), "the limit cannot be set");
    }

    async fn launch(&mut self, mut command: Command) {
        assert!(self.running.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(&self.log).expect("the log can be written to");
        command.arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::from(log));
        self.running = Some(command.spawn().expect("the program starts"));
        let health = format!("{}/healthz", self.base);
        eventually("the server to answer", || async {
            self.http.get(&health).send().await.is_ok_and(|answer| answer.status().is_success()).then_some(())
        })
        .await;
    }

    /// SIGKILL.
    pub async fn kill(&mut self) {
        self.running.take().expect("a running server").kill().await.expect("it can be killed");
    }

    /// How many deliveries wait or are under way.
    pub async fn undelivered(&self) -> usize {
        let listed = self.database.open().read(|conn| queue::list(conn, None, 1000)).await;
        listed.expect("the deliveries can be read").len()
    }

    /// Calls the client API as the brand; the answer must be 200.
    pub async fn api(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        answer(self.request(method, path, &self.token, body)).await.ok()
    }

    /// Reads as the brand with a token of one's own.
    pub async fn get_by(&self, token: &str, path: &str) -> Answer {
        answer(self.request(Method::GET, path, token, None)).await
    }

    /// Publishes as the brand; a second post with the same key is the first one again.
    pub async fn publish_once(&self, key: &str, text: &str) -> Answer {
        let body = serde_json::json!({ "status": text, "visibility": "public" });
        let request = self.request(Method::POST, "/api/v1/statuses", &self.token, Some(body));
        answer(request.header("idempotency-key", key)).await
    }

    fn request(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(token);
        match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        }
    }

    fn binary(&self) -> Command {
        self.run_by(Command::new(BINARY))
    }

    /// In the server's folder, with its settings and nothing else.
    fn run_by(&self, mut command: Command) -> Command {
        let settings = self.settings.iter().map(|(name, value)| (name, value));
        command.current_dir(self.database.folder()).env_clear().envs(settings).kill_on_drop(true);
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            say(&format!("The killed server's log:\n{log}"));
        }
    }
}

/// The same at every start: it is part of the server's address.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

fn settings(database: &TestDatabase, port: u16, slots: usize) -> Vec<(String, String)> {
    let all = [
        ("SERVER__DOMAIN", format!("localhost:{port}")),
        ("SERVER__PUBLIC_URL", format!("http://localhost:{port}")),
        ("SERVER__BIND", format!("127.0.0.1:{port}")),
        ("SERVER__DATA_DIR", database.folder().display().to_string()),
        ("SERVER__WORKERS", "2".to_owned()),
        ("SERVER__LOG", "warn".to_owned()),
        ("DATABASE__URL", database.url().to_owned()),
        ("DATABASE__POOL", "4".to_owned()),
        ("FEDERATION__ALLOW_HTTP", "true".to_owned()),
        ("FEDERATION__ALLOW_ADDRESSES", "127.0.0.0/8,::1/128".to_owned()),
        ("FEDERATION__DELIVERY_SLOTS", slots.to_string()),
        ("LIMITS__ENABLED", "false".to_owned()),
    ];
    all.into_iter().map(|(name, value)| (format!("RAPPORT_{name}"), value)).collect()
}
