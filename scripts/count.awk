#!/usr/bin/awk -f
# Adds up the tests of cargo (`test result: ok. 3 passed; 0 failed`), vitest (`Tests  3 passed (3)`),
# node (`# pass 3`, with another sign on a terminal) and the canary (`3 passed, 0 failed`).
/^test result:|^ *Tests  |^[0-9]+ passed, [0-9]+ failed/ {
    for (i = 2; i <= NF; i++) if ($i ~ "^" word) sum += $(i - 1)
}
/^[^ ]+ (pass|fail) [0-9]+$/ && index(word, $2) == 1 { sum += $3 }
END { print sum + 0 }
