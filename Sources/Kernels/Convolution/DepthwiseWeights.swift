import TensorCore

/// The weights of a depthwise convolution in the order of its kernels: for each vector of channels, a vector
/// for each element of the kernel.
///
/// Between feature maps in bfloat16 an element is a pair in the place of a float: the weights of two rows of the
/// kernel in one column, rounded to bfloat16, with zero below the last row. Two vectors of channels, as long as
/// there are two, are interleaved as `depthwise_pairs.h` needs them.
struct DepthwiseWeights: Sendable {
  private let geometry: ConvolutionGeometry
  private let vector: Int
  private let arePairs: Bool

  /// The order for a set of kernels.
  init(_ geometry: ConvolutionGeometry, kernels: KernelSet) {
    self.geometry = geometry
    vector = kernels.vector
    arePairs = geometry.output.format == .bfloat16
  }

  /// Channels in whole vectors.
  var paddedChannels: Int { geometry.output.channels.roundedUp(to: vector) }
  /// Floats of the weights.
  var floats: Int { paddedChannels * elements }

  /// Channels that are computed together.
  var unit: Int { arePairs ? 2 * vector : vector }

  /// Elements of a kernel.
  private var elements: Int {
    let window = geometry.window
    return arePairs ? window.height.kernel.dividedRoundingUp(by: 2) * window.width.kernel : window.taps
  }

  /// Offset of the first of some channels that are computed together.
  func offset(ofChannel channel: Int) -> Int { channel * elements }

  /// Packs the weights, with zeros for the channels that fill the last vector.
  func pack(_ source: ConvolutionWeights, into packed: UnsafeMutablePointer<Float>) {
    var place = 0
    for first in stride(from: 0, to: paddedChannels, by: unit) {
      let width = min(unit, paddedChannels - first)
      for element in 0..<elements {
        for lane in 0..<width {
          let channel = first + channel(at: lane, of: width)
          packed[place] = channel < geometry.output.channels ? value(of: channel, element, source) : 0
          place += 1
        }
      }
    }
  }

  /// Packs the bias, with zeros for the channels that fill the last vector.
  func pack(bias: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>) {
    for first in stride(from: 0, to: paddedChannels, by: unit) {
      let width = min(unit, paddedChannels - first)
      for lane in 0..<width {
        let channel = first + channel(at: lane, of: width)
        packed[first + lane] = channel < geometry.output.channels ? bias?[channel] ?? 0 : 0
      }
    }
  }

  /// Writes sums in the order of floats as `[C, 1, kH, kW]`.
  func unpack(
    _ channels: Range<Int>, _ sums: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    let taps = geometry.window.taps
    for channel in channels {
      let first = channel / vector * vector * taps + channel % vector
      for tap in 0..<taps { gradient[channel * taps + tap] = sums[first + tap * vector] }
    }
  }

  /// The channel in a lane of one vector, or of two interleaved ones.
  private func channel(at lane: Int, of width: Int) -> Int {
    guard width > vector else { return lane }
    let (index, place) = lane.quotientAndRemainder(dividingBy: vector)
    return place / 4 * 8 + index * 4 + place % 4
  }

  private func value(of channel: Int, _ element: Int, _ source: ConvolutionWeights) -> Float {
    guard arePairs else { return source.address(group: channel, tap: element).pointee }
    let width = geometry.window.width.kernel
    let upper = element / width * 2 * width + element % width
    let lower = upper + width
    return Float(
      bfloat16Pair: source.address(group: channel, tap: upper).pointee,
      lower < geometry.window.taps ? source.address(group: channel, tap: lower).pointee : 0)
  }
}
