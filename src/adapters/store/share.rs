//! Work that is worth several processors, shared between threads in the order in which it came.

/// More threads than this would only wait for the disk.
const MOST: usize = 8;

/// Applies a function to everything; each thread has a helper of its own. With fewer than two times `worth`
/// items no thread is started.
pub(crate) fn each<T: Sync, H, R: Send, E: Send>(
    items: &[T],
    worth: usize,
    helper: &mut H,
    make: impl Fn() -> Result<H, E> + Sync,
    work: impl Fn(&mut H, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let threads = std::thread::available_parallelism().map_or(1, Into::into).min(MOST);
    let threads = threads.min(items.len() / worth.max(1)).max(1);
    let share = items.len().div_ceil(threads).max(1);
    let (own, rest) = items.split_at(share.min(items.len()));
    std::thread::scope(|scope| {
        let work = &work;
        let make = &make;
        let others: Vec<_> = rest
            .chunks(share)
            .map(|some| {
                scope.spawn(move || {
                    let mut helper = make()?;
                    some.iter().map(|item| work(&mut helper, item)).collect::<Result<Vec<R>, E>>()
                })
            })
            .collect();
        let mut all = Vec::with_capacity(items.len());
        for item in own {
            all.push(work(helper, item)?);
        }
        for other in others {
            match other.join() {
                Ok(some) => all.extend(some?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_however_many_there_are() {
        for count in [0, 1, 2, 7, 64, 1000] {
            let items: Vec<u32> = (0..count).collect();
            let twice = each(
                &items,
                3,
                &mut 0,
                || Ok::<u32, ()>(0),
                |used, n| {
                    *used += 1;
                    Ok(n * 2)
                },
            );
            assert_eq!(twice, Ok(items.iter().map(|n| n * 2).collect()));
            let failed =
                each(&items, 3, &mut (), || Ok(()), |(), n| if *n == 5 { Err("five") } else { Ok(()) });
            assert_eq!(failed.is_err(), count > 5);
        }
    }
}
