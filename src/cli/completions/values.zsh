# What stands in filters, columns and views comes from the store; nothing is found without one.
_cloudscope_values() {
    local value about
    local -a values shown
    while IFS=$'\t' read -r value about; do
        values+=("$value")
        shown+=("$value${about:+  -- $about}")
    done < <(command cloudscope complete zsh -- "${(j: :)words[1,CURRENT-1]} ${QIPREFIX}${PREFIX}" 2>/dev/null)
    (( $#values )) || return 1
    # Each is the whole word: it is not compared with what is typed, and the shell quotes it.
    compadd -U -V cloudscope -l -S '' -d shown -a values
    return 0
}
