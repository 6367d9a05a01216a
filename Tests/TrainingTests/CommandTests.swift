import Foundation
import Support
import TensorCore
import Testing

/// The built binary: kills, signals, locks, full disks.
@Suite struct CommandTests {
  private static let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("cnnzoo").path

  private let folder: TemporaryFolder
  private let data: String

  /// A tiny MNIST: 320 and 64 images of 12 × 12, whose bright row tells the class.
  init() throws {
    folder = try TemporaryFolder()
    data = folder.path + "/data"
    let noise = FormulaNoise(name: "rows")
    func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    for (name, count) in [("train", 320), ("t10k", 64)] {
      var pixels: [UInt8] = []
      for at in 0..<count * 144 {
        let isBright = at / 12 % 12 == at / 144 % 10
        pixels.append(UInt8(60 + (isBright ? 100 : 0) + noise[at] * 50))
      }
      _ = try folder.write(
        word(0x803) + word(count) + word(12) + word(12) + pixels, to: "data/\(name)-images-idx3-ubyte")
      _ = try folder.write(
        word(0x801) + word(count) + (0..<count).map { UInt8($0 % 10) }, to: "data/\(name)-labels-idx1-ubyte")
    }
  }

  private func command(_ output: String, threads: Int = 1, more: String = "") -> String {
    "'\(Self.binary)' train lenet5_modern --input-size 1x28x28 --data '\(data)' --output '\(folder.path)/\(output)' "
      + "--epochs 3 --batch-size 16 --save-every 3 --log-every 5 --augment flip,pad-crop=2 --seed 4 "
      + "--threads \(threads) \(more)"
  }

