//! Hooks: what happened, handed to a command or a webhook that the user attached. Knows nothing of the
//! engine that makes the notices, and never holds it up.
