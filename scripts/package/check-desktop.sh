#!/bin/bash
# check-desktop.sh DEB RPM: both can be installed, hold what they must, and open their window.
# With KEYDECK_INSTALL=1 the .deb is also installed on this machine, started, and removed.
source "$(dirname "$0")/../setup.sh"
source scripts/package/debian.sh
deb=$1 rpm=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# holds TREE TERMS: what a desktop needs to show and start it, and on which terms it may be used.
holds() {
    local entry=$1/usr/share/applications/Keydeck.desktop term
    desktop-file-validate "$entry" || fail "the menu entry of $1 is not valid"
    [ -x "$1/usr/bin/$(sed -n 's/^Exec=//p' "$entry")" ] || fail "the menu entry of $1 starts nothing"
    for size in 32x32 64x64 128x128; do
        [ -s "$1/usr/share/icons/hicolor/$size/apps/$(sed -n 's/^Icon=//p' "$entry").png" ] || fail "$1 has no icon of $size"
    done
    for term in "${@:2}"; do [ -s "$1$term" ] || fail "$1 has no $term"; done
}

say ".deb: looked at, and installed by dpkg into a folder of its own"
needs_no_more "$deb" target/release/keydeck-desktop
scratch_root "$scratch/deb"
dpkg_in "$scratch/deb" --install "$deb" >&2
holds "$scratch/deb" /usr/share/doc/keydeck/{copyright,third-party.txt.gz}
scripts/package/opens.sh "$scratch/deb/usr/bin/keydeck-desktop"
dpkg_in "$scratch/deb" --purge keydeck >&2
left=$(find "$scratch/deb/usr" -type f)
[ -z "$left" ] || fail "after its removal there is still: $left"

say ".rpm: looked at, and unpacked into a folder of its own"
# What it asks for by name must bring along all that the program is linked against.
wanted=$(rpm -qp --requires "$rpm" | sed -n 's/^\(lib.*\.so[.0-9]*\)().*/\1/p')
[ -n "$wanted" ] || fail "$rpm asks for no library"
brought=$(for library in $wanted; do
    path=$(ldconfig -p | awk -v library="$library" '$1 == library { print $NF; exit }')
    printf '%s\n' "$library"
    ldd "$path" | awk '{ print $1 }'
done)
for library in $(objdump -p target/release/keydeck-desktop | awk '$1 == "NEEDED" { print $2 }'); do
    grep -qxF "$library" <<<"$brought" || fail "$rpm needs $library, and nothing that it asks for brings it"
done
mkdir "$scratch/rpm"
if [ "$(id -u)" = 0 ]; then
    # The libraries are Debian's here, of which rpm knows nothing.
    rpm --root "$scratch/rpm" --force-debian --install --nodeps "$rpm"
else
    rpm2cpio "$rpm" | (cd "$scratch/rpm" && cpio --quiet -idm)
fi
holds "$scratch/rpm" /usr/share/licenses/keydeck/{LICENSE-MIT,LICENSE-APACHE,third-party.txt.gz}
scripts/package/opens.sh "$scratch/rpm/usr/bin/keydeck-desktop"

if [ -n "${KEYDECK_INSTALL:-}" ]; then
    [ ! -e /usr/bin/keydeck-desktop ] || fail "Keydeck is installed on this machine already: it is not touched"
    say ".deb: installed on this machine, started, and removed"
    as_root apt-get install -y -q "./$deb" >&2
    opened=0
    scripts/package/opens.sh /usr/bin/keydeck-desktop || opened=$?
    as_root apt-get purge -y -q keydeck >&2
    [ "$opened" = 0 ] || fail "the installed program did not open its window"
fi
