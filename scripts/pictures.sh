#!/bin/bash
# Takes the pictures of the README anew, from the real window.
source "$(dirname "$0")/setup.sh"
need_rust
need_packages $BUILD_PACKAGES $DESKTOP_PACKAGES
need_page
need_driver
cargo build -p keydeck-desktop -p keydeck-server
cargo run --quiet -p keydeck-tests --example gallery
