#!/bin/bash
# .deb and .rpm of the release build.
source "$(dirname "$0")/setup.sh"
need_rust
need_packages $BUILD_PACKAGES
need_page
need_bundler
"$BUNDLER" build
# at_most MEGABYTES FILE: grows unseen otherwise.
at_most() { [ "$(stat -c %s "$2")" -le $(($1 * 1000000)) ] || fail "$2 is larger than $1 MB"; }
at_most 14 target/release/keydeck-desktop
at_most 7 target/release/bundle/deb/*.deb
say "packages:"
ls -l target/release/bundle/deb/*.deb target/release/bundle/rpm/*.rpm >&2
