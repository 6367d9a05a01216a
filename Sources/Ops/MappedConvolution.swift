import GraphIR
import TensorCore

/// A convolution in which each output map sees only some of the input maps: LeCun and others, 1998, C3 with
/// its Table I.
///
/// The weights are the kernels that exist, `[connections, kH, kW]`: output map by output map, the inputs
/// of each in ascending order.
package struct MappedConvolution: Operator {
  package static let kind = "mapped_conv"

  /// For each output map, the input maps that it sees, ascending.
  package var sources: [[Int]]
  /// Kernel, stride, padding, dilation.
  package var window: Window

  package var description: String { "\(window), \(connections) of the maps' pairs" }

  /// Pairs of an input and an output map that are connected: kernels.
  private var connections: Int { sources.reduce(0) { $0 + $1.count } }
}

extension Scope {
  /// A convolution with a square kernel and a bias, in which output map o sees the input maps `sources[o]`.
  package func mappedConv(
    _ name: String, _ input: Value, sources: [[Int]], kernel: Int
  ) throws(GraphError) -> Value {
    try add(name, MappedConvolution(sources: sources, window: Window(kernel: kernel)), input)
  }
}

extension MappedConvolution {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let output = try window.slide(over: inputs[0], channels: sources.count)
    let seen = 1 + (sources.joined().max() ?? -1)
    guard seen <= inputs[0].channels else {
      throw .wrongChannels(expected: seen, found: inputs[0].channels)
    }
    return output
  }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost {
    .streaming(
      inputs, output,
      macs: output.batch * output.height * output.width * connections * window.taps)
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { window.footprint }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    [
      ParameterSpec("weight", [connections, window.height.kernel, window.width.kernel]),
      ParameterSpec("bias", [sources.count]),
    ]
  }

  /// The dense convolution with zeros where no connection is: the maps are few, and its routines are fast.
  package func prepare(_ request: RoutineRequest) -> any Routine {
    let dense = Convolution(channels: sources.count, window: window, hasBias: true)
    return MappedConvolutionRoutine(
      sources: sources, taps: window.taps, inputChannels: request.inputs[0].channels,
      dense: dense.prepare(request))
  }
}

private struct MappedConvolutionRoutine: Routine {
  let sources: [[Int]]
  let taps: Int
  let inputChannels: Int
  let dense: any Routine

  var algorithm: String { "dense_\(dense.algorithm)" }
  var packedCount: Int { dense.packedCount }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  var sharedScratchCount: Int { dense.sharedScratchCount }
  var threadScratchCount: Int { dense.threadScratchCount }
  var tiles: [Int] { dense.tiles }

  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    var weight = [Float](repeating: 0, count: sources.count * inputChannels * taps)
    var kernel = 0
    for (map, inputs) in sources.enumerated() {
      for input in inputs {
        for tap in 0..<taps {
          weight[(map * inputChannels + input) * taps + tap] = parameters[0][kernel * taps + tap]
        }
        kernel += 1
      }
    }
    weight.withUnsafeBufferPointer { dense.pack([$0, parameters[1]], into: packed) }
  }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    dense.run(phase: phase, tile: tile, memory: memory)
  }
}
