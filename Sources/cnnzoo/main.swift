import ArgumentParser
import Glibc
import Kernels
import TensorCore

// Before any file is opened: none may get the descriptor of a stream that the caller closed.
StandardStream.openMissing()
// A closed pipe shows up as a failed write, which ends the program quietly.
signal(SIGPIPE, SIG_IGN)
// Before the first large allocation: where address space is limited, what is left of it must be what can be allocated.
AvailableMemory.prepareForLimit()
if AvailableMemory.addressSpace == 0 {
  note("the limit of address space leaves too little to run: raise it (ulimit -v)")
  exit(ExitStatus.unavailable.rawValue)
}

do {
  var command = try CommandLineInterface.parseAsRoot()
  try KernelSet.checkSelection()
  try command.run()
} catch let error where !(error is ExitCode) && CommandLineInterface.exitCode(for: error) == .failure {
  // The parser does not know the error, so it is ours.
  note(message(for: error))
  exit(ExitStatus(of: error).rawValue)
} catch {
  // Help, errors in the arguments, and exit codes whose reason is printed already.
  CommandLineInterface.exit(withError: error)
}
