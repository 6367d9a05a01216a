import ArgumentParser
import Engine
import Files
import Inputs
import Recipes
import Session
import Text
import Training
import TrainingSession
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

  @Option(
    help: .init(
      "Share of each class to set aside for validation, for a folder of classes without splits.",
      valueName: "x"))
  var valFraction: Double?

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
  @OptionGroup var algorithm: ConvolutionOption

  @Option(help: .init("Steps between two saves within an epoch. Default: five minutes.", valueName: "n"))
  var saveEvery: Int?

  @Option(help: .init("Steps between two lines of metrics.", valueName: "n"))
  var logEvery = 100

  func validate() throws {
    if let saveEvery, saveEvery < 1 { throw ValidationError("--save-every takes a number from 1 on") }
    if let valFraction, !(valFraction > 0 && valFraction < 1) {
      throw ValidationError("--val-fraction takes a number between 0 and 1")
    }
    if logEvery < 1 { throw ValidationError("--log-every takes a number from 1 on") }
  }

  func run() throws {
    let request = network.request(model)
    _ = try Registry.standard.entry(model)
    var data = try Dataset.open(self.data.data)
    if let valFraction { data = try data.divided(validation: valFraction) }
    let network = try Network(request, trainedOn: data)
    let settings = try recipe.settings(for: network)
    if let recipe = try recipe.recipe(for: network) {
      note(
        "recipe \(recipe.name): \(recipe.source)" + (recipe.expected.map { "; reported there: \($0)" } ?? ""))
    }
    let training = try PlannedTraining(network, on: data, settings, options)
    note("memory: \(training.memory.text)")
    if let tuned = training.fineTuning, let weights {
      let initialized =
        tuned.renewed.isEmpty ? "" : "; newly initialized: \(tuned.renewed.joined(separator: ", "))"
      note("\(tuned.kept.count) tensors loaded from \(escaped(weights))" + initialized)
    }
    if training.leftOut > 0 {
      note(
        "each epoch leaves out \(training.leftOut) of the \(training.trainingImages) training images, others each"
          + " time: they do not fill a batch of \(settings.batch)")
    }
    let progress = TrainingProgress()
    let trainer = try training.trainer(
      into: RunFolder(path: output), stopSignal: { Interruption.status.map { $0 - 128 } },
      report: progress.show)
    Interruption.install()
    let test: Evaluation
    do throws(TrainingError) { test = try trainer.run(resumes: resume) } catch {
      guard case .stopped(let signal, _) = error else { throw error }
      note("\(error)")
      throw ExitCode(128 + signal)
    }
    try emit(summary(test))
  }

  private var options: PlannedTraining.Options {
    var options = PlannedTraining.Options()
    options.weights = weights
    options.freeze = freeze
    options.convolution = algorithm.convolution
    options.threads = threading.count
    options.workers = data.workers
    options.logInterval = logEvery
    options.saveInterval = saveEvery
    return options
  }

  private func summary(_ test: Evaluation) -> String {
    "\(model): test accuracy \(Numbers.fixed(100 * test.topOne, digits: 2)) %, "
      + "loss \(Numbers.fixed(test.loss, digits: 4)); weights in \(output)/last.safetensors\n"
  }
}
