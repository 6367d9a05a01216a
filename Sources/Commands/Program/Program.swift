import ArgumentParser
import Glibc
import Kernels
import TensorCore
import Zoo

/// The program, from its arguments to its exit status.
package enum Program {
  /// Runs the command that the arguments ask for, on the networks of `registry`.
  package static func main(_ registry: Registry = .current) -> Never {
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
    Registry.$current.withValue(registry) { run(parsed()) }
    exit(ExitStatus.success.rawValue)
  }

  /// The command that the arguments ask for.
  ///
  /// Ends the program after help, and with a usage error for all else that parsing and validation throw.
  private static func parsed() -> any ParsableCommand {
    do {
      try CommandLineArguments.current.check(commands: CommandLineInterface.commands)
      return try CommandLineInterface.parseAsRoot()
    } catch {
      if CommandLineInterface.exitCode(for: error).isSuccess { CommandLineInterface.exit(withError: error) }
      // The launcher ends all processes when the first of them ends: that should be the one that speaks.
      if Job.isOneOfMany { sleep(1) } else { note(usageMessage(for: error)) }
      exit(ExitStatus.usage.rawValue)
    }
  }

  private static func run(_ command: any ParsableCommand) {
    var command = command
    do {
      defer { ProgressLine.clear() }
      try KernelSet.checkSelection()
      try command.run()
    } catch let error as OutputError where error.isClosedPipe {
      // The reader has all it wants.
    } catch  where error is ExitCode || CommandLineInterface.exitCode(for: error).isSuccess {
      // Help, and exit codes whose reason is printed already.
      CommandLineInterface.exit(withError: error)
    } catch {
      note(message(for: error))
      exit(ExitStatus(of: error).rawValue)
    }
  }
}
