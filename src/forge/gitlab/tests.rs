//! The client against prepared answers.
