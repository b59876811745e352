//! What holds when the process dies at any moment, and when nothing can be written.

mod disk;
mod kill;
mod program;
