import ArgumentParser
import Files
import Graphics
import Rendering

/// How a drawing becomes a file: the suffix of its name says whether it is SVG or PNG.
struct DrawingOptions: ParsableArguments {
  @Option(help: .init("Pixels of a PNG for each point of the drawing.", valueName: "x"))
  var scale = 2.0

  func validate() throws { try check(scale, in: 0.1...16, option: "--scale") }

  /// Throws a ``ValidationError`` if a name has another suffix, or `--scale` has no effect on it.
  func validate(_ path: String?, option: String, or others: String...) throws {
    try Commands.check(path, endsIn: [".svg", ".png"] + others, option: option)
    try refuse("--scale", when: path?.hasSuffix(".png") != true, "without a .png file to write")
  }

  /// Throws if no drawing can be written at `path`, so that no work is lost for that.
  func prepare(_ path: String) throws {
    try AtomicFile.check(path)
    if path.hasSuffix(".png") { try Drawing.checkPNG(for: path) }
  }

  /// Writes a drawing.
  func write(_ drawing: Drawing, to path: String) throws {
    try AtomicFile.write(
      path.hasSuffix(".png") ? drawing.png(scale: scale, for: path) : Array(drawing.svg.utf8), to: path)
  }
}
