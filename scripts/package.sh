#!/bin/bash
# The desktop as .deb and .rpm and keydeck-server as .deb, into target/packages/; each is installed into a folder
# of its own and started. KEYDECK_INSTALL=1 installs the two .deb on this machine as well, and removes them.
source "$(dirname "$0")/setup.sh"
need_rust
need_packages $BUILD_PACKAGES $DESKTOP_PACKAGES $PACKAGE_PACKAGES
need_page
need_bundler
rm -rf target/release/bundle target/packages
mkdir -p target/packages
scripts/package/check-unit.sh

say "building the desktop's packages"
scripts/package/terms.sh keydeck-desktop
"$BUNDLER" build
cp target/release/bundle/deb/*.deb target/release/bundle/rpm/*.rpm target/packages/
say "building the server's package"
cargo build --profile server -p keydeck-server
scripts/package/server-deb.sh
scripts/package/check-desktop.sh target/packages/Keydeck_*.deb target/packages/Keydeck-*.rpm
scripts/package/check-server.sh target/packages/keydeck-server_*.deb

# at_most MEGABYTES FILE: grows unseen otherwise.
at_most() { [ "$(stat -c %s "$2")" -le $(($1 * 1000000)) ] || fail "$2 has $(stat -c %s "$2") bytes: more than $1 MB"; }
say "packages, and the two programs in them:"
ls -l target/packages/* target/release/keydeck-desktop target/server/keydeck-server >&2
at_most 14 target/release/keydeck-desktop
at_most 7 target/packages/Keydeck_*.deb
