//! A throw-away PostgreSQL cluster in a temporary folder: started once for the test process, gone with it, also when it is killed.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use url::Url;

use super::parts::program;

/// A running cluster.
pub struct Cluster {
    /// Its database `postgres`, as a superuser.
    pub url: Url,
    /// Stops the cluster and deletes its folder as soon as its stdin closes, which happens at the latest when this process ends.
    pub guard: Child,
}

/// How the guard does it. It runs in a process group of its own, so that Ctrl-C in a terminal ends the tests and not the guard.
const GUARD: &str = r#"cat >/dev/null; "$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1; rm -rf "$2""#;

/// Nothing of a test cluster has to survive a power cut; tests use many connections at once, each with little work.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 -c shared_buffers=64MB \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off";

/// How often another port is tried when somebody takes the one that was free a moment ago.
const TRIES: usize = 5;

/// The folder of PostgreSQL's own programs.
pub fn programs() -> Result<PathBuf, String> {
    let complete = |folder: &Path| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
    // Links to single programs may stand in PATH: the folder is where they lead.
    let in_path =
        program(&["initdb"]).ok().and_then(|initdb| initdb.canonicalize().ok()?.parent().map(Path::to_path_buf));
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = installed.map(|version| version.path()).collect();
    versions.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    let newest_first = versions.into_iter().rev().map(|version| version.join("bin"));
    in_path.into_iter().chain(newest_first).find(|folder| complete(folder)).ok_or_else(|| {
        "there is no initdb in PATH or /usr/lib/postgresql/*/bin, and TEST_RAPPORT_POSTGRES_URL is not set".into()
    })
}

/// Makes and starts a cluster; the error says what this machine lacks for one.
pub fn start() -> Result<Cluster, String> {
    let programs = programs()?;
    let (folder, owner) = folder()?;
    let by = Account { owner, programs, folder };
    let guard = by.guard().map_err(|why| format!("/bin/sh cannot be started: {why}"))?;

    let mut secret = [0; 16];
    aws_lc_rs::rand::fill(&mut secret).map_err(|_| "this machine gives no random numbers".to_owned())?;
    let password = hex::encode(secret);
    let file = by.write("password", &password)?;
    let data = by.folder.join("data").display().to_string();
    let pwfile = format!("--pwfile={}", file.display());
    by.run(
        "initdb",
        &["-D", &data, "-U", "rapport", "-A", "password", &pwfile, "--encoding=UTF8", "--locale=C", "--no-sync"],
    )?;

    let log = by.folder.join("server.log");
    let mut trouble = String::new();
    for _ in 0..TRIES {
        let port = free_port().map_err(|why| format!("no free port on 127.0.0.1: {why}"))?;
        let settings = format!("-p {port} {SETTINGS}");
        match by
            .run("pg_ctl", &["-D", &data, "-l", &log.display().to_string(), "-w", "-t", "60", "-o", &settings, "start"])
        {
            Ok(()) => {
                let url = format!("postgres://rapport:{password}@127.0.0.1:{port}/postgres");
                let url = Url::parse(&url).map_err(|why| format!("{url}: {why}"))?;
                return Ok(Cluster { url, guard });
            }
            Err(why) => trouble = format!("{why}\n{}", std::fs::read_to_string(&log).unwrap_or_default()),
        }
    }
    Err(trouble)
}

/// A new folder that others cannot look into, and the user and group that it belongs to where that is not us:
/// PostgreSQL refuses to run as root, so root hands it to an account without privileges.
fn folder() -> Result<(PathBuf, Option<(u32, u32)>), String> {
    // Not TMPDIR: that may lie where the other account cannot go.
    let folder = tempfile::Builder::new()
        .prefix("rapport-postgres-")
        .tempdir_in("/tmp")
        .map_err(|why| format!("/tmp: {why}"))?;
    let is_root = folder.path().metadata().map_err(|why| format!("/tmp: {why}"))?.uid() == 0;
    if !is_root {
        return Ok((folder.keep(), None));
    }
    let accounts = std::fs::read_to_string("/etc/passwd").map_err(|why| format!("/etc/passwd: {why}"))?;
    let (user, group) =
        unprivileged(&accounts).ok_or("there is neither an account postgres nor nobody to run it as")?;
    chown(folder.path(), Some(user), Some(group)).map_err(|why| format!("the folder cannot be given away: {why}"))?;
    Ok((folder.keep(), Some((user, group))))
}

/// User and group of `postgres`, else of `nobody`, from the text of `/etc/passwd`.
pub fn unprivileged(accounts: &str) -> Option<(u32, u32)> {
    let ids = |line: &str| {
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let of = |name: &str| accounts.lines().find(|line| line.split(':').next() == Some(name)).and_then(ids);
    of("postgres").or_else(|| of("nobody"))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Who the programs run as, and where.
struct Account {
    owner: Option<(u32, u32)>,
    programs: PathBuf,
    folder: PathBuf,
}

impl Account {
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        // Settings such as PGPORT or PGDATA of whoever runs the tests are not meant for this cluster.
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").stdin(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.command(self.programs.join(name));
        let output =
            command.args(arguments).current_dir(&self.folder).output().map_err(|why| format!("{name}: {why}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{name} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let file = self.folder.join(name);
        std::fs::write(&file, text).map_err(|why| format!("{} cannot be written: {why}", file.display()))?;
        if let Some((user, group)) = self.owner {
            chown(&file, Some(user), Some(group)).map_err(|why| format!("{name} cannot be given away: {why}"))?;
        }
        Ok(file)
    }

    fn guard(&self) -> std::io::Result<Child> {
        let mut command = self.command("/bin/sh");
        command.args(["-c", GUARD, "guard"]).arg(&self.programs).arg(&self.folder).current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    }
}
