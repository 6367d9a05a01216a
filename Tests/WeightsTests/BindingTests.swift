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

  @Test func flexibleParametersMayDiffer() throws {
    let file = try checkpoint(tensors.dropLast() + [("fc.weight", [1000, 8])])
    let binding = try CheckpointBinding(network, of: "net", to: file, flexible: ["fc.weight"])
    #expect(binding.count == 3 && !binding.holds(network[4]))
    let headless = try checkpoint(Array(tensors.dropLast()))
    #expect(try CheckpointBinding(network, of: "net", to: headless, flexible: ["fc.weight"]).count == 3)
    // A head that fits is kept, one that was built another way is no surprise.
    let whole = try CheckpointBinding(network, of: "net", to: checkpoint(tensors), flexible: ["fc.weight"])
    #expect(whole.count == 4 && whole.holds(network[4]))
    let other = try checkpoint(tensors.dropLast() + [("fc.0.weight", [7, 8]), ("fc.2.weight", [5, 7])])
    #expect(try CheckpointBinding(network, of: "net", to: other, flexible: ["fc.weight"]).count == 3)
    #expect(throws: CheckpointError.self) { try CheckpointBinding(network, of: "net", to: other) }
  }

  @Test func auxiliaryHeadsOfAnotherShapeDoNotMatter() throws {
    let file = try checkpoint(tensors + [("aux.weight", [1000])])
    let binding = try CheckpointBinding(network, of: "net", to: file)
    #expect(binding.count == 4 && !binding.holds(network[5]))
    #expect(
      binding.notes == ["auxiliary heads of another shape, which inference does not use: aux.weight"])
    let found = try mismatch { _ = try CheckpointBinding(network, of: "net", to: file, flexible: []) }
    #expect(found.misshapen.map(\.name) == ["aux.weight"])
  }

  @Test func onePrefixThatMakesEverythingFitIsTaken() throws {
    func prefixed(_ prefix: String) -> [(String, Shape)] { tensors.map { (prefix + $0.0, $0.1) } }
    let backbone = try checkpoint(prefixed("net.backbone.") + [("net.loss.weight", [3]), ("queue", [4, 4])])
    let binding = try CheckpointBinding(network, of: "net", to: backbone)
    #expect(try values(network[0], from: binding) == (0..<48).map(Float.init))
    #expect(
      binding.notes == [
        "reading the tensors without the prefix 'net.backbone.'",
        "left out: net.loss.weight and 1 more, beside the network",
      ])
    // Nothing is guessed where something is missing or left over below the prefix.
    for change in [Array(prefixed("a.").dropLast()), prefixed("a.") + [("a.more", [1])]] {
      let found = try mismatch { _ = try CheckpointBinding(network, of: "net", to: checkpoint(change)) }
      #expect(found.matching >= 3)
    }
    let twins = try checkpoint(prefixed("student.") + prefixed("teacher."))
    let error = #expect(throws: CheckpointError.self) { try CheckpointBinding(network, of: "net", to: twins) }
    #expect(
      error.map { "\($0)" }?.hasSuffix(
        "holds several sets of tensors that fit net: 'student', 'teacher'; choose one with --weights-key")
        == true)
  }

  @Test(
    "Values that no network can have",
    arguments: [
      ("conv1.weight", Float.nan, "conv1.weight[3] is not a number"),
      ("conv1.weight", -.infinity, "conv1.weight[3] is infinite"), ("fc.weight", .nan, "fc.weight[3] is not"),
      ("bn1.running_var", -1e-3, "bn1.running_var[3] is -0.001: a variance cannot be negative"),
      ("bn1.running_var", .nan, "bn1.running_var[3] is not a number"), ("bn1.running_mean", -1, nil),
    ] as [(String, Float, String?)])
  func impossibleValues(name: String, value: Float, message: String?) throws {
    let norm = parameter("bn1.running_var", [4], role: .buffer)
    var state = StateDict()
    for parameter in network + [norm] where parameter.role != .counter {
      var values = [Float](repeating: 1, count: parameter.shape.count)
      if parameter.name == name { values[3] = value }
      state.set(parameter.name, shape: parameter.shape, values)
    }
    let folder = try TemporaryFolder()
    try SafetensorsWriter.write(state, to: folder.path("a.safetensors"))
    let binding = try CheckpointBinding(
      network + [norm], of: "net", to: .open(path: folder.path("a.safetensors")))
    for parameter in network + [norm] where parameter.role != .counter {
      if let message, parameter.name == name {
        let error = #expect(throws: CheckpointError.self) { try values(parameter, from: binding) }
        #expect(error.map { "\($0)" }?.contains("a.safetensors: \(message)") == true)
      } else {
        _ = try values(parameter, from: binding)
      }
    }
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

  @Test(
    "Patterns of names",
    arguments: [
      ("block{b}.layer.{i}.", "layer{b}.{i}.", "block2.layer.13.conv1.weight", "layer2.13.conv1.weight"),
      ("dense{b}.{i}.bn{k}.", "d{b}.l{i+1}.n{k}.", "dense1.9.bn2.bias", "d1.l10.n2.bias"),
      (
        "group{g}.block{i}.conv0", "layer{g+1}.{i}.conv1.weight", "group0.block3.conv0",
        "layer1.3.conv1.weight"
      ),
      ("group{g}.block{i}.conv0", "x", "group0.block3.conv0.weight", nil), ("conv0", "y", "conv01", nil),
      ("block{b}.", "x{b}.", "block.1", nil), ("block{b}.", "x{b}.", "block1234567.a", nil),
      ("block{b}.", "x{b}.", "block-1.a", nil), ("block{b}.", "x{b}.", "my.block1.a", nil),
      ("block{b}.", "x{b}.", "block١.a", nil), ("a{b}", "x{b}", "a", nil), ("a{b}", "x{b}", "", nil),
    ] as [(String, String, String, String?)])
  func patterns(published: String, own: String, name: String, expected: String?) {
    #expect(TensorRename.pattern(published, to: own).apply(to: name) == expected ?? name)
  }

  @Test func aNameThatTheNetworkHasIsItsOwn() throws {
    let network = [parameter("bn1.weight", [2]), parameter("bn.weight", [3])]
    let file = try checkpoint([("bn1.weight", [2]), ("bn.weight", [3])])
    let rules = [TensorRename.prefix(from: "bn1.", to: "bn.")]
    #expect(try CheckpointBinding(network, of: "net", to: file, renaming: rules).count == 2)
    let other = try checkpoint([("bn1.weight", [3])])
    #expect(try CheckpointBinding([network[1]], of: "net", to: other, renaming: rules).count == 1)
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
    let listing = try checkpoint(tensors)
    let wide = network.map { $0.name == "fc.weight" ? parameter("fc.weight", [9, 8]) : $0 }
    let other = [parameter("other.weight", [1])]
    let exact = ModelFit.fits(
      of: listing, among: [("wide", wide, []), ("net", network, []), ("other", other, [])])
    #expect(exact.map(\.model) == ["net"] && exact.allSatisfy(\.isExact))
    let near = ModelFit.fits(of: listing, among: [("other", other, []), ("wide", wide, [])])
    #expect(near.map(\.model) == ["wide"])
    #expect(near.first.map { [$0.matching, $0.missing, $0.unexpected, $0.misshapen] } == [3, 0, 0, 1])
  }
}
