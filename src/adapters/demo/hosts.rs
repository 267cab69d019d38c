//! Two machines in a rack of the made-up company's own, in the words of the host collector.

use serde_json::json;

use crate::{
    place::{Listing, Made, Place},
    world::{World, mac},
};

const fn place(name: &'static str, number: usize) -> Place {
    Place { account: name, region: "", parent: "", env: "prod", number }
}

const PLACES: [Place; 2] = [place("rack1-db01", 1), place("rack1-nas01", 2)];

static LISTINGS: [Listing; 6] = [
    Listing::snapshot("machine", &["host.machine"], machine),
    Listing::snapshot("disks", &["host.disk"], disks),
    Listing::snapshot("filesystems", &["host.filesystem"], filesystems),
    Listing::snapshot("interfaces", &["host.interface"], interfaces),
    Listing::snapshot("sockets", &["host.socket"], sockets),
    Listing::snapshot("processes", &["host.process"], processes),
];

pub(crate) fn sites() -> impl Iterator<Item = (Place, &'static [Listing])> {
    PLACES.into_iter().map(|place| (place, LISTINGS.as_slice()))
}

/// The machine id of a host of that name.
pub(crate) fn machine_id(world: &World, name: &str) -> String {
    world.hex(format_args!("machine id {name}"), 32)
}

fn address(place: &Place) -> String {
    format!("192.0.2.{}", 10 + place.number)
}

fn booted(world: &World, place: &Place) -> String {
    world.created(format_args!("boot {}", place.account))
}

/// What the machine is for: the main program, the port that it serves, and who runs it.
fn duty(place: &Place) -> (&'static str, u16, &'static str) {
    if place.number == 1 { ("postgres", 5432, "postgres") } else { ("smbd", 445, "root") }
}

fn machine(world: &World, place: &Place) -> Vec<Made> {
    let item = json!({
        "hostname": place.account,
        "dns_names": [format!("{}.example.net", place.account)],
        "addresses": [address(place)],
        "boot_id": world.uuid(format_args!("boot {}", place.account)),
        "boot_time": booted(world, place),
        "os": {"id": "debian", "name": "Debian GNU/Linux", "version": "12",
            "pretty_name": "Debian GNU/Linux 12 (bookworm)"},
        "kernel": {"name": "Linux", "release": "6.1.0-27-amd64", "architecture": "x86_64"},
        "cpu": {"model": "AMD EPYC 7302P 16-Core Processor", "vendor": "AuthenticAMD", "processors": 32,
            "cores": 16, "sockets": 1},
        "memory": {"total_bytes": 137_438_953_472_u64, "swap_bytes": 0},
        "virtualization": "none",
        "hardware": {"vendor": "made up", "product": "Rack server"}
    });
    vec![Made::new("host.machine", item)]
}

fn disks(world: &World, place: &Place) -> Vec<Made> {
    (0..4)
        .map(|i| {
            let name = format!("nvme{i}n1");
            let serial = world.hex(format_args!("serial {} {i}", place.account), 12).to_uppercase();
            let item = json!({
                "name": name, "path": format!("/dev/{name}"), "type": "disk", "serial": serial,
                "incarnation": serial, "model": "made-up NVMe 3.84TB", "size_bytes": 3_840_755_982_336_u64,
                "rotational": false, "state": "live"
            });
            Made::new("host.disk", item)
        })
        .collect()
}

fn filesystems(world: &World, place: &Place) -> Vec<Made> {
    ["/", "/boot", "/srv/data", "/srv/backup"]
        .iter()
        .enumerate()
        .map(|(i, mount)| {
            let size = if *mount == "/boot" { 1_000_000_000_u64 } else { 3_800_000_000_000 };
            // The last one fills up; who looks for it finds it.
            let percent = if i == 3 {
                97
            } else {
                20 + world.below(format_args!("used {} {mount}", place.account), 50) as u64
            };
            let item = json!({
                "mount_point": mount, "fs_type": if i < 2 { "ext4" } else { "xfs" }, "class": "disk",
                "source": format!("/dev/nvme{i}n1"), "block_device": format!("nvme{i}n1"), "root": "/",
                "options": ["rw", "relatime"], "read_only": false,
                "size_bytes": size, "used_bytes": size / 100 * percent,
                "available_bytes": size / 100 * (100 - percent), "used_percent": percent,
                "status": if percent > 95 { "nearly-full" } else { "mounted" }
            });
            Made::new("host.filesystem", item)
        })
        .collect()
}

fn interfaces(world: &World, place: &Place) -> Vec<Made> {
    let loopback = json!({
        "name": "lo", "type": "loopback", "state": "up", "mtu": 65536,
        "addresses": [{"address": "127.0.0.1", "prefix": 8}]
    });
    let first = json!({
        "name": "eno1", "type": "ethernet", "state": "up", "mac": mac(world, place.account), "mtu": 9000,
        "speed_mbits": 10_000, "addresses": [{"address": address(place), "prefix": 24}]
    });
    let second = json!({
        "name": "eno2", "type": "ethernet", "state": "down", "mac": mac(world, &format!("{} 2", place.account)),
        "mtu": 1500, "addresses": []
    });
    [loopback, first, second].into_iter().map(|item| Made::new("host.interface", item)).collect()
}

fn sockets(world: &World, place: &Place) -> Vec<Made> {
    let (name, port, user) = duty(place);
    [("sshd", 22, "root", 612), (name, port, user, 901)]
        .into_iter()
        .map(|(program, port, user, pid)| {
            let item = json!({
                "namespace": "main", "protocol": "tcp", "address": "0.0.0.0", "port": port,
                "endpoint": format!("0.0.0.0:{port}"), "user": user, "program": program, "pids": [pid],
                "inode": 10_000 + world.below(format_args!("inode {} {port}", place.account), 50_000)
            });
            Made::new("host.socket", item)
        })
        .collect()
}

fn processes(world: &World, place: &Place) -> Vec<Made> {
    let (main, _, user) = duty(place);
    let running = [
        (1, 0, "systemd", "root", "/sbin/init"),
        (612, 1, "sshd", "root", "/usr/sbin/sshd"),
        (700, 1, "cron", "root", "/usr/sbin/cron"),
        (901, 1, main, user, "made-up main process"),
        (902, 901, main, user, "made-up worker"),
        (903, 901, main, user, "made-up writer"),
    ];
    running
        .into_iter()
        .map(|(pid, ppid, name, user, program)| {
            let started = booted(world, place);
            let mut item = json!({
                "pid": pid, "name": name, "incarnation": started, "started_at": started, "user": user,
                "argv": [program], "state": "running", "state_code": "S", "threads": 1
            });
            if ppid > 0 {
                item["ppid"] = json!(ppid);
            }
            Made::new("host.process", item)
        })
        .collect()
}
