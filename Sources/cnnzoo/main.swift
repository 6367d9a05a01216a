import ArgumentParser
import Glibc

// A reader that closes the pipe shows as a failed write, which ends the program without complaint.
signal(SIGPIPE, SIG_IGN)

do {
  var command = try CommandLineInterface.parseAsRoot()
  do {
    try command.run()
  } catch let error where !(error is CleanExit || error is ExitCode) {
    note("\(error)")
    exit(ExitStatus(of: error).rawValue)
  }
} catch {
  // Help, version, and what the parser finds wrong with the arguments.
  CommandLineInterface.exit(withError: error)
}
