import Engine
import Export
import Files
import GraphIR
import ONNXSchema
import Ops
import Support
import SwiftProtobuf
import TensorCore
import Testing
import Weights
import Zoo

/// ONNX files, as swift-protobuf reads them; `scripts/golden/export.py` runs them.
@Suite struct ONNXTests {
  private static func graph(_ network: Graph, foldsNorms: Bool = false) -> ONNXGraph {
    ONNXGraph(network.simplified(foldsNorms: foldsNorms), name: "net")
  }

  /// Names are unique, nodes follow what they read, every input is known, and every parameter of inference is there.
  @Test(arguments: Registry.standard.all.map(\.name), [false, true])
  func everyNetworkIsWellFormed(name: String, foldsNorms: Bool) throws {
    let network = try Registry.standard.entry(name).graph()
    let graph = Self.graph(network, foldsNorms: foldsNorms)
    Self.expectWellFormed(graph)
    let (tensors, parameters) = (
      graph.tensors, network.withoutAuxiliaries().parameters.filter { $0.role != .counter }
    )
    if !foldsNorms {
      #expect(Set(tensors.map(\.name)) == Set(parameters.map(\.name)))
      #expect(tensors.reduce(0) { $0 + $1.shape.count } == parameters.reduce(0) { $0 + $1.shape.count })
    }
  }

  private static func expectWellFormed(_ translated: ONNXGraph) {
    let (graph, tensors) = (translated.proto, translated.tensors)
    var known = Set(graph.initializer.map(\.name) + tensors.map(\.name))
    #expect(known.count == graph.initializer.count + tensors.count)
    #expect(known.insert("input").inserted && graph.input.map(\.name) == ["input"])
    var read: Set<String> = []
    for node in graph.node {
      #expect(node.input.allSatisfy(known.contains), "\(node.name) reads \(node.input)")
      read.formUnion(node.input)
      for output in node.output { #expect(known.insert(output).inserted, "\(output) is made twice") }
    }
    #expect(graph.output.map(\.name) == ["logits"] && known.contains("logits"))
    #expect(known.subtracting(read) == ["logits"], "some results are not read")
  }

  /// Layers have their bytes and scales, values pairs of nodes with one scale; biases are int32, or floats where they are too large.
  @Test(arguments: [
    "resnet20_cifar", "resnet18", "vgg11_bn", "squeezenet1_1", "densenet121", "mobilenet_v2",
    "efficientnet_lite0",
    "shufflenet_v2_x1_0", "googlenet",
  ])
  func networksInBytesAreWellFormed(name: String) throws {
    var network = try Registry.standard.entry(name).graph()
    let candidates = ByteCandidates(network)
    network.quantization = candidates.uncalibrated
    let source = FormulaWeights(seed: 3)
    let parameters = try QuantizedParameters(of: network, from: source)
    let graph = try ONNXGraph(inBytes: network, name: "net", parameters: parameters)
    Self.expectWellFormed(graph)
    let constants = Dictionary(uniqueKeysWithValues: graph.proto.initializer.map { ($0.name, $0) })
    let producers = Dictionary(
      uniqueKeysWithValues: graph.proto.node.flatMap { node in node.output.map { ($0, node) } })
    var quantized = 0
    for node in graph.proto.node where node.opType == "DequantizeLinear" {
      guard let bytes = producers[node.input[0]] else { continue }
      quantized += 1
      #expect(bytes.opType == "QuantizeLinear" && bytes.input.dropFirst() == node.input.dropFirst())
      #expect(constants[node.input[1]]?.floatData == [1 / 32] && constants[node.input[2]]?.int32Data == [64])
    }
    #expect(quantized == candidates.groups.joined().count)
    let bytes = graph.tensors.compactMap { tensor in
      if case .bytes(let parameter) = tensor.content { parameter.name } else { nil }
    }
    #expect(bytes == candidates.layers.map { "\($0).weight" })
    // Of those layers, convolutions and products read nothing but floats made of bytes.
    let scales = Set(graph.tensors.map(\.name).filter { $0.hasSuffix("_scale") })
    for node in graph.proto.node where node.opType == "DequantizeLinear" && producers[node.input[0]] == nil {
      #expect(scales.contains(node.input[1]) && node.attribute.map(\.i) == [0], "\(node.name)")
    }
  }

  /// A bias of many steps of the products stays float32.
  @Test func aBiasTooLargeForItsStepsStaysFloat() throws {
    var network = try Registry.standard.entry("resnet20_cifar").graph()
    network.quantization = ByteCandidates(network).uncalibrated
    func biases(times factor: Float) throws -> [Bool] {
      let parameters = try QuantizedParameters(of: network, from: SmallFirstLayer(factor: factor))
      let graph = try ONNXGraph(inBytes: network, name: "net", parameters: parameters)
      return graph.tensors.compactMap { tensor in
        guard tensor.name.hasSuffix(".bias") else { return nil }
        if case .productBias = tensor.content { return true } else { return false }
      }
    }
    #expect(try biases(times: 1).allSatisfy { $0 })
    let small = try biases(times: 1e-15)
    #expect(small.first == false && small.dropFirst().allSatisfy { $0 })
  }

  @Test func weightsInBFloat16StaySo() throws {
    let network = try Registry.standard.entry("lenet5_modern").graph()
    let graph = ONNXGraph(network, name: "net", isBFloat16: { $0.name.hasSuffix(".weight") })
    Self.expectWellFormed(graph)
    #expect(
      graph.proto.node.count { $0.opType == "Cast" } == graph.tensors.count { $0.name.hasSuffix(".weight") })
    let (folder, source) = (try TemporaryFolder(), FormulaWeights(seed: 3))
    try ONNXFile(graph, version: "1", metadata: []).write(to: folder.path("a"), parameters: source)
    let file = try Onnx_ModelProto(serializedBytes: bytes(folder.path("a")))
    for tensor in file.graph.initializer where tensor.name.hasSuffix(".weight") {
      let parameter = try #require(network.parameters.first { $0.name == tensor.name })
      var values = [Float](repeating: 0, count: parameter.shape.count)
      values.withUnsafeMutableBufferPointer { source.fill(parameter, $0) }
      #expect(tensor.dataType == Int32(Onnx_TensorProto.DataType.bfloat16.rawValue))
      let raw = Array(tensor.rawData)
      #expect(raw.count == 2 * values.count)
      #expect(Int(raw[0]) | Int(raw[1]) << 8 == Int(values[0].bitPattern >> 16))
    }
  }

