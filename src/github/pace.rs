//! How much one search page asks for. GitHub gives a query ten seconds; a page that does not make
//! it in time is asked for smaller, and after some that do, larger again.

/// Issues a page, comments an issue, timeline events an issue.
const STEPS: [(u32, u32, u32); 6] = [
    (100, 30, 60),
    (50, 30, 60),
    (25, 30, 60),
    (10, 30, 60),
    (5, 10, 20),
    // One issue that is too much by itself must not stop the scan for ever: its facts say that
    // comments and events are incomplete.
    (2, 3, 5),
];

/// Good pages in a row before the next larger step.
const PATIENCE: u32 = 3;

#[derive(Debug, Default)]
pub(super) struct Pace {
    step: usize,
    good: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// (`first`, `comments`, `events`) for the next page.
    pub(super) fn now(&self) -> (u32, u32, u32) {
        STEPS[self.step]
    }

    /// Asks for less from now on; false when it already asks for the least.
    pub(super) fn shrink(&mut self) -> bool {
        self.good = 0;
        let smaller = self.step + 1 < STEPS.len();
        if smaller {
            self.step += 1;
        }
        smaller
    }

    /// A page came in time.
    pub(super) fn went_well(&mut self) {
        self.good += 1;
        if self.good >= PATIENCE && self.step > 0 {
            self.step -= 1;
            self.good = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_halves_down_to_almost_nothing_and_creeps_back() {
        let mut pace = Pace::new();
        let mut sizes = vec![pace.now().0];
        while pace.shrink() {
            sizes.push(pace.now().0);
        }
        assert_eq!(sizes, [100, 50, 25, 10, 5, 2]);
        for _ in 0..PATIENCE {
            pace.went_well();
        }
        assert_eq!(pace.now().0, 5);
        for _ in 0..100 {
            pace.went_well();
        }
        assert_eq!(pace.now().0, 100);
    }
}
