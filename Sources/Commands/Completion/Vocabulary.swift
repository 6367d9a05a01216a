import Anatomy
import GraphIR
import Inputs
import Recipes
import Session
import TensorCore
import Text
import Weights
import Zoo

/// The values that arguments can have, given the words before them.
///
/// Most follow from the help: an option that lists its values, or calls its value `file.npy`, `dir`, `model` or `image`.
struct Vocabulary {
  private let line: PartialLine

  init(_ line: PartialLine) { self.line = line }

  /// The values of an argument; `typed` is what stands there already.
  func values(of argument: CommandGrammar.Argument, typed: String) -> Completion {
    if let words = words(of: argument.names.first ?? argument.valueName, typed: typed) {
      return Completion(candidates: words, files: files(of: argument))
    }
    let words = argument.values.map { Completion.Candidate($0) }
    return Completion(candidates: argument.isList ? list(words, typed) : words, files: files(of: argument))
  }

  /// The words that an argument accepts, if the help does not list them.
  private func words(of name: String, typed: String) -> [Completion.Candidate]? {
    switch name {
    case "model", "a", "b", "name", "--model": networks
    case "subcommands": line.program.subcommands.map { .init($0.name, $0.help) }
    case "--family": Registry.current.families.map { .init($0.name, $0.about.title) }
    case "--set": settings(typed)
    case "--recipe": recipes
    case "--as": list(CountingConvention.allCases.map { .init($0.rawValue, $0.meaning) }, typed)
    case "--init": Registry.current.initializationSchemes.map { .init($0.name) }
    case "--layer": layers
    case "--freeze": parameterPatterns
    case "--weights-key": weightKeys
    case "--data", "dir": [.init("fashion-mnist", "10 classes of garments, 28×28, from Debian's package")]
    case "--preprocess": preprocessing(typed)
    case "--augment": list(Self.augmentations, typed)
    case "--schedule": Self.schedules
    default: nil
    }
  }

  /// The files that an argument accepts, as its place in the help says.
  private func files(of argument: CommandGrammar.Argument) -> Completion.Files? {
    let places = argument.valueName.split(separator: "|").map { $0.split(separator: ".") }
    switch places.first?.first {
    case "image", "query": return .files(extensions: ImageList.extensions.sorted())
    case "dir" where ["--data", nil].contains(argument.names.first): return .files(extensions: [])
    case "dir", "run", "folder": return .folders
    case "file" where argument.names.allSatisfy { $0.hasSuffix("-weights") }:
      return .files(extensions: Self.weightExtensions)
    case "file": return .files(extensions: places.compactMap { $0.count > 1 ? String($0[1]) : nil })
    default: return nil
    }
  }

  /// Completes the last item of a list separated by commas with one that is not in it yet.
  private func list(_ words: [Completion.Candidate], _ typed: String) -> [Completion.Candidate] {
    let items = typed.split(separator: ",", omittingEmptySubsequences: false)
    let head = items.dropLast().map { "\($0)," }.joined()
    let used = items.dropLast().map { $0.prefix { $0 != "=" } }
    return words.filter { word in !used.contains { $0 == word.text.prefix { $0 != "=" } } }
      .map { .init(head + $0.text, $0.meaning) }
  }
}

extension Vocabulary {
  private var networks: [Completion.Candidate] {
    Registry.current.families.flatMap { family in
      family.entries.map {
        .init($0.name, "\(family.about.title), \(Numbers.scaled($0.expect.parameters)) parameters")
      }
    }
  }

  /// The network that is named on the line.
  private var network: ModelEntry? {
    line.positionals.lazy.compactMap { try? Registry.current.entry($0) }.first
  }

  /// `width=` and `depth=`, and behind that the current value.
  private func settings(_ typed: String) -> [Completion.Candidate] {
    guard let settings = network?.architecture.currentSettings else { return [] }
    guard let equals = typed.firstIndex(of: "=") else {
      return settings.map { .init("\($0.name)=", $0.meaning) }
    }
    let name = typed[..<equals]
    guard let value = settings.first(where: { $0.name == name })?.value else { return [] }
    let values = Bool(value) == nil ? [value] : ["true", "false"]
    return values.map { .init("\(name)=\($0)", $0 == value ? "current value" : "") }
  }

  private var recipes: [Completion.Candidate] {
    (network?.architecture.recipes ?? []).reduce(into: []) { words, recipe in
      if !words.contains(where: { $0.text == recipe.name }) {
        words.append(.init(recipe.name, recipe.source))
      }
    }
  }

  private var layers: [Completion.Candidate] {
    guard let graph = try? network?.graph().withoutAuxiliaries() else { return [] }
    return Breakdown(graph).layers.map { .init($0.name, "\($0.kind) → \($0.outputShape)") }
  }

  /// The parameters one by one, and all of a block by `layer1.*`.
  private var parameterPatterns: [Completion.Candidate] {
    guard let graph = try? network?.graph() else { return [] }
    var words: [Completion.Candidate] = []
    for name in graph.parameters.lazy.filter({ $0.role == .trainable }).map(\.name) {
      if let dot = name.firstIndex(of: ".") {
        let block = "\(name[..<dot]).*"
        if words.last(where: { $0.text.hasSuffix("*") })?.text != block { words.append(.init(block)) }
      }
      words.append(.init(name))
    }
    return words
  }

  /// The sets of tensors in the weight file that is named on the line.
  private var weightKeys: [Completion.Candidate] {
    let file = line.values["--weights"]?.last ?? line.positionals.first
    guard let file, let checkpoint = try? Checkpoint.open(path: file) else { return [] }
    return ([checkpoint.mainKey] + checkpoint.otherKeys).map { .init($0) }
  }

  private func preprocessing(_ typed: String) -> [Completion.Candidate] {
    let words: [String]
    switch PreprocessingChanges.Key(rawValue: String(typed.prefix { $0 != "=" })) {
    case .interpolation:
      words = [ImagePreprocessing.Interpolation.bilinear, .bicubic].map { "interpolation=\($0)" }
    case .conversion:
      words = [ImagePreprocessing.Conversion.unchanged, .fashionMNIST(inverting: nil)]
        .map { "conversion=\($0.name)" }
    default: words = PreprocessingChanges.Key.allCases.map { "\($0)=" }
    }
    return words.map { .init($0) }
  }

  private static let weightExtensions = [
    "safetensors", "pth", "pt", "bin", "ckpt", "tar", "npz", "npy",
  ]

  private static let augmentations: [Completion.Candidate] = [
    "none", "pad-crop=", "flip", "resized-crop=", "auto-augment", "rand-augment=", "trivial-augment",
    "jitter=",
    "lighting=", "cutout=", "erasing=", "mixup=", "cutmix=",
  ].map { .init($0) }

  private static let schedules: [Completion.Candidate] = [
    "constant", "step:", "multi-step:", "cosine", "poly", "one-cycle",
  ].map { .init($0) }
}
