//! Which addresses may be asked: none of this machine's link, and no cloud's metadata service, where anybody who may
//! send a request from here gets the machine's own keys.
//!
//! In: an address as text, or a machine's number after its name was looked up. Out: whether it may be asked. A number
//! counts in every spelling: as parsers of web addresses read it (decimal, octal, hexadecimal, short), and inside an
//! IPv6 address that carries an IPv4 one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use cml_base::ident::is_loopback;

/// Metadata services beyond the link-local range: Alibaba Cloud, and Azure's host agent.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
/// The first 32 bits of networks that hold a cloud's own services: AWS, Google Cloud, Oracle, Scaleway.
const METADATA_V6: [[u16; 2]; 4] = [[0xfd00, 0xec2], [0xfd20, 0xce], [0xfd00, 0xc1], [0xfd00, 0x42]];
const METADATA_NAMES: [&str; 10] = [
    "metadata.google.internal",
    "metadata.goog",
    "metadata",
    "instance-data",
    "instance-data.ec2.internal",
    "metadata.azure.internal",
    "metadata.tencentyun.com",
    "metadata.packet.net",
    "metadata.platformequinix.com",
    "api.metadata.cloud.ibm.com",
];
/// Schemes whose host is the name of a bucket.
const OF_BUCKETS: [&str; 6] = ["s3", "gs", "gcs", "az", "azure", "abfs"];

/// Refuses an address by its own words. A name that only resolves to such a machine is refused when it is looked up.
pub fn check(text: &str) -> Result<(), String> {
    let Ok(url) = Url::parse(text) else { return Ok(()) };
    let forbidden = match machine(&url) {
        Some(Host::Ipv4(ip)) => is_forbidden(ip.into()),
        Some(Host::Ipv6(ip)) => is_forbidden(ip.into()),
        Some(Host::Domain(name)) => METADATA_NAMES.contains(&plain(&name).as_str()),
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

/// Whether anybody could ask this address, as far as its words tell: a name may be, until it is looked up.
pub fn may_be_public(url: &Url) -> bool {
    match machine(url) {
        Some(Host::Ipv4(ip)) => is_public(ip.into()),
        Some(Host::Ipv6(ip)) => is_public(ip.into()),
        Some(Host::Domain(_)) => check(url.as_str()).is_ok() && !is_loopback(url),
        None => false,
    }
}

/// The machine that an address names. The web's schemes have their hosts read by the parser; any other scheme's stays
/// text, which whoever connects would read as the same number.
fn machine(url: &Url) -> Option<Host<String>> {
    match url.host()? {
        Host::Domain(_) if OF_BUCKETS.contains(&url.scheme()) => None,
        Host::Domain(name) => {
            Some(Host::parse(plain(name).as_str()).unwrap_or_else(|_| Host::Domain(name.to_owned())))
        }
        host => Some(host.to_owned()),
    }
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether a machine's address is one that no configuration may name and no name may lead to.
pub(crate) fn is_forbidden(ip: IpAddr) -> bool {
    match ip {
        // 0.0.0.0/8 is "this machine" to many systems; 192.0.0.0/24 is the protocols' own (Oracle's metadata service).
        IpAddr::V4(ip) => {
            ip.is_link_local()
                || ip.octets()[0] == 0
                || ip.octets()[..3] == [192, 0, 0]
                || METADATA_V4.contains(&ip)
        }
        IpAddr::V6(ip) if ip.is_loopback() => false,
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            ip.is_unspecified()
                || ip.is_unicast_link_local()
                || METADATA_V6.contains(&[first, second])
                || carried(ip).into_iter().any(|inner| is_forbidden(inner.into()))
        }
    }
}

/// Whether an address is one of the public network, by IANA's registries of special-purpose addresses.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    if is_forbidden(ip) {
        return false;
    }
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            let is_benchmark = a == 198 && matches!(b, 18 | 19);
            let is_special = ip.is_private() || ip.is_loopback() || ip.is_documentation();
            !(is_special || is_shared || is_benchmark || a >= 224)
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            let is_own = ip.is_loopback() || ip.is_unique_local() || ip.is_multicast();
            // fec0::/10 was site-local once.
            !is_own
                && first & 0xffc0 != 0xfec0
                && carried(ip).into_iter().all(|inner| is_public(inner.into()))
        }
    }
}

