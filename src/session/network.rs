//! The way to the forge, and to anybody else on the network.

use super::Console;
use crate::error::Error;
use cml_forge::{self as forge, DRIVERS, Forge};
use cml_git::Repository;
use cml_host::door::Root;
use cml_host::environment::{Context, Env};
use cml_http::{Manners, Transport};

/// The largest file of certificates that is read, in bytes.
const LARGEST_BUNDLE: u64 = 8 << 20;

/// Whether the network may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Allowed,
    Forbidden,
}

/// Finds the server that the repository is on where its address alone does not tell: one below a path.
pub(crate) async fn locate(context: &mut Context, env: &Env, console: &Console) -> Result<(), Error> {
    if context.knows_server(env) || context.token.is_none() {
        return Ok(());
    }
    let (flavor, Some(repo)) = (context.flavor(), context.repo.clone()) else { return Ok(()) };
    let transport = transport(context, console)?;
    // A server that cannot be reached is told by the request that needs it.
    let Ok(found) = forge::locate(&DRIVERS, flavor, &repo, &transport).await else { return Ok(()) };
    match found {
        Some(found) => {
            context.set_server(found.server());
        }
        None => console.warn(&format!(
            "no {} answers at {} nor below its paths; if it is elsewhere, set CI_API_V4_URL to its API",
            flavor.name,
            repo.server()
        )),
    }
    Ok(())
}

/// Lets a partial clone be filled in, unless the network is not to be used; with the job's token where that belongs.
pub(crate) fn go_online(repository: &Repository, context: &Context, network: Network) {
    if network == Network::Allowed {
        let token = repository.remote_url().and_then(|url| context.token_for_remote(&url));
        repository.go_online(token);
    }
}

/// The forge, if we know which and have a token.
pub(crate) fn forge(context: &Context, console: &Console) -> Result<Option<Box<dyn Forge>>, Error> {
    let (Some(flavor), Some(repo), Some(api_url)) = (context.forge, &context.repo, &context.api_url) else {
        return Ok(None);
    };
    if context.token.is_none() {
        return Ok(None);
    }
    let transport = transport(context, console)?;
    let connection = forge::Connection {
        flavor,
        repo: repo.clone(),
        api_url: api_url.clone(),
        graphql_url: context.graphql_url.clone().unwrap_or_else(|| format!("{api_url}/graphql")),
        token: context.token.clone(),
    };
    let forge = forge::connect(&DRIVERS, connection, &transport)?;
    forge.until(context.runner.reading);
    Ok(Some(forge))
}

/// The way to the network; it signs nothing by itself, but shows the token to nobody. It has the time of reading.
pub(crate) fn transport(context: &Context, console: &Console) -> Result<Transport, Error> {
    let talk = *console;
    let talk = std::sync::Arc::new(move |text: &str| talk.info(text));
    let mut roots = Vec::new();
    for (name, path) in &context.runner.extra_roots {
        match Root::anywhere().read(path, LARGEST_BUNDLE) {
            Ok(bytes) => roots.extend(bytes.into_iter().chain([b'\n'])),
            // Node, for which the variable was made, goes on with a warning as well.
            Err(error) => console.warn(&format!("{name}: cannot read {}: {error}", path.display())),
        }
    }
    if let Some(path) = context.runner.system_roots.as_ref().filter(|path| !path.is_file()) {
        console.warn(&format!("SSL_CERT_FILE: there is no file {}; it is left out", path.display()));
    }
    let token = context.token.as_ref().map(|token| token.to_hide().clone());
    let manners = Manners { talk, token, secrets: context.secrets.clone(), pace: context.runner.pace };
    let transport = Transport::new(manners, &roots)?;
    transport.until(context.runner.reading);
    Ok(transport)
}
