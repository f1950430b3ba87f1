//! How much of a text may be looked at.

/// How many bytes may still be looked at: places that begin within one another could be as many as the text is long,
/// and each as long as the text.
pub(super) struct Looks(pub(super) usize);

impl Looks {
    /// Whether there is still so much; if not, nothing is left.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}
