#!/bin/bash
# Runs a command in a desktop session of its own: bus, unlocked keychain, display and home folder.
set -euo pipefail
home=$(mktemp -d "${TMPDIR:-/tmp}/keydeck-session.XXXXXX")
trap 'rm -rf "$home"' EXIT
mkdir -m 700 "$home/run" "$home/tmp"
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
export HOME=$home XDG_RUNTIME_DIR=$home/run TMPDIR=$home/tmp LANG=en_US.UTF-8
# Without DISPLAY on the bus a locked keyring fails instead of opening a dialog that nobody sees.
env -u DISPLAY -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS dbus-run-session -- bash -c '
    printf "only for this test" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
    xvfb-run -a -s "-screen 0 1280x800x24 -nolisten tcp" "$@"' session "$@"
