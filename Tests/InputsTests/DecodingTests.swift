import Files
import Inputs
import Support
import Testing

@Suite("Decoding")
struct DecodingTests {
  @Test(
    "Every kind of image has the pixels that Pillow gives it",
    arguments: try Fixtures.table("decoded.txt"))
  func matchesPillow(row: [String]) throws {
    let image = try ImageDecoder.decode(path: Fixtures.path(row[0]))
    #expect("\(image.width) \(image.height)" == "\(row[1]) \(row[2])")
    #expect(image.pixels.count == 3 * image.width * image.height)
    #expect(fnv(image.pixels) == row[3])
  }

  @Test(
    "Bands do not change a pixel",
    arguments: [
      "rgb-interlaced.png", "gray16-interlaced.png", "tall.webp", "lossy.webp", "lossless.webp",
      "lossy-alpha.webp", "animated-offset.webp",
    ], [1, 200, 300, 700])
  func bands(name: String, bandBytes: Int) throws {
    let bytes = try Fixtures.bytes(name)
    let whole = try ImageDecoder.decode(bytes: bytes, name: name)
    #expect(try ImageDecoder.decode(ImageReader(bytes: bytes, name: name, bandBytes: bandBytes)) == whole)
  }

  @Test("The header says how large the image is as shown")
  func sizeAsShown() throws {
    let reader = try ImageReader(path: FilePath(Fixtures.path("orientation6.jpg")))
    #expect(reader.format == .jpeg)
    #expect(reader.orientation == .turnedRight)
    #expect([reader.storedWidth, reader.storedHeight] == [19, 13])
    #expect([reader.width, reader.height] == [13, 19])
  }
}

@Suite("Refused images")
struct RefusedTests {
  /// What `body` throws, as one line.
  private func message(_ name: String) -> String {
    do throws(InputError) {
      _ = try ImageDecoder.decode(path: Fixtures.path(name))
      return "decoded"
    } catch {
      let prefix = "\(Fixtures.path(name)): "
      let text = error.description
      return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    }
  }

  @Test(
    "One line says what is wrong",
    arguments: [
      (
        "text.png",
        "not a PNG, JPEG or WebP image: first bytes \"Hello, this \" (48 65 6c 6c 6f 2c 20 74 68 69 73 20)"
      ),
      ("empty.png", "the file is empty"),
      ("huge.png", "too many pixels: 30000x30000, the limit is 178956970 pixels"),
      ("bomb.webp", "too many pixels: 16383x16383, the limit is 178956970 pixels"),
      ("scans101.jpg", "too many scans in a progressive JPEG: the limit is 100"),
      ("scans-repeated.jpg", "too many scans in a progressive JPEG: the limit is 100"),
      ("gif.png", "a GIF image: give a PNG, JPEG or WebP image"),
      ("bmp.jpg", "a BMP image: give a PNG, JPEG or WebP image"),
      ("tiff.jpg", "a TIFF image: give a PNG, JPEG or WebP image"),
      ("missing.png", "no such file"),
    ])
  func messages(name: String, expected: String) {
    #expect(message(name) == expected)
  }

  @Test(
    "Damage is an error, also where a decoder only warns",
    arguments: [
      "zero-width.png", "bad-checksum.png", "bad-checksum-text.png", "few-rows.png", "many-rows.png",
      "no-palette.png", "missing-restart.jpg", "no-end.jpg", "scan-twice.jpg",
    ])
  func damage(name: String) {
    #expect(message(name).hasPrefix("damaged "))
    #expect(!message(name).contains("\n"))
  }

  @Test("A folder is not an image")
  func folder() {
    let path = Fixtures.path("")
    #expect(throws: InputError.file(.notRegular(path: path))) { try ImageDecoder.decode(path: path) }
  }

  @Test(
    "An image that is cut anywhere is an error",
    arguments: try Fixtures.table("decoded.txt").map { $0[0] })
  func truncated(name: String) throws {
    let bytes = try Fixtures.bytes(name)
    for length in 0..<bytes.count {
      #expect(throws: InputError.self, "\(name) cut to \(length) of \(bytes.count) bytes") {
        try ImageDecoder.decode(bytes: Array(bytes[..<length]), name: name)
      }
    }
  }

  @Test(
    "A flipped bit gives an image or an error, never a crash",
    arguments: try Fixtures.table("decoded.txt").map { $0[0] })
  func flippedBits(name: String) throws {
    var bytes = try Fixtures.bytes(name)
    let size = try ImageDecoder.decode(bytes: bytes, name: name).pixels.count
    for index in bytes.indices {
      // Size fields can claim up to the limits; what is of interest here is small.
      let bit = UInt8(1) << UInt8(index % 8)
      bytes[index] ^= bit
      if let reader = try? ImageReader(bytes: bytes, name: name), reader.width * reader.height < 64 * size {
        _ = try? ImageDecoder.decode(reader)
      }
      bytes[index] ^= bit
    }
  }
}
