//! The jail as what a run is confined by.

use std::io;

use crate::run::{Confine, Guard, LeftBehind, Prepared, Refused};

impl Confine for jail::Jail {
    fn prepare(&self, spec: &jail::Spec) -> Result<Prepared, Refused> {
        let prepared = self
            .command(spec)
            .map_err(|error| Refused(error.to_string()))?;
        Ok(Prepared {
            command: prepared.command,
            guard: Box::new(prepared.guard),
        })
    }
}

impl Guard for jail::Guard {
    fn started(&mut self, child: u32) -> io::Result<()> {
        jail::Guard::started(self, child)
    }

    fn kill_all(&mut self) -> Result<(), LeftBehind> {
        jail::Guard::kill_all(self).map_err(|left| LeftBehind(left.to_string()))
    }
}
