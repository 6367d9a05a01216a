import Engine
import GraphIR
import Kernels
import Ops
import TensorCore
import Testing
import Zoo

/// Which algorithm computes the convolutions of the registry.
@Suite struct ConvolutionChoiceTests {
  /// The convolutions of a network as inference runs them.
  private func geometries(_ name: String, batch: Int) throws -> [ConvolutionGeometry] {
    Plan(try Registry.standard.entry(name).graph(batch: batch)).steps.compactMap { step in
      guard let convolution = step.node.operation as? Convolution else { return nil }
      return ConvolutionGeometry(
        input: step.request.inputs[0], output: step.request.output, window: convolution.window,
        groups: convolution.groups, normalizesInput: convolution.normalizesInput)
    }
  }

  /// Where our kernels have been measured, the model knows that they are faster than im2col and `sgemm`.
  @Test(arguments: Registry.standard.all.map(\.name)) func measuredKernelsAreChosen(name: String) throws {
    let measured = KernelSet.all.filter { ["avx512", "avx2"].contains($0.name) }
    for batch in [1, 32] {
      for geometry in try geometries(name, batch: batch) {
        for kernels in measured {
          for isCached in [false, true] {
            #expect(
              ConvolutionAlgorithm.fastest(geometry, weightsStayInCache: isCached, kernels: kernels)
                != .im2col, "\(name), \(kernels.name): \(geometry)")
          }
          let gradient = geometry.weightGradient(algorithm: nil, kernels: kernels).name
          #expect(gradient != "im2col" && gradient != "sgemm", "\(name), \(kernels.name): \(geometry)")
        }
      }
    }
  }

  /// Where they have not, OpenBLAS computes most of a network's products, and a 1×1 convolution never goes without it
  /// unless it is tiny.
  @Test func otherKernelsLeaveMatrixProductsToOpenBLAS() throws {
    for kernels in KernelSet.all where !["avx512", "avx2"].contains(kernels.name) {
      for name in ["resnet50", "densenet121", "googlenet"] {
        for geometry in try geometries(name, batch: 1) where geometry.window.isPointwise {
          #expect(
            ConvolutionAlgorithm.fastest(geometry, weightsStayInCache: false, kernels: kernels) == .im2col,
            "\(name), \(kernels.name): \(geometry)")
        }
      }
    }
  }
}