/// The IPv4 addresses that an IPv6 address stands for or leads to.
fn carried(ip: Ipv6Addr) -> Vec<Ipv4Addr> {
    let part = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    let last = v4(part[6], part[7]);
    let octets = ip.octets();
    match part {
        // Compatible, mapped (RFC 4291) and translated (RFC 2765).
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => vec![last],
        // NAT64's well-known prefix (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![last],
        // NAT64 with a prefix of one's own (RFC 8215): of 48, 56, 64 or 96 bits, where octet 8 is left out.
        [0x64, 0xff9b, 1, ..] => {
            let kept: Vec<u8> =
                octets.iter().enumerate().filter(|(at, _)| *at != 8).map(|(_, octet)| *octet).collect();
            let from = |at: usize| Ipv4Addr::new(kept[at], kept[at + 1], kept[at + 2], kept[at + 3]);
            vec![from(6), from(7), from(8), last]
        }
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => vec![v4(high, low)],
        // Teredo (RFC 4380): the server, and the client with its bits turned over.
        [0x2001, 0, high, low, ..] => vec![v4(high, low), v4(!part[6], !part[7])],
        // ISATAP (RFC 5214), whatever the prefix is.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => vec![last],
        // A private network's own translation: only the well-known address is known again.
        [first, ..] if first & 0xfe00 == 0xfc00 && last == Ipv4Addr::new(169, 254, 169, 254) => vec![last],
        _ => Vec::new(),
    }
}

/// An address without user, password, query and fragment.
pub fn shown(text: &str) -> String {
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
        let bad = "http://169.254.169.254/latest http://2852039166/ http://0xa9fea9fe/ http://0xA9.0xfe.169.254/
            http://0251.0376.0251.0376/ http://169.254.43518/ http://169.254.1/ http://169.16689662 http://169.254.169.254./
            http://%31%36%39.254.169.254/ http://①⑥⑨.254.169.254/ http://169。254。169。254/ https://u@169.254.169.254:80/
            http://169.254.0.23 http://169.254.170.2/v2 http://100.100.100.200 http://168.63.129.16 http://192.0.0.192
            http://0/ http://0.0.0.0/ http://0x0/ http://0.1.2.3/ http://[::]/
            https://[fe80::1]/ https://[fe80::a9fe:a9fe]/ http://[febf::1]/
            http://[::ffff:169.254.169.254]/ http://[::ffff:a9fe:a9fe]/ http://[::a9fe:a9fe]/ http://[::ffff:0:a9fe:a9fe]/
            http://[::ffff:0.0.0.0]/ http://[::ffff:100.100.100.200]/
            http://[64:ff9b::a9fe:a9fe]/ http://[64:ff9b::169.254.169.254]/ http://[64:ff9b:1::a9fe:a9fe]/
            http://[64:ff9b:1:a9fe:a9:fe00::]/ http://[64:ff9b:1:a9:fe:a9fe::]/ http://[64:ff9b:1:0:a9:fea9:fe00::]/
            http://[2002:a9fe:a9fe::]/ http://[2002:a9fe:a9fe::1]/ http://[2002:6464:64c8::]/
            http://[2001:0:a9fe:a9fe::]/ http://[2001:0:1:2:0:0:5601:5601]/
            http://[2001:db8::5efe:a9fe:a9fe]/ http://[fd00::200:5efe:169.254.169.254]/
            http://[fd00:ec2::254]/ http://[fd00:ec2::23]/ http://[fd20:ce::254]/ http://[fd00:c1::a9fe:a9fe]/
            http://[fd00:42::42]/ http://[fd12:3456::a9fe:a9fe]/
            http://METADATA.google.internal./x http://metadata/ http://metadata.goog http://instance-data/latest
            http://metadata.tencentyun.com/
            ssh://169.254.169.254/x ssh://0xa9fea9fe/x ssh://2852039166/x webdav://[64:ff9b::a9fe:a9fe]/ hdfs://metadata/";
        for bad in bad.split_whitespace() {
            assert!(check(bad).is_err(), "{bad}");
        }
        let good = "http://127.0.0.1:9000/b http://localhost:9000 http://[::1]/b https://example.com/169.254.169.254
            http://10.0.0.1 http://192.168.0.192 http://[fd12:3456::1]/ http://[2001:db8::1]/ http://[64:ff9b::808:808]/
            http://[2002:808:808::]/ http://metadata.example.com https://169-254-169-254.example.com
            s3://bucket/x s3://metadata/x gs://2852039166/x abfs://metadata@acc.dfs.core.windows.net/ /mnt/store C:\\store";
        for good in good.split_whitespace() {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_anybody_could_ask_is_public() {
        let check = |addresses: &str, expected: bool| {
            for address in addresses.split_whitespace() {
                assert_eq!(may_be_public(&Url::parse(address).unwrap()), expected, "{address}");
            }
        };
        check("https://example.com http://8.8.8.8 http://[2606:4700::1111] http://[64:ff9b::808:808]", true);
        check(
            "http://localhost http://a.localhost. http://127.1 http://[::1] http://10.1.2.3 http://172.16.0.1",
            false,
        );
        check(
            "http://192.168.1.1 http://100.64.0.1 http://198.18.0.1 http://224.0.0.1 http://255.255.255.255",
            false,
        );
        check(
            "http://[fd12::1] http://[fec0::1] http://[ff02::1] http://[64:ff9b::a00:1] http://[::ffff:10.0.0.1]",
            false,
        );
        check("http://metadata.google.internal http://169.254.169.254", false);
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
