import Foundation
import Support
import Testing

/// Steps of training, timed by the built binary.
@Suite(.serialized) struct TrainingBenchTests {
  /// What one measurement of a few steps says.
  private func bench(_ arguments: String) throws -> [String: Any] {
    let run = try CommandRun.shell(
      "cnnzoo bench \(arguments) --mode train --warm-up 0 --runs 2 --seconds 0 --format json")
    try #require(run.status == 0, "\(run.errors)")
    return try object(run.output)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// Nothing is taken that the plan does not know: within 5 %, the process grows by what was stated.
  @Test(arguments: [
    "resnet20_cifar --batch-size 64", "resnet18 --input-size 32 --batch-size 16",
  ])
  func takesTheMemoryThatWasPlanned(network: String) throws {
    let result = try bench("\(network) --threads 2")
    let memory = try #require(result["memory"] as? [String: Int])
    let planned = try #require(memory["peak_bytes"])
    #expect(planned == memory.filter { $0.key != "peak_bytes" }.values.reduce(0, +))
    let peak = try #require(result["peak_rss_bytes"] as? Int)
    let before = try #require(result["rss_before_bytes"] as? Int)
    #expect(abs(peak - before - planned) * 20 < planned, "\(peak - before) taken, \(planned) planned")

    // summary plans the same without taking it; the batch of images is the measurement's own.
    let summary = try object(
      CommandRun.shell("cnnzoo summary \(network) --training --threads 2 --format json").output)
    let step = try #require(summary["training_memory"] as? [String: Int])
    #expect(try #require(step["peak_bytes"]) + #require(memory["images_bytes"]) == planned)
    #expect(step["threads"] == 2)
  }

  /// Forward, and two gradients a layer, but for the image's: conv1 has 117,600 MACs of 416,520.
  @Test func countsTheMACsOfAStep() throws {
    let result = try bench("lenet5_modern --batch-size 3 --threads 1 --per-layer")
    #expect(result["mode"] as? String == "train")
    #expect(result["macs"] as? Int == 3 * (3 * 416_520 - 117_600))
    let layers = try #require(result["layers"] as? [[String: Any]])
    #expect(layers.compactMap { $0["macs"] as? Int }.reduce(0, +) == result["macs"] as? Int)
    let halves = layers.compactMap { $0["half"] as? String }
    #expect(halves.count == layers.count && Set(halves) == ["forward", "backward"])
    #expect(layers.first?["name"] as? String == "conv1" && layers.last?["name"] as? String == "conv1")
  }

  /// Radial basis outputs, auxiliary heads, dropout.
  @Test(arguments: [
    "lenet5 --batch-size 2", "googlenet --input-size 96 --batch-size 2",
    "inception_v3 --input-size 139 --batch-size 2",
    "alexnet --input-size 96 --batch-size 2", "resnet20_cifar --classes 7 --batch-size 2",
  ])
  func timesEveryKindOfNetwork(network: String) throws {
    let result = try bench("\(network) --threads 2")
    #expect((result["samples_ms"] as? [Double])?.count == 2)
    #expect(try #require(result["images_per_second"] as? Double) > 0)
  }
}
