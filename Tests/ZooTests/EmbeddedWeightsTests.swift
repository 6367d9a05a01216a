import CWeights
import Foundation
import GraphIR
import Support
import TensorCore
import Testing
import Weights
import Zoo

/// The weights that are embedded in the program.
struct EmbeddedWeightsTests {
  private struct File {
    let model: String
    let bytes: [UInt8]

    func checkpoint() throws -> Checkpoint { try Checkpoint(ByteSource(bytes, name: model)) }
  }

  private let files = (0..<cweights_count()).map { index in
    let file = cweights_at(index)
    return File(
      model: String(cString: file.model),
      bytes: Array(UnsafeRawBufferPointer(start: file.bytes, count: file.count)))
  }

  @Test func theyAreFourAndSmall() {
    #expect(
      files.map(\.model) == ["lenet5", "lenet5_modern", "resnet20_cifar", "densenet_bc40_k12_cifar"])
    #expect(files.reduce(0) { $0 + $1.bytes.count } < 2 << 20)
  }

  /// Every tensor binds to the network that the file describes, and none is left over.
  @Test func eachBindsStrictlyToItsNetwork() throws {
    for file in files {
      let checkpoint = try file.checkpoint()
      let description = try #require(try WeightDescription(checkpoint), "\(file.model)")
      #expect(description.model == file.model)
      #expect(description.settings.isEmpty && description.data == "fashion-mnist")
      #expect(description.classes == 10 && description.classNames.count == 10)
      let graph = try Registry.standard.entry(file.model).graph(
        input: description.inputShape, classes: description.classes)
      let binding = try CheckpointBinding(graph.parameters, of: file.model, to: checkpoint)
      #expect(binding.count == checkpoint.tensors.count)
      let state = try StateDict(checkpoint)
      for name in state.names {
        #expect(state[name]?.values.allSatisfy(\.isFinite) == true, "\(file.model): \(name)")
      }
    }
  }

  /// The embedded files are those in `Models`, each with its README, curves and metrics.
  @Test func theyAreTheFilesUnderModels() throws {
    let models = Repository.root.appending(path: "Models")
    var found = 0
    for family in try FileManager.default.contentsOfDirectory(
      at: models, includingPropertiesForKeys: nil)
    {
      for file in files {
        let folder = family.appending(path: "Weights/\(file.model)")
        guard FileManager.default.fileExists(atPath: folder.path) else { continue }
        found += 1
        #expect(
          try Data(contentsOf: folder.appending(path: "\(file.model).safetensors")) == Data(file.bytes))
        for name in ["README.md", "curves.svg", "metrics.jsonl"] {
          #expect(FileManager.default.fileExists(atPath: folder.appending(path: name).path), "\(name)")
        }
      }
    }
    #expect(found == files.count)
  }
}
