#!/bin/bash
# check-server.sh DEB: dpkg installs it, the program starts as its unit starts it, answers and ends; it is
# removed, and what nobody can get back stays. With KEYDECK_INSTALL=1 on this machine as well.
source "$(dirname "$0")/../setup.sh"
source scripts/package/debian.sh
deb=$1
scratch=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -KILL "$server" $(sed -n "1s/ .*//p" "$scratch/root/calls" 2>/dev/null) 2>/dev/null || true; rm -rf "$scratch"' EXIT

say ".deb of keydeck-server: looked at"
dpkg-deb -x "$deb" "$scratch/tree"
needs_no_more "$deb" "$scratch/tree/usr/bin/keydeck-server"
unit=$scratch/tree/usr/lib/systemd/system/keydeck-server.service
settings=$scratch/tree/etc/keydeck-server/keydeck-server.conf
cmp -s "$unit" crates/server/packaging/keydeck-server.service || fail "$deb has another unit than the one that was checked"
for term in copyright third-party.txt.gz changelog.gz; do
    [ -s "$scratch/tree/usr/share/doc/keydeck-server/$term" ] || fail "$deb has no $term"
done
for script in postinst prerm postrm; do
    dpkg-deb -I "$deb" "$script" | sh -n || fail "$script is no shell script"
done
said=$(groff -man -Tutf8 -ww <(gzip -dc "$scratch/tree/usr/share/man/man8/keydeck-server.8.gz") 2>&1 >/dev/null)
[ -z "$said" ] || fail "the manual page: $said"
# The file of settings names each that there is, and sets none.
diff <("$scratch/tree/usr/bin/keydeck-server" serve --help | grep -o '\[env: [A-Z_]*' | cut -d' ' -f2 | sort -u) \
    <(sed -n 's/^#\(KEYDECK_[A-Z_]*\)=.*/\1/p' "$settings" | sort -u) >&2 || fail "keydeck-server.conf and serve --help name different settings"
! grep -v '^#\|^$' "$settings" >&2 || fail "keydeck-server.conf sets something by itself"

# as_service ROOT ARGUMENT...: the installed program with the unit's environment, as the service's account.
as_service() {
    local root=$1 line environment=()
    shift
    while IFS= read -r line; do
        environment+=("${line//\/var\/lib/$root/var/lib}")
    done < <(sed -n 's/^Environment=//p' "$unit")
    umask 077
    cd "$root/var/lib/keydeck-server"
    exec env -i "${environment[@]}" KEYDECK_LISTEN=127.0.0.1:0 "${account[@]}" "${watch[@]}" "$root/usr/bin/keydeck-server" "$@"
}

# begin ROOT: what the unit starts.
begin() {
    local line
    line=$(sed -n 's/^ExecStart=//p' "$unit")
    read -ra line <<<"$line"
    (watch=("${watching[@]}") && as_service "$1" "${line[@]:1}") >"$root/out" 2>"$root/log" &
    server=$!
}

# answers ROOT: until /livez says so.
answers() {
    local port deadline=$((SECONDS + 60))
    until port=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' "$1/out") && [ -n "$port" ]; do
        kill -0 "$server" 2>/dev/null || fail "keydeck-server does not start: $(tail -n 5 "$1/log")"
        [ $SECONDS -lt $deadline ] || fail "keydeck-server does not listen after a minute: $(tail -n 5 "$1/log")"
        sleep 0.1
    done
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$port" >&3
    read -r said <&3
    [[ $said == "HTTP/1.1 2"* ]] || fail "/livez answers with ${said:-nothing}"
    exec 3>&-
}

