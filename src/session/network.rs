//! The way to the forge, and to anybody else on the network.

use super::{Console, Session};
use crate::error::Error;
use cml_forge::{self as forge, DRIVERS, Forge};
use cml_host::door::Root;
use cml_host::environment::Context;
use cml_http::{HttpError, Manners, Transport};

/// The largest file of certificates that is read, in bytes.
const LARGEST_BUNDLE: u64 = 8 << 20;

/// Whether the network may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Allowed,
    Forbidden,
}

impl Session {
    /// Finds the server that the repository is on, and makes the way to its forge ready; nothing where the network is
    /// not to be used.
    pub(crate) async fn connect(&mut self) -> Result<(), Error> {
        if self.is_online() {
            self.locate().await?;
            self.forge()?;
        }
        Ok(())
    }

    /// Finds the server where the repository's address alone does not tell: one below a path.
    async fn locate(&mut self) -> Result<(), Error> {
        let context = &mut self.context;
        if context.knows_server(&self.env) || context.token.is_none() {
            return Ok(());
        }
        let (flavor, Some(repo)) = (context.flavor(), context.repo.clone()) else { return Ok(()) };
        let transport = transport(context, self.console)?;
        // A server that cannot be reached is told by the request that needs it.
        let Ok(found) = forge::locate(&DRIVERS, flavor, &repo, &transport).await else { return Ok(()) };
        match found {
            Some(found) => {
                context.set_server(found.server());
            }
            None => self.console.warn(&format!(
                "no {} answers at {} nor below its paths; if it is elsewhere, set CI_API_V4_URL to its API",
                flavor.name,
                repo.server()
            )),
        }
        Ok(())
    }

    /// The forge, if we know which, have a token, and may use the network.
    pub(crate) fn forge(&self) -> Result<Option<&dyn Forge>, HttpError> {
        if let Some(forge) = self.forge.get() {
            return Ok(forge.as_deref());
        }
        let forge = if self.is_online() { connected(&self.context, self.console)? } else { None };
        Ok(self.forge.get_or_init(|| forge).as_deref())
    }

    /// A way to the network of its own; it signs nothing by itself, but shows the token to nobody. It has the time of
    /// reading.
    pub(crate) fn transport(&self) -> Result<Transport, HttpError> {
        transport(&self.context, self.console)
    }

    /// Lets a partial clone be filled in, unless the network is not to be used; with the job's token where that
    /// belongs.
    pub(crate) fn fill_in_clone(&self) {
        if let Some(repository) = self.repository().filter(|_| self.is_online()) {
            let token = repository.remote_url().and_then(|url| self.context.token_for_remote(&url));
            repository.go_online(token);
        }
    }
}

fn connected(context: &Context, console: Console) -> Result<Option<Box<dyn Forge>>, HttpError> {
    let (Some(flavor), Some(repo), Some(api_url)) = (context.forge, &context.repo, &context.api_url) else {
        return Ok(None);
    };
    if context.token.is_none() {
        return Ok(None);
    }
    let connection = forge::Connection {
        flavor,
        repo: repo.clone(),
        api_url: api_url.clone(),
        graphql_url: context.graphql_url.clone().unwrap_or_else(|| format!("{api_url}/graphql")),
        token: context.token.clone(),
    };
    let forge = forge::connect(&DRIVERS, connection, &transport(context, console)?)?;
    forge.until(context.runner.reading);
    Ok(Some(forge))
}

fn transport(context: &Context, console: Console) -> Result<Transport, HttpError> {
    let talk = std::sync::Arc::new(move |text: &str| console.info(text));
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
