#!/bin/bash
# Everything that must hold, stage by stage; each says how long it took, and the last line sums up.
source "$(dirname "$0")/setup.sh"
LOGS=target/test-logs
rm -rf "$LOGS" && mkdir -p "$LOGS"
failed_stages=()
figures=()

# stage NAME LIMIT COMMAND...: goes on after a failure, so that one run tells all.
stage() {
    local name=$1 limit=$2 began=$SECONDS result=ok
    shift 2
    say "$name"
    # In a pipe, so that it is seen while it runs and counted afterwards. The limit ends all that it started.
    if ! timeout --kill-after=10 "$limit" "$@" </dev/null 2>&1 | tee "$LOGS/$name.log"; then
        result=FAILED
        failed_stages+=("$name")
    fi
    figures+=("$(printf '%-12s %5d s  %s' "$name" $((SECONDS - began)) "$result")")
}

set_up() {
    need_rust
    need_packages $BUILD_PACKAGES $DESKTOP_PACKAGES $BROWSER_PACKAGES $UNIT_PACKAGES $PROXY_PACKAGES
    need_npm ui
    need_driver
    need_deny
    need_proxies
    need_examples
    need_better_auth
}
began=$SECONDS
say "set-up"
set_up
figures+=("$(printf '%-12s %5d s  ok' set-up $((SECONDS - began)))")

export CARGO_TERM_COLOR=never NO_COLOR=1
stage ui-lint 300 npm --prefix ui run --silent lint
stage ui-check 300 npm --prefix ui run --silent check
stage ui-unit 600 npm --prefix ui run --silent test
stage ui-build 300 npm --prefix ui run --silent build
stage format 120 cargo fmt --all --check
stage clippy 1500 cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings
# As the window has it within itself: without TLS, and so without webhooks. All features together never build that.
stage plain-clippy 600 cargo clippy -p keydeck-server --no-default-features --all-targets --quiet -- -D warnings
stage plain-server 600 cargo test -p keydeck-server --no-default-features --lib webhooks
# With these set, the tests of the real keychain, clipboard, proxies and Better Auth fail where there is none.
stage rust 2400 scripts/session.sh env KEYDECK_TEST_KEYCHAIN=1 KEYDECK_TEST_DISPLAY=1 KEYDECK_TEST_PROXIES="$PROXIES" KEYDECK_TEST_BETTER_AUTH="$BETTER_AUTH" cargo test --workspace --all-features --no-fail-fast
stage browser 1500 npm --prefix ui run --silent e2e
stage desktop 900 env KEYDECK_TEST_BETTER_AUTH="$BETTER_AUTH" cargo test --workspace --all-features --test desktop -- --test-threads=1
stage systemd-unit 60 scripts/package/check-unit.sh
stage deny 300 target/tools/bin/cargo-deny --all-features check --hide-inclusion-graph licenses bans sources
stage npm-audit 120 scripts/audit.sh
stage canary 300 target/debug/examples/canary "$LOGS" target/pictures

count() { cat "$LOGS"/*.log | sed 's/\x1b\[[0-9;]*m//g' | scripts/count.awk -v word="$1"; }
passed=$(count passed)
failed=$(count failed)
printf '\n'
printf '%s\n' "${figures[@]}"
printf '%-12s %5d s\n' all "$SECONDS"
# A stage that failed without a failed test, a lint for instance, counts as one.
if [ "$failed" -lt ${#failed_stages[@]} ]; then failed=${#failed_stages[@]}; fi
[ ${#failed_stages[@]} -eq 0 ] || printf 'failed: %s\n' "${failed_stages[*]}"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
