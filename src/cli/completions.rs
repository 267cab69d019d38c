//! `completions`: a script for a shell. What clap writes knows commands and options; a function in front of
//! it asks `cloudscope complete` for what stands in filters, columns and views.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use miette::Result;

use super::{Cli, output, output::Exit};

/// A completion script for a shell.
///
/// It completes commands and options, and the keys and values of filters, columns and saved views, from what
/// is in the store, with how many assets bear a value (bash, zsh and fish; descriptions in zsh and fish).
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<Exit> {
        output::print(&script(self.shell))?;
        Ok(Exit::Well)
    }
}

/// Where clap's function begins, in bash and zsh.
const HEAD: &str = "\n_cloudscope() {\n";

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "cloudscope", &mut script);
    // In front of a function that begins in the first line, too.
    let script = format!("\n{}", String::from_utf8_lossy(&script));
    let first = |ours: &str| {
        let head = format!("{HEAD}    _cloudscope_values && return 0\n");
        let script = script.replacen(HEAD, &head, 1);
        // `#compdef` has to stay the first line.
        match script.trim_start().split_once('\n') {
            Some((compdef, rest)) if compdef.starts_with('#') => format!("{compdef}\n\n{ours}\n{rest}"),
            _ => format!("{ours}{script}"),
        }
    };
    match shell {
        Shell::Bash => first(include_str!("completions/values.bash")),
        Shell::Zsh => first(include_str!("completions/values.zsh")),
        Shell::Fish => format!("{}\n{}", script.trim_start(), include_str!("completions/values.fish")),
        _ => script.trim_start().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shells_that_can_ask_first_what_is_in_the_store() {
        for shell in [Shell::Bash, Shell::Zsh] {
            let script = script(shell);
            let asked = script.find("    _cloudscope_values && return 0\n").unwrap();
            assert!(script[..asked].ends_with("\n_cloudscope() {\n"), "{shell}");
            assert!(
                script.find("\n_cloudscope_values() {").is_some_and(|defined| defined < asked),
                "{shell}"
            );
        }
        assert!(script(Shell::Zsh).starts_with("#compdef cloudscope\n"));
        assert!(script(Shell::Fish).contains("(__fish_cloudscope_values)"));
        assert!(!script(Shell::Elvish).contains("_cloudscope_values"));
    }
}
