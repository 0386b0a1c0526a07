#!/bin/bash
# The .deb of keydeck-server, into target/packages/.
source "$(dirname "$0")/../setup.sh"
source scripts/package/debian.sh
program=target/server/keydeck-server
from=crates/server/packaging
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
architecture=$(dpkg --print-architecture)
# One time for all files, so that the same source makes the same package.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml)
export SOURCE_DATE_EPOCH
depends=$(libraries "$program")
scripts/package/terms.sh keydeck-server

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
put() { install -D -m "$1" "$2" "$tree$3"; }
put 755 "$program" /usr/bin/keydeck-server
put 755 $from/keydeck-server-admin /usr/sbin/keydeck-server-admin
put 644 $from/keydeck-server.service /usr/lib/systemd/system/keydeck-server.service
put 644 $from/keydeck-server.sysusers /usr/lib/sysusers.d/keydeck-server.conf
settings=$tree/etc/keydeck-server/keydeck-server.conf
install -d "${settings%/*}"
{
    echo '# Settings of the service keydeck-server, one NAME=value a line. What is marked with # is the default or an'
    echo '# example. After a change: systemctl restart keydeck-server'
    env -i "$program" serve --help | awk -f scripts/package/settings.awk $from/keydeck-server.service -
} >"$settings"
put 644 $from/keydeck-server.8 /usr/share/man/man8/keydeck-server.8
put 644 target/terms/keydeck-server/copyright /usr/share/doc/keydeck-server/copyright
put 644 target/terms/keydeck-server/third-party.txt.gz /usr/share/doc/keydeck-server/third-party.txt.gz
put 644 $from/proxies/nginx.conf /usr/share/doc/keydeck-server/nginx.conf
put 644 $from/proxies/Caddyfile /usr/share/doc/keydeck-server/Caddyfile
put 644 CHANGELOG.md /usr/share/doc/keydeck-server/changelog
gzip -9n "$tree/usr/share/doc/keydeck-server/changelog" "$tree/usr/share/man/man8/keydeck-server.8"
ln -s keydeck-server.8.gz "$tree/usr/share/man/man8/keydeck-server-admin.8.gz"

mkdir "$tree/DEBIAN"
for script in postinst prerm postrm; do install -m 755 "$from/$script" "$tree/DEBIAN/$script"; done
echo /etc/keydeck-server/keydeck-server.conf >"$tree/DEBIAN/conffiles"
(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
cat >"$tree/DEBIAN/control" <<CONTROL
Package: keydeck-server
Version: $version
Architecture: $architecture
Installed-Size: $(du -sk --apparent-size "$tree" | cut -f1)
Maintainer: The Keydeck authors
Section: net
Priority: optional
Depends: $depends, systemd | systemd-standalone-sysusers | systemd-sysusers
Description: Key server: issues, verifies and revokes API keys
 Services ask it whether a key is good; people manage the keys in Keydeck's window. It keeps everything in one
 embedded database, and no secret in it.
CONTROL
mkdir -p target/packages
dpkg-deb --root-owner-group -Zxz --build "$tree" "target/packages/keydeck-server_${version}_$architecture.deb" >&2
