//! Tables of the vocabularies, one module each, from `build/main.rs`.

include!(concat!(env!("OUT_DIR"), "/vocabularies.rs"));
