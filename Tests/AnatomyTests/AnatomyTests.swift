import Anatomy
import GraphIR
import TensorCore
import Testing
import Zoo

@Suite struct AnatomyTests {
  /// The totals of fvcore 0.1.5, ptflops 0.7.5 and torchinfo 1.8.0, from scripts/golden/conventions.json.
  @Test(arguments: [
    ("alexnet", [714_188_480, 714_197_696, 716_441_128, 714_682_664, 1_311_133_056]),
    ("vgg16", [15_470_264_320, 15_470_289_408, 15_523_225_576, 15_483_821_032, 30_693_261_312]),
    ("googlenet", [1_498_376_192, 1_504_878_688, 1_513_907_448, 1_498_391_752, 2_994_704_384]),
    ("inception_v3", [5_713_216_096, 5_731_282_144, 5_747_660_552, 5_713_251_528, 11_422_336_192]),
    ("resnet50", [4_089_184_256, 4_111_512_576, 4_132_436_968, 4_089_238_376, 8_174_272_512]),
    ("resnext50_32x4d", [4_230_479_872, 4_259_381_248, 4_286_878_696, 4_230_549_096, 8_456_863_744]),
    ("densenet121", [2_834_161_664, 2_865_546_752, 2_899_843_048, 2_834_246_312, 5_666_275_328]),
  ])
  func conventionsCountAsTheirTools(_ name: String, _ expected: [Int]) throws {
    let entry = try Registry.standard.entry(name)
    let graph = try entry.graph()
    let conventions: [CountingConvention] = [.torchvision, .fvcore, .ptflops, .torchinfo, .darknet]
    #expect(conventions.map { $0.count(graph, source: entry.architecture.frameworkSource) } == expected)
  }

  /// Those of fvcore, ptflops and torchinfo for networks with other activations and norms, whose averages and norms are
  /// functions, methods or modules of their own.
  @Test(arguments: [
    ("mobilenet_v2", [314_193_216, 320_300_008, 300_809_384]),
    ("mobilenet_v3_small", [59_649_536, 60_910_032, 56_527_424]),
    ("mnasnet0_5", [110_586_848, 115_966_088, 104_477_592]),
    ("shufflenet_v2_x0_5", [42_524_256, 44_770_632, 40_485_400]),
    ("squeezenet1_1", [349_320_936, 359_982_728, 351_741_288]),
    ("efficientnet_b0", [401_659_392, 410_196_896, 385_867_108]),
    ("efficientnet_v2_s", [8_446_985_216, 8_488_476_440, 8_365_807_216]),
    ("convnext_tiny", [4_470_437_376, 4_488_347_368, 322_371_592]),
  ])
  func newerNetworksCountAsTheirToolsCount(_ name: String, _ expected: [Int]) throws {
    let entry = try Registry.standard.entry(name)
    let graph = try entry.graph()
    let conventions: [CountingConvention] = [.fvcore, .ptflops, .torchinfo]
    #expect(conventions.map { $0.count(graph, source: entry.architecture.frameworkSource) } == expected)
  }

  /// Receptive fields of the last feature map, computed from kernels and strides.
  @Test(arguments: [
    ("vgg16", "features.30", 212), ("resnet18", "layer4.1", 435), ("resnet34", "layer4.2", 899),
    ("resnet50", "layer4.2", 427), ("resnet50_v1", "layer4.2", 483), ("alexnet", "features.12", 195),
  ])
  func receptiveFields(_ name: String, _ layer: String, _ field: Int) throws {
    let layers = try Breakdown(Registry.standard.entry(name).graph()).layers
    let last = try #require(layers.last { $0.name.hasPrefix(layer) })
    #expect(last.receptiveField.height == field)
    #expect(last.receptiveField.width == field)
  }

  @Test(arguments: Registry.standard.all.map(\.name))
  func layersAddUpToTheTotals(_ name: String) throws {
    let graph = try Registry.standard.entry(name).graph()
    let breakdown = Breakdown(graph)
    let main = breakdown.layers.filter { !$0.isAuxiliary }
    let heads = breakdown.layers.filter(\.isAuxiliary)
    #expect(main.reduce(0) { $0 + $1.parameters } == graph.totals.parameters)
    #expect(heads.reduce(0) { $0 + $1.parameters } == graph.totals.auxiliary)
    #expect(main.reduce(0) { $0 + $1.buffers } == graph.totals.buffers)
    #expect(main.reduce(0) { $0 + $1.macs } == graph.totals.macs)
    #expect(breakdown.outline.flatMap(\.layers) == Array(breakdown.layers.indices))
    let blocks = breakdown.outline.map { breakdown.totals(of: $0) }
    #expect(blocks.reduce(0) { $0 + $1.operators } == breakdown.layers.count)
  }

  /// Saved bytes are added up block by block.
  @Test func savedBytesBelongToLayers() throws {
    let graph = try Registry.standard.entry("resnet18").graph()
    let breakdown = Breakdown(graph, savedBytes: Array(graph.nodes.indices))
    #expect(breakdown.layers.map(\.keptBytes) == Array(graph.nodes.indices))
    let blocks = breakdown.outline.map { breakdown.totals(of: $0).keptBytes }
    #expect(blocks.reduce(0, +) == graph.nodes.indices.reduce(0, +))
    #expect(Breakdown(graph).layers.allSatisfy { $0.keptBytes == 0 })
  }

  @Test func comparisonFindsTheMovedStride() throws {
    let comparison = try Comparison(
      Breakdown(Registry.standard.entry("resnet50").graph()),
      Breakdown(Registry.standard.entry("resnet50_v1").graph()))
    let changed = comparison.changes.compactMap {
      if case .changed(_, let new) = $0 { new.name } else { nil }
    }
    let expected = ["layer2.0", "layer3.0", "layer4.0"].flatMap { block in
      ["conv1", "bn1", "relu", "conv2"].map { "\(block).\($0)" }
    }
    #expect(changed == expected)
  }

  @Test func comparisonKeepsTheOrderOfBoth() throws {
    let networks = try ["resnet18", "resnet34"].map { try Breakdown(Registry.standard.entry($0).graph()) }
    let changes = Comparison(networks[0], networks[1]).changes
    let old: [String] = changes.compactMap {
      switch $0 {
      case .same(let layer), .changed(let layer, _), .removed(let layer): layer.name
      case .added: nil
      }
    }
    let new: [String] = changes.compactMap {
      switch $0 {
      case .same(let layer), .changed(_, let layer), .added(let layer): layer.name
      case .removed: nil
      }
    }
    #expect(old == networks[0].layers.map(\.name))
    #expect(new == networks[1].layers.map(\.name))
  }
}
