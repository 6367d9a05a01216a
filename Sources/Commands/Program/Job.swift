import ArgumentParser
import Collectives
import Glibc
import Synchronization

#if MPI
  import Distributed
#endif

/// The processes that `mpirun` or `srun` has started for one command.
enum Job {
  /// The commands that divide their work.
  static let commands: Set<String> = ["train", "eval", "infer"]

  /// What happens to what a process prints.
  private enum Output {
    case printed
    /// Another process says the same.
    case dropped
    /// Another process prints it later.
    case held(results: String, notes: String)
  }

  private static let output = Mutex(Output.printed)

  /// Takes what would be printed to a stream, unless this process prints it.
  static func takes(_ text: String, for stream: StandardStream) -> Bool {
    output.withLock { output in
      switch output {
      case .printed: return false
      case .dropped: return true
      case .held(let results, let notes):
        output =
          stream == .output
          ? .held(results: results + text, notes: notes) : .held(results: results, notes: notes + text)
        return true
      }
    }
  }

  /// Does the part of the work that is this process's, and has the first process print what all print, in their order.
  static func printingInOrder(_ group: any ProcessGroup, _ body: () throws -> Void) throws {
    if group.count == 1 { return try body() }
    let before = output.withLock { output in
      let before = output
      output = .held(results: "", notes: "")
      return before
    }
    let result = Result { try body() }
    let held = output.withLock { output in
      let held = output
      output = before
      return held
    }
    guard case .held(let results, let notes) = held else { return }
    try result.get()
    for (stream, text) in [(StandardStream.error, notes), (.output, results)] {
      for text in group.gather(Array(text.utf8)) ?? [] where !text.isEmpty {
        try stream.write(String(decoding: text, as: UTF8.self))
      }
    }
  }

  /// Whether all processes find out the same before they have met, and the first one says it for all.
  static var isOneOfMany: Bool {
    guard let launcher = Launcher.current, launcher.rank > 0 else { return false }
    return CommandLineArguments.current.command.map { commands.contains($0) } ?? false
  }

  /// Runs a command in this process, together with those that were started with it.
  ///
  /// - Parameters:
  ///   - timeline: Where messages are noted, if they are.
  ///   - body: The command. An ``ExitCode`` is thrown by all processes; any other error ends the others.
  /// - Throws: ``LaunchError``, and what `body` throws.
  static func run(timeline: Timeline? = nil, _ body: (any ProcessGroup) throws -> Void) throws {
    guard let launcher = Launcher.current else { return try body(SingleProcess()) }
    if launcher.rank > 0 { output.withLock { $0 = .dropped } }
    let group = try join(launcher, timeline)
    do {
      try body(group)
      group.leave()
    } catch let error as ExitCode {
      group.leave()
      throw error
    } catch {
      end(group, error)
    }
  }

  private static func join(_ launcher: Launcher, _ timeline: Timeline?) throws -> any ProcessGroup {
    #if MPI
      guard launcher.findsOthers else { throw LaunchError.separate(launcher, found: 1) }
      let group = try MessageGroup()
      group.timeline = timeline
      guard group.count == launcher.count else { throw LaunchError.separate(launcher, found: group.count) }
      return group
    #else
      throw LaunchError.withoutMPI(launcher)
    #endif
  }

  /// Says what went wrong here, and ends all processes.
  private static func end(_ group: any ProcessGroup, _ error: any Error) -> Never {
    ProgressLine.clear()
    output.withLock { $0 = .printed }
    note((group.isFirst ? "" : "\(group.name(of: group.rank)): ") + message(for: error))
    group.abort(status: ExitStatus(of: error).rawValue)
  }
}

extension ProcessGroup {
  /// Does what every process does for itself before they work together, and goes on only if all have succeeded.
  ///
  /// - Returns: What `work` returns.
  /// - Throws: What `work` throws, in one process; ``ExitCode`` in all of several, once the first has said why.
  func together<Result>(_ work: () throws -> Result) throws -> Result {
    if count == 1 { return try work() }
    let result = Swift.Result { try work() }
    var status: Int32 = 0
    var text = ""
    if case .failure(let error) = result {
      status = (error as? ExitCode)?.rawValue ?? ExitStatus(of: error).rawValue
      text = error is ExitCode ? "" : message(for: error)
    }
    let statuses = collection(of: [Double(status)]).map { Int32($0[0]) }
    guard let failed = statuses.firstIndex(where: { $0 != 0 }) else { return try result.get() }
    if let texts = gather(Array(text.utf8)), !texts[failed].isEmpty {
      let isEverywhere = statuses.allSatisfy { $0 != 0 }
      note(
        (isEverywhere ? "" : "\(name(of: failed)): ")
          + String(decoding: texts[failed], as: UTF8.self))
    }
    throw ExitCode(statuses[failed])
  }
}

/// Why the processes that were started cannot work together.
enum LaunchError: Error, CustomStringConvertible {
  /// This program was built without MPI.
  case withoutMPI(Launcher)
  /// MPI does not know of the others.
  case separate(Launcher, found: Int)

  var description: String {
    switch self {
    case .withoutMPI(let launcher):
      "\(launcher.name) has started \(launcher.count) processes, but this cnnzoo was built without MPI: build it with"
        + " 'scripts/install --mpi' (or 'swift build --traits MPI'), or start one process"
    case .separate(let launcher, let found):
      "\(launcher.name) has started \(launcher.count) processes, but MPI knows of \(found): with Slurm, start them with"
        + " 'srun --mpi=pmix'; otherwise with the mpirun of the same Open MPI"
    }
  }
}
