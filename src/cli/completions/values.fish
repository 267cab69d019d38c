# What stands in filters, columns and views comes from the store; nothing is found without one.
function __fish_cloudscope_values
    command cloudscope complete fish -- (commandline -cp | string collect) 2>/dev/null
end

complete -c cloudscope -n "__fish_cloudscope_using_subcommand query export changes" -f -a "(__fish_cloudscope_values)"
complete -c cloudscope -n "__fish_cloudscope_using_subcommand query export" -l columns -x -a "(__fish_cloudscope_values)"
complete -c cloudscope -n "__fish_cloudscope_using_subcommand query export" -l sort -x -a "(__fish_cloudscope_values)"
complete -c cloudscope -n "__fish_cloudscope_using_subcommand query" -l group-by -x -a "(__fish_cloudscope_values)"
complete -c cloudscope -n "__fish_cloudscope_using_subcommand query" -l view -x -a "(__fish_cloudscope_values)"
