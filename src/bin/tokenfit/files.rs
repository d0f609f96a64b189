//! Files that the command writes: never one that is also read, never one twice, and always replaced
//! as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::answers::Destination;
use crate::args::{Output, Overrides};
use crate::input::Input;

/// Identity of a file; two names of one file are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Identity {
    #[cfg(unix)]
    Inode(u64, u64),
    Path(PathBuf),
}

impl Identity {
    /// Returns `None` for a terminal, a pipe or `/dev/null`, which are not files of their own.
    fn of(path: &Path) -> Option<Identity> {
        match fs::metadata(path) {
            Ok(found) if !found.is_file() => None,
            #[cfg(unix)]
            Ok(found) => {
                use std::os::unix::fs::MetadataExt;
                Some(Identity::Inode(found.dev(), found.ino()))
            }
            #[cfg(not(unix))]
            Ok(_) => fs::canonicalize(path).ok().map(Identity::Path),
            // A file that does not exist yet is identified by the place where it will be created.
            Err(_) => {
                let folder = path
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty());
                let folder = folder.unwrap_or(Path::new("."));
                let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
                Some(Identity::Path(folder.join(path.file_name()?)))
            }
        }
    }
}

/// Returns the destination of requests after making sure that no file that is read would be
/// overwritten: the inputs, the further files in `read`, and the model files. `written` lists the
/// files written beside the requests, each with its option.
///
/// # Errors
///
/// The message of a usage error.
pub(crate) fn prepare(
    output: &Output,
    inputs: &[Input],
    overrides: &Overrides,
    read: &[(&str, &Path)],
    written: &[(&str, &Path)],
) -> Result<Destination, String> {
    let named = std::env::var_os("TOKENFIT_MODELS").map(PathBuf::from);
    let named = named.iter().map(|path| ("TOKENFIT_MODELS", path.as_path()));
    let given = overrides.files();
    let read: Vec<(&str, &Path)> = read.iter().copied().chain(given).chain(named).collect();
    let is_file = |input: &&Input| matches!(input, Input::File { .. });
    if output.in_place {
        if !inputs.iter().all(|input| is_file(&input)) {
            return Err(
                "--in-place needs files, because standard input cannot be overwritten".to_owned(),
            );
        }
        keep_apart(inputs, &read, written)?;
        return Ok(Destination::InPlace);
    }
    let Some(folder) = &output.out_dir else {
        keep_apart(inputs, &read, written)?;
        return Ok(Destination::Out);
    };
    let mut targets = Vec::new();
    for input in inputs {
        match input {
            Input::File { below, .. } => targets.push(folder.join(below)),
            Input::Stdin => {
                return Err("--out-dir needs files, because standard input has no name".to_owned());
            }
            Input::Unreadable(..) => {}
        }
    }
    let targets = targets.iter().map(|path| ("--out-dir", path.as_path()));
    let written: Vec<(&str, &Path)> = written.iter().copied().chain(targets).collect();
    keep_apart(inputs, &read, &written)?;
    Ok(Destination::Folder(folder.clone()))
}

/// Makes sure that no output is an input or another output, before any of them is opened. `read`
/// lists further files that are read, `written` the outputs, each with its option.
///
/// # Errors
///
/// The message of a usage error.
fn keep_apart(
    inputs: &[Input],
    read: &[(&str, &Path)],
    written: &[(&str, &Path)],
) -> Result<(), String> {
    for (option, path) in written {
        if path.as_os_str() == "-" {
            return Err(format!(
                "{option} needs a file name, because the requests go to standard output (for a file named `-`, write ./-)"
            ));
        }
    }
    let mut taken: Vec<(Identity, String)> = Vec::new();
    for input in inputs {
        let (identity, what) = match input {
            Input::File { path, .. } => {
                (Identity::of(path), format!("the input {}", path.display()))
            }
            Input::Stdin => (
                Identity::of(Path::new("/dev/stdin")),
                "standard input".to_owned(),
            ),
            Input::Unreadable(..) => continue,
        };
        taken.extend(identity.map(|identity| (identity, what)));
    }
    if let Some(out) = Identity::of(Path::new("/dev/stdout"))
        && let Some((_, what)) = taken.iter().find(|(identity, _)| *identity == out)
    {
        return Err(format!(
            "standard output is written to {what}; write to another file, or use --in-place"
        ));
    }
    for (option, path) in read {
        let identity = Identity::of(path);
        taken.extend(identity.map(|identity| (identity, format!("the file of {option}"))));
    }
    for (option, path) in written {
        let Some(identity) = Identity::of(path) else {
            continue;
        };
        if let Some((_, what)) = taken.iter().find(|(other, _)| *other == identity) {
            return Err(format!(
                "{option} {} would overwrite {what}; name another file",
                path.display()
            ));
        }
        taken.push((identity, format!("the file of {option}")));
    }
    Ok(())
}

/// Replaces the content of a file. Writes a temporary file beside it first, so that the file is
/// never half written.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    // A link stays a link: its target is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".tokenfit-{}", std::process::id()));
    let beside = path.with_file_name(name);
    let written = (|| {
        let mut file = File::create_new(&beside)?;
        if let Ok(found) = fs::metadata(&path) {
            file.set_permissions(found.permissions())?;
        }
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
