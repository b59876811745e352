//! What commands read besides their arguments.

use std::path::Path;

use crate::error::{Error, Result};

/// The longest text file, in bytes; what it is for has limits of its own.
const MAX_BYTES: u64 = 1024 * 1024;

/// The text in a file. Errors: it cannot be read, is too long or is not UTF-8.
pub(super) fn read_text(file: &Path) -> Result<String> {
    let shown = file.display();
    let failed = |why: std::io::Error| Error::invalid("file", format!("{shown} cannot be read: {why}"));
    if std::fs::metadata(file).map_err(failed)?.len() > MAX_BYTES {
        return Err(Error::invalid("file", format!("{shown} is longer than {MAX_BYTES} bytes")));
    }
    let bytes = std::fs::read(file).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| Error::invalid("file", format!("{shown} is not a text in UTF-8")))
}
