import CImage
import TensorCore

/// The resized and cropped image, built row by row from the stored one.
///
/// Two passes with 8-bit rounding in between, so their order matters: horizontal first *as shown*, unless
/// the height loses more than twice what the width loses (Pillow 13; older ones always go horizontally
/// first, which differs by one in a few pixels of such images). A stored row goes through the passes as
/// it arrives, and only the outputs that survive the crop are computed.
struct ResizedCrop: ~Copyable {
  /// Height times width times channels, as shown; padding is 0.
  private(set) var pixels: [UInt8]

  private let channels: Int
  private let cropWidth: Int
  private let swapsAxes: Bool
  /// Whether the pass across stored rows comes before the one within a row.
  private let acrossFirst: Bool
  /// Pass across stored columns, within a row.
  private let columns: ResampledAxis
  /// Pass across stored rows.
  private let rows: ResampledAxis
  /// Stored columns that any output needs, and `columns.first` relative to them.
  private let segment: Range<Int>
  private let segmentFirst: [Int32]

  /// Values of a line in the pass across rows.
  private let lineCount: Int
  /// Sums of the lines that are under way: line i is in slot i % slots.
  private var sums: [Int32]
  private let slots: Int
  /// Lines that are done, and the first that has not been started.
  private var done = 0
  private var started = 0
  private var nextRow = 0
  private var luma: [UInt8]
  private var line: [UInt8]
  private var resampled: [UInt8]

  /// A crop of an image that is stored in this orientation, with one channel (its luma) or three.
  init(_ geometry: CropGeometry, orientation: Orientation = .upright, channels: Int) {
    swapsAxes = orientation.swapsAxes
    self.channels = channels
    cropWidth = geometry.width
    let verticalFirst = geometry.y.reduction > max(0, 2 * geometry.x.reduction)
    acrossFirst = swapsAxes != verticalFirst
    columns = ResampledAxis(
      swapsAxes ? geometry.y : geometry.x, filter: geometry.interpolation,
      reversed: orientation.reversesColumns)
    rows = ResampledAxis(
      swapsAxes ? geometry.x : geometry.y, filter: geometry.interpolation,
      reversed: orientation.reversesRows)
    segment = columns.needed
    let segmentStart = Int32(segment.lowerBound)
    segmentFirst = columns.first.map { $0 - segmentStart }
    lineCount = channels * (acrossFirst ? segment.count : columns.outputs)
    slots = rows.greatestOverlap
    sums = [Int32](repeating: 0, count: slots * lineCount)
    luma = [UInt8](repeating: 0, count: channels == 1 ? segment.count : 0)
    line = [UInt8](repeating: 0, count: lineCount)
    resampled = [UInt8](repeating: 0, count: channels * columns.outputs)
    pixels = [UInt8](repeating: 0, count: channels * geometry.height * geometry.width)
  }

  /// Takes the next stored row, `storedWidth` pixels of three channels, or of as many as the crop has.
  mutating func push(_ row: UnsafeBufferPointer<UInt8>, channels stored: Int = 3) {
    let y = nextRow
    nextRow += 1
    guard rows.needed.contains(y), !segment.isEmpty, let base = row.baseAddress else { return }
    let pixels = unsafe base + stored * segment.lowerBound
    if stored == channels {
      unsafe pushSegment(pixels, row: y)
      return
    }
    precondition(channels == 1 && stored == 3, "color becomes gray, and nothing else")
    var luma = [UInt8]()
    swap(&luma, &self.luma)
    unsafe luma.withUnsafeMutableBufferPointer { target in
      unsafe cimage_luma(pixels, target.baseAddress, target.count)
      if let gray = target.baseAddress { unsafe pushSegment(gray, row: y) }
    }
    swap(&luma, &self.luma)
  }

  private mutating func pushSegment(_ pixels: UnsafePointer<UInt8>, row y: Int) {
    if acrossFirst {
      unsafe accumulate(pixels, row: y)
    } else {
      unsafe resample(pixels)
      var line = [UInt8]()
      swap(&line, &resampled)
      unsafe line.withUnsafeBufferPointer { if let base = $0.baseAddress { unsafe accumulate(base, row: y) } }
      swap(&line, &resampled)
    }
  }

  /// The pass within a row, into `resampled`.
  private mutating func resample(_ pixels: UnsafePointer<UInt8>) {
    unsafe cimage_resample_row(
      pixels, &resampled, columns.outputs, channels, segmentFirst, columns.counts, columns.weights,
      columns.taps)
  }

  /// The pass across rows: adds a row to each line that needs it and ends the lines that need no more.
  private mutating func accumulate(_ values: UnsafePointer<UInt8>, row y: Int) {
    while started < rows.outputs && Int(rows.first[started]) <= y {
      let slot = started % slots * lineCount
      unsafe sums.withUnsafeMutableBufferPointer {
        if let base = $0.baseAddress { unsafe cimage_start_sums(base + slot, lineCount) }
      }
      started += 1
    }
    for output in done..<started {
      let tap = y - Int(rows.first[output])
      guard tap < Int(rows.counts[output]) else { continue }
      let weight = rows.weights[output * rows.taps + tap]
      let slot = output % slots * lineCount
      unsafe sums.withUnsafeMutableBufferPointer {
        if let base = $0.baseAddress { unsafe cimage_accumulate_row(values, weight, base + slot, lineCount) }
      }
    }
    while done < started && Int(rows.first[done] + rows.counts[done]) <= y + 1 {
      finish(done)
      done += 1
    }
  }

  /// Puts a finished line into its place: a row of the crop, or a column where the axes are swapped.
  private mutating func finish(_ output: Int) {
    let slot = output % slots * lineCount
    unsafe sums.withUnsafeBufferPointer {
      if let base = $0.baseAddress { unsafe cimage_clip_sums(base + slot, &line, lineCount) }
    }
    if acrossFirst {
      var segment = [UInt8]()
      swap(&segment, &line)
      unsafe segment.withUnsafeBufferPointer { if let base = $0.baseAddress { unsafe resample(base) } }
      swap(&segment, &line)
      place(resampled, line: output)
    } else {
      place(line, line: output)
    }
  }

  private mutating func place(_ values: [UInt8], line output: Int) {
    let across = rows.destination.start + rows.destination.step * output
    for index in 0..<columns.outputs {
      let along = columns.destination.start + columns.destination.step * index
      let pixel = swapsAxes ? along * cropWidth + across : across * cropWidth + along
      for channel in 0..<channels {
        pixels[channels * pixel + channel] = values[channels * index + channel]
      }
    }
  }
}

extension ResampledAxis {
  /// The most outputs whose source places overlap at any one place; at least 1.
  fileprivate var greatestOverlap: Int {
    var greatest = 1
    var next = 0
    for output in 0..<outputs {
      let end = first[output] + counts[output]
      while next < outputs && first[next] < end { next += 1 }
      greatest = max(greatest, next - output)
    }
    return greatest
  }
}
