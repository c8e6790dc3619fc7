//! Stores that hold what looks like the sessions of a million people.

use std::process::Command;

use crate::Outcome;

/// As many tokens and sessions as asked for, unless they are there; the values are as long as real ones.
pub(crate) fn redis(port: u16, many: usize) -> Outcome<()> {
    const SCRIPT: &str = "if redis.call('DBSIZE') > 2 * ARGV[2] then return 0 end \
        for i = ARGV[1], ARGV[1] + 9999 do \
        redis.call('SET', 'session:fill-' .. i, string.rep('x', 420), 'EX', 86400) \
        redis.call('SET', 'token:fill-' .. i, string.rep('x', 260), 'EX', 86400) end return 1";
    for first in (0..many).step_by(10_000) {
        let mut command = Command::new("redis-cli");
        command.args([
            "-p",
            &port.to_string(),
            "-n",
            "1",
            "EVAL",
            SCRIPT,
            "0",
            &first.to_string(),
        ]);
        let output = command.arg(many.to_string()).output()?;
        let said = String::from_utf8(output.stdout)?;
        match said.trim() {
            "1" => {}
            "0" => return Ok(()),
            _ => return Err(format!("Redis said {said}").into()),
        }
    }
    Ok(())
}
