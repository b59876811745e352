//! Files on disk, under names made here: `ab/cd/<32 hex digits>.<ext>`. No name ever comes from outside.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};

/// How the names of stored files may end.
const EXTENSIONS: [&str; 4] = ["jpg", "png", "gif", "webp"];
/// Files are read by the server and by those whom its group lets in, such as a web server before it.
const FILE_MODE: u32 = 0o640;
const FOLDER_MODE: u32 = 0o750;

/// The folder of uploaded files; cheap to clone. Keys are the paths of files in it and never change.
#[derive(Debug, Clone)]
pub struct Storage {
    root: Arc<Path>,
}

impl Storage {
    /// Uses the folder `root`, which is made with the first file.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into().into() }
    }

    /// Writes a file under a new name and returns its key; it is on the disk when this returns.
    /// `extension`: `jpg`, `png`, `gif` or `webp`. [`Error::Busy`] when the disk is full.
    pub async fn put(&self, extension: &str, bytes: impl Into<Vec<u8>>) -> Result<String> {
        if !EXTENSIONS.contains(&extension) {
            return Err(Error::bug(format!("files are not stored as {extension:?}")));
        }
        let mut random = [0; 18];
        aws_lc_rs::rand::fill(&mut random).map_err(Error::internal)?;
        let [a, b, name @ ..] = random;
        let key = format!("{a:02x}/{b:02x}/{}.{extension}", hex::encode(name));
        let (path, bytes) = (self.root.join(&key), bytes.into());
        blocking(move || write(&path, &bytes)).await?;
        Ok(key)
    }

    /// The content of a stored file; [`Error::NotFound`] if there is none or the key is none of ours.
    pub async fn open(&self, key: &str) -> Result<Vec<u8>> {
        let path = self.path(key)?;
        blocking(move || fs::read(&path).map_err(failed)).await
    }

    /// Where the file with this key lies, whether or not it is there; [`Error::NotFound`] if the key is none of ours.
    pub fn path(&self, key: &str) -> Result<PathBuf> {
        if is_key(key) { Ok(self.root.join(key)) } else { Err(Error::NotFound("file")) }
    }

    /// Removes a stored file; one that is already gone is no error.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let path = self.path(key)?;
        blocking(move || match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(failed(why)),
            _ => Ok(()),
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(why) => Err(Error::internal(why)),
    }
}

fn make_folder(path: &Path) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path).map_err(failed)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().ok_or_else(|| Error::bug("a stored file lies in no folder"))?;
    make_folder(folder)?;
    let outcome = write_whole(path, folder, bytes);
    if outcome.is_err() {
        // Half a file under a name that nobody learns; if it stays, it only takes room.
        drop(fs::remove_file(path));
    }
    outcome.map_err(failed)
}

/// A post may promise the picture for ever as soon as its key is known: so the file and its name are flushed.
fn write_whole(path: &Path, folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    File::open(folder)?.sync_all()
}

fn failed(why: io::Error) -> Error {
    match why.kind() {
        io::ErrorKind::NotFound => Error::NotFound("file"),
        io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::FileTooLarge
        | io::ErrorKind::ReadOnlyFilesystem => Error::Busy(format!("files cannot be stored: {why}")),
        _ => Error::internal(why),
    }
}

/// Whether `key` is exactly of the form that [`Storage::put`] makes.
fn is_key(key: &str) -> bool {
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let mut parts = key.split('/');
    let (Some(a), Some(b), Some(name), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Some((stem, extension)) = name.split_once('.') else { return false };
    is_hex(a, 2) && is_hex(b, 2) && is_hex(stem, 32) && EXTENSIONS.contains(&extension)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_file_can_be_read_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::new(folder.path().join("media"));
        let key = storage.put("png", b"picture".to_vec()).await.unwrap();
        assert_eq!(storage.open(&key).await.unwrap(), b"picture");
        assert_ne!(storage.put("png", b"picture".to_vec()).await.unwrap(), key);
        assert_eq!(
            fs::metadata(storage.path(&key).unwrap()).unwrap().permissions().mode() & 0o007,
            0,
            "strangers may not read it"
        );
        storage.delete(&key).await.unwrap();
        storage.delete(&key).await.unwrap();
        assert!(matches!(storage.open(&key).await, Err(Error::NotFound(_))));
    }

    #[tokio::test]
    async fn only_keys_made_here_lead_to_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret.png"), "secret").unwrap();
        let storage = Storage::new(folder.path().join("media"));
        let hex = "0123456789abcdef0123456789abcdef";
        for key in [
            "../secret.png".to_owned(),
            "/etc/passwd".to_owned(),
            String::new(),
            format!("ab/cd/{hex}"),
            format!("ab/cd/{hex}.svg"),
            format!("ab/cd/{hex}.png/"),
            format!("ab/../{hex}.png"),
            format!("AB/cd/{hex}.png"),
            format!("ab/cd/{hex}.png\0"),
            format!("ab//cd/{hex}.png"),
            "ab/cd/../../secret.png".to_owned(),
        ] {
            assert!(matches!(storage.path(&key), Err(Error::NotFound(_))), "{key}");
        }
        assert!(storage.path(&format!("ab/cd/{hex}.png")).is_ok());
        assert!(storage.put("html", b"<script>".to_vec()).await.is_err());
    }
}
