//! What the collector tells on systems without /proc, run here so that it works there.

use super::*;
use crate::portable::Portable;

fn portable() -> HostCollector {
    HostCollector::on(Arc::new(Portable), Arc::new(Catalog::builtin().unwrap()), Redactor::new([7; 32]))
}

#[tokio::test]
async fn the_contract_holds_and_what_is_missing_is_said() {
    let clock = Arc::new(cloudscope_memory::ManualClock::new(cloudscope_domain::Timestamp::from_millis(0)));
    let seen = cloudscope_ports::contract::collector::suite(&portable(), &source(), clock).await;
    assert_eq!(seen.faults, BTreeMap::new());
    let listings: Vec<_> = seen.items.keys().map(|key| key.listing.as_str()).collect();
    assert_eq!(listings, ["filesystems", "interfaces", "machine", "processes"]);
    let plan = portable().plan(&source(), &context(OPERATIONS).0).await.unwrap();
    let disabled: Vec<_> = plan.disabled.iter().map(|(scope, _)| scope.key.listing.as_str()).collect();
    assert_eq!(disabled, ["disks", "sockets"]);
}

#[tokio::test]
async fn this_process_and_its_machine_are_there() {
    let machine = collect(&portable(), "machine").await.sightings();
    assert!(field(&machine[0].asset, "/cpu/processors").as_u64().unwrap() >= 1);
    assert!(field(&machine[0].asset, "/memory/total_bytes").as_u64().unwrap() > 1 << 20);
    let processes = collect(&portable(), "processes").await.by_id();
    let id = |pid: u32| format!("host:{}/process/{pid}", machine[0].asset.account);
    let me = &processes[&id(std::process::id())];
    let argv: Vec<Value> = std::env::args().map(Value::from).collect();
    assert_eq!(field(&me.asset, "/argv"), Value::from(argv));
    assert_eq!(targets(me, "child-of"), [id(std::os::unix::process::parent_id())]);
    assert!(me.asset.created_at.is_some());
    let interfaces = collect(&portable(), "interfaces").await.by_id();
    let lo = &interfaces[&format!("host:{}/interface/lo", machine[0].asset.account)];
    assert!(lo.asset.addresses.contains(&"127.0.0.1".to_owned()));
}