  @Test func foldingLeavesNoNormBehindAConvolution() throws {
    let graph = try Registry.standard.entry("resnet18").graph()
    func norms(_ foldsNorms: Bool) -> Int {
      Self.graph(graph, foldsNorms: foldsNorms).proto.node.count { $0.opType == "BatchNormalization" }
    }
    #expect(norms(false) == 20 && norms(true) == 0)
  }

  @Test func theBatchIsOpen() throws {
    let graph = try Registry.standard.entry("lenet5_modern").graph(batch: 4)
    let proto = Self.graph(graph).proto
    for (info, rest) in [(proto.input[0], [Int64(1), 32, 32]), (proto.output[0], [10])] {
      let dimensions = info.type.tensorType.shape.dim
      #expect(dimensions[0].dimParam == "batch" && dimensions.dropFirst().map(\.dimValue) == rest)
    }
  }

  @Test func valuesAndMetadataArriveInOneFileOrTwo() throws {
    let graph = try Registry.standard.entry("lenet5_modern").graph()
    let (folder, source) = (try TemporaryFolder(), FormulaWeights(seed: 3))
    let file = ONNXFile(graph, name: "net", foldsNorms: false, version: "1.2", metadata: [("mean", "0.5")])
    try file.write(to: folder.path("one"), parameters: source)
    try file.write(to: folder.path("two"), parameters: source, most: 1000)
    let one = try Onnx_ModelProto(serializedBytes: bytes(folder.path("one")))
    let two = try Onnx_ModelProto(serializedBytes: bytes(folder.path("two")))
    #expect(one.producerVersion == "1.2" && one.opsetImport.map(\.version) == [17])
    #expect(one.metadataProps.map(\.key) == ["mean"] && one.metadataProps.map(\.value) == ["0.5"])
    let data = try bytes(folder.path("two.data"))
    for (tensor, parameter) in zip(one.graph.initializer.filter(\.hasRawData), graph.parameters) {
      var values = [Float](repeating: 0, count: parameter.shape.count)
      values.withUnsafeMutableBufferPointer { source.fill(parameter, $0) }
      let bytes = values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
      }
      #expect(tensor.name == parameter.name && Array(tensor.rawData) == bytes)
      let external = try #require(two.graph.initializer.first { $0.name == tensor.name }).externalData
      let place = Dictionary(uniqueKeysWithValues: external.map { ($0.key, $0.value) })
      let (offset, length) = (Int(place["offset"] ?? "") ?? 0, Int(place["length"] ?? "") ?? 0)
      #expect(place["location"] == "two.data" && Array(data[offset..<offset + length]) == bytes)
    }
  }

  /// What a node is asked for by its attributes and constants.
  @Test func everyActivationHasAForm() throws {
    let activations: [Activation] = [
      .relu, .relu6, .leakyReLU(slope: 0.1), .tanh(amplitude: 1.7159, slope: 2 / 3), .sigmoid, .hardSigmoid,
      .hardSwish, .silu, .gelu, .geluTanh,
    ]
    for activation in activations {
      let graph = try Graph.build(input: [1, 3, 8, 8]) { (image, net) throws(GraphError) in
        try net.linear("fc", net.globalAveragePool(net.activate(image, activation)), to: 2)
      }
      #expect(Self.graph(graph).proto.node.count >= 4, "\(activation)")
    }
  }

  @Test func anErrorOfTheSourceIsPassedOn() throws {
    let graph = try Registry.standard.entry("lenet5_modern").graph()
    let folder = try TemporaryFolder()
    let file = ONNXFile(graph, name: "net", foldsNorms: false, version: "1", metadata: [])
    #expect(throws: CheckpointError.self) { try file.write(to: folder.path("a"), parameters: StateDict()) }
    #expect(throws: (any Error).self) { try bytes(folder.path("a")) }
  }
}

/// Weights of a formula, of the first convolution times a factor.
private struct SmallFirstLayer: ParameterSource {
  let factor: Float

  func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) {
    FormulaWeights(seed: 3).fill(parameter, destination)
    if parameter.name == "conv1.weight" { for i in destination.indices { destination[i] *= factor } }
  }
}

private func bytes(_ path: String) throws -> [UInt8] {
  let file = try RegularFile(path: path)
  return try file.bytes(at: 0, count: file.size)
}
