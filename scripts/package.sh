#!/bin/bash
# .deb and .rpm of the release build.
source "$(dirname "$0")/setup.sh"
need_rust
need_packages $BUILD_PACKAGES
need_page
need_bundler
"$BUNDLER" build
say "packages:"
ls -l target/release/bundle/deb/*.deb target/release/bundle/rpm/*.rpm >&2
