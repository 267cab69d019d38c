//! How fast large pages are decoded: `cargo test --release -p cloudscope-aws -- --ignored --nocapture speed`.

use std::{fmt::Write, time::Instant};

use http::HeaderMap;

use crate::{
    model::Models,
    wire::{Bounds, decode},
};

/// A page of DescribeInstances with that many reservations, each of one instance as AWS describes it.
fn page(reservations: usize) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeInstancesResponse \
        xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n    <requestId>r</requestId>\n    <reservationSet>\n"
        .to_owned();
    for i in 0..reservations {
        let tags: String = (0..8)
            .map(|t| format!("<item>\n<key>team:{t}</key>\n<value>value {t} of {i}</value>\n</item>\n"))
            .collect();
        write!(
            out,
            "<item>\n<reservationId>r-{i:017x}</reservationId>\n<ownerId>123456789012</ownerId>\n<groupSet/>\n\
             <instancesSet>\n<item>\n<instanceId>i-{i:017x}</instanceId>\n<imageId>ami-0abcdef1234567890</imageId>\n\
             <instanceState>\n<code>16</code>\n<name>running</name>\n</instanceState>\n<privateDnsName>\
             ip-10-0-0-{i}.eu-west-1.compute.internal</privateDnsName>\n<dnsName/>\n<reason/>\n<keyName>ops</keyName>\n\
             <amiLaunchIndex>0</amiLaunchIndex>\n<productCodes/>\n<instanceType>m5.large</instanceType>\n<launchTime>\
             2026-01-02T03:04:05.000Z</launchTime>\n<placement>\n<availabilityZone>eu-west-1a</availabilityZone>\n\
             <groupName/>\n<tenancy>default</tenancy>\n</placement>\n<monitoring>\n<state>disabled</state>\n</monitoring>\n\
             <subnetId>subnet-0123456789abcdef0</subnetId>\n<vpcId>vpc-0123456789abcdef0</vpcId>\n<privateIpAddress>\
             10.0.0.1</privateIpAddress>\n<sourceDestCheck>true</sourceDestCheck>\n<groupSet>\n<item>\n<groupId>\
             sg-0123456789abcdef0</groupId>\n<groupName>web &amp; more</groupName>\n</item>\n</groupSet>\n<architecture>\
             x86_64</architecture>\n<rootDeviceType>ebs</rootDeviceType>\n<rootDeviceName>/dev/xvda</rootDeviceName>\n\
             <blockDeviceMapping>\n<item>\n<deviceName>/dev/xvda</deviceName>\n<ebs>\n<volumeId>vol-0123456789abcdef0\
             </volumeId>\n<status>attached</status>\n<attachTime>2026-01-02T03:04:06.000Z</attachTime>\n\
             <deleteOnTermination>true</deleteOnTermination>\n</ebs>\n</item>\n</blockDeviceMapping>\n<virtualizationType>\
             hvm</virtualizationType>\n<clientToken/>\n<tagSet>\n{tags}</tagSet>\n<hypervisor>xen</hypervisor>\n\
             <networkInterfaceSet>\n<item>\n<networkInterfaceId>eni-0123456789abcdef0</networkInterfaceId>\n<subnetId>\
             subnet-0123456789abcdef0</subnetId>\n<vpcId>vpc-0123456789abcdef0</vpcId>\n<status>in-use</status>\n\
             <macAddress>02:00:00:00:00:01</macAddress>\n<privateIpAddress>10.0.0.1</privateIpAddress>\n<attachment>\n\
             <attachmentId>eni-attach-0123456789</attachmentId>\n<deviceIndex>0</deviceIndex>\n<status>attached</status>\n\
             </attachment>\n</item>\n</networkInterfaceSet>\n<ebsOptimized>false</ebsOptimized>\n<cpuOptions>\n<coreCount>\
             1</coreCount>\n<threadsPerCore>2</threadsPerCore>\n</cpuOptions>\n</item>\n</instancesSet>\n</item>\n"
        )
        .unwrap();
    }
    indent(&(out + "</reservationSet>\n</DescribeInstancesResponse>"))
}

/// Four spaces a level, as EC2 writes it.
fn indent(text: &str) -> String {
    let mut out = String::new();
    let mut level = 0_usize;
    for line in text.lines().map(str::trim) {
        let closes = line.starts_with("</");
        level -= usize::from(closes);
        writeln!(out, "{}{line}", "    ".repeat(level)).unwrap();
        let opens = !closes && !line.starts_with("<?") && !line.contains("</") && !line.ends_with("/>");
        level += usize::from(opens);
    }
    out
}

#[test]
#[ignore = "a measurement"]
fn speed_of_a_page_of_instances() {
    let service = Models::builtin().service("ec2").unwrap();
    let operation = service.operation("DescribeInstances").unwrap();
    let body = page(1000);
    let rounds = 50;
    let start = Instant::now();
    for _ in 0..rounds {
        let value =
            decode(&service, operation, 200, &HeaderMap::new(), body.as_bytes(), Bounds::default()).unwrap();
        assert_eq!(value["Reservations"].as_array().map(Vec::len), Some(1000));
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{} bytes, {:.0} MB/s", body.len(), (body.len() * rounds) as f64 / seconds / 1e6);
}
