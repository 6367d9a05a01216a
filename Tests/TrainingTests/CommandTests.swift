import Foundation
import Support
import TensorCore
import Testing
import Weights

/// `cnnzoo train` and its relatives from outside: kills, signals, locks, full disks.
@Suite struct CommandTests {
  private let folder: TemporaryFolder
  private let data: String

  init() throws {
    folder = try TemporaryFolder()
    data = folder.path("data")
    try BrightRows.write(to: "data", in: folder)
  }

  /// The command that trains into the folder `output`; no word of it needs quotes.
  private func command(_ output: String, threads: Int = 1, more: String = "") -> String {
    "cnnzoo train lenet5_modern --input-size 1x28x28 --data \(data) --output \(folder.path(output)) "
      + "--epochs 3 --batch-size 16 --save-every 3 --log-every 5 --augment flip,pad-crop=2 --seed 4 "
      + "--threads \(threads) \(more)"
  }

  private func weights(_ run: String) -> Data? {
    FileManager.default.contents(atPath: folder.path("\(run)/last.safetensors"))
  }

  private func metricsLines(_ run: String) -> Int {
    let text = FileManager.default.contents(atPath: folder.path("\(run)/metrics.jsonl")) ?? Data()
    return text.count(where: { $0 == UInt8(ascii: "\n") })
  }

  /// Starts a command, sends it a signal after some lines of metrics, and returns its exit status.
  private func interrupt(_ line: String, run: String, after lines: Int, signal: Int32) throws -> Int32 {
    try interrupt(line, signal: signal) { metricsLines(run) >= lines }
  }

  /// Starts a command, sends it a signal once `isTime`, and returns its exit status.
  private func interrupt(_ line: String, signal: Int32, when isTime: () -> Bool) throws -> Int32 {
    let command = try RunningCommand(cnnzoo: line.split(separator: " ").dropFirst().map(String.init))
    while command.isRunning && !isTime() { usleep(500) }
    command.send(signal)
    return try command.result().status
  }

  @Test func killedAtAnyMomentItEndsWithTheSameBits() throws {
    #expect(try CommandRun.shell(command("whole")).status == 0)
    let expected = try #require(weights("whole"))
    var kills = 0
    for lines in [0, 2, 5, 9] {
      let run = "killed\(lines)"
      kills += try interrupt(command(run), run: run, after: lines, signal: SIGKILL) == SIGKILL ? 1 : 0
      #expect(try CommandRun.shell(command(run, more: "--resume")).status == 0)
      #expect(weights(run) == expected, "killed after \(lines) lines")
    }
    #expect(kills > 0, "every run had finished before its kill")
  }

