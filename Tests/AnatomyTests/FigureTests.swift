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
    // Arrows point down, boxes do not overlap, and everything is inside the drawing.
    for arrow in figure.arrows {
      #expect(layout.places[arrow.from].bottom < layout.places[arrow.to].y)
    }
    for (index, place) in layout.places.enumerated() {
      #expect(place.x - place.width / 2 >= -0.01 && place.x + place.width / 2 <= layout.width + 0.01)
      for other in layout.places[(index + 1)...] where abs(other.y - place.y) < FigureLayout.Measure.boxHeight
      {
        #expect(abs(other.x - place.x) >= (other.width + place.width) / 2)
      }
    }
    // Every box except the image has an arrow to it.
    #expect(Set(figure.arrows.map(\.to)).count == figure.boxes.count - 1)
  }

  @Test func identityShortcutsAreArcsAndProjectionsAreBranches() throws {
    let figure = Figure(try Registry.standard.entry("resnet18").graph())
    let layout = FigureLayout(figure)
    #expect(layout.arcs.count == 5)
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