  private func shell(_ line: String) throws -> (status: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line + " >/dev/null 2>'\(folder.path)/errors'"]
    try process.run()
    process.waitUntilExit()
    return (
      process.terminationStatus, try String(contentsOfFile: folder.path + "/errors", encoding: .utf8)
    )
  }

  private func weights(_ run: String) -> Data? {
    FileManager.default.contents(atPath: "\(folder.path)/\(run)/last.safetensors")
  }

  /// Starts a run, sends it a signal after some lines of metrics, and returns how it ended.
  private func interrupt(_ line: String, run: String, after lines: Int, signal: Int32) throws -> Int32 {
    try interrupt(line, signal: signal) { metricsLines(run) >= lines }
  }

  private func metricsLines(_ run: String) -> Int {
    let text = FileManager.default.contents(atPath: "\(folder.path)/\(run)/metrics.jsonl") ?? Data()
    return text.count(where: { $0 == UInt8(ascii: "\n") })
  }

  /// Starts a run, sends it a signal once `isTime`, and returns how it ended.
  ///
  /// Not in a shell: one started from a test's thread may inherit blocked signals and wait for ever.
  private func interrupt(_ line: String, signal: Int32, when isTime: () -> Bool) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.binary)
    process.arguments = line.split(separator: " ").dropFirst().map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: "'"))
    }
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    while process.isRunning && !isTime() { usleep(500) }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return process.terminationStatus
  }

  @Test func killedAtAnyMomentItEndsWithTheSameBits() throws {
    #expect(try shell(command("whole")).status == 0)
    let expected = try #require(weights("whole"))
    for lines in [0, 2, 5, 9] {
      let run = "killed\(lines)"
      _ = try interrupt(command(run), run: run, after: lines, signal: SIGKILL)
      #expect(try shell(command(run, more: "--resume")).status == 0)
      #expect(weights(run) == expected, "killed after \(lines) lines")
    }
  }

  /// Twenty moments drawn over the 15 lines of metrics of a run that saves after every step, so that several of
  /// them fall into a save; CNNZOO_LONG is the seed.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["CNNZOO_LONG"] != nil))
  func killedAtTwentyRandomMomentsItEndsWithTheSameBits() throws {
    let seed = ProcessInfo.processInfo.environment["CNNZOO_LONG"].flatMap(UInt64.init) ?? 1
    let saving = "--save-every 1"
    let clock = ContinuousClock()
    let beginning = clock.now
    #expect(try shell(command("whole", more: saving)).status == 0)
    let betweenLines = (clock.now - beginning) / 15
    let expected = try #require(weights("whole"))
    var generator = CounterGenerator(seed: seed)
    var (kills, halfWritten) = (0, 0)
    for moment in 0..<20 {
      let run = "killed\(moment)"
      let (lines, delay) = (generator.below(15), betweenLines * generator.unit())
      var reached: ContinuousClock.Instant?
      let status = try interrupt(command(run, more: saving), signal: SIGKILL) {
        if reached == nil && metricsLines(run) >= lines { reached = clock.now }
        return reached.map { clock.now - $0 >= delay } ?? false
      }
      kills += status == SIGKILL ? 1 : 0
      let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(run)")) ?? []
      halfWritten += Set(files).isSubset(of: Self.filesOfARun) ? 0 : 1
      #expect(try shell(command(run, more: saving + " --resume")).status == 0)
      #expect(weights(run) == expected, "seed \(seed), killed \(delay) after \(lines) lines")
      let left = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(run)")
      #expect(Set(left).isSubset(of: Self.filesOfARun), "\(left)")
    }
    print("\(kills) runs were killed, \(halfWritten) of them with a file half written")
    #expect(kills >= 10)
  }

  private static let filesOfARun: Set = [
    ".lock", "config.json", "metrics.jsonl", "last.safetensors", "best.safetensors", "state.safetensors",
  ]

  @Test func twoThreadsGiveTheBitsOfOne() throws {
    #expect(try shell(command("one")).status == 0)
    #expect(try shell(command("two", threads: 2, more: "--workers 2")).status == 0)
    #expect(weights("one") == weights("two"))
    #expect(weights("one") != nil)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalSavesAndIsToldInTheStatus(signal: Int32) throws {
    let run = "signal\(signal)"
    let line = command(run, more: "--epochs 2000")
    #expect(try interrupt(line, run: run, after: 3, signal: signal) == 128 + signal)
    #expect(weights(run) != nil)
    #expect(try interrupt(line + " --resume", run: run, after: 8, signal: signal) == 128 + signal)
  }

  @Test func aSecondRunOnTheFolderIsRefused() throws {
    #expect(try shell(command("run")).status == 0)
    let again = try shell(command("run"))
    #expect(again.status == 73)
    #expect(again.errors.contains("holds a run already"))
    let other = try shell(command("run", more: "--resume --lr 0.3"))
    #expect(other.status == 64)
    #expect(other.errors.contains("learning_rate was"))
    let locked = try shell("flock -n '\(folder.path)/run/.lock' " + command("run", more: "--resume"))
    #expect(locked.status == 73)
    #expect(locked.errors.contains("another process"))
  }

  /// Files may grow to 100 blocks only, which the state does not fit into.
  @Test func aFullDiskLeavesTheLastSave() throws {
    #expect(try shell(command("full", more: "--epochs 1")).status == 0)
    let before = try #require(weights("full"))
    let config = "\(folder.path)/full/config.json"
    let text = try String(contentsOfFile: config, encoding: .utf8)
    try text.replacing("\"epochs\": 1", with: "\"epochs\": 3").write(
      toFile: config, atomically: true, encoding: .utf8)
    let full = try shell("trap '' XFSZ; ulimit -f 100; " + command("full", more: "--resume"))
    #expect(full.status == 74)
    #expect(full.errors.contains("cannot be written"))
    #expect(weights("full") == before)
    #expect(try shell(command("full", more: "--resume")).status == 0)
  }

  @Test func dataThatIsNotThereIsNamed() throws {
    let none = try shell("'\(Self.binary)' train lenet5 --data /nowhere/at/all --output '\(folder.path)/x'")
    #expect(none.status == 66)
    #expect(none.errors == "cnnzoo: /nowhere/at/all: no such file\n")
    let plot = try shell("'\(Self.binary)' plot '\(folder.path)'")
    #expect(plot.status == 66)
  }

  @Test func curvesAndEvaluationOfARun() throws {
    #expect(try shell(command("run")).status == 0)
    #expect(
      try shell("'\(Self.binary)' plot '\(folder.path)/run' --svg '\(folder.path)/curves.svg'").status == 0)
    #expect(try String(contentsOfFile: folder.path + "/curves.svg", encoding: .utf8).contains("<polyline"))
    let test =
      "'\(Self.binary)' eval lenet5_modern --input-size 1x28x28 --data '\(data)' "
      + "--weights '\(folder.path)/run/last.safetensors' --format json"
    #expect(try shell(test + " --confusion '\(folder.path)/confusion.svg'").status == 0)
    // The same weights give the accuracy that the run noted.
    let noted = try String(contentsOfFile: folder.path + "/run/metrics.jsonl", encoding: .utf8)
      .split(separator: "\n").last?.firstMatch(of: /"test_accuracy":([0-9.]+)/)?.1
    let accuracy = try #require(noted)
    #expect(try shell("\(test) | grep -q '\"top1\":\(accuracy),'").status == 0)
  }

  @Test func anotherHeadBeginsAnew() throws {
    #expect(try shell(command("run")).status == 0)
    let tuned = try shell(
      command("tuned", more: "--classes 12 --weights '\(folder.path)/run/last.safetensors' --freeze 'conv*'"))
    #expect(tuned.status == 0)
    #expect(tuned.errors.contains("cnnzoo: memory: "))
    #expect(tuned.errors.contains("8 tensors kept"))
    #expect(tuned.errors.contains("these begin anew: fc3.weight, fc3.bias"))
    let nothing = try shell(command("none", more: "--freeze 'layer9*'"))
    #expect(nothing.status == 64)
  }
}
