//! Programs whose short flags carry a secret, and how.
//!
//! Long flags need no row: their names say it (`--password`, see `names`).

/// What the value of a flag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// All of it is the secret.
    Secret,
    /// A user, this separator, the secret.
    Pair(char),
}

/// One flag.
#[derive(Debug)]
pub(super) struct Flag {
    /// As typed, such as `-p`.
    pub(super) text: &'static str,
    /// What its value is.
    pub(super) takes: Takes,
    /// The value may be the next argument; else it is only ever glued to the flag.
    pub(super) apart: bool,
}

/// Some programs that share flags.
#[derive(Debug)]
pub(super) struct Programs {
    names: &'static [&'static str],
    /// The flags count only behind this argument, such as `login`.
    pub(super) after: Option<&'static str>,
    pub(super) flags: &'static [Flag],
}

const fn secret(text: &'static str) -> Flag {
    Flag { text, takes: Takes::Secret, apart: true }
}

const fn glued(text: &'static str) -> Flag {
    Flag { text, takes: Takes::Secret, apart: false }
}

const fn pair(text: &'static str, separator: char) -> Flag {
    Flag { text, takes: Takes::Pair(separator), apart: true }
}

const TABLE: &[Programs] = &[
    Programs {
        names: &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mysqlcheck",
            "mysqlimport",
            "mysqlshow",
            "mysqlsh",
            "mysqlslap",
            "mysqlbinlog",
            "mysqlpump",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
            "mycli",
            "xtrabackup",
            "7z",
            "7za",
            "7zr",
            "rar",
            "unrar",
        ],
        after: None,
        flags: &[glued("-p")],
    },
    Programs { names: &["sshpass", "rdesktop"], after: None, flags: &[secret("-p")] },
    Programs { names: &["redis-cli", "valkey-cli", "keydb-cli"], after: None, flags: &[secret("-a")] },
    Programs {
        names: &["curl"],
        after: None,
        flags: &[
            pair("-u", ':'),
            pair("-U", ':'),
            pair("--user", ':'),
            pair("--proxy-user", ':'),
            pair("-E", ':'),
            pair("--cert", ':'),
        ],
    },
    Programs { names: &["http", "https", "xh"], after: None, flags: &[pair("-a", ':'), pair("--auth", ':')] },
    Programs {
        names: &[
            "ldapsearch",
            "ldapmodify",
            "ldapadd",
            "ldapdelete",
            "ldapwhoami",
            "ldappasswd",
            "ldapcompare",
            "ldapmodrdn",
        ],
        after: None,
        flags: &[secret("-w"), secret("-s")],
    },
    Programs {
        names: &[
            "mongo",
            "mongosh",
            "mongodump",
            "mongorestore",
            "mongoexport",
            "mongoimport",
            "mongostat",
            "mongotop",
        ],
        after: None,
        flags: &[secret("-p")],
    },
    Programs {
        names: &["smbclient", "rpcclient", "winexe", "smbget", "wmic"],
        after: None,
        flags: &[pair("-U", '%'), pair("--user", '%')],
    },
    Programs { names: &["lftp"], after: None, flags: &[pair("-u", ',')] },
    Programs {
        names: &["sqlcmd", "bcp", "osql", "tsql", "ipmitool", "zip", "unzip"],
        after: None,
        flags: &[secret("-P")],
    },
    Programs {
        names: &["snmpwalk", "snmpget", "snmpset", "snmpbulkwalk", "snmpgetnext", "snmptrap"],
        after: None,
        flags: &[secret("-c"), secret("-A"), secret("-X")],
    },
    Programs { names: &["xfreerdp", "xfreerdp3", "wlfreerdp"], after: None, flags: &[glued("/p:")] },
    Programs { names: &["etcdctl"], after: None, flags: &[pair("--user", ':')] },
    Programs {
        names: &["skopeo", "podman", "buildah", "crane", "oras", "docker", "nerdctl"],
        after: None,
        flags: &[pair("--creds", ':'), pair("--src-creds", ':'), pair("--dest-creds", ':')],
    },
    Programs {
        names: &[
            "docker", "podman", "nerdctl", "buildah", "skopeo", "helm", "az", "oc", "cf", "crane", "oras",
        ],
        after: Some("login"),
        flags: &[secret("-p")],
    },
    Programs { names: &["kubectl", "oc"], after: Some("secret"), flags: &[pair("--from-literal", '=')] },
];

/// The rows of a program, named by path or alone.
pub(super) fn of(argument: &str) -> impl Iterator<Item = &'static Programs> {
    let name = argument.rsplit(['/', '\\']).next().unwrap_or(argument);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    TABLE.iter().filter(move |row| row.names.contains(&name))
}

/// Every program of the table, for the scan that looks for one.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|row| row.names.iter().copied())
}
