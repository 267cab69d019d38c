# What stands in filters, columns and views comes from the store; nothing is found without one.
_cloudscope_values() {
    local LC_ALL=C value about
    COMPREPLY=()
    # COMP_POINT counts bytes, so the line is cut as bytes.
    while IFS=$'\t' read -r value about; do
        COMPREPLY+=("$value")
    done < <(command cloudscope complete bash --breaks="$COMP_WORDBREAKS" -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    (( ${#COMPREPLY[@]} )) || return 1
    # A value may follow a key, and another term a value.
    compopt -o nospace 2>/dev/null
    return 0
}
