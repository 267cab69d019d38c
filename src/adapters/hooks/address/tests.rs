//! The table of addresses, as an attacker would try them.

use super::*;

fn allow(private: bool, listed: &[&str]) -> Allow {
    let listed = listed.iter().map(|t| (*t).to_owned().try_into().unwrap()).collect();
    Allow { private, listed, loopback_only: false }
}

#[test]
fn only_public_addresses_are_reached_unasked() {
    for (ip, public) in [
        ("8.8.8.8", true),
        ("1.1.1.1", true),
        ("172.15.0.1", true),
        ("172.32.0.1", true),
        ("100.63.255.255", true),
        ("100.128.0.1", true),
        ("192.0.1.1", true),
        ("223.255.255.255", true),
        ("2606:4700:4700::1111", true),
        ("2001:4860:4860::8888", true),
        ("64:ff9b::808:808", true),
        ("::ffff:8.8.8.8", true),
        ("0.0.0.0", false),
        ("0.1.2.3", false),
        ("10.0.0.1", false),
        ("100.64.0.1", false),
        ("100.100.100.200", false),
        ("127.0.0.1", false),
        ("127.255.255.254", false),
        ("168.63.129.16", false),
        ("169.254.0.1", false),
        ("169.254.169.254", false),
        ("169.254.170.2", false),
        ("172.16.0.1", false),
        ("172.31.255.255", false),
        ("192.0.0.192", false),
        ("192.0.2.1", false),
        ("192.168.1.1", false),
        ("198.18.0.1", false),
        ("198.51.100.1", false),
        ("203.0.113.1", false),
        ("224.0.0.1", false),
        ("239.255.255.255", false),
        ("240.0.0.1", false),
        ("255.255.255.255", false),
        ("::", false),
        ("::1", false),
        ("::7f00:1", false),
        ("::ffff:127.0.0.1", false),
        ("::ffff:169.254.169.254", false),
        ("::ffff:0:10.0.0.1", false),
        ("64:ff9b::a9fe:a9fe", false),
        ("64:ff9b::7f00:1", false),
        ("64:ff9b:1::808:808", false),
        ("2002:7f00:1::", false),
        ("2002:a00:1::1", false),
        ("2001::1", false),
        ("2001:db8::1", false),
        ("3fff::1", false),
        ("100::1", false),
        ("fc00::1", false),
        ("fd12:3456::1", false),
        ("fd00:ec2::254", false),
        ("fd20:ce::254", false),
        ("fe80::1", false),
        ("fec0::1", false),
        ("ff02::1", false),
        ("4000::1", false),
    ] {
        let got = allow(false, &[]).check(ip.parse().unwrap());
        assert_eq!(got.is_ok(), public, "{ip}: {got:?}");
    }
}

#[test]
fn private_ones_need_leave_and_metadata_services_need_to_be_listed() {
    for (ip, private, listed, reached) in [
        ("10.1.2.3", true, None, true),
        ("127.0.0.1", true, None, true),
        ("::1", true, None, true),
        ("fd12::1", true, None, true),
        ("::ffff:192.168.0.1", true, None, true),
        ("169.254.169.254", true, None, false),
        ("::ffff:169.254.169.254", true, None, false),
        ("fd00:ec2::254", true, None, false),
        ("0.0.0.0", true, None, false),
        ("224.0.0.1", true, None, false),
        ("fe80::1", true, None, false),
        ("10.1.2.3", false, Some("10.1.0.0/16"), true),
        ("10.2.2.3", false, Some("10.1.0.0/16"), false),
        ("::ffff:10.1.2.3", false, Some("10.1.2.3"), true),
        ("169.254.169.254", false, Some("169.254.169.254"), true),
        ("fd12::1", false, Some("fd12::/16"), true),
    ] {
        let listed: Vec<&str> = listed.into_iter().collect();
        let got = allow(private, &listed).check(ip.parse().unwrap());
        assert_eq!(got.is_ok(), reached, "{ip} {private} {listed:?}: {got:?}");
        if let Err(words) = got {
            assert!(words.contains("allow"), "{words}");
        }
    }
}

#[test]
fn plain_http_stays_on_this_machine() {
    let plain = Allow { loopback_only: true, ..allow(true, &["0.0.0.0/0"]) };
    assert!(plain.check("127.0.0.1".parse().unwrap()).is_ok());
    assert!(plain.check("::1".parse().unwrap()).is_ok());
    for ip in ["10.0.0.1", "8.8.8.8", "169.254.169.254"] {
        assert!(plain.check(ip.parse().unwrap()).unwrap_err().contains("https"), "{ip}");
    }
}
