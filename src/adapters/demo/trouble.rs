//! What fails in the made-up world, in the words that the real providers use, so that a person sees what
//! a gap looks like before a real one matters.

use std::time::Duration;

use cloudscope_domain::ScopeKey;
use cloudscope_ports::{CallResult, Fault, FaultKind};

use crate::aws::{PROD, STAGING};

/// How a listing fails, and after how many good pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The role lacks a permission.
    Denied,
    /// The provider asks to slow down, whenever it is asked.
    Throttled,
    /// The third page of seven never arrives whole.
    CutOff,
    /// Nobody answers in time.
    Silent,
}

/// The trouble that a scope is in, if any.
pub(crate) fn of(key: &ScopeKey) -> Option<Trouble> {
    match (key.account.as_str(), key.region.as_str(), key.listing.as_str()) {
        (STAGING, _, "kms:ListKeys") => Some(Trouble::Denied),
        (PROD, "us-east-1", "lambda:ListFunctions") => Some(Trouble::CutOff),
        (PROD, "ap-southeast-2", "dynamodb:ListTables") => Some(Trouble::Throttled),
        ("rack1-nas01", _, "processes") => Some(Trouble::Silent),
        _ => None,
    }
}

impl Trouble {
    /// Pages that arrive before it strikes, and pages that there would have been; `None` when nothing
    /// arrives at all.
    pub(crate) fn pages(self) -> Option<(usize, usize)> {
        match self {
            Self::CutOff => Some((2, 7)),
            Self::Denied | Self::Throttled | Self::Silent => None,
        }
    }

    /// How the call goes into the ledger.
    pub(crate) fn call(self) -> CallResult {
        match self {
            Self::Denied => CallResult::Denied,
            Self::Throttled => CallResult::Throttled,
            Self::CutOff => CallResult::Failed("the answer ended early".to_owned()),
            Self::Silent => CallResult::Failed("no answer in 10 s".to_owned()),
        }
    }

    /// How the scope ends.
    pub(crate) fn fault(self, key: &ScopeKey) -> Fault {
        let listing = key.listing.as_str();
        let fault = |kind, message: String| Fault::new(kind, listing, message);
        match self {
            Self::Denied => fault(
                FaultKind::Denied,
                format!(
                    "AccessDeniedException: User: arn:aws:sts::{}:assumed-role/ReadOnly/cloudscope is not \
                     authorized to perform: {listing}; allow it in the role's policy (made up)",
                    key.account
                ),
            )
            .missing(listing),
            Self::Throttled => fault(
                FaultKind::Throttled { after: Some(Duration::from_millis(200)) },
                "ThrottlingException: Rate exceeded; collect again later (made up)".to_owned(),
            ),
            Self::CutOff => fault(
                FaultKind::Malformed,
                "page 3 of 7 ended in the middle of a string; what came before it is kept, collect again \
                 for the rest (made up)"
                    .to_owned(),
            ),
            Self::Silent => fault(
                FaultKind::Timeout,
                format!("no answer from {} in 10 s; is it up? (made up)", key.account),
            ),
        }
    }
}
