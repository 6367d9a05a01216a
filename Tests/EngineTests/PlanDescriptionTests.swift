import Engine
import GraphIR
import Support
import TensorCore
import Testing

/// A plan as it is printed.
@Suite struct PlanDescriptionTests {
  @Test(arguments: [1, 3], [ConvolutionChoice.automatic, .openBLAS])
  func valuesThatLiveTogetherDoNotOverlap(batch: Int, convolution: ConvolutionChoice) throws {
    let graph = try PlanTests.network(batch: batch)
    #expect(Plan(graph, convolution: convolution).description.collisions == [])
    #expect(
      Plan(graph, convolution: convolution, keeping: ["block", "dense.1"]).description.collisions == [])
    #expect(TrainingPlan(graph, convolution: convolution).description.collisions == [])
    #expect(TrainingPlan(try SampleNetworks.denseAndResidual()).description.collisions == [])
  }

  /// The check finds what it looks for.
  @Test func aCollisionIsFound() throws {
    let plan = Plan(try PlanTests.network()).description
    func moved(_ change: (inout PlanDescription.Region) -> Void) -> PlanDescription {
      var plan = plan
      for index in plan.rows.indices {
        guard var value = plan.rows[index].value else { continue }
        change(&value)
        plan.rows[index].value = value
      }
      return plan
    }
    #expect(moved { _ in }.collisions == [])
    #expect(moved { $0.offset = 0 }.collisions != [])
    #expect(moved { $0.life = 0...plan.rows.count }.collisions != [])
    #expect(moved { $0.offset += plan.arenaBytes }.collisions != [])
  }

  /// Rows are the steps that run, with what they were bound to.
  @Test func rowsAreTheStepsOfThePlan() throws {
    let plan = Plan(try PlanTests.network())
    let description = plan.description
    #expect(description.rows[0].name == "input" && description.rows[0].value?.offset == plan.input.offset * 4)
    #expect(description.rows.dropFirst().map(\.name) == plan.steps.map(\.node.name))
    #expect(description.rows.dropFirst().map(\.algorithm) == plan.steps.map(\.routine.algorithm))
    #expect(description.rows.dropFirst().compactMap(\.value?.offset) == plan.steps.map { $0.output * 4 })
    #expect(description.arenaBytes == plan.memory.arenaBytes)
    let packed = description.rows.reduce(0) { $0 + $1.packedBytes }
    #expect(packed <= plan.memory.weightBytes && packed > plan.memory.weightBytes - 64 * plan.steps.count)
    #expect(
      description.rows.map(\.threadScratchBytes).max().map { $0.roundedUp(to: 64) }
        == plan.memory.threadScratchBytes)
    // The logits are read when the last step is done.
    #expect(description.rows.last?.value?.life.upperBound == plan.steps.count + 1)
  }

  @Test func trainingHasBothPasses() throws {
    let plan = TrainingPlan(try SampleNetworks.denseAndResidual())
    let rows = plan.description.rows
    #expect(rows.filter { $0.direction == .forward }.map(\.name) == plan.steps.map(\.node.name))
    #expect(
      rows.filter { $0.direction == .backward }.map(\.name)
        == plan.steps.reversed().filter(\.learns).map(\.node.name))
    #expect(rows.map(\.number) == rows.map(\.number).sorted())
  }

  /// What is counted as saved is what the lifetimes say: everything that lives across the loss.
  @Test func savedBytesAreThoseThatOutliveTheForwardPass() throws {
    for graph in [try PlanTests.network(), try SampleNetworks.denseAndResidual()] {
      let plan = TrainingPlan(graph)
      let saved = plan.memory.kept.reduce(0) { $0 + $1.total }
      #expect(saved > 0 && saved == plan.description.bytesAcrossTheLoss)
      #expect(plan.savedBytes(in: graph).reduce(0, +) == saved)
    }
  }
}
