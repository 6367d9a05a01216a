import Foundation
import GraphIR
import Session
import Support
import TensorCore
import Testing
import Weights
import Zoo

/// Networks and weights find each other.
@Suite struct BoundNetworkTests {
  private let folder: TemporaryFolder
  private let nowhere = WeightFinder { _ in nil }

  init() throws { folder = try TemporaryFolder() }

  private func embedded(_ network: String, _ family: String) -> String {
    Repository.path("Models/\(family)/Weights/\(network)/\(network).safetensors")
  }

  /// The first values of every parameter.
  private func values(_ bound: BoundNetwork) throws -> [[Float]] {
    try bound.graph.parameters.filter { $0.role != .counter }.map { parameter in
      var values = [Float](repeating: .nan, count: parameter.shape.count)
      try values.withUnsafeMutableBufferPointer { try bound.parameters.fill(parameter, $0) }
      return Array(values.prefix(8))
    }
  }

  @Test func embeddedWeightsDecideTheNetwork() throws {
    let bound = try BoundNetwork(NetworkRequest("resnet20_cifar"), weights: .installed, finder: nowhere)
    #expect(bound.network.image == [1, 28, 28] && bound.network.classes == 10)
    #expect(!bound.network.isPublished && bound.weights.areTrained)
    let file = try BoundNetwork(
      NetworkRequest("resnet20_cifar"), weights: .file(path: embedded("resnet20_cifar", "ResNet")))
    #expect(try values(bound) == values(file))
  }

  @Test func unsuitableEmbeddedWeightsArePassedOver() throws {
    let requests = [
      NetworkRequest("lenet5_modern", classes: 7),
      NetworkRequest("resnet20_cifar", settings: [SettingValue("width", "2")]),
    ]
    for request in requests {
      #expect {
        try BoundNetwork(request, weights: .installed, finder: nowhere)
      } throws: { error in
        guard case SessionError.noWeights(request.name, let unsuitable?, []) = error else { return false }
        return unsuitable.model == request.name
      }
    }
    #expect(throws: SessionError.self) {
      try BoundNetwork(NetworkRequest("lenet5"), weights: .installed, finder: nowhere, suits: { _ in false })
    }
  }

  /// A file in the user's folder is taken where the embedded weights are for another form.
  @Test func theSearchGoesOnInTheUsualPlaces() throws {
    let request = NetworkRequest("lenet5_modern", classes: 7)
    let random = try BoundNetwork(request, weights: .formula(seed: 3))
    let tensors = random.graph.parameters
    let writer = SafetensorsWriter(tensors.map { ($0.name, $0.shape) })
    try writer.write(to: folder.path("lenet5_modern.safetensors")) {
      index, destination throws(CheckpointError) in
      try? random.parameters.fill(tensors[index], destination)
    }
    let path = folder.path
    let found = try BoundNetwork(
      request, weights: .installed, finder: WeightFinder { $0 == "CNNZOO_HOME" ? path : nil })
    #expect(try values(found) == values(random))
    #expect(found.weights.description == nil)
  }

  /// Settings of a published file come before those of the request.
  @Test func requestsComeAfterPublishedSettings() throws {
    let entry = try #require(
      Registry.standard.all.first { entry in entry.weights.contains { !$0.settings.isEmpty } })
    let published = try #require(entry.weights.first { !$0.settings.isEmpty })
    let network = try Network(NetworkRequest(entry.name))
    let tensors = try network.graph().parameters
    try SafetensorsWriter(tensors.map { ($0.name, $0.shape) }).write(to: folder.path(published.file)) {
      _, _ in
    }
    let bound = try BoundNetwork(
      NetworkRequest(entry.name), weights: .file(path: folder.path(published.file)))
    #expect(bound.network.settings == published.settings)
  }

  @Test func batchesComeFromOneGraph() throws {
    let bound = try BoundNetwork(NetworkRequest("densenet_bc40_k12_cifar"), weights: .formula(seed: 0))
    let batch = try bound.graph(batch: 3)
    let built = try bound.network.graph(batch: 3)
    #expect(batch.output.shape == built.output.shape && batch.totals.macs == built.totals.macs)
    #expect(batch.nodes.map(\.output.shape) == built.nodes.map(\.output.shape))
    #expect(throws: SessionError.batchTooLarge(batch: 1 << 22, image: [3, 32, 32])) {
      try bound.graph(batch: 1 << 22)
    }
  }

  /// A contradiction within the file is the file's error, one with the options theirs.
  @Test func aDescriptionThatContradictsItselfIsTheFilesFault() throws {
    func write(_ change: (inout WeightDescription) -> Void) throws -> String {
      let checkpoint = try Checkpoint.open(path: embedded("lenet5_modern", "LeNet"))
      var description = try #require(try WeightDescription(checkpoint))
      change(&description)
      let path = folder.path("changed.safetensors")
      let writer = SafetensorsWriter(
        checkpoint.tensors.map { ($0.name, $0.shape) }, metadata: [("format", "pt")] + description.metadata)
      try writer.write(to: path) { _, _ in }
      return path
    }
    for change in [{ $0.settings = ["nonsense=1"] }, { $0.inputShape = [1, 2, 2] }]
      as [(inout WeightDescription) -> Void]
    {
      let path = try write(change)
      #expect {
        try BoundNetwork(NetworkRequest("lenet5_modern"), weights: .file(path: path))
      } throws: {
        if case SessionError.impossibleDescription(path, _) = $0 { true } else { false }
      }
    }
    let whole = try write { _ in }
    let tooSmall = NetworkRequest("lenet5_modern", inputSize: try InputSize(parsing: "2"))
    #expect {
      try BoundNetwork(tooSmall, weights: .file(path: whole))
    } throws: {
      if case SessionError.cannotBuild("lenet5_modern", [1, 2, 2], _) = $0 { true } else { false }
    }
  }
}
