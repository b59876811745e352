//! What holds when the process dies at any moment.

mod kill;
mod program;
