import Anatomy
import GraphIR
import TensorCore
import Testing
import Zoo

@Suite struct AnatomyTests {
  /// Totals that fvcore 0.1.5, ptflops 0.7.5 and torchinfo 1.8.0 print: scripts/golden/conventions.json.
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
    let entry = try Registry.entry(name)
    let graph = try entry.graph()
    let conventions: [CountingConvention] = [.torchvision, .fvcore, .ptflops, .torchinfo, .darknet]
    #expect(conventions.map { $0.count(graph, source: entry.architecture.frameworkSource) } == expected)
  }

  /// Fields of the last feature map, by the arithmetic of kernels and strides.
  @Test(arguments: [
    ("vgg16", "features.30", 212), ("resnet18", "layer4.1", 435), ("resnet34", "layer4.2", 899),
    ("resnet50", "layer4.2", 427), ("resnet50_v1", "layer4.2", 483), ("alexnet", "features.12", 195),
  ])
  func receptiveFields(_ name: String, _ layer: String, _ field: Int) throws {
    let layers = try Breakdown(Registry.entry(name).graph()).layers
    let last = try #require(layers.last { $0.name.hasPrefix(layer) })
    #expect(last.receptiveField.height == field)
    #expect(last.receptiveField.width == field)
  }

  @Test(arguments: Registry.all.map(\.name))
  func layersAddUpToTheTotals(_ name: String) throws {
    let graph = try Registry.entry(name).graph()
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

  /// Convolution 1 keeps the image, batch norm its input and 2 × 64 statistics, ReLU its output, the pooling
  /// an index of 4 bytes for each maximum.
  @Test func backwardKeepsWhatItNeeds() throws {
    let layers = try Breakdown(Registry.entry("resnet18").graph()).layers
    let map = 64 * 112 * 112 * 4
    #expect(layers[..<4].map(\.keptBytes) == [3 * 224 * 224 * 4, map + 2 * 64 * 4, map, 64 * 56 * 56 * 4])
    // The next convolution reads the pooled map, the shortcut's sum keeps nothing.
    #expect(layers[4].keptBytes == 64 * 56 * 56 * 4)
    #expect(layers.first { $0.kind == "add" }?.keptBytes == 0)
  }

  @Test func comparisonFindsTheMovedStride() throws {
    let comparison = try Comparison(
      Breakdown(Registry.entry("resnet50").graph()), Breakdown(Registry.entry("resnet50_v1").graph()))
    let changed = comparison.changes.compactMap {
      if case .changed(_, let new) = $0 { new.name } else { nil }
    }
    let expected = ["layer2.0", "layer3.0", "layer4.0"].flatMap { block in
      ["conv1", "bn1", "relu", "conv2"].map { "\(block).\($0)" }
    }
    #expect(changed == expected)
  }

  @Test func comparisonKeepsTheOrderOfBoth() throws {
    let networks = try ["resnet18", "resnet34"].map { try Breakdown(Registry.entry($0).graph()) }
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
