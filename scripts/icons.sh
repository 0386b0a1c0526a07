#!/bin/bash
# Makes the sizes that the bundles need from icons/keydeck.svg.
source "$(dirname "$0")/setup.sh"
need_bundler
"$BUNDLER" icon icons/keydeck.svg --output target/icons >/dev/null
cp target/icons/{32x32,64x64,128x128,128x128@2x,icon}.png target/icons/icon.{ico,icns} icons/
