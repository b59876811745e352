//! The payloads with what is said of them in `index.tsv`.

use std::path::Path;

/// A payload.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of its file; of a repaired twin, that of its original.
    pub file: String,
    /// Whose key signs it; empty for its own actor's.
    pub signer: String,
    /// What has to come of it, word by word.
    pub expect: Vec<String>,
    /// The payload.
    pub body: Vec<u8>,
    /// Whether this is the repaired twin of a payload that is refused.
    pub is_twin: bool,
}

impl Case {
    /// Made to do harm, or to confuse.
    pub fn is_hostile(&self) -> bool {
        self.file.starts_with("hostile_")
    }

    /// A whole request with its signature.
    pub fn is_vector(&self) -> bool {
        self.file.starts_with("signature_")
    }

    /// Whether it must not be accepted.
    pub fn is_refused(&self) -> bool {
        self.expect.iter().any(|word| word.starts_with("reject") || word == "refetch_or_reject")
    }

    /// The name of the file without its ending and, for hostile ones, without prefix and number.
    pub fn name(&self) -> &str {
        let name = self.file.strip_suffix(".json").unwrap_or(&self.file);
        let name = name.strip_suffix("_1").filter(|_| self.is_hostile()).unwrap_or(name);
        name.strip_prefix("hostile_").unwrap_or(name)
    }
}

/// Reads all payloads of a folder.
pub fn read(folder: &Path) -> Vec<Case> {
    let index = std::fs::read_to_string(folder.join("index.tsv")).expect("the index can be read");
    let mut lines = index.lines();
    let columns: Vec<&str> = lines.next().expect("a first line").split('\t').collect();
    let column = |name: &str| columns.iter().position(|known| *known == name).expect("the columns of the index");
    let (file, signer, expect) = (column("file"), column("signer"), column("expect"));
    let read = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        Case {
            file: fields[file].into(),
            signer: fields[signer].into(),
            expect: fields[expect].split(';').map(|word| word.trim().to_owned()).collect(),
            body: std::fs::read(folder.join(fields[file])).expect("every file of the index is there"),
            is_twin: false,
        }
    };
    lines.filter(|line| !line.trim().is_empty()).map(read).collect()
}
