#!/bin/bash
# third-party.sh PACKAGE: what is built into a package of ours from others, with every licence text once.
source "$(dirname "$0")/../setup.sh"
package=$1
sources=${CARGO_HOME:-$HOME/.cargo}/registry/src
texts=$(mktemp -d)
trap 'rm -rf "$texts"' EXIT

# part NAME TERMS FOLDER: its line, and its texts for the end.
part() {
    local text sum numbers=()
    while IFS= read -r text; do
        sum=$(tr -s '[:space:]' ' ' <"$text" | sha256sum | cut -c1-12)
        cp -n "$text" "$texts/$sum"
        numbers+=("$sum")
    done < <(find "$3" -maxdepth 1 -type f -iregex '.*/\(licen[cs]e\|copying\|copyright\|notice\|unlicense\)[^/]*' ! -name '*.rs' | LC_ALL=C sort)
    printf '%s, %s: %s\n' "$1" "$2" "${numbers[*]:-no text of its own}"
}

echo "Built in, the terms of each, and the numbers of its texts below."
echo
while IFS='|' read -r name terms; do
    read -r crate version _ <<<"$name"
    folder=$(compgen -G "$sources/*/$crate-${version#v}" | head -n 1) || fail "the source of $name is not in $sources"
    part "$crate ${version#v}" "$terms" "$folder"
done < <(cargo tree --locked -p "$package" -e normal --prefix none --no-dedupe --format '{p}|{l}' | grep -v '(/' | LC_ALL=C sort -u)
if [ "$package" = keydeck-desktop ]; then
    # Of the page's packages, those whose code is in the page itself.
    for name in svelte @tauri-apps/api; do
        [ ! -d "ui/node_modules/$name" ] || part "$name" MIT "ui/node_modules/$name"
    done
fi
for text in "$texts"/*; do
    printf '\n==== %s ====\n' "${text##*/}"
    cat "$text"
done
