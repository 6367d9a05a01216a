import GraphIR
import Kernels
import TensorCore

/// Maximum or mean over a sliding window.
package struct Pool: Operator {
  package static let kind = "pool"

  /// Maximum or mean.
  package var reduction: Pooling.Kind
  /// Kernel, stride, padding.
  package var window: Window
  /// Whether a last window may extend beyond the input.
  package var ceilMode: Bool

  package var description: String {
    "\(reductionWord) \(window)" + (ceilMode ? ", ceil" : "")
  }

  private var isMaximum: Bool { reduction == .maximum }

  private var reductionWord: String { isMaximum ? "max" : "average" }
}

extension Scope {
  /// The maximum over square windows; padding never wins.
  package func maxPool(
    _ input: Value, kernel: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false
  ) throws(GraphError) -> Value {
    try add(
      "maxpool",
      Pool(
        reduction: .maximum, window: Window(kernel: kernel, stride: stride, padding: padding),
        ceilMode: ceilMode), input)
  }

  /// The maximum over square windows, padded by a rule.
  package func maxPool(
    _ input: Value, kernel: Int, stride: Int, padding: PaddingRule
  ) throws(GraphError) -> Value {
    let window = Window(kernel: kernel, stride: stride, padding: padding, over: input.shape)
    return try add("maxpool", Pool(reduction: .maximum, window: window, ceilMode: false), input)
  }

  /// The mean over square windows, padded by a rule; the divisor leaves out the padding.
  package func averagePool(
    _ input: Value, kernel: Int, stride: Int, padding: PaddingRule
  ) throws(GraphError) -> Value {
    let window = Window(kernel: kernel, stride: stride, padding: padding, over: input.shape)
    return try add(
      "avgpool", Pool(reduction: .average(countsPadding: false), window: window, ceilMode: false), input)
  }

  /// The mean over square windows.
  package func averagePool(
    _ input: Value, kernel: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false,
    countsPadding: Bool = true
  ) throws(GraphError) -> Value {
    try averagePool(
      input, window: Window(kernel: kernel, stride: stride, padding: padding), ceilMode: ceilMode,
      countsPadding: countsPadding)
  }

  /// The mean over any windows.
  ///
  /// A leading padding of -1 leaves out the first row or column.
  package func averagePool(
    _ input: Value, window: Window, ceilMode: Bool = false, countsPadding: Bool = true
  ) throws(GraphError) -> Value {
    try add(
      "avgpool",
      Pool(reduction: .average(countsPadding: countsPadding), window: window, ceilMode: ceilMode), input)
  }
}

extension Pool {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try window.slide(over: inputs[0], channels: inputs[0].asFeatureMap().channels, ceilMode: ceilMode)
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { window.footprint }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork {
    CountedWork(poolInputs: inputs[0].count)
  }

  package func depiction(_ output: Shape) -> Depiction? {
    Depiction("\(window.size) \(reductionWord) pool\(window.strideSuffix)", .pool)
  }

  /// ONNX has no negative padding, its runtimes disagree about ceil mode, and they want windows that reach into the input.
  ///
  /// So rows that a negative padding leaves out are sliced off; padding is put around the input where a window may lie in it
  /// or the divisor counts it but not what ceil mode adds; and ceil mode is padding that the divisor leaves out.
  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm()
    var (height, width) = (inputs[0].height, inputs[0].width)
    var window = window
    let skipped = [window.height, window.width].map { max(-$0.leadingPadding, 0) }
    if skipped != [0, 0] {
      form.add("Slice", form.output, .integers(skipped), .integers([height, width]), .integers([2, 3]))
      (height, width) = (height - skipped[0], width - skipped[1])
      window.height.leadingPadding += skipped[0]
      window.width.leadingPadding += skipped[1]
    }
    let countsPadding = reduction == .average(countsPadding: true)
    let mayLieInPadding = [window.height, window.width].contains {
      max($0.leadingPadding, $0.trailingPadding) >= $0.kernel
    }
    if mayLieInPadding || (ceilMode && countsPadding && window.isPadded) {
      let (rows, columns) = (window.height, window.width)
      form.add(
        "Pad", form.output,
        .integers([
          0, 0, rows.leadingPadding, columns.leadingPadding, 0, 0, rows.trailingPadding,
          columns.trailingPadding,
        ]), .float(isMaximum ? -.infinity : 0))
      (height, width) = (rows.padded(height), columns.padded(width))
      for axis in [\Window.height, \Window.width] {
        window[keyPath: axis].leadingPadding = 0
        window[keyPath: axis].trailingPadding = 0
      }
    }
    if ceilMode {
      window.height.padToLastWindow(over: height)
      window.width.padToLastWindow(over: width)
    }
    form.add(
      isMaximum ? "MaxPool" : "AveragePool", form.output,
      attributes: ONNXForm.attributes(of: window)
        + (isMaximum ? [] : [("count_include_pad", .integer(countsPadding && !ceilMode ? 1 : 0))]))
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    !isMaximum && !ceilMode && !window.isPadded ? .mean : .other
  }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { isMaximum ? .unchanged : .rounded }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool { request.isBFloat16 }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    let (input, output) = (request.inputs[0], request.output)
    let pooling = Pooling(reduction, window: window, input: input, output: output, kernels: .best)
    return output.quantization == nil
      ? PoolRoutine(pooling: pooling) : BytePoolRoutine(pooling: pooling, input: input, output: output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    PoolTraining(
      pooling: Pooling(
        reduction, window: window, input: request.inputs[0], output: request.output, kernels: .best),
      readsValues: isMaximum, forward: prepare(request.inference),
      input: request.inputGradients[0], gradient: request.outputGradient)
  }
}

private struct PoolRoutine: PlainRoutine {
  let pooling: Pooling

  var algorithm: String { "rows" }
  var workItems: [Int] { [pooling.rows] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    pooling.run(row: item, input: memory.inputs[0], output: memory.output)
  }
}

private struct BytePoolRoutine: PlainRoutine {
  let pooling: Pooling
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "int8_rows" }
  var workItems: [Int] { [pooling.rows] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    pooling.run(row: item, input: memory.bytes(ofInput: 0, input), output: memory.outputBytes(output))
  }
}

/// Windows may overlap, so a work item is an image.
///
/// The place of a maximum is found again by comparison.
private struct PoolTraining: PlainTraining {
  let pooling: Pooling
  let readsValues: Bool
  let forward: any Routine
  let input: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [readsValues], output: readsValues) }
  var backwardItems: Int { input == nil ? 0 : gradient.batch }

  func runBackward(item image: Int, memory: TrainingMemory) {
    guard let input else { return }
    let layout = input.layout
    let target = memory.gradient(ofInput: 0, input)
    if !input.accumulates {
      target.from(image * layout.pixelsPerImage)
        .clear(pixels: layout.pixelsPerImage, channels: layout.channels)
    }
    pooling.addGradient(
      image: image, input: memory.inputs[0], output: UnsafePointer(memory.output),
      gradient: memory.gradient(gradient), to: target)
  }
}
