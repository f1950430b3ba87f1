//! Names are looked up here, and what [`address`](super::address) forbids is left out: a name that leads to a metadata
//! service is as bad as its number.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address;

/// The lookup of every client of ours.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guarded {
    /// A name that is let through: the sign-in of this very machine asks for it, and nothing else may name it.
    pub own: Option<&'static str>,
    /// Only machines of the public network: for an address that somebody else's answer has named.
    pub public_only: bool,
}

impl Guarded {
    fn admits(self, name: &str, at: SocketAddr) -> bool {
        let fine =
            if self.public_only { address::is_public(at.ip()) } else { !address::is_forbidden(at.ip()) };
        fine || self.own.is_some_and(|own| own == name)
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let good: Vec<SocketAddr> =
                found.into_iter().filter(|at| guard.admits(name.as_str(), *at)).collect();
            if good.is_empty() {
                let why = if guard.public_only {
                    "the name does not lead to the public network"
                } else {
                    "the name leads to a link-local address or a cloud's metadata service"
                };
                return Err(why.into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(guard: Guarded, name: &str) -> Result<usize, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let name: Name = name.parse().unwrap();
        runtime.block_on(guard.resolve(name)).map(|found| found.count()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_that_leads_to_this_link_is_not_asked() {
        let all = Guarded::default();
        assert!(asked(all, "localhost").unwrap() > 0);
        for name in ["169.254.169.254", "0.0.0.0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"] {
            let why = asked(all, name).unwrap_err();
            assert!(why.contains("link-local"), "{name}: {why}");
        }
        assert_eq!(asked(Guarded { own: Some("169.254.169.254"), ..all }, "169.254.169.254"), Ok(1));
        let public = Guarded { public_only: true, ..all };
        assert!(asked(public, "localhost").unwrap_err().contains("public network"));
        assert_eq!(asked(public, "8.8.8.8"), Ok(1));
    }
}
