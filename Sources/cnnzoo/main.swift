import ArgumentParser
import Glibc
import Kernels

// Before anything is opened: a file must not get the number of a stream that the caller closed.
StandardStream.openMissing()
// A reader that closes the pipe shows as a failed write, which ends the program without complaint.
signal(SIGPIPE, SIG_IGN)

do {
  var command = try CommandLineInterface.parseAsRoot()
  try KernelSet.checkSelection()
  try command.run()
} catch let error where !(error is ExitCode) && CommandLineInterface.exitCode(for: error) == .failure {
  // What the parser does not know is ours.
  note(message(for: error))
  exit(ExitStatus(of: error).rawValue)
} catch {
  // Help, version, what the parser finds wrong with the arguments, and a status already explained.
  CommandLineInterface.exit(withError: error)
}
