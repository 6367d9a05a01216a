import CAllocationCounter
import Engine
import GraphIR
import Kernels
import Support
import TensorCore
import Testing

/// Running a plan allocates nothing.
///
/// Plans through OpenBLAS are not among these: `sgemm` of version 0.3.21 itself allocates at every call with certain
/// shapes, such as 98 × 7 × 180.
@Suite(.enabled(if: allocations_are_counted() != 0)) struct AllocationTests {
  static let switches: [Set<String>] = [
    [], ConvolutionAlgorithm.winogradNames, [ConvolutionAlgorithm.groupedRows.name, Pass.fuseInputNorm.name],
  ]

  @Test(arguments: switches)
  func runningAllocatesNothing(disabled: Set<String>) throws {
    let graph = try PlanTests.network()
    let executor = try Executor(
      Plan(graph, disabled: disabled.union(["im2col"])), parameters: NoiseParameters(), threads: 1)
    let input = Buffer(repeating: 0.5, count: graph.input.shape.count)
    let logits = Buffer(count: graph.output.shape.count)
    executor.run(input.pointer, into: logits.pointer)  // OpenBLAS takes its work space at the first call
    let before = allocations_of_this_thread()
    for _ in 0..<10 { executor.run(input.pointer, into: logits.pointer) }
    #expect(allocations_of_this_thread() == before)
  }

  /// The counter works: otherwise the test above could not fail.
  @Test func theCounterCounts() {
    let before = allocations_of_this_thread()
    let buffer = Buffer(count: 100)
    #expect(buffer.count == 100)
    #expect(allocations_of_this_thread() > before)
  }
}
