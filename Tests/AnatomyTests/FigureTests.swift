import Anatomy
import GraphIR
import Graphics
import Support
import TensorCore
import Testing
import Zoo

@Suite struct FigureTests {
  @Test(arguments: Registry.standard.all.map(\.name))
  func everyFigureCanBeRead(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    let graph = try entry.graph()
    for (direction, depth) in [
      (FigureLayout.Direction.down, Int.max), (.right, Int.max), (.down, 1), (.right, 2),
    ] {
      let figure = Figure(graph, names: entry.architecture.layerNames, depth: depth)
      // Every label is in its box, no line crosses it, no other covers it, and everything is on the page.
      let drawing = figure.drawing(title: name, subtitle: "of the registry", direction: direction)
      #expect(drawing.faults() == [], "\(direction) \(depth)")
      let layout = FigureLayout(figure, direction: direction)
      for (index, place) in layout.places.enumerated() {
        #expect(!layout.places[(index + 1)...].contains { $0.overlaps(place) }, "\(direction) \(depth)")
        // A box touches the outline of no frame.
        for frame in layout.frames {
          #expect(!frame.box.overlaps(place) || frame.box.contains(place.widened(by: 2)))
        }
      }
      for (index, frame) in layout.frames.enumerated() {
        for other in layout.frames[(index + 1)...] where frame.box.overlaps(other.box) {
          #expect(frame.box.contains(other.box.widened(by: 2)), "\(direction) \(depth)")
        }
      }
      // Arrows run through no box but those at their ends.
      for (arrow, path) in zip(figure.arrows, layout.paths) {
        let points = path.points(every: 2)
        for (index, place) in layout.places.enumerated() where index != arrow.from && index != arrow.to {
          #expect(!points.contains(where: place.widened(by: -1).contains), "\(direction) \(depth) \(arrow)")
        }
      }
      // None of them runs along the outline of a frame.
      for line in layout.paths.flatMap(Self.lines) {
        #expect(!layout.frames.contains { Self.runs(line, along: $0.box) }, "\(direction) \(depth) \(line)")
      }
      // Every box except the image has an arrow to it.
      #expect(Set(figure.arrows.map(\.to)).count == figure.boxes.count - 1)
    }
  }

  /// The straight pieces of a path, as boxes without an extent in one direction.
  private static func lines(of path: Path) -> [Graphics.Box] {
    var lines: [Graphics.Box] = []
    var last = path.start
    for piece in path.pieces {
      switch piece {
      case .line(let end):
        lines.append(
          Graphics.Box(
            left: min(last.x, end.x), top: min(last.y, end.y), right: max(last.x, end.x),
            bottom: max(last.y, end.y)))
        last = end
      case .curve(_, _, let end): last = end
      }
    }
    return lines
  }

  /// Whether a vertical or horizontal line is within 2 points of an edge for more than 10.
  private static func runs(_ line: Graphics.Box, along frame: Graphics.Box) -> Bool {
    let beside = min(line.bottom, frame.bottom) - max(line.top, frame.top)
    let below = min(line.right, frame.right) - max(line.left, frame.left)
    return line.width == 0 && beside > 10 && [frame.left, frame.right].contains { abs($0 - line.left) < 2 }
      || line.height == 0 && below > 10 && [frame.top, frame.bottom].contains { abs($0 - line.top) < 2 }
  }

  /// Auxiliary heads are drawn in training only.
  @Test(arguments: ["googlenet", "inception_v3"]) func auxiliaryHeadsAreDrawn(_ name: String) throws {
    let graph = try Registry.standard.entry(name).graph()
    let figure = Figure(graph)
    #expect(figure.drawing().faults() == [])
    #expect(figure.boxes.contains { $0.blocks.contains { $0.lowercased().contains("aux") } })
    #expect(figure.boxes.count > Figure(graph.withoutAuxiliaries()).boxes.count)
  }

  /// Folding leaves out boxes, but none of the work: with each block as often as its number says, all are there.
  @Test(arguments: Registry.standard.all.map(\.name))
  func repeatedBlocksAreAllThere(_ name: String) throws {
    let graph = try Registry.standard.entry(name).graph()
    let figure = Figure(graph.withoutAuxiliaries())
    func boxes(_ kind: Depiction.Kind) -> Int {
      figure.boxes.filter { $0.kind == kind }.reduce(0) { sum, box in
        sum + box.blocks.reduce(1) { $0 * (figure.repetitions[$1]?.count ?? 1) }
      }
    }
    for kind in [Depiction.Kind.convolution, .linear, .pool] {
      #expect(boxes(kind) == graph.withoutAuxiliaries().nodes.count { $0.depiction?.kind == kind }, "\(kind)")
    }
  }

