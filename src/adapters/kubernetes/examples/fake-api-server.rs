//! Runs the fake API server until its standard input ends, for real clients to look at.
//!
//! ```text
//! cargo run -p cloudscope-kubernetes --features fake --example fake-api-server -- /tmp/kubeconfig
//! kubectl --kubeconfig /tmp/kubeconfig get pods -A
//! ```

#![expect(clippy::print_stdout, reason = "it says where it is")]

use std::{error::Error, io::Read};

use cloudscope_kubernetes::fake::{Allow, Context, FakeApiServer, Proof, Size, User, fill, kubeconfig};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let path = std::env::args().nth(1).ok_or("name the file that the kubeconfig is written to")?;
    let server = FakeApiServer::start()?;
    fill(&server, 1, Size::small());
    let limited = vec![Allow::new("get,list,watch", "pods,services", "team-0")];
    server.user(User::limited("jane", limited), "token-of-jane");
    let token = |token: &str| Proof::Token(token.to_owned());
    let certificate = server.certified(User::admin("carl"))?;
    let contexts: [Context; 4] = [
        server.context("fake", token("token-of-admin")),
        server.context("limited", token("token-of-jane")),
        server.context("wrong", token("nonsense")),
        server.context("certificate", certificate),
    ];
    std::fs::write(&path, kubeconfig(&contexts))?;
    println!("{} {path}", server.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
