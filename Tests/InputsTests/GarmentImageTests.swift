import Files
import Inputs
import Support
import TensorCore
import Testing

@Suite("Images in the manner of Fashion-MNIST")
struct GarmentImageTests {
  @Test("The pixels are those that Pillow gives", arguments: try Fixtures.table("garment.txt"))
  func matchesPillow(row: [String]) throws {
    let source = try ImageSource.file(FilePath(Fixtures.path(row[0]))).decoded()
    let options: [String: Bool?] = ["auto": nil, "invert": true, "as-is": false]
    let (image, isInverted) = GarmentImage.convert(source, inverting: try #require(options[row[1]]))
    #expect([image.height, image.width, image.channels] == [28, 28, 1])
    #expect(isInverted == (row[2] == "kept" ? nil : row[2] == "yes"))
    #expect(fnv(image.pixels) == row[3])
  }

  /// An image and its negative are one object on two grounds.
  @Test func aNegativeIsRecognized() throws {
    let image = try ImageSource.file(FilePath(Fixtures.path("garment-dark-on-white.png"))).decoded()
    let negative = Raster(
      height: image.height, width: image.width, channels: 3, pixels: image.pixels.map { 255 - $0 })
    let (dark, wasInverted) = GarmentImage.convert(image)
    let (light, isInverted) = GarmentImage.convert(negative)
    #expect(wasInverted == true && isInverted == false)
    // Luma of a negative is off by one where it was rounded, and the resize and the sharpening carry that on.
    for (one, other) in zip(dark.pixels, light.pixels) { #expect(abs(Int(one) - Int(other)) <= 2) }
  }

  @Test func theInputIsTheGarmentInTheMiddle() throws {
    let path = Fixtures.path("garment-gray-28.png")
    let garment = try GarmentImage.convert(ImageSource.file(FilePath(path)).decoded()).image
    let preprocessor = Preprocessor(
      ImagePreprocessing(
        resize: 32, cropHeight: 32, cropWidth: 32, interpolation: .bilinear, mean: [0.25], deviation: [0.5],
        conversion: .fashionMNIST(inverting: nil)))
    var floats = [Float](repeating: .nan, count: 1024)
    let prepared = try floats.withUnsafeMutableBufferPointer {
      try preprocessor.prepare(.file(FilePath(path)), into: $0)
    }
    #expect(prepared.isInverted == nil && prepared.size.width == 28)
    for row in 0..<32 {
      for column in 0..<32 {
        let isInside = (2..<30).contains(row) && (2..<30).contains(column)
        let value = isInside ? Float(garment.pixels[(row - 2) * 28 + column - 2]) / 255 : 0
        #expect(floats[32 * row + column] == (value - 0.25) / 0.5)
      }
    }
  }
}
