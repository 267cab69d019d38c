//! The addresses of one chunk that are IP addresses, with their rows.

use cloudscope_domain::query::Net;

use crate::{
    bits::Bits,
    bytes::{In, Out},
};

#[derive(Clone, Debug, Default)]
pub(crate) struct Ips {
    v4: Vec<u32>,
    v4_rows: Vec<u16>,
    v6: Vec<u128>,
    v6_rows: Vec<u16>,
    /// Whether the addresses are in order.
    sorted: bool,
}

/// What IPv4 addresses begin with where all are of 128 bits.
const MAPPED: u128 = 0xffff << 32;

fn in_order<T: Copy + Ord>(addresses: &[T], rows: &[u16]) -> (Vec<T>, Vec<u16>) {
    let mut all: Vec<(T, u16)> = addresses.iter().copied().zip(rows.iter().copied()).collect();
    all.sort_unstable();
    all.into_iter().unzip()
}

/// Adds the rows whose address is between two.
fn pick<T: Copy + Ord>(addresses: &[T], rows: &[u16], first: T, last: T, sorted: bool, out: &mut Bits) {
    let start = if sorted { addresses.partition_point(|a| *a < first) } else { 0 };
    for (address, row) in addresses.iter().zip(rows).skip(start) {
        if sorted && *address > last {
            break;
        }
        if (first..=last).contains(address) {
            out.set((*row).into());
        }
    }
}

impl Ips {
    pub(crate) fn push(&mut self, row: u16, address: u128) {
        self.sorted = false;
        match u32::try_from(address ^ MAPPED) {
            Ok(v4) => {
                self.v4.push(v4);
                self.v4_rows.push(row);
            }
            Err(_) => {
                self.v6.push(address);
                self.v6_rows.push(row);
            }
        }
    }

    /// The rows with an address in one of the networks.
    pub(crate) fn within(&self, nets: &[Net]) -> Bits {
        let mut rows = Bits::default();
        for net in nets {
            let (first, last) = net.ends();
            if net.is_v4() {
                let v4 = |address: u128| u32::try_from(address ^ MAPPED).unwrap_or(0);
                pick(&self.v4, &self.v4_rows, v4(first), v4(last), self.sorted, &mut rows);
            } else {
                pick(&self.v6, &self.v6_rows, first, last, self.sorted, &mut rows);
            }
        }
        rows
    }

    /// No row will come any more.
    pub(crate) fn seal(&mut self) {
        (self.v4, self.v4_rows) = in_order(&self.v4, &self.v4_rows);
        (self.v6, self.v6_rows) = in_order(&self.v6, &self.v6_rows);
        self.sorted = true;
    }

    pub(crate) fn bytes(&self) -> usize {
        self.v4.capacity() * 6 + self.v6.capacity() * 18
    }
}

impl Ips {
    pub(crate) fn save(&self, out: &mut Out) {
        out.list(&self.v4);
        out.list(&self.v4_rows);
        out.list(&self.v6);
        out.list(&self.v6_rows);
    }

    pub(crate) fn load(input: &mut In<'_>, rows: usize) -> Option<Self> {
        let (v4, v4_rows) = (input.list()?, input.list()?);
        let (v6, v6_rows) = (input.list()?, input.list()?);
        let sorted = v4.is_sorted() && v6.is_sorted();
        let ips = Self { v4, v4_rows, v6, v6_rows, sorted };
        let mut of_rows = ips.v4_rows.iter().chain(&ips.v6_rows);
        let fit = ips.v4.len() == ips.v4_rows.len() && ips.v6.len() == ips.v6_rows.len();
        (fit && of_rows.all(|n| usize::from(*n) < rows)).then_some(ips)
    }
}
