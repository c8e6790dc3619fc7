//! Argon2 alone, as the product's pool computes it: what logins can cost at the least.

use std::thread;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::Outcome;
use crate::process::Watch;

/// The product's cost: 19 MiB, two passes (`gateway/src/io/hashing.rs`).
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;

/// The threads of the product's pool on so many cores.
pub(crate) fn threads(cores: usize) -> usize {
    cores.saturating_sub(1).clamp(1, 8)
}

/// Hashes on so many threads as the pool has; hashes per second.
pub(crate) fn alone(time: Duration) -> Outcome<f64> {
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let all: Vec<_> = (0..threads(cores)).map(|_| thread::spawn(move || one(time))).collect();
    let mut hashes = 0;
    for thread in all {
        hashes += thread.join().map_err(|_| "a thread died")??;
    }
    Ok(f64::from(hashes) / time.as_secs_f64())
}

fn one(time: Duration) -> Outcome<u32> {
    let params = Params::new(MEMORY, PASSES, 1, Some(32)).map_err(|error| error.to_string())?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (mut hashes, began) = (0, Watch::start());
    while began.elapsed() < time {
        let mut hash = [0; 32];
        argon2
            .hash_password_into_with_memory(b"a long walk", &[0x5a; 16], &mut hash, memory.as_mut_slice())
            .map_err(|error| error.to_string())?;
        hashes += 1;
    }
    Ok(hashes)
}
