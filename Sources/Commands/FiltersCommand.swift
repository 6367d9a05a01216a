import ArgumentParser
import Files
import Inputs
import Session
import TensorCore

/// `cnnzoo filters`: draws the kernels of a convolution.
struct FiltersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filters", abstract: "Draw the kernels of a convolution.",
    discussion: """
      Kernels over three input channels are drawn in color. Of other kernels, each input channel is a gray image, and each \
      row is a kernel. Middle gray is zero; each kernel has its own scale.
      """)

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @Option(help: .init("File to write.", valueName: "file.png"))
  var output: String

  @Option(help: .init("Convolution by its path. Default: the first one.", valueName: "path"))
  var layer: String?

  @OptionGroup var network: FloatNetworkOptions

  func validate() throws { try check(output, endsIn: ".png", option: "--output") }

  func run() throws {
    try AtomicFile.check(output)
    let bound = try network.bound(model)
    let sheet = try FilterSheet(bound, layer: layer)
    try AtomicFile.write(sheet.image.png(for: output), to: output)
    let shape = sheet.shape
    try emit(
      "\(sheet.layer)  \(sheet.shown == shape[0] ? "" : "\(sheet.shown) of ")\(shape[0]) kernels of"
        + " \(shape[1])×\(shape[2])×\(shape[3])\n")
  }
}
