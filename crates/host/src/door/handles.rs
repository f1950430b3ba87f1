//! Whether this process may open so many more files: a library that needs some at its start dies without them.

use std::io;

/// The error is the system's, if there is no room.
#[cfg(unix)]
pub fn room_for(count: usize) -> io::Result<()> {
    use std::os::fd::AsFd as _;
    let root = rustix::fs::open(
        "/",
        rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )?;
    let mut held = Vec::new();
    for _ in 1..count {
        held.push(root.as_fd().try_clone_to_owned()?);
    }
    Ok(())
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub fn room_for(_count: usize) -> io::Result<()> {
    Ok(())
}