  /// Twenty random moments within the 15 lines of metrics of a run that saves after every step, so that several
  /// fall into a save; `CNNZOO_LONG` is the seed.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["CNNZOO_LONG"] != nil))
  func killedAtTwentyRandomMomentsItEndsWithTheSameBits() throws {
    let seed = ProcessInfo.processInfo.environment["CNNZOO_LONG"].flatMap(UInt64.init) ?? 1
    let saving = "--save-every 1"
    let clock = ContinuousClock()
    let beginning = clock.now
    #expect(try CommandRun.shell(command("whole", more: saving)).status == 0)
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
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(run))) ?? []
      halfWritten += Set(files).isSubset(of: Self.filesOfARun) ? 0 : 1
      #expect(try CommandRun.shell(command(run, more: saving + " --resume")).status == 0)
      #expect(weights(run) == expected, "seed \(seed), killed \(delay) after \(lines) lines")
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path(run))
      #expect(Set(left).isSubset(of: Self.filesOfARun), "\(left)")
    }
    print("\(kills) runs were killed, \(halfWritten) of them while a file was half written")
    #expect(kills >= 10)
  }

  private static let filesOfARun: Set = [
    ".lock", "config.json", "metrics.jsonl", "last.safetensors", "best.safetensors", "state.safetensors",
  ]

  @Test func twoThreadsGiveTheBitsOfOne() throws {
    #expect(try CommandRun.shell(command("one")).status == 0)
    #expect(try CommandRun.shell(command("two", threads: 2, more: "--workers 2")).status == 0)
    #expect(weights("one") == weights("two"))
    #expect(weights("one") != nil)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalSavesAndSetsTheExitStatus(signal: Int32) throws {
    let run = "signal\(signal)"
    let line = command(run, more: "--epochs 2000")
    #expect(try interrupt(line, run: run, after: 3, signal: signal) == 128 + signal)
    #expect(weights(run) != nil)
    #expect(try interrupt(line + " --resume", run: run, after: 8, signal: signal) == 128 + signal)
  }

  @Test func aSecondRunInTheSameFolderIsRefused() throws {
    #expect(try CommandRun.shell(command("run")).status == 0)
    let again = try CommandRun.shell(command("run"))
    #expect(again.status == 73)
    #expect(again.errors.contains("holds a run already"))
    let other = try CommandRun.shell(command("run", more: "--resume --lr 0.3"))
    #expect(other.status == 64)
    #expect(other.errors.contains("learning_rate was"))
    let locked = try CommandRun.shell(
      "flock -n '\(folder.path)/run/.lock' " + command("run", more: "--resume"))
    #expect(locked.status == 73)
    #expect(locked.errors.contains("another process"))
  }

  /// `ulimit` limits files to 100 blocks, which is less than the state takes.
  @Test func aFullDiskLeavesTheLastSave() throws {
    #expect(try CommandRun.shell(command("full", more: "--epochs 1")).status == 0)
    let before = try #require(weights("full"))
    let config = "\(folder.path)/full/config.json"
    let text = try String(contentsOfFile: config, encoding: .utf8)
    try text.replacing("\"epochs\": 1", with: "\"epochs\": 3").write(
      toFile: config, atomically: true, encoding: .utf8)
    let full = try CommandRun.shell("trap '' XFSZ; ulimit -f 100; " + command("full", more: "--resume"))
    #expect(full.status == 74)
    #expect(full.errors.contains("cannot be written"))
    #expect(weights("full") == before)
    #expect(try CommandRun.shell(command("full", more: "--resume")).status == 0)
  }

  @Test func missingDataIsNamed() throws {
    let none = try CommandRun.shell("cnnzoo train lenet5 --data /nowhere/at/all --output '\(folder.path)/x'")
    #expect(none.status == 66)
    #expect(none.errors == "cnnzoo: /nowhere/at/all: no such file\n")
    let plot = try CommandRun.shell("cnnzoo plot '\(folder.path)'")
    #expect(plot.status == 66)
  }

  @Test func curvesAndEvaluationOfARun() throws {
    #expect(try CommandRun.shell(command("run")).status == 0)
    #expect(
      try CommandRun.shell("cnnzoo plot '\(folder.path)/run' --svg '\(folder.path)/curves.svg'").status == 0)
    #expect(try String(contentsOfFile: folder.path("curves.svg"), encoding: .utf8).contains("<path"))
    let test =
      "cnnzoo eval lenet5_modern --input-size 1x28x28 --data '\(data)' "
      + "--weights '\(folder.path)/run/last.safetensors' --format json"
    #expect(try CommandRun.shell(test + " --confusion '\(folder.path)/confusion.svg'").status == 0)
    // The same weights give the accuracy that the run recorded.
    let recorded = try String(contentsOfFile: folder.path("run/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").last?.firstMatch(of: /"test_accuracy":([0-9.]+)/)?.1
    let accuracy = try #require(recorded)
    #expect(try CommandRun.shell("\(test) | grep -q '\"top1\":\(accuracy),'").status == 0)
  }

  /// Testing within training and `eval` agree on the loss of the network.
  @Test(arguments: ["lenet5", "lenet5_modern"]) func evalHasTheLossOfTheRun(network: String) throws {
    let run = folder.path("run")
    let trained = try CommandRun.shell(
      "cnnzoo train \(network) --input-size 1x28x28 --data \(data) --output \(run) --epochs 1 --batch-size 16 --lr 0.001"
    )
    #expect(trained.status == 0, "\(trained.errors)")
    let metrics = try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8)
    let loss = try #require(metrics.matches(of: /"test_loss":([-+e0-9.]+)/).last?.1)
    let evaluation = try CommandRun.shell(
      "cnnzoo eval \(network) --input-size 1x28x28 --data \(data) --weights \(run)/last.safetensors --format json"
    )
    let measured = try #require(evaluation.output.firstMatch(of: /"loss":([-+e0-9.]+)/)?.1)
    let (a, b) = (try #require(Double(loss)), try #require(Double(measured)))
    #expect(abs(a - b) <= 1e-5 * abs(a), "\(a) in train, \(b) in eval")
  }

  /// The same folder by another path goes on, with the bits of a run that never stopped; another folder does not.
  @Test func resumesByAnotherSpellingOfThePath() throws {
    #expect(try CommandRun.shell(command("whole")).status == 0)
    let link = folder.path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: data)
    for (index, spelling) in [data + "/", folder.path("./data"), folder.path("x/../data"), link].enumerated()
    {
      let run = "spelled\(index)"
      try folder.makeFolder("x")
      let line = command(run)
      let status = try interrupt(line, run: run, after: 3, signal: SIGTERM)
      #expect(status == 143 || status == 0)
      let resumed = try CommandRun.shell(
        line.replacing("--data \(data) ", with: "--data \(spelling) ") + " --resume")
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(weights(run) == weights("whole"), "\(spelling)")
    }
    let other = folder.path("other")
    try FileManager.default.copyItem(atPath: data, toPath: other)
    let refused = try CommandRun.shell(
      command("whole").replacing("--data \(data) ", with: "--data \(other) ") + " --resume")
    #expect(refused.status == 64 && refused.errors.contains("data was"), "\(refused.errors)")
  }

  @Test func aHeadOfAnotherSizeIsInitialized() throws {
    #expect(try CommandRun.shell(command("run")).status == 0)
    let tuned = try CommandRun.shell(
      command("tuned", more: "--classes 12 --weights '\(folder.path)/run/last.safetensors' --freeze 'conv*'"))
    #expect(tuned.status == 0)
    #expect(tuned.errors.contains("cnnzoo: memory: "))
    #expect(tuned.errors.contains("8 tensors loaded from"))
    #expect(tuned.errors.contains("newly initialized: fc3.weight, fc3.bias"))
    let nothing = try CommandRun.shell(command("none", more: "--freeze 'layer9*'"))
    #expect(nothing.status == 64)
  }

  /// A head with as many outputs as there are classes is part of the file like everything else.
  @Test func aHeadThatFitsIsKept() throws {
    #expect(try CommandRun.shell(command("run")).status == 0)
    let last = folder.path("run/last.safetensors")
    let tuned = try CommandRun.shell(command("tuned", more: "--weights '\(last)' --freeze '*'"))
    #expect(tuned.status == 0, "\(tuned.errors)")
    #expect(tuned.errors.contains("10 tensors loaded from \(last)\n"))
    let (before, after) = (
      try StateDict(.open(path: last)), try StateDict(.open(path: folder.path("tuned/last.safetensors")))
    )
    #expect(after.names == before.names)
    for name in before.names { #expect(after[name]?.values == before[name]?.values, "\(name)") }
  }

  /// A finished run goes on with more epochs, not with fewer.
  @Test func epochsMayIncrease() throws {
    #expect(try CommandRun.shell(command("run")).status == 0)
    let more = try CommandRun.shell(
      command("run", more: "--resume").replacing("--epochs 3", with: "--epochs 5"))
    #expect(more.status == 0 && more.errors.contains("epochs increase from 3 to 5"), "\(more.errors)")
    #expect(more.errors.contains("epoch 5/5:") && !more.errors.contains("epoch 3/5:"), "\(more.errors)")
    let fewer = try CommandRun.shell(command("run", more: "--resume"))
    #expect(fewer.status == 64 && fewer.errors.contains("epochs was 5, is 3"), "\(fewer.errors)")
  }

  // MARK: What is not stated

  /// What `config.json` says is enough, from another folder too, and ends with the same bits.
  @Test func resumesByTheOutputFolderAlone() throws {
    let settings =
      "--optimizer adamw --weight-decay 0.01 --warmup 1 --ema 0.9 --clip 1 --lr 0.002 --smoothing 0.1"
    #expect(try CommandRun.shell(command("whole", more: settings)).status == 0)
    let status = try interrupt(command("alone", more: settings), run: "alone", after: 4, signal: SIGTERM)
    #expect(status == 143 || status == 0)
    let resumed = try CommandRun.shell(
      "cd / && cnnzoo train lenet5_modern --output '\(folder.path("alone"))' --resume")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(weights("alone") == weights("whole"))
  }

  /// The settings of networks, of recipes and of the data belong to what is not stated.
  @Test func resumesWithItsOwnNetworkAndData() throws {
    for (index, name) in ["a", "b"].enumerated() {
      for image in 0..<4 {
        let noise = FormulaNoise(name: "\(name)\(image)")
        let pixels = (0..<144).map { UInt8(40 + 150 * index + Int(noise[$0] * 30)) }
        try folder.write(Array("P5 12 12 255\n".utf8) + pixels, to: "flat/\(name)/\(image).pgm")
      }
    }
    try folder.write([1, 2, 3], to: "flat/a/broken.png")
    let start =
      "cnnzoo train lenet5_modern --data '\(folder.path("flat"))' --output '\(folder.path("flat-run"))' "
      + "--epochs 1 --recipe fashion-mnist --batch-size 2 --input-size 1x28x28 --set conv1Maps=3 --val-fraction 0.25 "
      + "--skip-broken --freeze 'conv1*' --preprocess resize=28 --convolution openblas"
    let first = try CommandRun.shell(start)
    #expect(first.status == 0, "\(first.errors)")
    let resume = "cnnzoo train lenet5_modern --output '\(folder.path("flat-run"))' --resume"
    let again = try CommandRun.shell(resume)
    #expect(again.status == 0 && again.output == first.output, "\(again.errors)")
    let named = try CommandRun.shell(resume + " --recipe fashion-mnist --set conv1Maps=3")
    #expect(named.status == 0 && named.output == first.output, "\(named.errors)")
    for (change, difference) in [
      ("--set conv1Maps=4", "set was"), ("--val-fraction 0.5", "val_fraction was"),
      ("--recipe paper", "recipe was"),
      ("--freeze 'fc1*'", "freeze was"), ("--convolution auto", "convolution was"),
      ("--seed 3", "seed was 0, is 3"),
    ] {
      let refused = try CommandRun.shell("\(resume) \(change)")
      #expect(refused.status == 64 && refused.errors.contains(difference), "\(change): \(refused.errors)")
    }
    let other = try CommandRun.shell(resume.replacing("lenet5_modern", with: "lenet5"))
    #expect(other.status == 64 && other.errors.contains("model was \"lenet5_modern\""), "\(other.errors)")
  }

  /// A run from weights that describe their network keeps that network.
  @Test func resumesARunFromWeights() throws {
    #expect(try CommandRun.shell(command("run", more: "--set conv1Maps=4 --epochs 1")).status == 0)
    let start =
      "cnnzoo train lenet5_modern --data '\(data)' --output '\(folder.path("tuned"))' --epochs 1 --batch-size 16 "
      + "--weights '\(folder.path("run"))/last.safetensors'"
    let first = try CommandRun.shell(start)
    #expect(first.status == 0, "\(first.errors)")
    let again = try CommandRun.shell(
      "cnnzoo train lenet5_modern --output '\(folder.path("tuned"))' --resume --epochs 2")
    #expect(again.status == 0 && again.errors.contains("epoch 2/2:"), "\(again.errors)")
  }

  /// With more epochs, the steps of the schedule move, which is no other setting.
  @Test func theScheduleStretchesWithTheEpochs() throws {
    let steps = "--schedule multi-step:1,2,0.5 --epochs 3"
    #expect(try CommandRun.shell(command("steps", more: steps)).status == 0)
    let more = try CommandRun.shell(
      "cnnzoo train lenet5_modern --output '\(folder.path("steps"))' --resume --epochs 6")
    #expect(more.status == 0 && more.errors.contains("epochs increase from 3 to 6"), "\(more.errors)")
    let config = try String(contentsOfFile: folder.path("steps/config.json"), encoding: .utf8)
    #expect(config.contains("\"schedule\": \"multi-step:2,4,0.5\""), "\(config)")
  }

  @Test func withoutARunTheDataHasToBeNamed() throws {
    for more in ["", " --resume"] {
      let none = try CommandRun.shell("cnnzoo train lenet5_modern --output '\(folder.path("none"))'\(more)")
      #expect(none.status == 64 && none.errors.contains("'--data <dir>'"), "\(none.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("none")))
  }

  @Test(arguments: [
    "", "{", "[]", "{\"model\": \"lenet5_modern\"}", "{\"model\": \"lenet5_modern\", \"epochs\": 1e99}",
    String(repeating: "[", count: 100_000),
  ])
  func aDamagedConfigurationIsNamed(text: String) throws {
    try folder.write(Array(text.utf8), to: "damaged/config.json")
    let run = try CommandRun.shell(command("damaged", more: "--resume"))
    #expect(run.status == 65 && run.errors.contains("damaged/config.json: "), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1)
  }
}
