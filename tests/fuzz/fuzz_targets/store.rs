//! Feeds bytes to everything that reads what is on disk. What must hold is in `cloudscope_store::fuzzing`:
//! whatever the bytes are, they are refused or understood, within bounds, without a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloudscope_store::fuzzing::decode(data));
