#!/bin/bash
# Opens the window; where there is no display, walks through it in a virtual one.
source "$(dirname "$0")/setup.sh"
need_rust
need_packages $BUILD_PACKAGES
need_page
say "building the program"
cargo build -p keydeck-desktop
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec target/debug/keydeck-desktop
fi
say "there is no display here: the same program runs in a virtual one, and pictures of the main job are kept"
need_packages $DESKTOP_PACKAGES
need_driver
cargo build --quiet -p keydeck-tests --example tour
target/debug/examples/tour
say "pictures:"
ls target/tour/*.png
