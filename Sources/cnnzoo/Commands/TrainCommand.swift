import ArgumentParser
import Engine
import GraphIR
import Inputs
import Recipes
import TensorCore
import Training
import Weights
import Zoo

/// `cnnzoo train`: a network learns.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a network, from the beginning or from weights.",
    discussion: """
      The output folder gets config.json, metrics.jsonl (a line an epoch and at intervals), \
      last.safetensors, best.safetensors (of the best test accuracy) and state.safetensors, from which \
      --resume goes on bit for bit as if the run had never stopped. SIGINT and SIGTERM save first. The same \
      seed gives the same bits for any number of threads and workers.
      """)

  @Argument(help: "Name of a network.")
  var model: String

  @OptionGroup var data: DataOptions

  @Option(help: .init("Folder of the run.", valueName: "dir"))
  var output: String

  @Flag(help: "Go on with the run in the folder, or begin it there.")
  var resume = false

  @Option(help: .init("Begin from these weights; a head of another size begins anew.", valueName: "file"))
  var weights: String?

  @Option(
    help: .init("Parameters that do not learn: 'layer1.*'. May be given several times.", valueName: "pattern")
  )
  var freeze: [String] = []

  @OptionGroup var recipe: RecipeOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var threading: ThreadOption

  @Option(help: .init("Steps between two saves within an epoch. Default: five minutes.", valueName: "n"))
  var saveEvery: Int?

  @Option(help: .init("Steps between two lines of metrics.", valueName: "n"))
  var logEvery = 100

  func validate() throws {
    if let saveEvery, saveEvery < 1 { throw ValidationError("--save-every takes a number from 1 on") }
    if logEvery < 1 { throw ValidationError("--log-every takes a number from 1 on") }
  }

  func run() throws {
    _ = try Registry.entry(model)
    let data = try Dataset.open(self.data.data)
    let model = try network.model(named: model, for: data)
    let settings = try recipe.settings(for: model)
    if let recipe = try recipe.recipe(for: model) {
      note(
        "recipe \(recipe.name): \(recipe.source)" + (recipe.expected.map { "; reported there: \($0)" } ?? ""))
    }
    let graph = try model.graph(batch: settings.batch)
    let frozen = try graph.parameters(matching: freeze)
    let plan = TrainingPlan(graph, frozen: frozen)
    let workers = self.data.workerCount(for: data, threads: threading.count)
    let memory = plan.runMemory(
      graph, settings, data: data, workers: workers, threads: threading.count)
    try Memory.check(memory.total, for: model.name)
    note("memory: \(memory.text)")
    let folder = try RunFolder(path: output)
    let pipeline = try model.pipeline(for: data, augmentation: settings.augmentation)
    var parts = Trainer.Parts(
      network: try EngineNetwork(
        graph, plan: plan, parameters: try firstValues(graph, model, settings), threads: threading.count),
      source: .init(images: data.train, pipeline: pipeline, batch: settings.batch, seed: settings.seed),
      test: data.test, settings: settings)
    parts.frozen = frozen
    parts.description = description(model, data)
    parts.metadata = metadata(model, data, pipeline)
    parts.workers = workers
    parts.logInterval = logEvery
    parts.saveInterval = saveEvery ?? 0
    parts.stopSignal = { Interruption.status.map { $0 - 128 } }
    Interruption.install()
    let progress = TrainingProgress()
    let test: Evaluation
    do throws(TrainingError) {
      test = try Trainer(parts, folder: folder, report: progress.show).run(resumes: resume)
    } catch {
      guard case .stopped(let signal, _) = error else { throw error }
      note("\(error)")
      throw ExitCode(128 + signal)
    }
    try emit(summary(test, model))
  }

  private func firstValues(
    _ graph: Graph, _ model: Model, _ settings: TrainingSettings
  ) throws -> any ParameterSource {
    let initial = InitialValues(of: model, settings)
    guard let weights else { return initial }
    let tuned = try FineTunedValues(
      graph, of: model.name, from: .open(path: weights),
      renaming: WeightChoice.renaming(for: Registry.family(of: model.name)), initial: initial)
    note(
      "\(tuned.kept.count) tensors kept from \(weights)"
        + (tuned.renewed.isEmpty ? "" : "; these begin anew: \(tuned.renewed.joined(separator: ", "))"))
    return tuned
  }

  /// What decides the result of the run besides the settings.
  private func description(_ model: Model, _ data: Dataset) -> [(key: String, value: String)] {
    [
      ("schema", JSON.string("cnnzoo.run/1").text), ("model", JSON.string(model.name).text),
      ("set", JSON.array(network.settings.map(JSON.string)).text), ("classes", "\(model.classes)"),
      ("input_shape", JSON.shape(model.image).text), ("data", JSON.string(data.name).text),
      ("train_images", "\(data.train.count)"), ("test_images", "\(data.test.count)"),
      ("weights", weights.map { JSON.string($0).text } ?? "null"),
      ("freeze", JSON.array(freeze.map(JSON.string)).text),
    ]
  }

  /// What the weight files say about themselves.
  private func metadata(
    _ model: Model, _ data: Dataset, _ pipeline: SamplePipeline
  ) -> [(key: String, value: String)] {
    let description = WeightDescription(
      model: model.name, settings: network.settings, inputShape: model.image, classes: model.classes,
      mean: pipeline.preprocessing.mean, deviation: pipeline.preprocessing.deviation, data: data.name,
      classNames: data.classNames)
    return [("format", "pt")] + description.metadata
  }

  private func summary(_ test: Evaluation, _ model: Model) -> String {
    "\(model.name): test accuracy \(Numbers.fixed(100 * test.topOne, digits: 2)) %, "
      + "loss \(Numbers.fixed(test.loss, digits: 4)); weights in \(output)/last.safetensors\n"
  }
}
