# shellcheck shell=bash
# Sourced by what makes and what checks a package: what Debian's own tools say about it.

# libraries PROGRAM: the packages that it is linked against, as a Depends line.
libraries() {
    local program found
    program=$(realpath "$1")
    # The tool wants to be called in a source package.
    found=$(cd "$(mktemp -d)" && mkdir debian && touch debian/control && dpkg-shlibdeps -O "$program" 2>/dev/null)
    printf '%s\n' "${found#shlibs:Depends=}"
}

# on_an_empty_machine DEB: all packages that come with it where there is none yet. Nothing is installed.
on_an_empty_machine() {
    apt-get install --simulate -o Dir::State::status=/dev/null -o Debug::NoLocking=1 "$(realpath "$1")" |
        sed -n 's/^Inst \([^ ]*\) .*/\1/p'
}

# needs_no_more DEB PROGRAM: its dependencies can be had, and every library is among them.
needs_no_more() {
    local with name
    # Without lists of packages apt-get knows none: they are fetched once.
    with=$(on_an_empty_machine "$1") || { as_root apt-get update -q >&2 && with=$(on_an_empty_machine "$1"); } ||
        fail "the dependencies of $1 can't be installed: $(dpkg-deb -f "$1" Depends)"
    [ -n "$with" ] || fail "apt-get names no package that would be installed with $1"
    for name in $(libraries "$2" | tr ',' '\n' | awk '{ print $1 }'); do
        grep -qx "$name" <<<"$with" || fail "$1 needs $name, and nothing that it depends on brings it"
    done
    say "$(basename "$1"): installable on an empty machine, with $(wc -l <<<"$with") packages; every library is among them"
}

# scratch_root FOLDER: what dpkg expects of a machine, and nothing more.
scratch_root() {
    mkdir -p "$1"/var/lib/dpkg/{info,updates} "$1"/{etc,usr/lib/sysusers.d}
    : >"$1/var/lib/dpkg/status"
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\n' >"$1/etc/group"
}

# dpkg_in FOLDER ARGUMENT...: dpkg on that root. Its scripts run with DPKG_ROOT, as in a cross install; what
# is not in that root, dependencies for instance, was looked at before.
dpkg_in() {
    local root=$1 act=()
    shift
    [ "$(id -u)" = 0 ] || act=(fakeroot)
    PATH=$PATH:/usr/sbin:/sbin "${act[@]}" dpkg --root="$root" --log="$root/var/log-dpkg" --force-depends --force-script-chrootless \
        --force-not-root "$@" 2> >(grep -v 'dependency problems\|depends on\|is not installed\|^$' >&2)
}
