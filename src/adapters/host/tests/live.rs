//! The machine that the tests run on.

use super::*;

#[tokio::test]
async fn smoke() {
    for listing in ["machine", "disks", "filesystems", "interfaces", "sockets", "processes"] {
        let t = std::time::Instant::now();
        let seen = collect(&collector(), listing).await;
        let all = seen.sightings();
        println!("== {listing} {} in {:?} {:?} {:?}", all.len(), t.elapsed(), seen.problems(), seen.limits());
        for s in all.iter().take(4) {
            println!(
                "{} {} {} {:?} {:?} {:?} {}",
                s.asset.key.id,
                s.asset.key.incarnation,
                s.asset.name,
                s.asset.status,
                s.asset.created_at,
                s.asset.addresses,
                s.asset.properties.as_str()
            );
            for r in &s.references {
                println!("   {} {} {}", r.relation, r.target, r.reverse);
            }
        }
    }
}
