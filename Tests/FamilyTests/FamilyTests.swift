import Anatomy
import Datasets
import Engine
import Foundation
import GraphIR
import Graphics
import Recipes
import Support
import TensorCore
import Testing
import TinyNet
import Training
import Weights
import Zoo

/// A family is one folder and one registry line: ``TinyNet`` is all that these tests add, and it goes everywhere.
struct FamilyTests {
  private let registry = Registry([TinyNet.family])

  private func tinyNet() throws -> ModelEntry { try registry.entry("tinynet") }

  // MARK: list, about, summary, params

  @Test func isListed() throws {
    #expect(registry.all.map(\.name) == ["tinynet", "tinynet_wide"])
    #expect(registry.family(of: "tinynet_wide")?.about.title == "TinyNet")
    #expect(registry.initializationSchemes.map(\.name) == ["torch", "orthogonal", "xavier", "tiny"])
    #expect(throws: RegistryError.unknown(name: "tinet", nearest: ["tinynet", "tinynet_wide"])) {
      try registry.entry("tinet")
    }
    #expect(throws: RegistryError.self) { try registry.entry("resnet50") }
  }

  @Test func saysWhatCanBeSet() throws {
    let settings = try tinyNet().architecture.currentSettings
    #expect(settings.map(\.name) == ["width"] && settings.map(\.value) == ["4"])
    let wide = try tinyNet().architecture.setting("width", to: "8")
    #expect(try wide.graph(input: [1, 1, 8, 8], classes: 2).totals.parameters == 862)
  }

  @Test func isTakenApart() throws {
    let graph = try tinyNet().graph()
    #expect(Breakdown(graph).layers.map(\.name) == graph.nodes.map(\.name))
    #expect(Figure(graph).drawing().svg.contains("conv"))
  }

  @Test func countsAreThePublishedOnes() throws {
    for entry in registry.all {
      let totals = try entry.graph().totals
      #expect(totals.parameters == entry.expect.parameters)
      #expect(totals.macs == entry.expect.macs)
    }
  }

  /// ptflops counts poolings, and ReLUs that are functions, once; it would count a module's twice.
  @Test func conventionsKnowItsSource() throws {
    let graph = try tinyNet().graph()
    let architecture = try tinyNet().architecture
    let (maps, features) = (4 * 8 * 8, 6)
    let (biases, norm, called, byModules) = (features, 2 * maps, 2 * maps + features, maps + features)
    let withFunctions = 2_688 + biases + norm + called + byModules
    #expect(CountingConvention.ptflops.count(graph, source: architecture.frameworkSource) == withFunctions)
    #expect(CountingConvention.ptflops.count(graph, source: FrameworkSource()) == withFunctions + maps)
  }

  // MARK: Initialization and recipes

  @Test func startsFromItsOwnValues() throws {
    let entry = try tinyNet()
    func values(_ name: String) throws -> [Float] {
      let parameter = try #require(try entry.graph().parameters.first { $0.name == name })
      var values = [Float](repeating: .nan, count: parameter.shape.count)
      values.withUnsafeMutableBufferPointer { initialValues(of: entry).fill(parameter, $0) }
      return values
    }
    #expect(try values("output.codes") == [-1, -1, -1, -1, -1, -1, 1, -1, -1, -1, -1, -1])
    #expect(try values("fc.bias") == [Float](repeating: 0.25, count: 6))
    #expect(try values("norm.weight") == [1, 1, 1, 1] && values("norm.running_var") == [1, 1, 1, 1])
    // Not the scheme's 1, but uniform within √(6 / 9).
    let weights = try values("conv.weight")
    #expect(Set(weights).count == 36 && weights.allSatisfy { abs($0) <= 0.8165 })
  }

  @Test func recipesStartFromItsStandardSettings() throws {
    let architecture = try tinyNet().architecture
    func settings(_ recipe: String, _ image: Shape) throws -> TrainingSettings {
      try architecture.recipes.named(recipe, image: image, of: "tinynet")
        .settings(from: architecture.standardSettings)
    }
    #expect(try settings("paper", [1, 8, 32]).epochs == 4)
    #expect(try settings("halves", [1, 8, 33]).epochs == 9)
    #expect(try settings("halves", [1, 8, 8]).loss == .radialBasis(competition: 3))
    #expect(try settings("halves", [1, 8, 8]).initialization.name == "tiny")
  }

  @Test func aRecipeThatItDoesNotHaveIsRefused() throws {
    let recipes = try tinyNet().architecture.recipes
    let error = #expect(throws: RecipeError.self) {
      try recipes.named("paper", image: [1, 64, 64], of: "tinynet")
    }
    #expect(
      "\(try #require(error))"
        == "--recipe paper: tinynet has no such recipe for images of 1×64×64: it has halves")
    let none = #expect(throws: RecipeError.self) {
      try [Recipe]().named("paper", image: [1, 8, 8], of: "tinynet")
    }
    #expect("\(try #require(none))".contains("tinynet has no recipes"))
  }

  // MARK: infer, train, eval, plot

  @Test func infers() throws {
    let entry = try tinyNet()
    let executor = try Executor(Plan(entry.graph(batch: 2)), parameters: FormulaWeights(), threads: 1)
    var logits = [Float](repeating: .nan, count: 4)
    executor.run([Float](repeating: 0.5, count: 2 * 64), into: &logits)
    #expect(logits.allSatisfy { $0.isFinite && $0 < 0 })
  }

  @Test func trainsIsEvaluatedAndIsPlotted() throws {
    let entry = try tinyNet()
    let (train, test) = (halves(160), halves(40))
    var settings = try entry.architecture.recipes.named("paper", image: entry.input.shape, of: entry.name)
      .settings(from: entry.architecture.standardSettings)
    settings.seed = 1
    let graph = try entry.graph(batch: settings.batch)
    let pipeline = SamplePipeline(
      entry.input.preprocessing, augmentation: settings.augmentation)
    let network = try EngineNetwork(
      graph, plan: TrainingPlan(graph), parameters: initialValues(of: entry), threads: 1)
    let folder = try TemporaryFolder()
    let run = folder.path + "/run"
    let parts = Trainer.Parts(
      network: network,
      source: .init(images: train, pipeline: pipeline, batch: settings.batch, seed: settings.seed),
      test: test,
      settings: settings)
    let trained = try Trainer(parts, folder: RunFolder(path: run)).run(resumes: false)
    #expect(trained.topOne > 0.9)

    // The saved weights, read as `eval` reads them.
    let checkpoint = try Checkpoint.open(path: run + "/last.safetensors")
    let binding = try CheckpointBinding(
      graph.parameters, of: entry.name, to: checkpoint, renaming: TinyNet.family.renames)
    let evaluated = try Evaluation.measure(
      EnginePredictor(Plan(graph), parameters: binding, threads: 1), on: test, pipeline,
      loss: entry.architecture.loss)
    #expect(evaluated == trained)

    let history = try RunHistory(folder: run)
    #expect(history.curve("test_accuracy").map(\.y).last == trained.topOne)
    let plot = CurvePlot(
      title: "loss", curves: [.init("test", history.curve("test_loss"))], yTitle: "loss")
    #expect(CurvePlot.drawing(of: [plot]).svg.contains("<path"))
  }

  @Test func publishedNamesLeadToItsOwn() throws {
    #expect(TinyNet.family.renames.map { $0.apply(to: "classifier.weight") } == ["fc.weight"])
    #expect(TinyNet.family.renames.map { $0.apply(to: "conv.weight") } == ["conv.weight"])
  }

  private func initialValues(of entry: ModelEntry) -> InitialValues {
    InitialValues(
      entry.architecture.initialization, seed: 1,
      fixed: entry.architecture.fixedBuffers(classes: entry.classes))
  }

  /// Gray images of 8×8: the upper half is bright in class 0, the lower one in class 1, under noise.
  private func halves(_ count: Int) -> ImagesInMemory {
    let noise = FormulaNoise(name: "halves \(count)")
    let pixels = (0..<count * 64).map { at -> UInt8 in
      let isBright = (at / 64 % 2 == 0) == (at % 64 < 32)
      return UInt8(100 + (isBright ? 60 : 0) + noise[at] * 50)
    }
    return ImagesInMemory(
      height: 8, width: 8, channels: 1, pixels: pixels, labels: (0..<count).map { UInt8($0 % 2) })
  }
}
