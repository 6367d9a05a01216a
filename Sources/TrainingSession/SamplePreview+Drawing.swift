import Inputs
import Session
import TensorCore
import Text
import Training

extension SamplePreview {
  private static let gap = 8
  /// Small images are enlarged to about this many pixels, so that there is something to see.
  private static let side = 112

  /// A row for each image: on the left as it is prepared, beside it its samples, with the class or classes below.
  package var sheet: Raster {
    let (height, width) = (preprocessing.cropHeight, preprocessing.cropWidth)
    let factor = max(Self.side / max(height, width), 1)
    let (tileHeight, tileWidth) = (height * factor, width * factor)
    let columns = 1 + (rows.first?.samples.count ?? 0)
    let line = BitmapFont.height + 2
    let lines = rows.contains { $0.samples.contains { ($0?.target.share ?? 1) < 1 } } ? 2 : 1
    let (rowHeight, columnWidth) = (tileHeight + lines * line + Self.gap, tileWidth + Self.gap)
    var sheet = Raster(
      height: line + rows.count * rowHeight + Self.gap, width: columns * columnWidth + Self.gap, channels: 3,
      filledWith: 255)
    func write(_ text: String, top: Int, column: Int) {
      let most = tileWidth / BitmapFont.width
      let fitting = text.count > most ? text.prefix(max(most - 2, 0)) + ".." : text[...]
      if fitting.isEmpty { return }
      sheet.place(BitmapFont.drawn(String(fitting)), top: top, left: Self.gap + column * columnWidth)
    }
    for column in 0..<columns { write(column == 0 ? "original" : "epoch \(column)", top: 1, column: column) }
    for (number, row) in rows.enumerated() {
      let top = line + number * rowHeight + 1
      func place(_ values: [Float], _ captions: [String], column: Int) {
        sheet.place(
          raster(of: values).enlarged(by: factor), top: top, left: Self.gap + column * columnWidth)
        for (number, caption) in captions.enumerated() {
          write(caption, top: top + tileHeight + 1 + number * line, column: column)
        }
      }
      place(row.original, [classNames[row.label]], column: 0)
      for (column, sample) in row.samples.enumerated() {
        if let sample { place(sample.values, captions(of: sample.target), column: column + 1) }
      }
    }
    return sheet
  }

  /// The class, or both classes with their shares.
  package func captions(of target: Target) -> [String] {
    if target.share == 1 { return [classNames[target.label]] }
    return [(target.share, target.label), (1 - target.share, target.other)].map { share, label in
      "\(Numbers.fixed(Double(share), digits: 2)) \(classNames[label])"
    }
  }

  /// The pixels before normalization, as far as bytes hold them.
  private func raster(of values: [Float]) -> Raster {
    let (height, width, channels) = (
      preprocessing.cropHeight, preprocessing.cropWidth, preprocessing.mean.count
    )
    var image = Raster(height: height, width: width, channels: channels, filledWith: 0)
    for channel in 0..<channels {
      for pixel in 0..<height * width {
        let value =
          values[channel * height * width + pixel] * preprocessing.deviation[channel]
          + preprocessing.mean[channel]
        image.pixels[pixel * channels + channel] = UInt8(max(0, min(255, (value * 255).rounded())))
      }
    }
    return image
  }
}