  @Test func blocksThatAreAlikeAreDrawnOnce() throws {
    let figure = Figure(try Registry.standard.entry("mobilenet_v2").graph())
    #expect(
      figure.repetitions.map { "\($0.key) \($0.value.count)" }.sorted() == [
        "features.12 2", "features.15 2", "features.5 2", "features.8 3",
      ])
    let labels = Set(figure.boxes.map(\.label))
    #expect(labels.isSuperset(of: ["1×1 conv, 144, ReLU6", "3×3 depthwise, 144, ReLU6", "1×1 conv, 24"]))
    let residual = Figure(try Registry.standard.entry("resnet152").graph())
    #expect(residual.repetitions["layer3.1"]?.count == 35)
    // A stage of one kind of blocks is not folded, as its first block is another.
    #expect(residual.repetitions["layer3.0"] == nil)
  }

  /// A long network becomes as wide as a slide, a short one stays a column.
  @Test(arguments: ["mobilenet_v2", "convnext_tiny", "efficientnet_b0", "regnet_y_400mf", "mnasnet1_0"])
  func longNetworksFillASlide(_ name: String) throws {
    let layout = FigureLayout(Figure(try Registry.standard.entry(name).graph()))
    #expect((1.0...2.2).contains(layout.width / layout.height))
    #expect(FigureLayout(Figure(try Registry.standard.entry("lenet5").graph())).columnCount == 1)
  }

  /// LeCun et al., 1998, figure 2.
  @Test func layersHaveThePapersNames() throws {
    for name in ["lenet5", "lenet5_modern"] {
      let entry = try Registry.standard.entry(name)
      let labels = Figure(try entry.graph(), names: entry.architecture.layerNames).boxes.map(\.label)
      for layer in ["C1: ", "S2: ", "C3: ", "S4: ", "C5: ", "F6: "] {
        #expect(labels.count { $0.hasPrefix(layer) } == 1, "\(name) \(layer)")
      }
    }
  }

  /// He et al., 2015, table 1: the output sizes of conv1, conv2_x to conv5_x.
  @Test func stagesShowTheirShapes() throws {
    let sizes = Figure(try Registry.standard.entry("resnet50").graph()).boxes.compactMap(\.size)
    #expect(
      sizes == [
        "3×224×224", "64×112×112", "256×56×56", "512×28×28", "1024×14×14", "2048×7×7", "2048×1×1",
      ])
  }

  @Test func deepBlocksAreOneBoxEach() throws {
    let graph = try Registry.standard.entry("resnet50").graph()
    let labels = Figure(graph, depth: 1).boxes.map(\.label)
    #expect(
      labels == [
        "input", "7×7 conv, 64, /2, ReLU", "3×3 max pool, /2", "layer1", "layer2", "layer3", "layer4",
        "average pool", "fc 1000",
      ])
    #expect(Figure(graph, depth: 2).boxes.map(\.label).contains("layer3.1–5 ×5"))
  }

  @Test func identityShortcutsAreArcsAndProjectionsAreBranches() throws {
    let figure = Figure(try Registry.standard.entry("resnet18").graph())
    let layout = FigureLayout(figure)
    let labels = figure.boxes.map(\.label)
    let projections = labels.indices.filter { labels[$0].hasPrefix("1×1") }
    #expect(projections.count == 3)
    for projection in projections { #expect(layout.places[projection].center.x != layout.places[0].center.x) }
    // The others bypass a block on its right.
    let arcs = zip(figure.arrows, layout.paths).filter { arrow, path in
      arrow.to > arrow.from + 1 && path.start.x == layout.places[arrow.from].right
    }
    #expect(arcs.count == 4)  // layer1 is two blocks that are alike
  }

  @Test func inceptionBranchesStandSideBySide() throws {
    let figure = Figure(try Registry.standard.entry("inception_v1").graph().withoutAuxiliaries())
    let layout = FigureLayout(figure)
    let module = figure.boxes.indices.filter { figure.boxes[$0].blocks.first == "inception_3a" }
    let columns = Set(module.map { layout.places[$0].center.x.rounded() })
    #expect(columns.count == 5)  // four branches, and the concatenation in the middle
  }

  /// A short dense block shows every connection, a long one is a layer with its number.
  @Test func denseBlocksFitOnAPage() throws {
    let figure = Figure(try Registry.standard.entry("densenet121").graph())
    let first = figure.boxes.indices.filter { figure.boxes[$0].blocks.contains("features.denseblock1") }
    let inside = figure.arrows.filter { first.contains($0.to) }.count
    // Six layers and the concatenation read everything before them, and each layer has two boxes.
    #expect(inside == 6 + (1...7).reduce(0, +))
    let dense = figure.repetitions.filter(\.value.isDense)
    #expect(
      dense.map { "\($0.key) \($0.value.count)" }.sorted() == [
        "features.denseblock2.denselayer1 12", "features.denseblock3.denselayer1 24",
        "features.denseblock4.denselayer1 16",
      ])
    for name in ["densenet121", "densenet201", "resnet152"] {
      let layout = FigureLayout(Figure(try Registry.standard.entry(name).graph()))
      #expect(layout.width < 1600 && layout.height < 1200, "\(name)")
    }
  }
}
