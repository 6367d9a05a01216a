import ArgumentParser
import Files
import Graphics
import Rendering

/// How a drawing becomes a file: the suffix of its name says whether it is SVG or PNG.
struct DrawingOptions: ParsableArguments {
  @Option(help: .init("Pixels of a PNG for each point of the drawing.", valueName: "x"))
  var scale = 2.0

  func validate() throws { try check(scale, in: 0.1...16, option: "--scale") }

  /// Checks the suffix of a file's name, and that `--scale` has an effect on it.
  ///
  /// - Parameters:
  ///   - path: The name of the file.
  ///   - options: The names of the option that it is given with; the message has the one that was used.
  ///   - others: More suffixes that are allowed.
  /// - Throws: ``ValidationError``.
  func validate(_ path: String?, option options: String..., or others: String...) throws {
    let given = options.first(where: CommandLineArguments.current.options.contains) ?? options[0]
    try Commands.check(path, endsIn: [".svg", ".png"] + others, option: given)
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
