//! Bounds, order and the end of a queue.

use super::*;

fn item(json: &str) -> Item {
    Item { event: "asset-created", json: json.into() }
}

#[tokio::test]
async fn it_takes_no_more_than_its_bounds() {
    let queue = Queue::default();
    for _ in 0..NOTICES {
        assert!(queue.push(item("1")));
    }
    assert!(!queue.has_room() && !queue.push(item("1")));
    assert_eq!(queue.clear(), NOTICES);
    let large = "x".repeat(BYTES / 2);
    assert!(queue.push(item(&large)) && queue.push(item(&large)));
    assert!(!queue.has_room() && !queue.push(item("1")));
    assert_eq!(queue.take(10, BYTES).await.unwrap().len(), 1, "of two only one is small enough");
    assert!(queue.push(item("1")));
}

#[tokio::test]
async fn batches_keep_the_order_and_both_bounds() {
    let queue = Queue::default();
    for i in 0..10 {
        assert!(queue.push(item(&i.to_string())));
    }
    queue.close();
    assert!(!queue.push(item("late")));
    let mut sizes = Vec::new();
    let mut seen = String::new();
    while let Some(batch) = queue.take(4, 6).await {
        sizes.push(batch.len());
        seen.extend(batch.iter().map(|i| &*i.json));
    }
    assert_eq!((sizes, seen.as_str()), (vec![3, 3, 3, 1], "0123456789"));
    assert!(queue.take(1, 1).await.is_none());
}

#[tokio::test]
async fn one_that_waits_is_woken_by_a_notice_and_by_the_end() {
    let queue = Arc::new(Queue::default());
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.take(1, 100).await.map(|b| b.len()) })
        })
        .collect();
    tokio::task::yield_now().await;
    assert!(queue.push(item("1")));
    queue.close();
    let mut ends = Vec::new();
    for task in waiting {
        ends.push(task.await.unwrap());
    }
    ends.sort();
    assert_eq!(ends, [None, None, Some(1)]);
}
