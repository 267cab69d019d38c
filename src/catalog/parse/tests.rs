//! Every class of mistake in a spec file is refused, with its line and with what would be right.
