import GraphIR
import Ops
import TensorCore
import Testing
import Zoo

/// Facts about single networks that the counts do not show.
struct KnownFactsTests {
  /// Connections count every use of a weight and of a bias (LeCun and others, 1998, section II.B).
  @Test func lenet5HasThePapersConnections() throws {
    var connections: [String: Int] = [:]
    for node in try Registry.standard.entry("lenet5").graph().nodes {
      let output = node.output.shape.count
      switch node.operation {
      case is Convolution, is MappedConvolution, is Linear: connections[node.name] = node.cost.macs + output
      case let subsample as Subsample: connections[node.name] = output * (subsample.size * subsample.size + 1)
      case is RadialBasis: connections[node.name] = output * node.inputs[0].shape.channels
      default: break
      }
    }
    #expect(
      connections == [
        "c1": 122_304, "s2": 5_880, "c3": 151_600, "s4": 2_000, "c5": 48_120, "f6": 10_164, "output": 840,
      ])
    #expect(connections.values.reduce(0, +) == 340_908)
  }

  /// Table I: every feature map of S2 feeds ten of C3, and no two feature maps of C3 read the same ones.
  @Test func lenet5ConnectsByTableI() throws {
    let c3 = try #require(try Registry.standard.entry("lenet5").graph().nodes.first { $0.name == "c3" })
    let sources = try #require(c3.operation as? MappedConvolution).sources
    #expect(sources.map(\.count) == [3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6])
    #expect(Set(sources).count == 16)
    for map in 0..<6 { #expect(sources.count { $0.contains(map) } == 10) }
    #expect(sources.allSatisfy { $0 == $0.sorted() })
    #expect(sources[4] == [0, 4, 5] && sources[9] == [0, 3, 4, 5] && sources[14] == [0, 2, 3, 5])
  }

  @Test func digitCodesAreBitmapsThatDiffer() {
    let codes = DigitCodes.codes(classes: 12)
    #expect(codes.count == 12 * DigitCodes.bits)
    #expect(codes.allSatisfy { $0 == 1 || $0 == -1 })
    let rows = (0..<12).map { Array(codes[($0 * DigitCodes.bits)..<(($0 + 1) * DigitCodes.bits)]) }
    for (i, left) in rows.enumerated() {
      for right in rows[..<i] { #expect(zip(left, right).count { $0 != $1 } >= 5) }
    }
  }

  /// Buffers that nobody measures have a value to start from, of the right size; nothing else has.
  @Test(arguments: Registry.standard.all.map(\.name))
  func fixedBuffersAreBuffersOfTheNetwork(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    let statistics = ["running_mean", "running_var"]
    for classes in [entry.classes, 3] {
      let unmeasured = try entry.graph(classes: classes).parameters.filter { parameter in
        parameter.role == .buffer && !statistics.contains { parameter.name.hasSuffix($0) }
      }
      let fixed = entry.architecture.fixedBuffers(classes: classes)
      #expect(
        fixed.mapValues(\.count)
          == Dictionary(uniqueKeysWithValues: unmeasured.map { ($0.name, $0.shape.count) }))
    }
  }

  /// It has 25.6 million parameters, not the 40 million that are often claimed; 40 is the growth rate.
  @Test func densenet190HasNotFortyMillion() throws {
    let totals = try Registry.standard.entry("densenet_bc190_k40_cifar").graph().totals
    #expect(totals.parameters == 25_624_430)
  }

  /// torchvision has a 3×3 kernel in the branch that the paper calls 5×5.
  @Test func googlenetHas3x3WhereThePaperHas5x5() throws {
    func kernel(_ model: String, _ node: String) throws -> Int? {
      let nodes = try Registry.standard.entry(model).graph().nodes
      return (nodes.first { $0.name == node }?.operation as? Convolution)?.window.height.kernel
    }
    #expect(try kernel("googlenet", "inception3a.branch3.1.conv") == 3)
    #expect(try kernel("inception_v1", "inception_3a.5x5") == 5)
  }

  /// The first 1×1 has the stride in V1, the 3×3 in V1.5; nothing else differs.
  @Test func v1AndV15DifferInTheStrideOnly() throws {
    let v1 = try Registry.standard.entry("resnet50_v1").graph()
    let v15 = try Registry.standard.entry("resnet50").graph(input: [3, 224, 224])
    #expect(v1.parameters == v15.parameters)
    let different = zip(v1.nodes, v15.nodes).filter {
      ($0.operation as? Convolution) != ($1.operation as? Convolution)
    }
    #expect(
      different.map(\.0.name) == [
        "layer2.0.conv1", "layer2.0.conv2", "layer3.0.conv1", "layer3.0.conv2", "layer4.0.conv1",
        "layer4.0.conv2",
      ])
  }

  @Test func auxiliaryHeadsHaveTheirLossWeights() throws {
    let heads = try Registry.standard.all.flatMap {
      try $0.graph().auxiliaries.map { ($0.name, $0.lossWeight) }
    }
    #expect(heads.map(\.0) == ["aux1", "aux2", "loss1", "loss2", "AuxLogits"])
    #expect(heads.map(\.1) == [0.3, 0.3, 0.3, 0.3, 0.4])
  }

  @Test func dropoutInWideBlocksIsOptional() throws {
    let plain = try Registry.standard.entry("wide_resnet28_10_cifar").architecture
    func dropouts(_ architecture: any Architecture) throws -> Int {
      try architecture.graph(input: [1, 3, 32, 32], classes: 10).nodes.count { $0.operation is Dropout }
    }
    #expect(try dropouts(plain) == 0)
    #expect(try dropouts(plain.setting("dropout", to: "0.3")) == 12)
  }

  /// timm's VGG holds the fully connected layers under other names.
  @Test(arguments: [
    ("pre_logits.fc1.weight", "classifier.0.weight"), ("pre_logits.fc2.bias", "classifier.3.bias"),
    ("head.fc.weight", "classifier.6.weight"), ("features.0.weight", "features.0.weight"),
  ])
  func timmsNamesOfVGGLeadToOurs(published: String, own: String) throws {
    #expect(try renamed(published, in: "vgg16") == own)
    #expect(try Registry.standard.entry("vgg16").graph().parameters.contains { $0.name == own })
  }

  @Test(
    "DenseNet's old names",
    arguments: [
      ("features.denseblock1.denselayer1.norm.1.weight", "features.denseblock1.denselayer1.norm1.weight"),
      ("features.denseblock4.denselayer16.conv.2.weight", "features.denseblock4.denselayer16.conv2.weight"),
      ("denselayer2.norm.2.running_var", "denselayer2.norm2.running_var"),
      ("denselayer2.norm.3.weight", "denselayer2.norm.3.weight"),
      ("denselayer.norm.1.weight", "denselayer.norm.1.weight"),
      ("denselayer2.pool.1.weight", "denselayer2.pool.1.weight"),
      ("layer1.norm.1.weight", "layer1.norm.1.weight"),
      ("denselayer2.norm.1.beta", "denselayer2.norm.1.beta"),
      ("denselayer1.norm1.weight", "denselayer1.norm1.weight"),
      ("norm.1.weight", "norm.1.weight"), ("", ""), ("....", "...."),
    ])
  func oldNamesOfDenseNetLeadToOurs(old: String, new: String) throws {
    #expect(try renamed(old, in: "densenet121") == new)
  }

  /// EfficientNet-PyTorch counts blocks through all stages, which are deeper in larger networks.
  @Test(arguments: [
    ("efficientnet_b0", "_conv_stem.weight", "features.0.0.weight"),
    ("efficientnet_b0", "_bn0.running_var", "features.0.1.running_var"),
    ("efficientnet_b0", "_blocks.0._depthwise_conv.weight", "features.1.0.block.0.0.weight"),
    ("efficientnet_b0", "_blocks.0._se_reduce.bias", "features.1.0.block.1.fc1.bias"),
    ("efficientnet_b0", "_blocks.15._bn2.bias", "features.7.0.block.3.1.bias"),
    ("efficientnet_b7", "_blocks.4._expand_conv.weight", "features.2.0.block.0.0.weight"),
    ("efficientnet_b7", "_blocks.54._se_expand.weight", "features.7.3.block.2.fc2.weight"),
    ("efficientnet_b7", "_conv_head.weight", "features.8.0.weight"),
    ("efficientnet_b7", "_bn1.weight", "features.8.1.weight"),
    ("efficientnet_b7", "_fc.bias", "classifier.1.bias"),
    ("efficientnet_lite0", "_blocks.0._bn1.weight", "blocks.0.0.bn1.weight"),
    ("efficientnet_lite0", "_blocks.15._project_conv.weight", "blocks.6.0.conv_pwl.weight"),
    ("efficientnet_lite4", "_blocks.1._bn0.weight", "blocks.1.0.bn1.weight"),
    ("efficientnet_lite4", "_bn1.weight", "bn2.weight"),
    ("efficientnet_lite0", "_blocks.16._bn2.weight", "_blocks.16._bn2.weight"),
    ("efficientnet_lite0", "_blocks.0._bn9.weight", "_blocks.0._bn9.weight"),
  ])
  func namesOfEfficientNetPyTorchLeadToOurs(model: String, published: String, own: String) throws {
    #expect(try renamed(published, in: model) == own)
    let names = try Registry.standard.entry(model).graph().parameters.map(\.name)
    #expect(names.contains(own) == (own != published))
  }

  private func renamed(_ name: String, in model: String) throws -> String {
    let renames =
      try Registry.standard.entry(model).architecture.renames
      + #require(Registry.standard.family(of: model)).renames
    return renames.reduce(name) { $1.apply(to: $0) }
  }
}
