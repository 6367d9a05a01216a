import GraphIR
import Support
import TensorCore
import Testing
import Weights

private func parameter(
  _ name: String, _ shape: Shape, role: ParameterRole = .trainable, isAuxiliary: Bool = false
) -> Parameter {
  Parameter(name: name, shape: shape, role: role, isAuxiliary: isAuxiliary)
}

/// A safetensors file with tensors whose elements count up from 0.
private func checkpoint(_ tensors: [(String, Shape)]) throws -> Checkpoint {
  let folder = try TemporaryFolder()
  let path = folder.path("a.safetensors")
  var state = StateDict()
  for (name, shape) in tensors { state.set(name, shape: shape, (0..<shape.count).map(Float.init)) }
  try SafetensorsWriter.write(state, to: path)
  // The open file outlives the folder.
  return try Checkpoint.open(path: path)
}

private func values(_ parameter: Parameter, from source: any ParameterSource) throws -> [Float] {
  var values = [Float](repeating: -1, count: parameter.shape.count)
  try values.withUnsafeMutableBufferPointer { try source.fill(parameter, $0) }
  return values
}

private func mismatch(_ body: () throws -> Void) throws -> StateDictMismatch {
  let error = try #require(throws: CheckpointError.self) { try body() }
  guard case .mismatch(let mismatch) = error else { throw error }
  return mismatch
}

@Suite struct BindingTests {
  let network = [
    parameter("conv1.weight", [4, 3, 2, 2]), parameter("bn1.weight", [4]),
    parameter("bn1.running_mean", [4], role: .buffer),
    parameter("bn1.num_batches_tracked", [], role: .counter),
    parameter("fc.weight", [5, 8]), parameter("aux.weight", [2], isAuxiliary: true),
  ]
  let tensors: [(String, Shape)] = [
    ("conv1.weight", [4, 3, 2, 2]), ("bn1.weight", [4]), ("bn1.running_mean", [4]), ("fc.weight", [5, 8]),
  ]

  @Test func countersAndAuxiliaryHeadsAreOptional() throws {
    let bare = try CheckpointBinding(network, of: "net", to: checkpoint(tensors))
    #expect(bare.count == 4)
    #expect(try values(network[0], from: bare) == (0..<48).map(Float.init))
    #expect(!bare.holds(network[5]))
    #expect(throws: CheckpointError.self) { try values(network[5], from: bare) }
    let full = try CheckpointBinding(
      network, of: "net",
      to: checkpoint(tensors + [("bn1.num_batches_tracked", []), ("aux.weight", [2])]))
    #expect(try values(network[5], from: full) == [0, 1])
    #expect(!full.holds(network[3]))
  }

