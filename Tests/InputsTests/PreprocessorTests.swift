import Files
import Inputs
import Support
import TensorCore
import Testing

@Suite("Preprocessing")
struct PreprocessorTests {
  private func description(_ row: [String]) throws -> ImagePreprocessing {
    let numbers = try row[1...3].map { try #require(Int($0)) }
    let channels = try #require(Int(row[5]))
    return ImagePreprocessing(
      resize: numbers[0], cropHeight: numbers[1], cropWidth: numbers[2],
      interpolation: try #require(ImagePreprocessing.Interpolation(rawValue: row[4])),
      mean: Array([0.485, 0.456, 0.406][..<channels]), deviation: Array([0.229, 0.224, 0.225][..<channels]))
  }

  @Test(
    "The resized crop has the same bytes as with Pillow and torchvision",
    arguments: try Fixtures.table("resized.txt"))
  func matchesPillow(row: [String]) throws {
    let preprocessor = Preprocessor(try description(row))
    let pixels = try preprocessor.pixels(of: ImageReader(path: FilePath(Fixtures.path(row[0]))))
    #expect(pixels.count == preprocessor.elementCount)
    #expect(fnv(pixels) == row[6])
  }

  @Test("Floats are planes of (value / 255 - mean) / deviation")
  func normalized() throws {
    let preprocessing = try description(["rgb.png", "8", "7", "9", "bicubic", "3"])
    let preprocessor = Preprocessor(preprocessing)
    let path = FilePath(Fixtures.path("rgb.png"))
    let pixels = try preprocessor.pixels(of: ImageReader(path: path))
    var floats = [Float](repeating: .nan, count: preprocessor.elementCount)
    let size = try floats.withUnsafeMutableBufferPointer { try preprocessor.process(path: path, into: $0) }
    #expect([size.width, size.height] == [23, 17])
    for channel in 0..<3 {
      for index in 0..<63 {
        let value = Float(pixels[3 * index + channel]) / 255
        let expected = (value - preprocessing.mean[channel]) / preprocessing.deviation[channel]
        #expect(floats[63 * channel + index] == expected)
      }
    }
  }

  @Test("A file that cannot be decoded leaves the destination unchanged")
  func untouched() throws {
    let preprocessor = Preprocessor(try description(["", "8", "7", "9", "bilinear", "1"]))
    var floats = [Float](repeating: 7, count: preprocessor.elementCount)
    #expect(throws: InputError.self) {
      try floats.withUnsafeMutableBufferPointer {
        try preprocessor.process(path: FilePath(Fixtures.path("no-end.jpg")), into: $0)
      }
    }
    #expect(floats.allSatisfy { $0 == 7 })
  }
}
