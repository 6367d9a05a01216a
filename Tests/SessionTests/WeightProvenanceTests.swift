import Files
import Foundation
import GraphIR
import Session
import Support
import TensorCore
import Testing
import Weights
import Zoo

/// Published files keep their preprocessing whatever they are called.
@Suite struct WeightProvenanceTests {
  private let folder: TemporaryFolder
  private let path: String
  private let checkpoint: Checkpoint

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("mine.safetensors")
    try Self.write([("weight", [2], 1)], to: path)
    checkpoint = try .open(path: path)
  }

  /// Writes tensors that have one value throughout.
  private static func write(
    _ tensors: [(name: String, shape: Shape, value: Float)], to path: String
  ) throws {
    var state = StateDict()
    for (name, shape, value) in tensors {
      state.set(name, shape: shape, [Float](repeating: value, count: shape.count))
    }
    try SafetensorsWriter.write(state, to: path)
  }

  /// Published weights with this file's size, and the digest that the last part of `name` claims.
  private func published(_ name: String, size: Int? = nil) -> PublishedWeights {
    PublishedWeights(
      source: "tests", file: name, mebibytes: Double(size ?? checkpoint.size) / 0x1p20,
      preprocessing: .imageNet(224, resize: 232))
  }

  @Test func theNameTellsAndSoDoesThatOfALinkedFile() throws {
    let candidates = [published("other-00000000.pth"), published("net-11111111.safetensors")]
    #expect(try PublishedWeights.recognize(checkpoint, among: candidates) == nil)
    let named = folder.path("net-11111111.safetensors")
    try FileManager.default.moveItem(atPath: path, toPath: named)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: named)
    for path in [named, path] {
      let found = try #require(try PublishedWeights.recognize(.open(path: path), among: candidates))
      #expect(found.0.file == "net-11111111.safetensors" && found.1 == .name)
    }
  }

  @Test func theBytesTell() throws {
    let digest = try RegularFile(path: path).sha256().prefix(8)
    let right = published("net-\(digest).pth")
    let found = try #require(
      try PublishedWeights.recognize(checkpoint, among: [published("net-01234567.pth"), right]))
    #expect(found.0 == right && found.1 == .content)
    // A file of another size is not read.
    let large = published("net-\(digest).pth", size: checkpoint.size + 5000)
    #expect(try PublishedWeights.recognize(checkpoint, among: [large]) == nil)
  }

  @Test func convertedFilesNameTheirSource() throws {
    let converted = folder.path("converted.safetensors")
    try SafetensorsWriter.convert(
      checkpoint, to: converted, precision: .float16,
      adding: [(PublishedWeights.metadataKey, "net-11111111.pth")])
    let found = try #require(
      try PublishedWeights.recognize(.open(path: converted), among: [published("net-11111111.pth")]))
    #expect(found.1 == .metadata)
  }

  /// The network of unknown weights is that of the first published ones, and that is said.
  @Test(arguments: ["googlenet", "inception_v3", "resnet50", "lenet5"])
  func unknownWeightsAreTakenForTheFirstPublished(name: String) throws {
    let entry = try Registry.standard.entry(name)
    let file = folder.path("unknown.safetensors")
    try Self.write(entry.graph().parameters.map { ($0.name, $0.shape, 0.5) }, to: file)
    let bound = try BoundNetwork(NetworkRequest(name), weights: .file(path: file, key: nil))
    let preprocessing = try bound.network.preprocessing(for: bound.weights)
    #expect(preprocessing == entry.input.preprocessing)
    #expect(bound.network.settings == entry.weights.last?.settings ?? [])
    let text = try #require(
      bound.weights.preprocessingAssumption(
        bound.network, preprocessing, changes: PreprocessingChanges()))
    #expect(text.contains("assuming ") && text.contains("resize=\(preprocessing.resize) "), "\(text)")
    #expect(text.contains("transformInput=true") == ["googlenet", "inception_v3"].contains(name))
    // What the user decides is not assumed.
    var changes = PreprocessingChanges()
    for change in ["resize=200", "interpolation=bilinear", "mean=0.5", "std=0.5", "conversion=none"] {
      try changes.add(change)
    }
    let decided = try BoundNetwork(
      NetworkRequest(name, settings: bound.network.settings), weights: .file(path: file, key: nil))
    #expect(decided.weights.preprocessingAssumption(decided.network, preprocessing, changes: changes) == nil)
    #expect(try decided.network.preprocessing(for: decided.weights, changes: changes).resize == 200)
  }

  /// The tutorial's `cifar_net.pth` has the tensors of another network, too.
  @Test(arguments: ["lenet5_modern", "lenet5_tutorial"]) func twinsAreNamed(name: String) throws {
    let entry = try Registry.standard.entry("lenet5_tutorial")
    let file = folder.path("cifar_net.safetensors")
    try Self.write(entry.graph().parameters.map { ($0.name, $0.shape, 0.5) }, to: file)
    let size = try InputSize(parsing: "3x32x32")
    let bound = try BoundNetwork(
      NetworkRequest(name, inputSize: size), weights: .file(path: file, key: nil))
    let other = name == entry.name ? entry.twins[0] : entry.name
    #expect(
      bound.weights.networkAssumption(bound.network)
        == "\(file): its tensors also fit \(other), a different network; assuming \(name)")
  }
}
