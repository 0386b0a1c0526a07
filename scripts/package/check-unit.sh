#!/bin/bash
# The systemd unit of keydeck-server: systemd understands each line of it, and finds it shut tight.
source "$(dirname "$0")/../setup.sh"
unit=crates/server/packaging/keydeck-server.service
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
units=$root/usr/lib/systemd/system
mkdir -p "$units" "$root/usr/bin" "$root/etc"
cp "$unit" "$units"
# What it stands on: any program in its place, and the units that systemd itself brings.
cp /bin/true "$root/usr/bin/keydeck-server"
cp /usr/lib/systemd/system/*.{target,slice} "$units"
# A line that systemd does not know is ignored with a warning: here it is a fault.
said=$(systemd-analyze verify --man=no --root="$root" keydeck-server.service 2>&1) || true
[ -z "$said" ] || fail "systemd does not understand the unit: $said"
# From 0, shut, to 10, open; the threshold is in tenths.
systemd-analyze security --no-pager --offline=yes --threshold=15 "$unit" >"$root/security" ||
    fail "the unit is less shut than it was: $(tail -n 1 "$root/security")"
say "the unit of keydeck-server: $(sed -n 's/.*\(exposure.*\)/\1/p' "$root/security" | tail -n 1)"
