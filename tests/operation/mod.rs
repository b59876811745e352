//! What those who run a server count on.

mod addresses;
mod upkeep;
