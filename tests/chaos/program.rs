//! The real binary with a database of a test: prepared by its own commands, started, killed and started again.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;

use rapport::federation::delivery::queue;
use reqwest::Method;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::harness::TestDatabase;
use crate::harness::parts::say;
use crate::harness::server::{PASSWORD, answer, browserless, eventually};

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

    /// Starts the server and waits until it answers.
    pub async fn start(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        let log = File::options().create(true).append(true).open(&self.log).expect("the log can be written to");
        let mut command = self.binary();
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
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        answer(request).await.ok()
    }

    fn binary(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
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
