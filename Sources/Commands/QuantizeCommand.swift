import ArgumentParser
import Datasets
import Files
import Session
import Text
import TrainingSession
import Weights
import Zoo

/// `cnnzoo quantize`: makes weights for computing in bytes.
struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize", abstract: "Calibrate a network on images and write its weights as int8.",
    discussion: """
      The network runs on images in float32, and what its values are decides what the bytes stand for; no training takes \
      place. The file has int8 weights with a scale for each output, batch norms folded in, and a scale and a zero point for \
      each feature map. 'cnnzoo infer' and 'cnnzoo eval' take it as --weights. The report compares each layer with float32.
      """)

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @Option(help: ArgumentHelp(DataOptions.help, valueName: "dir"))
  var data: String

  @Option(help: .init("File to write.", valueName: "file.safetensors"))
  var output: String

  @OptionGroup var images: DataOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var preprocessing: PreprocessOption
  @OptionGroup var threading: ThreadOption

  @Option(help: "Images to calibrate on. Default: train, else val, else all.")
  var split: DataSplit?

  @Option(help: .init("Most images to calibrate on.", valueName: "n"))
  var samples = 128

  @Option(
    help: .init(
      "Leave layers in float32 until no more than this percentage of the images changes its class.",
      valueName: "percent"))
  var maxLoss: Double?

  @OptionGroup var pulling: PullOption
  @OptionGroup var display: QuietOption
  @OptionGroup var format: FormatOption

  func validate() throws {
    try check(samples, in: 1...10_000, option: "--samples")
    try check(maxLoss, in: 0...100, option: "--max-loss")
    try check(output, endsIn: ".safetensors", option: "--output")
  }

  func run() throws {
    display.apply()
    _ = try Registry.current.entry(model)
    try AtomicFile.check(output)
    let data = try images.open(self.data).data
    let changes = try preprocessing.parsed()
    let planned = try pulling.fetchingIfMissing(model) {
      try PlannedQuantization(
        network.request(model), weights: weights.request, on: data, split: split, samples: samples,
        changes: changes)
    }
    for text in planned.bound.notes { note(text) }
    noteAssumptions(
      about: planned.bound.weights, of: planned.bound.network, planned.preprocessing, changes: changes)
    try Quantizer.checkMemory(planned.bound, images: planned.count, threads: threading.count)
    Interruption.install()
    // Each image is read once; how often layers are left out after that is not known.
    let runs = planned.count * (1 + Quantizer.runsPerImage(planned.bound))
    var progress = ImageProgress(total: maxLoss == nil ? runs : nil, of: "runs")
    func proceed() throws {
      if let status = Interruption.status { throw ExitCode(status) }
      progress.advance(by: 1)
    }
    let result = try Quantizer(
      planned.bound, images: planned.images(proceed: proceed),
      settings: .init(maximumLoss: maxLoss, threads: threading.count), proceed: proceed
    ).run()
    try result.write(to: output, from: planned.bound, data: planned.dataName)
    let report = QuantizationReport(
      model: model, data: planned.dataName, split: planned.split.rawValue, result: result)
    switch format.format {
    case .text: try emit(report.text)
    case .json: try emit(report.json.line)
    case .csv, .markdown: try emit(report.table.text(as: format.format))
    }
  }
}
