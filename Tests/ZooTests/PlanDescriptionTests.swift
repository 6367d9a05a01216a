import Engine
import GraphIR
import Kernels
import Ops
import Support
import TensorCore
import Testing
import Zoo

/// The plans of the registry as they are printed.
@Suite struct RegistryPlanTests {
  /// Two networks of a thousand layers take a minute each to compare pair by pair in a debug build.
  static let names = Registry.standard.all.map(\.name).filter {
    !["resnet1202_cifar", "preact_resnet1001_cifar"].contains($0)
  }

  @Test(arguments: names) func valuesThatLiveTogetherDoNotOverlap(name: String) throws {
    let graph = try Registry.standard.entry(name).graph(batch: 1)
    #expect(Plan(graph).description.collisions == [])
    #expect(Plan(graph, convolution: .openBLAS).description.collisions == [])
    #expect(Plan(graph, precision: .bfloat16).description.collisions == [])
  }

  /// Between feature maps in bfloat16, floats are only what one line here names.
  @Test(.enabled(if: KernelSet.best.multipliesBFloat16Pairs), arguments: names)
  func operatorsComputeBFloat16(name: String) throws {
    let plan = Plan(try Registry.standard.entry(name).graph(batch: 1), precision: .bfloat16)
    for step in plan.steps where step.routine.algorithm.hasSuffix("_f32") {
      let input = step.request.inputs[0]
      switch step.node.operation {
      // Shortcuts of CIFAR networks, and what ends in a vector.
      case is PaddedSubsample, is Flatten: continue
      // Groups with an odd number of inputs, or with other numbers of inputs and outputs, or with a wide kernel.
      case let convolution as Convolution where convolution.groups > 1:
        let (inputs, outputs) = (
          input.channels / convolution.groups, convolution.channels / convolution.groups
        )
        let isOrdinary = inputs == outputs && inputs.isMultiple(of: 2) && convolution.window.width.kernel == 3
        #expect(!isOrdinary, "\(step.node.name)")
      default: Issue.record("\(step.node.name): \(step.node.operation)")
      }
    }
  }

  @Test(arguments: names) func trainingSavesWhatTheSummaryCounts(name: String) throws {
    let graph = try Registry.standard.entry(name).graph(batch: 2)
    let plan = TrainingPlan(graph)
    let description = plan.description
    #expect(description.collisions == [])
    let saved = plan.memory.kept.reduce(0) { $0 + $1.total }
    #expect(saved == description.bytesAcrossTheLoss)
    #expect(plan.savedBytes(in: graph).reduce(0, +) == saved)
  }

  /// Convolution 1 saves the image, batch norm its input and four statistics a channel, and computes the input of its
  /// ReLU again; the pooling reads its input and its output, which the next convolution reads as well.
  @Test func resnetSavesWhatItsGradientsRead() throws {
    let graph = try Registry.standard.entry("resnet18").graph()
    let saved = TrainingPlan(graph).savedBytes(in: graph)
    let map = 64 * 112 * 112 * 4
    let pooled = 64 * 56 * 56 * 4
    #expect(Array(saved[..<5]) == [3 * 224 * 224 * 4, map + 4 * 64 * 4, 0, map + pooled, 0])
  }

  /// A choice by name is obeyed where the algorithm can compute the convolution.
  @Test func namedAlgorithmsRun() throws {
    func algorithms(_ name: String, _ choice: String) throws -> Set<String> {
      let convolution = try #require(ConvolutionChoice(name: choice))
      return Set(
        Plan(try Registry.standard.entry(name).graph(), convolution: convolution).steps
          .filter { ["conv", "mapped_conv"].contains($0.node.operation.kind) }.map(\.routine.algorithm))
    }
    #expect(try algorithms("vgg16", "winograd_2") == ["winograd_2"])
    #expect(try algorithms("resnet50", "implicit_gemm") == ["implicit_gemm"])
    #expect(try algorithms("densenet121", "implicit_gemm") == ["implicit_gemm", "normalizing_gemm"])
    for name in ["openblas", "im2col"] {
      #expect(try algorithms("resnet50", name) == ["im2col", "sgemm"])
      #expect(try algorithms("densenet121", name) == ["im2col", "sgemm", "normalizing_sgemm"])
      #expect(try algorithms("lenet5", name) == ["im2col", "dense_im2col"])
      #expect(try algorithms("resnext50_32x4d", name) == ["im2col", "sgemm"])
    }
    #expect(ConvolutionChoice(name: "fft") == nil)
    #expect(Set(ConvolutionChoice.names).count == ConvolutionChoice.names.count)
  }

  /// Between feature maps in bfloat16, OpenBLAS computes every convolution, or none.
  @Test(.enabled(if: KernelSet.best.multipliesBFloat16Pairs)) func bfloat16ThroughOpenBLAS() throws {
    for (name, expected) in [
      ("resnet50", ["im2col_bf16", "sbgemm"]), ("resnext50_32x4d", ["im2col_bf16", "sbgemm"]),
      ("densenet121", ["im2col_bf16", "sbgemm", "normalizing_sbgemm"]),
      ("mobilenet_v2", ["im2col_bf16", "sbgemm"]),
    ] {
      let graph = try Registry.standard.entry(name).graph()
      func algorithms(_ choice: ConvolutionChoice) -> [String] {
        Plan(graph, convolution: choice, precision: .bfloat16).steps
          .filter { $0.node.operation.kind == "conv" && $0.request.isBFloat16 }.map(\.routine.algorithm)
      }
      let (usual, asked) = (algorithms(.automatic), algorithms(.openBLAS))
      #expect(BLAS.multipliesBFloat16 ? Set(asked) == Set(expected) : asked == usual, "\(name)")
      #expect(Set(usual).isDisjoint(with: expected), "\(name)")
    }
  }

  /// With OpenBLAS, the gradients are products of `sgemm`, too.
  @Test func gradientsGoThroughOpenBLAS() throws {
    let plan = TrainingPlan(try Registry.standard.entry("resnet18").graph(batch: 2), convolution: .openBLAS)
    let convolutions = plan.steps.filter { $0.node.operation.kind == "conv" }
    #expect(
      Set(convolutions.map { $0.routine.algorithm(.backward) }) == [
        "im2col", "im2col+col2im",
      ])
    let bottlenecks = TrainingPlan(
      try Registry.standard.entry("resnet50").graph(batch: 2), convolution: .openBLAS)
    #expect(bottlenecks.steps.contains { $0.routine.algorithm(.backward) == "sgemm+sgemm" })
  }
}
