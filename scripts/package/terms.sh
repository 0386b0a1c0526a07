#!/bin/bash
# terms.sh PACKAGE: on which terms it may be used, its own and those of what is built in, into target/terms/.
source "$(dirname "$0")/../setup.sh"
folder=target/terms/$1
mkdir -p "$folder"
{
    cat <<'TEXT'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Keydeck

Files: *
Copyright: The Keydeck authors
License: Expat or Apache-2.0
Comment: What is built in from others, and on which terms, stands in third-party.txt.gz beside this file.

License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.

License: Expat
TEXT
    sed -n '/^Permission/,$p' LICENSE-MIT | sed 's/^$/./; s/^/ /'
} >"$folder/copyright"
scripts/package/third-party.sh "$1" | gzip -9n >"$folder/third-party.txt.gz"
