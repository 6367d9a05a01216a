import ArgumentParser
import Glibc
import Kernels
import TensorCore

// Before any file is opened: none may get the descriptor of a stream that the caller closed.
StandardStream.openMissing()
// A closed pipe shows up as a failed write, not as a signal.
signal(SIGPIPE, SIG_IGN)
// Before the first large allocation: where address space is limited, what is left of it must be what can be allocated.
AvailableMemory.prepareForLimit()
if AvailableMemory.addressSpace == 0 {
  note("the limit of address space leaves too little to run: raise it (ulimit -v)")
  exit(ExitStatus.unavailable.rawValue)
}

var command: any ParsableCommand
do {
  try CommandLineArguments.current.check()
  command = try CommandLineInterface.parseAsRoot()
} catch {
  // Help ends well. All else that parsing and validation throw is a usage error.
  if CommandLineInterface.exitCode(for: error).isSuccess { CommandLineInterface.exit(withError: error) }
  note(usageMessage(for: error))
  exit(ExitStatus.usage.rawValue)
}

do {
  try KernelSet.checkSelection()
  try command.run()
} catch let error as OutputError where error.isClosedPipe {
  // The reader has all it wants.
  exit(ExitStatus.success.rawValue)
} catch  where error is ExitCode || CommandLineInterface.exitCode(for: error).isSuccess {
  // Help, and exit codes whose reason is printed already.
  CommandLineInterface.exit(withError: error)
} catch {
  note(message(for: error))
  exit(ExitStatus(of: error).rawValue)
}
