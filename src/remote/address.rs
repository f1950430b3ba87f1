//! Which addresses a configuration may name: none of this machine's link, and no cloud's metadata service, where
//! anybody who may send a request from here gets the machine's own keys.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Metadata services beyond the link-local range: Alibaba Cloud, Azure's host agent, AWS over IPv6.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
const METADATA_NAMES: [&str; 3] = ["metadata.google.internal", "metadata.goog", "metadata"];

/// Refuses an address by its own words. A name that only resolves to such a machine is refused by
/// [`is_forbidden`] when it is looked up.
pub fn check(text: &str) -> Result<(), String> {
    let Ok(url) = Url::parse(text) else { return Ok(()) };
    let forbidden = match url.host() {
        Some(Host::Ipv4(ip)) => is_forbidden(ip.into()),
        Some(Host::Ipv6(ip)) => is_forbidden(ip.into()),
        // The host of a scheme that is not the web's stays text, whatever it says.
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            METADATA_NAMES.contains(&name.as_str()) || name.parse().is_ok_and(is_forbidden)
        }
        None => false,
    };
    if forbidden {
        return Err(format!(
            "{} is link-local or a cloud's metadata service; such an address is not asked",
            shown(text)
        ));
    }
    Ok(())
}

/// Whether a machine's address is one that no configuration may name.
pub(super) fn is_forbidden(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local() || METADATA_V4.contains(&ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped().or_else(|| ip.to_ipv4()) {
            Some(v4) if !ip.is_loopback() => is_forbidden(v4.into()),
            _ => ip.is_unicast_link_local() || ip == METADATA_V6,
        },
    }
}

/// An address without user, password, query and fragment.
pub(super) fn shown(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_services_are_refused_in_every_spelling() {
        for bad in [
            "http://169.254.169.254/latest",
            "http://2852039166/",
            "http://0xa9fea9fe/",
            "http://169.254.1/",
            "https://[fe80::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://[fd00:ec2::254]/",
            "http://METADATA.google.internal./x",
            "http://100.100.100.200",
            "ssh://169.254.169.254/x",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        for good in [
            "http://127.0.0.1:9000/b",
            "http://[::1]/b",
            "https://example.com/169.254.169.254",
            "http://10.0.0.1",
            "s3://bucket/x",
            "/mnt/store",
            "C:\\store",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn an_address_is_shown_without_secrets() {
        let check = |text: &str, expected: &str| assert_eq!(shown(text), expected);
        check("https://u:p@h:1/a/b?sig=x#y", "https://h:1/a/b");
        check("https://h?token=x", "https://h");
        check("s3://bucket/path", "s3://bucket/path");
        check("/mnt/a@b?c", "/mnt/a@b?c");
    }
}
