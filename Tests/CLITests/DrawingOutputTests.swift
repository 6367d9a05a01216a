import Foundation
import Inputs
import Support
import Testing

/// Drawings as files, and what goes to a terminal.
@Suite struct DrawingOutputTests {
  /// The suffix decides, and a PNG has as many pixels as the page of the SVG has points, times the scale.
  @Test func aPNGIsTheSVGInPixels() throws {
    let folder = try TemporaryFolder()
    for (file, more) in [("a.svg", []), ("a.png", []), ("b.png", ["--scale", "1"])] {
      let run = try CommandRun.cnnzoo(["summary", "lenet5", "--output", folder.path(file)] + more)
      #expect(run.status == 0 && run.output.isEmpty && run.errors.isEmpty, "\(run.errors)")
    }
    let svg = try String(contentsOfFile: folder.path("a.svg"), encoding: .utf8)
    #expect(svg == (try CommandRun.cnnzoo("summary", "lenet5", "--graph", "svg").output))
    let width = try #require(svg.firstMatch(of: /width="([0-9]+)"/).flatMap { Int($0.1) })
    let (large, small) = try (
      ImageDecoder.decode(path: folder.path("a.png")), ImageDecoder.decode(path: folder.path("b.png"))
    )
    #expect(large.width == 2 * width && small.width == width)
    // White paper and black letters.
    #expect(small.pixels[0] == 255 && (small.pixels.min() ?? 255) < 60)
  }

  /// A file in the place of the library stands for a machine without it.
  @Test func withoutTheLibraryThereIsStillSVG() throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "librsvg-2.so.2")
    let environment = ["LD_LIBRARY_PATH": folder.path]
    let png = try CommandRun.cnnzoo(
      ["summary", "lenet5", "--output", folder.path("x.png")], environment: environment)
    #expect(png.status == 69 && png.output.isEmpty)
    #expect(png.errors.contains("apt-get install librsvg2-2"), "\(png.errors)")
    #expect(png.errors.split(separator: "\n").count == 1)
    #expect(!FileManager.default.fileExists(atPath: folder.path("x.png")))
    let svg = try CommandRun.cnnzoo(
      ["summary", "lenet5", "--output", folder.path("x.svg")], environment: environment)
    #expect(svg.status == 0)
  }

  /// On a terminal, tables fit its width and plots are colored, unless `NO_COLOR` is set.
  @Test func terminalsGetWhatFitsThem() throws {
    let command = "cnnzoo compare resnet18 efficientnet_b0 --measure none --plot accuracy-macs"
    func lines(_ environment: String) throws -> [String] {
      let run = try CommandRun.shell(
        "export TERM=xterm \(environment); script -qec 'stty cols 72; \(command)' /dev/null")
      #expect(run.status == 0, "\(run.errors)")
      return run.output.replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
    }
    let plain = try lines("NO_COLOR=1")
    #expect(plain.allSatisfy { $0.count <= 72 && !$0.contains("\u{1b}") }, "\(plain)")
    #expect(plain.contains { $0.hasPrefix("resnet18") && $0.hasSuffix("…") })
    #expect(try lines("NO_COLOR=").contains { $0.contains("\u{1b}[3") })
    #expect(!(try CommandRun.shell(command).output.contains("\u{1b}")))
    // In a pipe, nothing is cut.
    #expect(try CommandRun.shell(command).output.contains("ResNet18_Weights.IMAGENET1K_V1"))
  }
}
