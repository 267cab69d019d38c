//! Shared set-up of the benches: a seeded synthetic estate.
