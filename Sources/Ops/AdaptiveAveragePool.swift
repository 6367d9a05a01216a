import GraphIR
import Kernels
import TensorCore

/// The means over a grid with a fixed number of cells, whatever the size of the input: cell i of n over a
/// length L covers the pixels from ⌊iL/n⌋ to ⌈(i+1)L/n⌉.
///
/// With one cell it is the global average.
package struct AdaptiveAveragePool: Operator {
  package static let kind = "adaptive_average_pool"

  /// Rows of the output.
  package var height: Int
  /// Columns of the output.
  package var width: Int

  package var description: String { height == 1 && width == 1 ? "global" : "to \(height)×\(width)" }
}

extension Scope {
  /// The means over a grid of `size × size` cells: `[N, C, size, size]`.
  package func adaptiveAveragePool(_ input: Value, to size: Int) throws(GraphError) -> Value {
    try add("avgpool", AdaptiveAveragePool(height: size, width: size), input)
  }

  /// The mean over all pixels, as vectors `[N, C]`.
  package func globalAveragePool(_ input: Value) throws(GraphError) -> Value {
    try flatten(adaptiveAveragePool(input, to: 1))
  }
}

extension AdaptiveAveragePool {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = try inputs[0].asFeatureMap()
    return [input.batch, input.channels, height, width]
  }

  package func footprint(_ inputs: [Shape]) -> Footprint {
    // A grid with a cell for each pixel is the identity.
    inputs[0].height == height && inputs[0].width == width ? .pixel : .whole
  }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork {
    CountedWork(adaptivePoolInputs: inputs[0].count)
  }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("average pool", .pool) }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    if height == 1 && width == 1 { return ONNXForm("GlobalAveragePool", .input(0)) }
    // R X Cᵀ, with the weights of the pixels in every row of cells, and in every column.
    func weights(cells: Int, over length: Int, transposed: Bool) -> ONNXForm.Operand {
      var matrix = [Float](repeating: 0, count: cells * length)
      for index in 0..<cells {
        let pixels = cell(index, of: cells, over: length)
        for pixel in pixels {
          matrix[transposed ? pixel * cells + index : index * length + pixel] = 1 / Float(pixels.count)
        }
      }
      return .floats(matrix, transposed ? [length, cells] : [cells, length])
    }
    var form = ONNXForm()
    form.add("MatMul", .input(0), weights(cells: width, over: inputs[0].width, transposed: true))
    form.add("MatMul", weights(cells: height, over: inputs[0].height, transposed: false), form.output)
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    inputs[0].height == height && inputs[0].width == width ? .identity : .mean
  }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { height == 1 && width == 1 ? .rounded : .none }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool {
    height == 1 && width == 1 && request.output.format == .float32
  }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    request.output.quantization == nil
      ? AdaptiveAveragePoolRoutine(input: request.inputs[0], output: request.output)
      : ByteGlobalAverageRoutine(input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    AdaptiveAveragePoolTraining(
      forward: prepare(request.inference), output: request.output, input: request.inputGradients[0],
      gradient: request.outputGradient)
  }
}

private struct AdaptiveAveragePoolRoutine: PlainRoutine {
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "cells" }

  /// Channels of a work item, which is part of a cell: about as many elements as in ``PixelTiles``.
  private var channelsPerItem: Int {
    let pixels = max(input.pixelsPerImage / output.pixelsPerImage, 1)
    return min(max(32_768 / pixels, 1).roundedUp(to: 64), input.channels)
  }
  private var partsOfCell: Int { input.channels.dividedRoundingUp(by: channelsPerItem) }
  var workItems: [Int] { [output.pixels * partsOfCell] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (item, part) = item.quotientAndRemainder(dividingBy: partsOfCell)
    let first = part * channelsPerItem
    let channels = min(channelsPerItem, input.channels - first)
    let image = item / output.pixelsPerImage
    let rows = cell(item % output.pixelsPerImage / output.width, of: output.height, over: input.height)
    let columns = cell(item % output.width, of: output.width, over: input.width)
    let target = memory.output(output, from: item).pointer + first
    let source = memory.input(0, input, from: image * input.pixelsPerImage).from(0, channel: first)
    let factor = 1 / Float(rows.count * columns.count)
    if columns.count == input.width {  // the pixels of whole rows follow each other
      Pooling.sum(
        source.from(rows.lowerBound * input.width), count: rows.count * columns.count,
        channels: channels, factor: factor, into: target, kernels: .best)
      return
    }
    target.update(repeating: 0, count: channels)
    for y in rows {
      for x in columns {
        let pixel = source.from(y * input.width + x).pointer
        for channel in 0..<channels { target[channel] += pixel[channel] }
      }
    }
    for channel in 0..<channels { target[channel] *= factor }
  }
}

/// The mean of all pixels of bytes.
private struct ByteGlobalAverageRoutine: PlainRoutine {
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "int8_cells" }
  private static let channelsPerItem = 512
  private var parts: Int { input.channels.dividedRoundingUp(by: Self.channelsPerItem) }
  var workItems: [Int] { [input.batch * parts] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (image, part) = item.quotientAndRemainder(dividingBy: parts)
    let first = part * Self.channelsPerItem
    Int8Elementwise.average(
      memory.bytes(ofInput: 0, input, from: image * input.pixelsPerImage).from(channel: first),
      count: input.pixelsPerImage, channels: min(Self.channelsPerItem, input.channels - first),
      into: memory.outputBytes(output, from: image).from(channel: first), kernels: .best)
  }
}

/// The elements of a length that cell `index` of `cells` covers.
private func cell(_ index: Int, of cells: Int, over length: Int) -> Range<Int> {
  index * length / cells..<((index + 1) * length).dividedRoundingUp(by: cells)
}

/// The gradient of a cell is spread evenly over its pixels.
///
/// Cells may overlap, so a work item is an image.
private struct AdaptiveAveragePoolTraining: PlainTraining {
  let forward: any Routine
  let output: ActivationLayout
  let input: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [false]) }
  var backwardItems: Int { input == nil ? 0 : output.batch }

  func runBackward(item image: Int, memory: TrainingMemory) {
    guard let input else { return }
    let layout = input.layout
    let target = memory.gradient(ofInput: 0, input, from: image * layout.pixelsPerImage)
    if !input.accumulates { target.clear(pixels: layout.pixelsPerImage, channels: layout.channels) }
    for y in 0..<output.height {
      let rows = cell(y, of: output.height, over: layout.height)
      for x in 0..<output.width {
        let columns = cell(x, of: output.width, over: layout.width)
        let source = memory.gradient(gradient, from: (image * output.height + y) * output.width + x)
        for row in rows {
          Gradients.scaled(
            MutablePixels(source.pointer, stride: 0), by: 1 / Float(rows.count * columns.count),
            count: columns.count, channels: layout.channels, accumulates: true,
            into: target.from(row * layout.width + columns.lowerBound), kernels: .best)
        }
      }
    }
  }
}
