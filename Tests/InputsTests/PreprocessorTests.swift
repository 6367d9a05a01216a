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
    "The resized crop has the bytes of Pillow and torchvision",
    arguments: try Fixtures.table("resized.txt"))
  func matchesPillow(row: [String]) throws {
    let preprocessor = Preprocessor(try description(row))
    let pixels = try preprocessor.pixels(of: .file(FilePath(Fixtures.path(row[0])))).0.pixels
    #expect(pixels.count == preprocessor.elementCount)
    #expect(fnv(pixels) == row[6])
  }

  @Test("Floats are planes of (value / 255 - mean) / deviation")
  func normalized() throws {
    let preprocessing = try description(["rgb.png", "8", "7", "9", "bicubic", "3"])
    let preprocessor = Preprocessor(preprocessing)
    let path = FilePath(Fixtures.path("rgb.png"))
    let pixels = try preprocessor.pixels(of: .file(path)).0.pixels
    var floats = [Float](repeating: .nan, count: preprocessor.elementCount)
    let prepared = try floats.withUnsafeMutableBufferPointer {
      try preprocessor.prepare(.file(path), into: $0)
    }
    #expect([prepared.size.width, prepared.size.height] == [23, 17])
    for channel in 0..<3 {
      for index in 0..<63 {
        let value = Float(pixels[3 * index + channel]) / 255
        let expected = (value - preprocessing.mean[channel]) / preprocessing.deviation[channel]
        #expect(floats[63 * channel + index] == expected)
      }
    }
  }

  @Test("A file that cannot be decoded leaves the destination as it was")
  func untouched() throws {
    let preprocessor = Preprocessor(try description(["", "8", "7", "9", "bilinear", "1"]))
    var floats = [Float](repeating: 7, count: preprocessor.elementCount)
    #expect(throws: InputError.self) {
      try floats.withUnsafeMutableBufferPointer {
        try preprocessor.prepare(.file(FilePath(Fixtures.path("no-end.jpg"))), into: $0)
      }
    }
    #expect(floats.allSatisfy { $0 == 7 })
  }

  @Test("A file and its pixels in memory give the same input", arguments: try Fixtures.table("resized.txt"))
  func oneWay(row: [String]) throws {
    let source = ImageSource.file(FilePath(Fixtures.path(row[0])))
    let preprocessor = Preprocessor(try description(row))
    let (streamed, fromFile) = try preprocessor.pixels(of: source)
    let (held, fromMemory) = try preprocessor.pixels(of: .raster(source.decoded()))
    #expect(streamed == held && fromFile == fromMemory)
  }

  @Test("Images of the resize's size only get zeros around them")
  func padding() throws {
    let noise = FormulaNoise(name: "pixels")
    for (height, width) in [(28, 28), (27, 28), (28, 31)] {
      let raster = Raster(
        height: height, width: width, channels: 1,
        pixels: (0..<height * width).map { UInt8((noise[$0] + 1) * 127) })
      let preprocessor = Preprocessor(
        ImagePreprocessing(
          resize: min(height, width), cropHeight: 32, cropWidth: 32, interpolation: .bicubic, mean: [0],
          deviation: [1]))
      let (pixels, prepared) = try preprocessor.pixels(of: .raster(raster))
      #expect(prepared.resized == prepared.size)
      #expect(prepared.cropTop == -((32 - height) / 2) && prepared.cropLeft == -((32 - width) / 2))
      #expect(
        pixels == raster.cropped(top: prepared.cropTop, left: prepared.cropLeft, height: 32, width: 32))
    }
  }
}
