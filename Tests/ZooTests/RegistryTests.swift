import Foundation
import GraphIR
import Support
import TensorCore
import Testing
import Zoo

/// The list of networks: names, order, and the facts about each.
struct RegistryTests {
  @Test func namesAreUniqueAndLowerCase() {
    let names = Registry.standard.all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }, "\(name)")
    }
    let families = Registry.standard.families.map(\.name)
    #expect(Set(families).count == families.count)
  }

  /// ImageNet's networks, then those for small images; each in natural order.
  @Test(arguments: Registry.standard.families.map(\.name))
  func namesAreInNaturalOrder(family name: String) throws {
    let family = try #require(Registry.standard.families.first { $0.name == name })
    let large = family.entries.filter { $0.classes == 1000 }.map(\.name)
    let small = family.entries.filter { $0.classes != 1000 }.map(\.name)
    #expect(family.entries.map(\.name) == large + small)
    for names in [large, small] { #expect(names == names.sorted(by: precedes)) }
  }

  /// Compares sequences of digits as numbers.
  private func precedes(_ left: String, _ right: String) -> Bool {
    left.compare(right, options: .numeric) == .orderedAscending
  }

  @Test func anUnknownNameListsTheNearest() {
    let error = #expect(throws: RegistryError.self) { try Registry.standard.entry("Resnet5") }
    guard case .unknown(name: "Resnet5", let nearest) = error else { return #expect(Bool(false)) }
    #expect(nearest.first == "resnet50" && nearest.count == 5)
    #expect("\(RegistryError.unknown(name: "vg16", nearest: ["vgg16"]))".contains("nearest names are vgg16;"))
  }

  /// Names as people write them elsewhere, with errors, and of versions that do not exist.
  @Test(arguments: [
    ("RESNET50", "resnet50"), ("resnet-50", "resnet50"), ("ResNeXt50 32x4d", "resnext50_32x4d"),
    ("vgg-16", "vgg16"), ("efficientnetb0", "efficientnet_b0"), ("mobilenet-v2", "mobilenet_v2"),
    ("mobilenet_v4", "mobilenet_v3_large"), ("inception_v5", "inception_v4"),
    ("shufflenet_v3", "shufflenet_v2_x0_5"),
    ("desnet121", "densenet121"), ("squeezenet", "squeezenet1_0"), ("convnext", "convnext_base"),
    ("ResNeXt50", "resnext50_32x4d"), ("wide-resnet50", "wide_resnet50_2"),
  ])
  func theNearestNameIsTheOneThatWasMeant(typed: String, meant: String) {
    let error = #expect(throws: RegistryError.self) { try Registry.standard.entry(typed) }
    guard case .unknown(_, let nearest) = error else { return #expect(Bool(false)) }
    #expect(nearest.first == meant, "\(typed): \(nearest)")
  }

  /// Code of an unlisted family would be dead; folders without code contain images, labels or weights.
  @Test func everyFolderWithCodeUnderModelsIsAFamilyWithEntries() throws {
    let models = Repository.root.appending(path: "Models")
    let folders = try FileManager.default.contentsOfDirectory(
      at: models, includingPropertiesForKeys: [.isDirectoryKey]
    ).filter { folder in
      try folder.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true
        && FileManager.default.contentsOfDirectory(atPath: folder.path).contains { $0.hasSuffix(".swift") }
    }
    let names = Set(folders.map(\.lastPathComponent)).subtracting(["Registry", "Blocks"])
    let families = Registry.standard.families.map { ($0.name.replacing("_", with: ""), $0.entries.count) }
    #expect(Set(names.map { $0.lowercased() }) == Set(families.map(\.0)))
    for (family, entries) in families { #expect(entries > 0, "\(family)") }
  }

  @Test(arguments: Registry.standard.all.map(\.name))
  func anEntrySaysWhatItIs(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    #expect(!entry.paper.authors.isEmpty && !entry.paper.title.isEmpty && !entry.paper.venue.isEmpty)
    #expect(entry.input.shape[1] == entry.input.preprocessing.cropHeight)
    #expect(entry.input.preprocessing.resize >= entry.input.preprocessing.cropHeight)
    #expect(entry.input.preprocessing.mean.count == entry.input.shape[0])
    #expect(entry.input.preprocessing.deviation.count == entry.input.shape[0])
    // The first published weights, which are last in the list, determine the preprocessing for unknown weights.
    if let first = entry.weights.last { #expect(first.preprocessing == entry.input.preprocessing) }
    for accuracy in entry.accuracy + entry.weights.flatMap(\.accuracy) {
      #expect(50..<100 ~= accuracy.percent)
      #expect(!accuracy.source.isEmpty)
    }
    for weights in entry.weights {
      let best = entry.weights.first?.accuracy.first?.percent ?? 100
      if let top1 = weights.accuracy.first?.percent { #expect(top1 <= best) }
      if weights.source.hasPrefix("torchvision ") { #expect(weights.hashPrefix != nil) }
      // Four bytes per parameter, or two; the file may include auxiliary heads.
      if let size = weights.mebibytes {
        let perParameter = size * 1_048_576 / Double(entry.expect.parameters + entry.expect.auxiliary)
        #expect((2...2.1) ~= perParameter || (4...4.1) ~= perParameter)
      }
      for setting in weights.settings {
        _ = try entry.architecture.setting(setting.name, to: setting.value)
      }
    }
  }

  @Test(arguments: Registry.standard.families.map(\.name))
  func aFamilyTellsItsIdeaInThreeSentences(_ name: String) throws {
    let about = try #require(Registry.standard.families.first { $0.name == name }).about
    #expect(!about.title.isEmpty && about.change.hasPrefix("Over "))
    #expect(about.idea.components(separatedBy: ". ").count == 3)
    for text in [about.idea, about.change] + about.remarks {
      #expect(text.hasSuffix(".") && !text.contains("  "), "\(text)")
    }
  }

  @Test func hashesComeFromFileNames() {
    let preprocessing = ImagePreprocessing.imageNet(224, resize: 256)
    func prefix(_ file: String) -> String? {
      PublishedWeights(source: "", file: file, preprocessing: preprocessing).hashPrefix
    }
    #expect(prefix("resnet50-11ad3fa6.pth") == "11ad3fa6")
    #expect(prefix("inception_v3_google-0cc3c7bd.pth") == "0cc3c7bd")
    #expect(prefix("mnasnet0.5_top1_67.823-3ffadce67e.pth") == "3ffadce67e")
    #expect(prefix("model.safetensors") == nil)
    #expect(prefix("deadbeef.pth") == nil)
    #expect(prefix("resnet50-finetune.pth") == nil)
  }

  /// Networks that a weight file cannot tell apart know each other.
  @Test(arguments: Registry.standard.families.map(\.name)) func twinsKnowEachOther(_ name: String) throws {
    let family = try #require(Registry.standard.families.first { $0.name == name })
    let inputs = Set(family.entries.map(\.input.shape))
    func tensors(_ entry: ModelEntry, _ input: Shape) -> [String]? {
      try? entry.graph(input: input, classes: 10).parameters.filter { !$0.isAuxiliary }.map {
        "\($0.name) \($0.shape)"
      }
    }
    for entry in family.entries {
      let others = family.entries.filter { $0.name != entry.name }
      let twins = others.filter { other in
        inputs.contains { input in tensors(entry, input).map { $0 == tensors(other, input) } ?? false }
      }
      #expect(twins.map(\.name) == entry.twins, "\(entry.name)")
    }
  }
}
