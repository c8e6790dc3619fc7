//! The side-by-side proxy benchmark.
