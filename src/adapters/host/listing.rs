//! The six listings of a host: their names, operations and kinds. A closed list; nothing at run time
//! adds to it.

use cloudscope_domain::Kind;
use cloudscope_ports::Operation;

/// Every operation that this collector may ask for.
pub const OPERATIONS: &[Operation] = &[
    Operation::new("host:ReadMachine"),
    Operation::new("host:ListDisks"),
    Operation::new("host:ListFilesystems"),
    Operation::new("host:ListInterfaces"),
    Operation::new("host:ListSockets"),
    Operation::new("host:ListProcesses"),
];

/// What is listed whole, and can fail alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    Machine,
    Disks,
    Filesystems,
    Interfaces,
    Sockets,
    Processes,
}

/// What a listing may yield.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostKind {
    Machine,
    Disk,
    Partition,
    Filesystem,
    Interface,
    Socket,
    Process,
}

impl Listing {
    pub(crate) const ALL: [Self; 6] =
        [Self::Machine, Self::Disks, Self::Filesystems, Self::Interfaces, Self::Sockets, Self::Processes];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Disks => "disks",
            Self::Filesystems => "filesystems",
            Self::Interfaces => "interfaces",
            Self::Sockets => "sockets",
            Self::Processes => "processes",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|listing| listing.name() == name)
    }

    pub(crate) fn operation(self) -> &'static Operation {
        &OPERATIONS[match self {
            Self::Machine => 0,
            Self::Disks => 1,
            Self::Filesystems => 2,
            Self::Interfaces => 3,
            Self::Sockets => 4,
            Self::Processes => 5,
        }]
    }

    pub(crate) fn kinds(self) -> Vec<Kind> {
        let kinds: &[HostKind] = match self {
            Self::Machine => &[HostKind::Machine],
            Self::Disks => &[HostKind::Disk, HostKind::Partition],
            Self::Filesystems => &[HostKind::Filesystem],
            Self::Interfaces => &[HostKind::Interface],
            Self::Sockets => &[HostKind::Socket],
            Self::Processes => &[HostKind::Process],
        };
        kinds.iter().map(|kind| kind.kind()).collect()
    }
}

impl HostKind {
    pub(crate) fn kind(self) -> Kind {
        Kind::from_words([
            "host",
            match self {
                Self::Machine => "machine",
                Self::Disk => "disk",
                Self::Partition => "partition",
                Self::Filesystem => "filesystem",
                Self::Interface => "interface",
                Self::Socket => "socket",
                Self::Process => "process",
            },
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_listing_has_a_name_and_an_operation_of_its_own() {
        for (listing, operation) in Listing::ALL.into_iter().zip(OPERATIONS) {
            assert_eq!(Listing::named(listing.name()), Some(listing));
            assert_eq!(listing.operation(), operation);
        }
        assert_eq!(Listing::ALL.len(), OPERATIONS.len());
        assert_eq!(Listing::named("secrets"), None);
    }
}
