import ArgumentParser
import Datasets
import Engine
import Files
import Inputs
import Recipes
import Session
import Synchronization
import TensorCore
import Text
import Training
import TrainingSession
import Zoo

/// `cnnzoo data`: looks into a data set before anything is trained on it.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Check a data set, or preview its augmented samples.",
    discussion: """
      check reads every image and prints what each class of each split has, formats and sizes, images that cannot be read, \
      and images with the same content by their SHA-256. With broken images, the exit status is 1; if all are broken, it \
      is that of the first. preview writes an image with the samples that 'train' would see of the first images in the first \
      epochs, with the same network, seed and augmentation, beside the images without augmentation.
      """)

  enum Action: String, ExpressibleByArgument, CaseIterable {
    case check
    case preview
  }

  @Argument(help: "What to do: check or preview.")
  var action: Action

  @Argument(help: ArgumentHelp(DataOptions.help, valueName: "dir"))
  var data: String

  @Option(help: .init("With preview, the file to write.", valueName: "file.png"))
  var output: String?

  @Option(
    help: .init(
      "With preview, augmentation as 'train' takes it. Default: the network's own.", valueName: "list"),
    transform: Augmentation.init(parsing:))
  var augment: Augmentation?

  @Option(
    help: .init("With preview, the network that would be trained. Default: resnet18.", valueName: "model"))
  var model: String?

  @Option(
    help: .init(
      "With preview, the network's input size, such as 224, 224x224 or 1x28x28.", valueName: "size"),
    transform: InputSize.init(parsing:))
  var inputSize: InputSize?

  @Option(help: .init("With preview, the seed of the training run. Default: 0.", valueName: "s"))
  var seed: UInt64?

  @Option(
    help: .init(
      "With preview, images per step; plays a role only where mixup or cutmix mix them.", valueName: "n"))
  var batchSize: Int?

  @Option(help: .init("With preview, number of images. Default: 8.", valueName: "n"))
  var images: Int?

  @Option(
    help: .init("With preview, samples of each image, one from each epoch. Default: 5.", valueName: "e"))
  var epochs: Int?

  @OptionGroup var holding: HeldOutOptions

  @Option(help: .init("With check, threads that read images.", valueName: "n"))
  var workers: Int?

  @Option(help: "With check, the output format; text is for people, the others are stable.")
  var format: OutputFormat?

  func validate() throws {
    _ = try holding.heldOut()
    switch action {
    case .check:
      try refuse(
        "--output", "--augment", "--model", "--input-size", "--seed", "--batch-size", "--images", "--epochs",
        when: true, "with check")
    case .preview:
      try refuse("--format", "--workers", when: true, "with preview")
      guard output != nil else { throw ValidationError("Missing expected argument '--output <file.png>'") }
      try check(output, endsIn: ".png", option: "--output")
      try check(batchSize, in: Limits.batch, option: "--batch-size")
      try check(images, in: 1...64, option: "--images")
      try check(epochs, in: 1...64, option: "--epochs")
    }
    try check(workers, in: Limits.threads, option: "--workers")
  }

  func run() throws {
    let found = try Dataset.open(data)
    noteContents(found, in: data)
    let data = try found.divided(asAskedBy: holding.heldOut())
    switch action {
    case .check: try printCheck(of: data)
    case .preview: try drawPreview(of: data)
    }
  }

  private func printCheck(of data: Dataset) throws {
    let total = data.splits.values.reduce(0) { $0 + $1.count }
    let progress = Mutex(ImageProgress(total: total))
    Interruption.install()
    let result = try DatasetCheck(
      of: data, threads: workers ?? ThreadPolicy.defaultThreads, isStopped: { Interruption.status != nil },
      advance: { progress.withLock { $0.advance(by: 1) } })
    guard let result else { throw ExitCode(Interruption.status ?? ExitStatus.software.rawValue) }
    let report = DatasetReport(data: data.name, classNames: data.classNames, check: result)
    switch format ?? .text {
    case .text: try emit(report.text)
    case .json: try emit(report.json.line)
    case .csv, .markdown: try emit(report.table.text(as: format ?? .csv))
    }
    guard let first = result.broken.first else { return }
    note("\(result.broken.count) of \(total) images cannot be read")
    throw ExitCode((result.broken.count < total ? .partial : ExitStatus(of: first.error)).rawValue)
  }

  private func drawPreview(of data: Dataset) throws {
    guard let output else { return }
    try AtomicFile.check(output)
    var request = NetworkRequest(model ?? "resnet18")
    request.inputSize = inputSize
    let network = try Network(request, trainedOn: data)
    let settings = network.architecture.standardSettings
    let augmentation = augment ?? settings.augmentation
    try refuse(
      "--augment", when: augmentation.lighting > 0 && network.image[0] != 3,
      "with lighting on images that do not have three channels")
    try refuse(
      "--batch-size", when: augmentation.mixup == 0 && augmentation.cutmix == 0, "where no images are mixed")
    let preview = try SamplePreview(
      of: network, on: data, augmentation: augmentation, seed: seed ?? settings.seed,
      batch: batchSize ?? settings.batch, images: images ?? 8, epochs: epochs ?? 5)
    try AtomicFile.write(preview.sheet.png(for: output), to: output)
    let size = "\(preview.preprocessing.cropWidth)×\(preview.preprocessing.cropHeight)"
    try emit(
      "\(preview.rows.count) images at \(size), augmentation \(augmentation), as \(network.name) would see them\n"
    )
  }
}
