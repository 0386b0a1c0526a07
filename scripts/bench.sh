#!/bin/bash
# Measures the release build and writes the table of docs/benchmarks.md.
source "$(dirname "$0")/setup.sh"
need_rust
need_packages $BUILD_PACKAGES $DESKTOP_PACKAGES $BROWSER_PACKAGES
need_page
need_driver
need_bundler
say "building what is shipped"
scripts/package/terms.sh keydeck-desktop
"$BUNDLER" build
mkdir -p target/bench
cp target/release/keydeck-desktop target/bench/shipped
# What is shipped takes no automation; what is measured differs from it in that alone.
say "building what is measured"
"$BUNDLER" build --no-bundle --features automation
cargo build --release -p keydeck-empty-window
# As keydeck-server is: for speed.
cargo build --profile server -p keydeck-bench
say "measuring"
# KEYDECK_DESKTOP: the walk that makes the first key goes through the release build as well.
KEYDECK_DESKTOP=$PWD/target/release/keydeck-desktop target/server/keydeck-bench
