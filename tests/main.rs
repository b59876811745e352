//! Every integration test, in one binary: each further one would link all dependencies again.
//!
//! The modules are marked `cfg(test)` so that lints treat what they share as test code.

#[cfg(test)]
mod api;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod federation;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod operation;
#[cfg(test)]
mod web;
