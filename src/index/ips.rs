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
}

/// What IPv4 addresses begin with where all are of 128 bits.
const MAPPED: u128 = 0xffff << 32;

impl Ips {
    pub(crate) fn push(&mut self, row: u16, address: u128) {
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
        let v4 = self.v4.iter().map(|a| MAPPED | u128::from(*a)).zip(&self.v4_rows);
        let v6 = self.v6.iter().copied().zip(&self.v6_rows);
        for (_, row) in v4.chain(v6).filter(|(a, _)| nets.iter().any(|n| n.contains(*a))) {
            rows.set((*row).into());
        }
        rows
    }

    pub(crate) fn seal(&mut self) {
        self.v4.shrink_to_fit();
        self.v4_rows.shrink_to_fit();
        self.v6.shrink_to_fit();
        self.v6_rows.shrink_to_fit();
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
        let ips = Self { v4, v4_rows, v6, v6_rows };
        let mut of_rows = ips.v4_rows.iter().chain(&ips.v6_rows);
        let fit = ips.v4.len() == ips.v4_rows.len() && ips.v6.len() == ips.v6_rows.len();
        (fit && of_rows.all(|n| usize::from(*n) < rows)).then_some(ips)
    }
}
