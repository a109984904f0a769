//! Who may answer, and what an answer does.
