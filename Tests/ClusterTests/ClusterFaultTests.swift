import Foundation
import Support
import TensorCore
import Testing

extension ClusterTests {
  /// What several processes do when one of them, or the disk, fails.
  @Suite struct Fault {
    private let cluster: Cluster

    init() throws { cluster = try Cluster() }

    /// Starts a run, sends a signal to a process of it after some lines of metrics, and returns what came of it.
    ///
    /// A run that was over before the signal came, on a machine with other work, is started again.
    private func interrupt(
      _ processes: Int, _ output: String, after lines: Int, rank: Int, _ signal: Int32, more: String = ""
    ) throws -> CommandRun {
      for _ in 0..<20 {
        let command = try cluster.start(processes, cluster.training(output, more))
        var process: pid_t?
        while command.isRunning && process == nil {
          usleep(500)
          process = cluster.process(rank, of: output)
        }
        while command.isRunning && cluster.lines(output) < lines { usleep(500) }
        if command.isRunning, let process { kill(process, signal) }
        let run = try command.result()
        if run.status != 0 { return run }
        try FileManager.default.removeItem(atPath: cluster.folder.path(output))
      }
      throw Unsignaled()
    }

    /// Each of many runs was over before its signal.
    private struct Unsignaled: Error {}

    /// A process that dies ends the others; the last save is whole, and goes on with the same bits.
    @Test(arguments: [(0, 4), (1, 9)])
    func aKilledProcessEndsTheRun(rank: Int, lines: Int) throws {
      #expect(try cluster.run(2, cluster.training("whole", "--epochs 12")).status == 0)
      let killed = try interrupt(2, "killed", after: lines, rank: rank, SIGKILL, more: "--epochs 12")
      #expect(killed.status == 137, "\(killed.errors)")
      let named = killed.errors.split(separator: "\n").filter { $0.contains("has ended: the job ends") }
      #expect(named.count == 1 && named[0].contains("process \(rank + 1) of 2"), "\(killed.errors)")
      #expect(try cluster.run(2, cluster.training("killed", "--epochs 12 --resume")).status == 0)
      #expect(cluster.weights("killed") == cluster.weights("whole"))
    }

    /// Ten random moments, any process; `CNNZOO_LONG` is the seed.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CNNZOO_LONG"] != nil), arguments: [2, 4])
    func killedAtTenRandomMomentsItEndsWithTheSameBits(processes: Int) throws {
      let seed = ProcessInfo.processInfo.environment["CNNZOO_LONG"].flatMap(UInt64.init) ?? 1
      var generator = CounterGenerator(seed: seed)
      let more = "--epochs 20 --save-every 1"
      #expect(try cluster.run(processes, cluster.training("whole", more)).status == 0)
      for moment in 0..<10 {
        let output = "killed\(moment)"
        let (lines, rank) = (generator.below(95), generator.below(processes))
        let killed = try interrupt(processes, output, after: lines, rank: rank, SIGKILL, more: more)
        #expect(killed.status == 137, "\(killed.errors)")
        #expect(try cluster.run(processes, cluster.training(output, more + " --resume")).status == 0)
        #expect(
          cluster.weights(output) == cluster.weights("whole"),
          "seed \(seed), process \(rank) killed after \(lines) lines")
      }
    }

    /// A signal to the first process; what it saves goes on with the same bits.
    @Test func aSignalSaves() throws {
      #expect(try cluster.run(2, cluster.training("whole", "--epochs 12")).status == 0)
      let stopped = try interrupt(2, "stopped", after: 4, rank: 0, SIGTERM, more: "--epochs 12")
      #expect(stopped.status == 143, "\(stopped.errors)")
      #expect(
        stopped.errors.contains("stopped by SIGTERM") && cluster.weights("stopped") != nil,
        "\(stopped.errors)")
      #expect(try cluster.run(2, cluster.training("stopped", "--epochs 12 --resume")).status == 0)
      #expect(cluster.weights("stopped") == cluster.weights("whole"))
    }

    /// A signal that reaches one process stops all at the same step.
    @Test func aSignalToOneProcessStopsAll() throws {
      let stopped = try interrupt(2, "stopped", after: 4, rank: 1, SIGTERM, more: "--epochs 2000")
      #expect(stopped.status == 143, "\(stopped.errors)")
      #expect(
        stopped.errors.contains("stopped by SIGTERM") && cluster.weights("stopped") != nil,
        "\(stopped.errors)")
    }

    /// What all processes find out is said once, with the documented status.
    @Test(arguments: [
      ("train lenet5_modern --data /nowhere --output OUT", 66, "/nowhere: no such file"),
      (
        "train lenet5_modern --data DATA --output OUT --batch-size 1", 64,
        "2 processes need at least 2 images"
      ),
      ("train lenet5_modern --data DATA --output OUT --lr x", 64, "--lr"),
      ("eval lenet5_modern --data /nowhere", 66, "/nowhere: no such file"),
      ("infer lenet5_modern /nowhere.png --receipt OUT.json", 64, "--receipt"),
    ])
    func errorsAreSaidOnce(line: String, status: Int, text: String) throws {
      let line = line.replacing("DATA", with: cluster.data).replacing("OUT", with: cluster.folder.path("out"))
      let run = try cluster.run(2, line)
      #expect(run.status == Int32(status), "\(run.errors)")
      #expect(
        run.errors.split(separator: "\n").filter { $0.hasPrefix("cnnzoo: ") && $0.contains(text) }.count == 1)
      #expect(run.errors.components(separatedBy: "cnnzoo: ").count == 2, "\(run.errors)")
    }

    /// A disk with room for the files of a run, but not for the next state beside them; only root can mount one.
    @Test(.enabled(if: getuid() == 0)) func aFullDiskLeavesTheLastSave() throws {
      try cluster.folder.makeFolder("full")
      let (run, kept) = (cluster.folder.path("full"), cluster.folder.path("kept"))
      let full = try CommandRun.shell(
        "unshare --mount sh -c 'mount -t tmpfs -o size=1400k none \(run) || exit 99; \(cluster.line(2, cluster.training("full")));"
          + " status=$?; cp -r \(run) \(kept); exit $status'", environment: Cluster.environment)
      if full.status == 99 { return }
      #expect(full.status == 74, "\(full.errors)")
      #expect(full.errors.contains("cannot be written"), "\(full.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: kept)
      #expect(files.contains("state.safetensors") && !files.contains { $0.hasSuffix(".tmp") }, "\(files)")
      #expect(try cluster.run(2, cluster.training("kept", "--resume")).status == 0)
    }

    /// A folder that vanishes is an error of the first save after that.
    @Test func aVanishedFolderEndsTheRun() throws {
      let command = try cluster.start(2, cluster.training("gone", "--epochs 2000"))
      while command.isRunning && cluster.lines("gone") < 4 { usleep(500) }
      try FileManager.default.moveItem(
        atPath: cluster.folder.path("gone"), toPath: cluster.folder.path("kept"))
      let run = try command.result()
      #expect(run.status == 73, "\(run.errors)")
      #expect(cluster.weights("kept") != nil)
    }
  }
}
