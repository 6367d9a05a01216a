import Files
import Inputs
import Support
import TensorCore
import Testing
import Zoo

/// Every preprocessing in the registry has the same bits for an image in memory, as data sets have it, and in a file.
@Suite struct EveryPreprocessingTests {
  private static let all = Array(
    Set(Registry.standard.all.flatMap { [$0.input.preprocessing] + $0.weights.map(\.preprocessing) }))

  @Test func theRegistryHasSeveral() { #expect(Self.all.count >= 8) }

  @Test(arguments: all) func filesAndMemoryAgree(_ preprocessing: ImagePreprocessing) throws {
    let folder = try TemporaryFolder()
    let preprocessor = Preprocessor(preprocessing)
    for (channels, height, width) in [(1, 28, 28), (3, 32, 32), (3, 61, 400), (1, 333, 45)] {
      let noise = FormulaNoise(name: "\(channels) \(height) \(width)")
      let raster = Raster(
        height: height, width: width, channels: channels,
        pixels: (0..<height * width * channels).map { UInt8(127.5 + 127 * noise[$0 / 7]) })
      let path = try folder.write(raster.png(for: "image.png"), to: "image.png")
      func input(_ source: ImageSource) throws -> [UInt32] {
        var values = [Float](repeating: .nan, count: preprocessor.elementCount)
        try values.withUnsafeMutableBufferPointer { _ = try preprocessor.prepare(source, into: $0) }
        return values.map(\.bitPattern)
      }
      #expect(try input(.file(FilePath(path))) == input(.raster(raster)), "\(channels)×\(height)×\(width)")
    }
  }
}
