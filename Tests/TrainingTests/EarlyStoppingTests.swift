import Foundation
import Recipes
import Support
import Testing
import Text
import Training

@Suite struct EarlyStoppingTests {
  @discardableResult
  private static func run(
    in path: String, _ rule: EarlyStopping, resumes: Bool = false, epochs: Int = 30,
    network: ToyNetwork = ToyNetwork(batch: 8, inputs: 9, classes: 2)
  ) throws -> Trainer {
    var settings = try RunTests.settings()
    settings.epochs = epochs
    var parts = RunTests.parts(network, settings)
    parts.earlyStopping = rule
    let trainer = try Trainer(parts, folder: RunFolder(path: path))
    _ = try trainer.run(resumes: resumes)
    return trainer
  }

  /// The epoch after which a rule ends a run with these values, found by looking back from each epoch.
  private static func end(of values: [Double], _ rule: EarlyStopping) -> Int? {
    let gains = rule.metric == .loss ? values.map { -$0 } : values
    var best = (value: gains[0], epoch: 1)
    for (index, gain) in gains.enumerated() {
      if gain > best.value + rule.leastImprovement { best = (gain, index + 1) }
      if index + 1 == best.epoch + rule.patience { return index + 1 }
    }
    return nil
  }

  @Test(arguments: [
    EarlyStopping(patience: 1), EarlyStopping(patience: 3), EarlyStopping(patience: 2, metric: .loss),
    EarlyStopping(patience: 4, metric: .loss, leastImprovement: 0.05),
    EarlyStopping(patience: 2, metric: .accuracy, leastImprovement: 0.5),
  ])
  func endsWhereTheMetricsSaySo(_ rule: EarlyStopping) throws {
    let folder = try TemporaryFolder()
    let stop = try Self.run(in: folder.path("run"), rule).earlyStop
    // The same run to its end, by the same metrics.
    try Self.run(in: folder.path("whole"), EarlyStopping(patience: 1000))
    let history = try RunHistory(folder: folder.path("whole"))
    let values = history.curve(rule.metric == .loss ? "test_loss" : "test_accuracy").map(\.y)
    #expect(values.count == 30)
    let expected = Self.end(of: values, rule)
    #expect(stop?.epoch == expected)
    #expect(try RunHistory(folder: folder.path("run")).epochs.count == expected ?? 30)
    if let stop {
      #expect(stop.bestValue == values[stop.bestEpoch - 1] && stop.epoch == stop.bestEpoch + rule.patience)
    }
  }

  /// Stopped and resumed at any step, the run ends after the same epoch with the same bits; resumed after that, it stays there.
  @Test func resumesWithWhatItHasSeen() throws {
    let folder = try TemporaryFolder()
    let rule = EarlyStopping(patience: 3)
    let network = ToyNetwork(batch: 8, inputs: 9, classes: 2)
    var copies = 0
    network.beforeForward = {
      copies += 1
      if copies % 5 == 2 {
        try? FileManager.default.copyItem(atPath: folder.path("run"), toPath: folder.path("copy\(copies)"))
      }
    }
    // A trainer that lives on would keep the folder locked.
    let stop = try #require(try Self.run(in: folder.path("run"), rule, network: network).earlyStop)
    for copy in stride(from: 2, through: copies, by: 5) {
      let resumed = try Self.run(in: folder.path("copy\(copy)"), rule, resumes: true)
      #expect(resumed.earlyStop == stop, "stopped before step \(copy)")
      for file in ["last.safetensors", "best.safetensors"] {
        #expect(
          RunTests.bytes(folder.path("copy\(copy)/\(file)")) == RunTests.bytes(folder.path("run/\(file)")))
      }
    }
    #expect(try Self.run(in: folder.path("run"), rule, resumes: true).earlyStop == stop)
    #expect(try RunHistory(folder: folder.path("run")).epochs.count == stop.epoch)
    // With more patience it goes on.
    let patient = EarlyStopping(patience: 1000)
    #expect(try Self.run(in: folder.path("run"), patient, resumes: true).earlyStop == nil)
    #expect(try RunHistory(folder: folder.path("run")).epochs.count == 30)
  }

  @Test func theRuleReadsItsOwnText() {
    let rule = EarlyStopping(patience: 5, metric: .loss, leastImprovement: 0.25)
    #expect(EarlyStopping(json: rule.json) == rule)
    for wrong: JSON in [
      .null, ["patience": .integer(0), "metric": "loss", "min_delta": .number(0)],
      ["patience": .integer(1), "metric": "speed", "min_delta": .number(0)],
      ["patience": .integer(1), "metric": "loss", "min_delta": .number(-1)],
    ] {
      #expect(EarlyStopping(json: wrong) == nil)
    }
  }
}
