# `just` lists what there is. Nothing here is needed to build or to test: README.md has the two commands.

_list:
  @just --list --unsorted

# what must pass before a change lands, with what this machine has
check: lint test words deny

# format and lints
lint:
  cargo fmt --check
  cargo clippy --all-targets -- -D warnings

# every test, on SQLite and, where it is found, on PostgreSQL
test *args:
  cargo test {{args}}

# a server for trying things out, with its data in ./data
dev *args:
  cargo run -- serve {{args}}

# two servers on loopback that play the story of a brand and a customer, and stay up
demo *args:
  cargo run --release -- demo {{args}}

alias two := demo

# what CI runs, installing what is missing
ci:
  .ci/run

# put every file into shape
format:
  cargo fmt

# spelling, where `typos` is installed
words:
  @if command -v typos >/dev/null; then typos; else echo "typos is not installed: spelling not checked"; fi

# licences, bans and advisories, where `cargo-deny` is installed
deny:
  @if command -v cargo-deny >/dev/null; then cargo deny check; else echo "cargo-deny is not installed: licences not checked"; fi
