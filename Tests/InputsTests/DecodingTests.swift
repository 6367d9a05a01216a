import Files
import Inputs
import Support
import Testing

@Suite("Decoding")
struct DecodingTests {
  @Test(
    "Every kind of image decodes to the same pixels as in Pillow",
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

  @Test("The header gives the size in the displayed orientation")
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
  /// Whether an error says that the content is bad.
  private func isDamage(_ error: InputError) -> Bool {
    switch error {
    case .empty, .notAnImage, .unsupportedFormat, .unsupported, .corrupt, .tooManyPixels,
      .tooManyPixelsAtOnce, .tooManyScans:
      true
    default: false
    }
  }

  /// The message of the error for an image, without its path.
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
        "not a PNG, JPEG, WebP, TIFF, GIF, BMP or PNM image: "
          + "first bytes \"Hello, this \" (48 65 6c 6c 6f 2c 20 74 68 69 73 20)"
      ),
      ("empty.png", "the file is empty"),
      ("huge.png", "too many pixels: 30000x30000, the limit is 178956970 pixels"),
      ("huge.bmp", "too many pixels: 2147483647x2147483647, the limit is 178956970 pixels"),
      ("huge.pgm", "damaged PNM image: the file ends too early"),
      ("huge.tiff", "too many pixels: 60000x60000, the limit is 178956970 pixels"),
      (
        "huge-strip.tiff",
        "too many pixels: 12000x10000, the limit is 64000000 where the whole image has to be held in memory: "
          + "save it as PNG or baseline JPEG"
      ),
      ("bomb.webp", "too many pixels: 16383x16383, the limit is 178956970 pixels"),
      ("scans101.jpg", "too many scans in a progressive JPEG: the limit is 100"),
      ("scans-repeated.jpg", "too many scans in a progressive JPEG: the limit is 100"),
      ("avif.jpg", "AVIF images are not supported: convert to PNG, JPEG or WebP"),
      ("heic.jpg", "HEIC (HEIF) images are not supported: convert to PNG, JPEG or WebP"),
      ("jpeg2000.jpg", "JPEG 2000 images are not supported: convert to PNG, JPEG or WebP"),
      ("jpegxl.jpg", "JPEG XL images are not supported: convert to PNG, JPEG or WebP"),
      ("psd.jpg", "Photoshop documents are not supported: convert to PNG, JPEG or WebP"),
      ("lossless.jpg", "unsupported JPEG image: lossless coding"),
      ("hierarchical.jpg", "unsupported JPEG image: hierarchical coding"),
      ("bits12.jpg", "unsupported JPEG image: 12-bit samples"),
      ("no-height.jpg", "unsupported JPEG image: no size in the header: it may follow the first scan (DNL)"),
      ("apple.png", "unsupported PNG image: Apple's CgBI variant, made for iOS: convert it back"),
      ("unknown-chunk.png", "unsupported PNG image: ABCD chunk"),
      ("masks-odd.bmp", "unsupported BMP image: color masks of 16-bit pixels"),
      ("compression-jpeg.bmp", "unsupported BMP image: compression 4"),
      ("float.tiff", "unsupported TIFF image: sample format 3: not unsigned integers"),
      ("lab.tiff", "unsupported TIFF image: photometric interpretation 8"),
      ("missing.png", "no such file"),
    ])
  func messages(name: String, expected: String) {
    #expect(message(name) == expected)
  }

  @Test(
    "Damage is an error, even if a decoder only warns",
    arguments: [
      "zero-width.png", "bad-checksum.png", "bad-checksum-text.png", "few-rows.png", "no-palette.png",
      "wrong-adler.png", "cut-late-chunk.png", "missing-restart.jpg", "no-end.jpg", "premature-end.jpg",
      "bad-code.jpg", "cut.gif", "undefined-code.gif", "no-image.gif", "runs-end.bmp", "cut.bmp", "cut.ppm",
      "too-large.pgm", "cut.tiff", "cut-deflate.tiff",
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
    "A truncated image is an error, or has all its pixels",
    arguments: try Fixtures.table("decoded.txt").map { $0[0] })
  func truncated(name: String) throws {
    let bytes = try Fixtures.bytes(name)
    // A number in plain text that has lost its last digit is still a number.
    let isInDigits = name.hasPrefix("plain") && !name.hasSuffix(".pbm")
    // The orientation may get lost, but no pixel.
    let whole = try ImageDecoder.decode(bytes: bytes, name: name).pixels.sorted()
    for length in 0..<bytes.count - (isInDigits ? 1 : 0) {
      do throws(InputError) {
        let part = try ImageDecoder.decode(bytes: Array(bytes[..<length]), name: name)
        #expect(part.pixels.sorted() == whole, "\(name) cut to \(length) of \(bytes.count) bytes")
      } catch { #expect(isDamage(error), "\(length) bytes: \(error)") }
    }
  }

  @Test(
    "A flipped bit gives an image or an error, never a crash",
    arguments: try Fixtures.table("decoded.txt").map { $0[0] })
  func flippedBits(name: String) throws {
    var bytes = try Fixtures.bytes(name)
    let size = try ImageDecoder.decode(bytes: bytes, name: name).pixels.count
    for index in bytes.indices {
      // Size fields can claim up to the limits; large images take too long here.
      let bit = UInt8(1) << UInt8(index % 8)
      bytes[index] ^= bit
      do throws(InputError) {
        let reader = try ImageReader(bytes: bytes, name: name)
        if reader.width * reader.height < 64 * size {
          let image = try ImageDecoder.decode(reader)
          #expect([image.width, image.height] == [reader.width, reader.height], "byte \(index)")
        }
      } catch { #expect(isDamage(error), "byte \(index): \(error)") }
      bytes[index] ^= bit
    }
  }
}
