//! Tests that need something of their machine: a browser, Redis, the Python SDKs, time. They are
//! ignored, and `.ci/run` runs each where its need is met.

mod browser;
mod load;
#[cfg(feature = "redis")]
mod redis;
mod sdks;