# ends: when it is asked to, and without an error.
ends() {
    local ended=0 told=$server
    # A watcher is not told: it ends as the program ends that it watches.
    [ ${#watching[@]} -eq 0 ] || told=$(sed -n '1s/ .*//p' "$root/calls")
    kill -TERM "$told"
    wait "$server" || ended=$?
    server=
    [ "$ended" = 0 ] || fail "keydeck-server ended with $ended"
}

say "installed by dpkg into a folder of its own, and started as the unit starts it; systemd itself is not asked to"
root=$scratch/root
scratch_root "$root"
chmod 755 "$scratch" "$root"
dpkg_in "$root" --install "$deb" >&2
for folder in keydeck-server keydeck-server-pepper; do
    [ "$(stat -c %a "$root/var/lib/$folder")" = 700 ] || fail "/var/lib/$folder is open to others"
done

# Where it can be done the program runs as the service's account, without a capability, and its system calls are
# written down, to be held against the unit's filter.
account=() watch=() watching=()
if [ "$(id -u)" = 0 ]; then
    ids=$(sed -n 's/^keydeck-server:[^:]*:\([0-9]*:[0-9]*\):.*/\1/p' "$root/etc/passwd")
    [ "$(stat -c %u:%g "$root/var/lib/keydeck-server")" = "$ids" ] || fail "the data folder is not the account's"
    account=(setpriv --reuid "${ids%:*}" --regid "${ids#*:}" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all)
    install -o "${ids%:*}" -m 600 /dev/null "$root/calls"
fi
if strace -qq -o /dev/null true 2>/dev/null; then
    watching=(strace -f -qq -o "$root/calls")
else
    say "strace may not look here: the unit's filter of system calls is not held against the program"
fi
begin "$root"
answers "$root"
# Nothing was set up by hand: whoever reads the journal can claim it.
grep -qi claim "$root/out" || fail "the first start does not say how to claim the server"
ends
for file in keydeck-server/keydeck.db keydeck-server-pepper/pepper; do
    [ "$(stat -c %a "$root/var/lib/$file")" = 600 ] || fail "/var/lib/$file is not there, or is open to others"
done

# members SET...: the system calls of sets such as @system-service.
members() {
    local name
    for name in "$@"; do
        case $name in
            @*) members $(systemd-analyze --no-pager syscall-filter "$name" | sed -n 's/^ \+\([^# ]\+\)$/\1/p') ;;
            *) printf '%s\n' "$name" ;;
        esac
    done
}
if [ ${#watching[@]} -gt 0 ]; then
    members $(sed -n 's/^SystemCallFilter=\([^~].*\)/\1/p' "$unit") | sort -u >"$scratch/let-in"
    members $(sed -n 's/^SystemCallFilter=~//p' "$unit") | sort -u >"$scratch/shut-out"
    # From the program itself on: before it there are the calls that start it.
    sed -n '/execve(/,$p' "$root/calls" | sed -n 's/^[0-9]* *\([a-z0-9_]\+\)(.*/\1/p' | sort -u >"$scratch/made"
    refused=$(comm -23 "$scratch/made" "$scratch/let-in"; comm -12 "$scratch/made" "$scratch/shut-out")
    [ -z "$refused" ] || fail "the unit's filter would refuse system calls that keydeck-server makes: ${refused//$'\n'/ }"
    ! grep -q 'PROT_WRITE|PROT_EXEC' "$root/calls" || fail "MemoryDenyWriteExecute of the unit would refuse what keydeck-server maps"
    ! grep 'socket(' "$root/calls" | grep -vq 'socket(AF_\(INET\|INET6\|UNIX\),' || fail "RestrictAddressFamilies of the unit would refuse a socket"
    say "the unit's filter lets in all $(wc -l <"$scratch/made") system calls that it made"
fi

say "installed again over itself, started again, and removed"
pepper=$(sha256sum <"$root/var/lib/keydeck-server-pepper/pepper")
dpkg_in "$root" --install "$deb" >&2
begin "$root"
answers "$root"
ends
dpkg_in "$root" --purge keydeck-server >&2
[ "$(sha256sum <"$root/var/lib/keydeck-server-pepper/pepper")" = "$pepper" ] || fail "the pepper did not outlive the package"
[ -s "$root/var/lib/keydeck-server/keydeck.db" ] || fail "the database did not outlive the package"
left=$(find "$root/usr" "$root/etc/keydeck-server" -type f 2>/dev/null | grep -v '/sysusers.d/$' || true)
[ -z "$left" ] || fail "after its removal there is still: $left"

if [ -n "${KEYDECK_INSTALL:-}" ]; then
    for path in /usr/bin/keydeck-server /var/lib/keydeck-server /var/lib/keydeck-server-pepper; do
        [ ! -e "$path" ] || fail "$path is on this machine already: it is not touched"
    done
    say ".deb: installed on this machine, called, and removed"
    as_root apt-get install -y -q "./$deb" >&2
    called=0
    as_root keydeck-server-admin --version >&2 || called=$?
    if [ -d /run/systemd/system ]; then
        as_root systemctl start keydeck-server && systemctl is-active keydeck-server >&2 || called=$?
    else
        say "systemd does not run here: the unit itself was not started"
    fi
    as_root apt-get purge -y -q keydeck-server >&2
    as_root rm -rf /var/lib/keydeck-server /var/lib/keydeck-server-pepper
    [ "$called" = 0 ] || fail "the installed keydeck-server does not do its work"
fi
