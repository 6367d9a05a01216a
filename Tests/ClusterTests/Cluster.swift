import Foundation
import Support
import TensorCore
import Testing

/// What several processes do together, one test after the other: together they would have too few cores.
@Suite(.enabled(if: Cluster.binary != nil), .serialized) enum ClusterTests {}

/// A folder with a tiny data set, and `cnnzoo` with MPI, started by `mpirun` in some processes of this machine.
struct Cluster {
  /// The binary, which `scripts/cluster-test` builds.
  static let binary = ProcessInfo.processInfo.environment["CNNZOO_MPI_BINARY"]

  static let environment = [
    // Tests run as root on CI, and there are more processes than cores.
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_hwloc_base_binding_policy": "none",
    // Containers may lack ssh, and forbid to read the memory of another process.
    "OMPI_MCA_plm": "isolated", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    // How long the others may save when one has ended; mpirun always waits that many seconds.
    "OMPI_MCA_odls_base_sigkill_timeout": "2",
  ]

  let folder: TemporaryFolder
  let data: String

  init() throws {
    folder = try TemporaryFolder()
    data = folder.path("data")
    try BrightRows.write(to: "data", in: folder)
  }

  /// The arguments that train into the folder `output`; no word of them needs quotes.
  func training(_ output: String, _ more: String = "") -> String {
    "train lenet5_modern --input-size 1x28x28 --data \(data) --output \(folder.path(output)) --epochs 3 "
      + "--batch-size 16 --save-every 3 --log-every 5 --augment flip,pad-crop=2 --seed 4 --threads 1 \(more)"
  }

  /// A line of shell that starts `cnnzoo` with arguments in some processes; one is started without `mpirun`.
  func line(_ processes: Int, _ arguments: String) -> String {
    let command = "\(Self.binary ?? "cnnzoo") \(arguments)"
    return processes == 1 ? command : "mpirun -quiet -np \(processes) \(command)"
  }

  /// Runs `cnnzoo` with arguments in some processes.
  func run(_ processes: Int, _ arguments: String) throws -> CommandRun {
    try CommandRun.shell("exec " + line(processes, arguments), environment: Self.environment)
  }

  /// Starts it.
  func start(_ processes: Int, _ arguments: String) throws -> RunningCommand {
    try RunningCommand(shell: "exec " + line(processes, arguments), environment: Self.environment)
  }

  /// The number that the system gives to a process of the run into `output`; `nil` while it is not there.
  func process(_ rank: Int, of output: String) -> pid_t? {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { pid_t($0) }.first { process in
      guard let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline"),
        words.starts(with: Data((Self.binary ?? "").utf8)),
        words.range(of: Data(folder.path(output).utf8)) != nil,
        let variables = FileManager.default.contents(atPath: "/proc/\(process)/environ")
      else { return false }
      return variables.split(separator: 0).contains(Data("OMPI_COMM_WORLD_RANK=\(rank)".utf8))
    }
  }

  /// The weights after the last save.
  func weights(_ output: String) -> Data? {
    FileManager.default.contents(atPath: folder.path("\(output)/last.safetensors"))
  }

  /// How many lines of metrics there are.
  func lines(_ output: String) -> Int {
    let text = FileManager.default.contents(atPath: folder.path("\(output)/metrics.jsonl")) ?? Data()
    return text.count { $0 == UInt8(ascii: "\n") }
  }

  /// The losses of a run, in training and in tests.
  func losses(_ output: String) throws -> [Double] {
    try String(contentsOfFile: folder.path("\(output)/metrics.jsonl"), encoding: .utf8)
      .matches(of: /loss":([-+e0-9.]+)/).compactMap { Double($0.1) }
  }

  /// The largest difference of the losses of two runs; `nil` if one has more of them.
  func difference(_ one: String, _ other: String) throws -> Double? {
    let (a, b) = (try losses(one), try losses(other))
    guard a.count == b.count, !a.isEmpty else { return nil }
    return zip(a, b).map { abs($0 - $1) }.max()
  }
}
