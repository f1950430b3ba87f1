//! What goes wrong with requests, on both forges.

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The status and the forge's words for it; nothing is carried out.
    Refused(u16),
    /// A proxy's page with status 200; nothing is carried out.
    Html,
    /// It is carried out, half of the answer arrives.
    Truncated,
    /// The connection closes without an answer; nothing is carried out.
    Nothing,
    /// It is carried out, then the connection closes without an answer.
    LostAfterWrite,
    /// A rate limit that says how long; nothing is carried out.
    RateLimited { retry_after: u64 },
    /// The secondary rate limit as a 403, on GitLab a 429, without a word about how long; nothing is carried out.
    Secondary,
    /// A redirect to another page of this server; nothing is carried out.
    Redirect,
    /// A redirect that keeps method and body, to a whole address; nothing is carried out.
    RedirectTo(String),
    /// An empty list whose next page is at a whole address.
    NextPageAt(String),
    /// It is carried out after so many milliseconds.
    Slow(u64),
    /// The fault for the first requests only.
    Times(usize, Box<Fault>),
}

impl Fault {
    /// The fault for one more request, `None` when it is used up.
    pub(super) fn take(&mut self) -> Option<Self> {
        match self {
            Self::Times(0, _) => None,
            Self::Times(left, fault) => {
                *left -= 1;
                fault.take()
            }
            fault => Some(fault.clone()),
        }
    }
}
