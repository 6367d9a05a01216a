import ArgumentParser
import Files
import Inputs
import Session
import TensorCore
import Text
import Weights

/// `cnnzoo explain`: shows where in an image a network sees a class, by Grad-CAM and occlusion.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Show where in an image a network sees a class.",
    discussion: """
      The output shows the network's input on the left and, beside it, the evidence for the class: Grad-CAM, from the gradient of \
      the class's logit with respect to the last feature maps, and with --occlusion the probability that is lost where a \
      square is covered.
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
      "Layer or block whose feature maps Grad-CAM weights. Default: the last one with more than one pixel.",
      valueName: "path"))
  var layer: String?

  @Flag(help: "Cover squares of the image one after the other as well; this runs the network some 200 times.")
  var occlusion = false

  @Option(help: .init("Write Grad-CAM as numbers, float32 [H, W] of the layer.", valueName: "file.npy"))
  var map: String?

  @Option(
    help: .init("Write the occlusion map as numbers, float32 [H, W] of the input.", valueName: "file.npy"))
  var occlusionMap: String?

  @OptionGroup var network: FloatNetworkOptions
  @OptionGroup var preprocessing: PreprocessOption
  @OptionGroup var threading: ThreadOption
  @OptionGroup var naming: LabelOption

  func validate() throws {
    try check(output, endsIn: ".png", option: "--output")
    try check(map, endsIn: ".npy", option: "--map")
    try check(occlusionMap, endsIn: ".npy", option: "--occlusion-map")
    try refuse("--occlusion-map", when: !occlusion, "without --occlusion")
    try check(classIndex, atLeast: 0, option: "--class")
  }

  func run() throws {
    for path in [output, map, occlusionMap].compactMap(\.self) { try AtomicFile.check(path) }
    let bound = try network.bound(model)
    let classes = bound.network.classes
    if let classIndex, classIndex >= classes {
      throw ValidationError("--class must be below \(classes), the number of classes")
    }
    let preprocessor = try preprocessing.preprocessor(for: bound)
    let labels = try naming.list(for: bound)

    let (pixels, _) = try preprocessor.pixels(of: .file(FilePath(image)))
    var input = [Float](repeating: 0, count: preprocessor.elementCount)
    unsafe input.withUnsafeMutableBufferPointer { unsafe preprocessor.normalize(pixels, into: $0) }
    let explainer = try Explainer(bound, layer: layer, threads: threading.count)
    let predictions = Prediction.top(classes, of: try explainer.logits(input, of: image), labels: labels)
    let chosen = classIndex.flatMap { index in predictions.first { $0.classIndex == index } }
    guard let explained = chosen ?? predictions.first else { return }
    let gradCAM = explainer.gradCAM(ofClass: explained.classIndex)
    if let map { try NumPyFile.write(gradCAM.values, shape: [gradCAM.height, gradCAM.width], to: map) }
    // Images of CIFAR and MNIST are too small to see anything.
    let shown = pixels.enlarged(by: max(224 / max(pixels.height, pixels.width), 1))
    var panels = [shown, gradCAM.drawn(over: shown)]
    if occlusion {
      let loss = try explainer.occlusion(input, ofClass: explained.classIndex)
      if let occlusionMap {
        try NumPyFile.write(loss.values, shape: [loss.height, loss.width], to: occlusionMap)
      }
      panels.append(loss.drawn(over: shown))
    }
    try AtomicFile.write(Raster.row(panels, gap: 8).png(for: output), to: output)
    let percent = Numbers.fixed(Double(explained.probability) * 100, digits: 2)
    let name = explained.label.map(escaped) ?? "class \(explained.classIndex)"
    try emit("\(escaped(image))  \(name)  \(percent) %  \(explainer.layer.name)\n")
  }
}
