//! `tokenfit completions` and `tokenfit man`: generated from the options, so they are always up to
//! date.

use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::output::Verdict;

pub(crate) fn completions(shell: Shell) -> io::Result<Verdict> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "tokenfit", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Verdict::Yes)
}

pub(crate) fn man(folder: Option<&Path>) -> io::Result<Verdict> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Args::command()).render(&mut page)?;
        io::stdout().lock().write_all(&page)?;
        return Ok(Verdict::Yes);
    };
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Args::command(), folder)?;
    Ok(Verdict::Yes)
}
