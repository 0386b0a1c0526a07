# Makes the file of settings from the unit and from `keydeck-server serve --help`, so that it can't say
# anything else than the program: awk -f settings.awk UNIT HELP
FNR == NR {
    if (sub(/^Environment=/, "")) {
        at = index($0, "=")
        unit[substr($0, 1, at - 1)] = substr($0, at + 1)
    }
    next
}
/^  +-/ { tell(); takes_value = /</; next }
# Lines of an option are indented further than it.
/^          / { sub(/^ +/, ""); text = text == "" ? $0 : text " " $0 }
END { tell() }

# The value that stands in the text as [name: value]; what is asked for is taken out of it.
function take(name,    value) {
    value = ""
    if (match(text, " *\\[" name ": [^]]*\\]")) {
        value = substr(text, RSTART, RLENGTH)
        text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
        sub("^ *\\[" name ": ", "", value)
        sub(/\]$/, "", value)
    }
    return value
}

# Writes the option that was read: what it is, as a comment, and a line that only lacks its mark taken away.
function tell(    name, value, words, count, i, line) {
    name = take("env")
    value = take("default")
    sub(/=.*/, "", name)
    if (name != "") {
        if (name in unit) value = unit[name]
        if (!takes_value) value = "true"
        print ""
        line = "#"
        count = split(text, words, " ")
        for (i = 1; i <= count; i++) {
            if (length(line " " words[i]) > 100) { print line; line = "#" }
            line = line " " words[i]
        }
        print line
        print "#" name "=" value
    }
    text = ""
}
