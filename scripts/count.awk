#!/usr/bin/awk -f
# Adds up the tests of cargo (`test result: ok. 3 passed; 0 failed`), vitest (`Tests  3 passed (3)`)
# and the browser (`3 passed, 0 failed`).
/^test result:|^ *Tests  |^[0-9]+ passed, [0-9]+ failed/ {
    for (i = 2; i <= NF; i++) if ($i ~ "^" word) sum += $(i - 1)
}
END { print sum + 0 }
