import ArgumentParser
import Files
import Inputs
import Session
import TensorCore
import Text
import Weights

/// `cnnzoo explain`: shows where in an image a network sees a class.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Show where in an image a network sees a class.",
    discussion: """
      The image to write has the network's input on the left, and beside it a map of what speaks for the class: Grad-CAM, from the \
      gradient of the class's logit with respect to the last feature maps, and with --occlusion how much of its probability \
      is lost where a square is covered.
      """)

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @Argument(help: "Image file.")
  var image: String

  @Option(help: .init("File to write.", valueName: "file.png"))
  var output: String

  @Option(
    name: .customLong("class"),
    help: .init("Class to explain, counted from 0. Default: the most probable one.", valueName: "n"))
  var classIndex: Int?

  @Option(
    help: .init(
      "Layer or block whose feature maps Grad-CAM weighs. Default: the last that are larger than a pixel.",
      valueName: "path"))
  var layer: String?

  @Flag(help: "Cover squares of the image one after the other as well; this runs the network some 200 times.")
  var occlusion = false

  @Option(help: .init("Write Grad-CAM as numbers, float32 [H, W] of the layer.", valueName: "file.npy"))
  var map: String?

  @Option(
    help: .init("Write the occlusion map as numbers, float32 [H, W] of the input.", valueName: "file.npy"))
  var occlusionMap: String?

  @OptionGroup var weights: WeightOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var preprocessing: PreprocessOption
  @OptionGroup var threading: ThreadOption

  @Option(
    help: .init(
      "File with class names: one per line, or a JSON or Python list or dictionary.", valueName: "file"))
  var labels: String?

  func validate() throws {
    try check(output, endsIn: ".png", option: "--output")
    try check(map, endsIn: ".npy", option: "--map")
    try check(occlusionMap, endsIn: ".npy", option: "--occlusion-map")
    try refuse("--occlusion-map", when: !occlusion, "without --occlusion")
    try check(classIndex, atLeast: 0, option: "--class")
  }

  func run() throws {
    for path in [output, map, occlusionMap].compactMap(\.self) { try AtomicFile.check(path) }
    let bound = try BoundNetwork(network.request(model), weights: weights.request)
    try bound.check(.float32)
    for text in bound.notes { note(text) }
    let classes = bound.network.classes
    if let classIndex, classIndex >= classes {
      throw ValidationError("--class must be below \(classes), the number of classes")
    }
    let changes = try preprocessing.parsed()
    let preprocessor = try bound.network.preprocessor(for: bound.weights, changes: changes)
    noteAssumptions(about: bound.weights, of: bound.network, preprocessor.description, changes: changes)
    let labels =
      try self.labels.map { try LabelList(path: $0, classes: classes) }
      ?? LabelList(for: bound.weights, of: bound.network)

    let (pixels, _) = try preprocessor.pixels(of: .file(FilePath(image)))
    var input = [Float](repeating: 0, count: preprocessor.elementCount)
    unsafe input.withUnsafeMutableBufferPointer { unsafe preprocessor.normalize(pixels, into: $0) }
    let explainer = try Explainer(bound, layer: layer, threads: threading.count)
    let predictions = Prediction.top(classes, of: try explainer.logits(input, of: image), labels: labels)
    guard let explained = predictions.first(where: { $0.classIndex == classIndex ?? $0.classIndex }) else {
      return
    }
    let gradCAM = explainer.gradCAM(ofClass: explained.classIndex)
    if let map { try NumPyFile.write(gradCAM.values, shape: [gradCAM.height, gradCAM.width], to: map) }
    // A small image is enlarged, so that there is something to see.
    let picture = pixels.enlarged(by: max(224 / max(pixels.height, pixels.width), 1))
    var panels = [picture, gradCAM.drawn(over: picture)]
    if occlusion {
      let loss = try explainer.occlusion(input, ofClass: explained.classIndex)
      if let occlusionMap {
        try NumPyFile.write(loss.values, shape: [loss.height, loss.width], to: occlusionMap)
      }
      panels.append(loss.drawn(over: picture))
    }
    try AtomicFile.write(Raster.row(panels, gap: 8).png(for: output), to: output)
    let percent = Numbers.fixed(Double(explained.probability) * 100, digits: 2)
    let name = explained.label.map(escaped) ?? "class \(explained.classIndex)"
    try emit("\(escaped(image))  \(name)  \(percent) %  \(explainer.layer.name)\n")
  }
}
