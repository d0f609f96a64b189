//! The tables of each vocabulary, a module for each, from `build/main.rs`.

include!(concat!(env!("OUT_DIR"), "/vocabularies.rs"));
