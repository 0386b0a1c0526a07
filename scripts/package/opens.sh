#!/bin/bash
# opens.sh PROGRAM: starts it in a desktop session of its own, waits until something is drawn in its window,
# and asks it to end.
set -euo pipefail
if [ -z "${KEYDECK_OPENS:-}" ]; then
    KEYDECK_OPENS=1 exec "$(dirname "$0")/../session.sh" "$0" "$@"
fi
say_no() { printf 'error: %s\n' "$*" >&2; tail -n 20 "$HOME/log" >&2; exit 1; }

# colours: how many the window shows; a window that is still empty has one or two.
colours() { xwd -silent -name Keydeck 2>/dev/null | tail -c +4096 | od -An -v -tx4 -w4 | sort -u | wc -l; }

"$1" >"$HOME/log" 2>&1 &
program=$!
deadline=$((SECONDS + 90))
until xwininfo -name Keydeck 2>/dev/null | grep -q 'Map State: IsViewable' && [ "$(colours)" -ge 40 ]; do
    kill -0 "$program" 2>/dev/null || say_no "$1 ended before its window was there"
    [ $SECONDS -lt $deadline ] || say_no "$1 has drawn no window after 90 seconds"
    sleep 0.2
done
kill -TERM "$program"
deadline=$((SECONDS + 20))
while kill -0 "$program" 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || say_no "$1 does not end when it is asked to"
    sleep 0.2
done
ended=0
wait "$program" || ended=$?
[ "$ended" = 0 ] || say_no "$1 opened its window, and then ended with $ended"
printf '==> %s: its window opened and was drawn, and it ended when it was asked to\n' "$1" >&2