  @Test func allDifferencesAreListedAtOnce() throws {
    let file = try checkpoint([
      ("conv1.weight", [4, 3, 1, 1]), ("bn_1.weight", [4]), ("bn1.running_mean", [4]), ("fc.weight", [5, 8]),
      ("zzz", [1]),
    ])
    let found = try mismatch { _ = try CheckpointBinding(network, of: "net", to: file) }
    #expect(found.missing == [.init(name: "bn1.weight", shape: [4], nearest: "bn_1.weight")])
    #expect(
      found.unexpected == [
        .init(name: "bn_1.weight", shape: [4], nearest: "bn1.weight"),
        .init(name: "zzz", shape: [1], nearest: nil),
      ])
    #expect(found.misshapen == [.init(name: "conv1.weight", found: [4, 3, 1, 1], expected: [4, 3, 2, 2])])
    #expect(found.matching == 2)
    #expect(
      "\(found)".hasSuffix(
        ": conv1: weight is [4, 3, 1, 1] in the checkpoint, [4, 3, 2, 2] in net; "
          + "missing: bn1.weight [4] (similar: bn_1.weight); "
          + "unexpected: bn_1.weight [4] (similar: bn1.weight), zzz [1] "
          + "(2 further tensors match). Is this a checkpoint of another variant?"), "\(found)")
  }

  @Test func anotherNumberOfClassesIsRecognized() throws {
    let file = try checkpoint(tensors.dropLast() + [("fc.weight", [10, 8])])
    let found = try mismatch { _ = try CheckpointBinding(network, of: "net", to: file) }
    #expect("\(found)".hasSuffix("Was it trained on 10 classes (--classes 10)?"), "\(found)")
  }

  @Test func longListsAreCutInTheTextOnly() throws {
    let many = (0..<50).map { parameter("layer\($0).weight", [1]) }
    let found = try mismatch { _ = try CheckpointBinding(many, of: "net", to: checkpoint([("x", [1])])) }
    #expect(found.missing.count == 50)
    #expect("\(found)".contains("and 46 more"))
    #expect("\(found)".hasSuffix("(no tensor matches). Is this a checkpoint of net?"))
  }

  @Test func skippedNamesMayDiffer() throws {
    let file = try checkpoint(tensors.dropLast() + [("fc.weight", [1000, 8])])
    let binding = try CheckpointBinding(network, of: "net", to: file, skipping: ["fc.weight"])
    #expect(binding.count == 3 && !binding.holds(network[4]))
    let headless = try checkpoint(Array(tensors.dropLast()))
    #expect(try CheckpointBinding(network, of: "net", to: headless, skipping: ["fc.weight"]).count == 3)
  }

  @Test func prefixesAreRenamedAndConvolutionsBecomeLinear() throws {
    let network = [
      parameter("classifier.0.weight", [4, 18]), parameter("classifier.6.bias", [2]),
      parameter("se.weight", [3, 6, 1, 1]),
    ]
    let file = try checkpoint([
      ("pre_logits.fc1.weight", [4, 2, 3, 3]), ("head.fc.bias", [2]), ("se.weight", [3, 6]),
    ])
    let binding = try CheckpointBinding(
      network, of: "vgg", to: file,
      renaming: [
        .prefix(from: "pre_logits.fc1", to: "classifier.0"), .prefix(from: "head.fc", to: "classifier.6"),
      ])
    #expect(try values(network[0], from: binding) == (0..<72).map(Float.init))
    #expect(try values(network[2], from: binding) == (0..<18).map(Float.init))
  }

  @Test(
    "Shapes with the same count that are not the same",
    arguments: [
      ([4, 3, 1, 7], [4, 3, 7, 1]), ([4, 6], [6, 4]), ([2, 12], [4, 2, 3, 1]), ([24], [4, 6]),
      ([4, 2, 3, 3], [4, 3, 2, 3]),
    ] as [([Int], [Int])])
  func otherShapes(foundDimensions: [Int], expectedDimensions: [Int]) throws {
    let (found, expected) = (Shape(foundDimensions), Shape(expectedDimensions))
    let file = try checkpoint([("w", found)])
    let error = try mismatch { _ = try CheckpointBinding([parameter("w", expected)], of: "net", to: file) }
    #expect(error.misshapen == [.init(name: "w", found: found, expected: expected)])
  }

  @Test func twoTensorsForOneParameter() throws {
    let file = try checkpoint([("a.w", [1]), ("b.w", [1])])
    let rules: [TensorRename] = [.prefix(from: "a.", to: "c."), .prefix(from: "b.", to: "c.")]
    let found = try mismatch {
      _ = try CheckpointBinding([parameter("c.w", [1])], of: "net", to: file, renaming: rules)
    }
    #expect(found.unexpected.map(\.name) == ["b.w"])
  }

  @Test func fits() throws {
    let listing: [(name: String, shape: Shape)] = tensors.map { (name: $0.0, shape: $0.1) }
    let wide = network.map { $0.name == "fc.weight" ? parameter("fc.weight", [9, 8]) : $0 }
    let other = [parameter("other.weight", [1])]
    let exact = ModelFit.fits(of: listing, among: [("wide", wide), ("net", network), ("other", other)])
    #expect(exact.map(\.model) == ["net"] && exact.allSatisfy(\.isExact))
    let near = ModelFit.fits(of: listing, among: [("other", other), ("wide", wide)])
    #expect(near.map(\.model) == ["wide"])
    #expect(near.first.map { [$0.matching, $0.missing, $0.unexpected, $0.misshapen] } == [3, 0, 0, 1])
  }
}
