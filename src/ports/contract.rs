//! The suites that every adapter of a port must pass; call them from the adapter's tests.
