import Graphics
import Inputs
import Rendering
import Support
import Testing

@Suite struct DrawingTests {
  /// Advances of DejaVu Sans 2.37 in units of 1/2048 of the font size, as FreeType gives them.
  @Test func widthsAreThoseOfTheFont() {
    #expect(abs(Typeface.width(of: "3×3 conv, 64, /2", size: 2048) - 17_065) < 20)
    #expect(Typeface.width(of: "", size: 10) == 0)
    #expect(Typeface.width(of: "abc", size: 20) == 2 * Typeface.width(of: "abc", size: 10))
    #expect(Typeface.width(of: "abc", size: 10, isBold: true) > Typeface.width(of: "abc", size: 10))
    #expect(Typeface.families.hasPrefix("DejaVu Sans,"))
  }

  @Test func longTextsEndInAnEllipsis() {
    #expect(Typeface.fitted("short", to: 100, size: 10) == "short")
    let text = Typeface.fitted(String(repeating: "long", count: 20), to: 100, size: 10)
    #expect(text.hasSuffix("…") && Typeface.width(of: text, size: 10) <= 100)
  }

  @Test func textsAreEscaped() {
    var drawing = Drawing(width: 100, height: 20, title: "a < b")
    drawing.add(.init("<script>\"&\u{1}", at: Point(1, 10)))
    #expect(drawing.svg.contains("&lt;script&gt;&quot;&amp;?</text>"))
    #expect(drawing.svg.contains("<title>a &lt; b</title>"))
  }

  @Test func ticksAreRoundAndInside() {
    for (values, expected) in [([0.0, 10], 6), ([0.123, 0.456], 4), ([1e9, 3e10], 5)] {
      for isLogarithmic in [false, true] where values[0] > 0 || !isLogarithmic {
        let axis = Axis("x", values, isLogarithmic: isLogarithmic)
        #expect((2...9).contains(axis.ticks.count), "\(expected) \(axis.ticks)")
        #expect(axis.ticks.allSatisfy { -1e-9...1 + 1e-9 ~= axis.place($0) })
        #expect(Set(axis.ticks.map(axis.label)).count == axis.ticks.count)
      }
    }
    #expect(Axis("epoch", [1, 3], isWhole: true).ticks == [1, 2, 3])
    #expect(Axis("share", [0, 1], isPercentage: true).label(0.25) == "25 %")
  }

  @Test(arguments: [1, 3, 8]) func plotsCanBeRead(runs: Int) {
    var curves: [CurvePlot.Curve] = []
    for run in 0..<runs {
      let points = (0..<20).map { (x: Double($0), y: 1 / Double(1 + $0 + run)) }
      for part in ["training", "test"] {
        let name = "/a/long/path/to/the/folder/of/run\(run), \(part)"
        curves.append(CurvePlot.Curve(name, points, isDashed: part == "training", series: run))
      }
    }
    let plot = CurvePlot(title: "Loss", curves: curves, yTitle: "loss", isPercentage: true)
    let drawing = CurvePlot.drawing(of: [plot, plot])
    #expect(drawing.faults(linesMayCross: true) == [])
    // Training and test differ without colors.
    #expect(drawing.svg.contains("stroke-dasharray"))
    #expect(plot.text().contains("loss") && !plot.text().contains("\u{1b}"))
    #expect(plot.text(isColored: true).contains("\u{1b}["))
  }

  @Test func aLogarithmicAxisLeavesOutWhatItCannotShow() {
    let curve = CurvePlot.Curve("loss", [(x: 0, y: 1), (x: 1e-4, y: 2), (x: 1e-1, y: 3)])
    let plot = CurvePlot(
      title: "Learning rate", curves: [curve], xTitle: "learning rate", yTitle: "loss", isLogarithmic: true)
    #expect(plot.curves[0].points.count == 2)
    #expect(CurvePlot.drawing(of: [plot]).faults(linesMayCross: true) == [])
    #expect(!CurvePlot.drawing(of: [plot]).svg.contains("nan"))
  }

  @Test(arguments: [2, 10, 40, 100, 1000]) func confusionCanBeRead(classes: Int) {
    let counts: [Int] = (0..<classes * classes).map { index in
      if index / classes == index % classes { return 90 }
      return index % 7 == 0 ? 1 : 0
    }
    let chart = ConfusionChart(
      title: "net on data", counts: counts,
      names: (0..<classes).map { "class \($0)" + String(repeating: " with a long name", count: $0 % 3) })
    let drawing = chart.drawing
    // A label of a cell is inside of it, and touches no outline but the matrix's.
    #expect(drawing.faults(linesMayCross: true) == [])
    #expect(drawing.labels.contains { $0.text == "true class" && $0.runsUp })
    #expect(drawing.labels.contains { $0.text == "predicted class" })
    #expect(drawing.labels.contains { $0.text == "% of row" })
  }

  // MARK: PNG

  @Test func aPNGHasThePixelsOfTheDrawing() throws {
    var drawing = Drawing(width: 40, height: 20, title: "box")
    drawing.add(Box(left: 10, top: 5, right: 20, bottom: 15), .init(fill: "#ff0000"))
    let png = try drawing.png(scale: 2, for: "x.png")
    // Width and height in the header.
    #expect(Array(png[16..<24]) == [0, 0, 0, 80, 0, 0, 0, 40])
    let image = try decoded(png)
    #expect(image.height == 40 && image.width == 80)
    for (row, column, expected) in [
      (0, 0, [255, 255, 255]), (20, 30, [255, 0, 0]), (20, 50, [255, 255, 255]),
    ] {
      let start = (row * 80 + column) * 3
      #expect(image.pixels[start..<start + 3].map(Int.init) == expected)
    }
  }

  /// Ink of text lies in the room that the text is said to take.
  @Test func textStaysInItsRoom() throws {
    let texts = ["BN-ReLU-1×1 conv, 128, ReLU", "efficientnet_v2_s", "Wjgy|%@", "true class", "1,234 – 56 %"]
    for (isBold, runsUp) in [(false, false), (true, false), (false, true)] {
      for text in texts {
        var drawing = Drawing(width: 340, height: 340, title: text)
        let label = Drawing.Label(
          text, at: Point(170, 170), size: 16, isBold: isBold, anchor: .middle, runsUp: runsUp)
        drawing.add(label)
        let image = try decoded(try drawing.png(scale: 1, for: "x.png"))
        let room = label.box.widened(by: 1.5)
        var ink = 0
        for row in 0..<340 {
          for column in 0..<340 where image.pixels[(row * 340 + column) * 3] < 128 {
            ink += 1
            #expect(room.contains(Point(Double(column) + 0.5, Double(row) + 0.5)), "\(text)")
          }
        }
        #expect(ink > 50)
      }
    }
  }

  @Test func aPNGHasLimits() {
    #expect(throws: RenderingError.self) {
      try Drawing(width: 40_000, height: 10, title: "").png(scale: 1, for: "x.png")
    }
    #expect(throws: RenderingError.tooManyPixels(path: "x.png", width: 20_000, height: 20_000)) {
      try Drawing(width: 10_000, height: 10_000, title: "").png(scale: 2, for: "x.png")
    }
  }

  private func decoded(_ png: [UInt8]) throws -> DecodedImage {
    try ImageDecoder.decode(bytes: png, name: "x.png")
  }
}
