import Collectives
import Datasets
import Files
import Glibc
import Inputs

/// Standard output and standard error, unbuffered: what is printed survives a kill.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  /// Opens `/dev/null` in place of each standard stream that the caller closed, as cron jobs and daemons do.
  ///
  /// Otherwise the first file that the program opens takes the number of such a stream: progress messages end up
  /// in a result file, or a weight file is read as the list of images.
  static func openMissing() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // The lowest free number is `descriptor`, since all below it are open by now.
      _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
    }
  }

  /// Whether somebody looks at it: `mpirun` passes on what its processes write to terminals that it makes itself.
  var isTerminal: Bool { isatty(rawValue) == 1 && Environment["TERM"] != "dumb" && Launcher.current == nil }

  /// Columns of the terminal as it is now; `nil` if the stream is no terminal, or one that cannot move its cursor.
  var columns: Int? {
    guard isTerminal else { return nil }
    var size = winsize()
    guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes the whole text, in the process that prints.
  ///
  /// Throws ``OutputError`` if the system refuses, for example on a full disk, or the reader has closed the pipe.
  func write(_ text: String) throws(OutputError) {
    guard !Job.takes(text, for: self) else { return }
    ProgressLine.clear(for: self)
    var text = text
    var failure: Int32?
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = unsafe Glibc.write(rawValue, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        if count > 0 {
          done += count
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    if let failure { throw OutputError(errno: failure) }
  }
}

/// Standard output cannot be written.
struct OutputError: Error, CustomStringConvertible {
  let errno: Int32

  /// Whether the reader has closed the pipe, which is no error: it has all it wants.
  var isClosedPipe: Bool { errno == EPIPE }

  var description: String { "standard output: cannot be written: \(systemMessage(errno))" }
}

/// Prints `text` to standard output.
func emit(_ text: String) throws(OutputError) {
  try StandardStream.output.write(text)
}

/// Prints one line to standard error: warnings, progress, failures.
///
/// Failures to write are ignored: there is nowhere to report them.
func note(_ line: String) {
  try? StandardStream.error.write("cnnzoo: \(line)\n")
}

/// Says on standard error what a data set lacks, what in its folders is not used, and how its values are taken.
func noteContents(_ data: Dataset, in folder: String) {
  if !data.missing.isEmpty {
    note("\(escaped(folder)): without \(data.missing.joined(separator: ", ")), which are missing")
  }
  if let white = data.whiteOfFloats {
    note("\(escaped(folder)): images are floats, taken as brightness from 0 to \(white)")
  }
  noteSkipped(data.skipped, in: folder)
}

/// Says on standard error how many files in folders were no supported images by their names.
func noteSkipped(_ files: SkippedFiles, in folder: String? = nil) {
  if files.total == 0 { return }
  let what =
    files.total == 1
    ? "1 file that is not a supported image" : "\(files.total) files that are not supported images"
  note((folder.map { "\(escaped($0)): " } ?? "") + "skipped \(what): \(files)")
}
