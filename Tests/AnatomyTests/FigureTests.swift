import Anatomy
import GraphIR
import TensorCore
import Testing
import Zoo

@Suite struct FigureTests {
  @Test(arguments: Registry.standard.all.map(\.name))
  func everyFigureCanBeRead(_ name: String) throws {
    let figure = Figure(try Registry.standard.entry(name).graph())
    let layout = FigureLayout(figure)
    // Arrows point down or to the next column, boxes do not overlap, and everything is inside the drawing.
    for arrow in figure.arrows {
      let (from, to) = (layout.places[arrow.from], layout.places[arrow.to])
      if let x = layout.turns[arrow] {
        #expect(from.x + from.width / 2 < x && x < to.x - to.width / 2)
      } else {
        #expect(from.bottom < to.y)
      }
    }
    #expect(layout.arcs.values.allSatisfy { 0...layout.width ~= $0 })
    for (index, place) in layout.places.enumerated() {
      #expect(place.x - place.width / 2 >= -0.01 && place.x + place.width / 2 <= layout.width + 0.01)
      for other in layout.places[(index + 1)...] where abs(other.y - place.y) < FigureLayout.Measure.boxHeight
      {
        #expect(abs(other.x - place.x) >= (other.width + place.width) / 2)
      }
    }
    // Every box except the image has an arrow to it.
    #expect(Set(figure.arrows.map(\.to)).count == figure.boxes.count - 1)
    // No arc and no arrow between columns runs through a box of another column.
    for x in layout.turns.values {
      #expect(layout.places.allSatisfy { x < $0.x - $0.width / 2 || $0.x + $0.width / 2 < x })
    }
  }

  /// Folding leaves out boxes, but none of the work: with each block as often as its number says, all are there.
  @Test(arguments: Registry.standard.all.map(\.name))
  func repeatedBlocksAreAllThere(_ name: String) throws {
    let graph = try Registry.standard.entry(name).graph()
    let figure = Figure(graph)
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
    #expect(FigureLayout(Figure(try Registry.standard.entry("lenet5").graph())).turns.isEmpty)
  }

  @Test func identityShortcutsAreArcsAndProjectionsAreBranches() throws {
    let figure = Figure(try Registry.standard.entry("resnet18").graph())
    let layout = FigureLayout(figure)
    #expect(layout.arcs.count == 4)  // layer1 is two blocks that are alike
    let labels = figure.boxes.map(\.label)
    let projections = labels.indices.filter { labels[$0].hasPrefix("1×1") }
    #expect(projections.count == 3)
    for projection in projections { #expect(layout.places[projection].x != layout.places[0].x) }
  }

  @Test func inceptionBranchesStandSideBySide() throws {
    let figure = Figure(try Registry.standard.entry("inception_v1").graph())
    let layout = FigureLayout(figure)
    let module = figure.boxes.indices.filter { figure.boxes[$0].blocks.first == "inception_3a" }
    let columns = Set(module.map { layout.places[$0].x })
    #expect(columns.count == 5)  // four branches, and the concatenation in the middle
    #expect(layout.arcs.isEmpty)
  }

  @Test func denseBlocksShowEveryConnection() throws {
    let figure = Figure(try Registry.standard.entry("densenet_bc100_k12_cifar").graph())
    // In each of three blocks, 16 layers and the concatenation read everything before them.
    let block = figure.boxes.indices.filter { figure.boxes[$0].blocks.contains("features.denseblock2") }
    let inside = figure.arrows.filter { block.contains($0.to) }.count
    #expect(inside == 16 + (1...17).reduce(0, +))
  }
}
