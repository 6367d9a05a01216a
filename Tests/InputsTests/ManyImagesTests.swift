import Foundation
import Inputs
import Testing

private let imageFolder = ProcessInfo.processInfo.environment["CNNZOO_IMAGES"]

/// Compares random images, which `scripts/golden/make_many_images.py` writes into the folder `CNNZOO_IMAGES`.
@Suite("Many images", .enabled(if: imageFolder != nil))
struct ManyImagesTests {
  /// The results of Pillow and cnnzoo for a file.
  private enum Outcome: String {
    case equal = "equal"
    case refusedByBoth = "refused by both"
    case refusedHere = "refused here only"
    case refusedByPillow = "refused by Pillow only"
    case different = "different"
  }

  @Test("Pixels are those of Pillow, and no sound image is refused")
  func matchesPillow() throws {
    let folder = try #require(imageFolder)
    let table = try String(contentsOf: URL(filePath: "\(folder)/decoded.txt"), encoding: .utf8)
    var counts: [String: Int] = [:]
    for line in table.split(separator: "\n") where !line.hasPrefix("#") {
      let row = line.split(separator: " ").map(String.init)
      let expected = row[2...].joined(separator: " ")
      let found: String
      do throws(InputError) {
        let image = try ImageDecoder.decode(path: "\(folder)/\(row[0])")
        found = "\(image.width) \(image.height) \(fnv(image.pixels))"
      } catch { found = "\(error)" }
      let outcome: Outcome =
        switch (expected == "refused", found.hasPrefix(folder)) {
        case (true, true): .refusedByBoth
        case (true, false): .refusedByPillow
        case (false, true): .refusedHere
        case (false, false): expected == found ? .equal : .different
        }
      counts["\(row[1]): \(outcome.rawValue)", default: 0] += 1
      #expect(outcome != .different, "\(row[0]): \(found), expected \(expected)")
      #expect(row[1] != "sound" || outcome != .refusedHere, "\(found)")
      if outcome == .refusedByPillow || outcome == .refusedHere {
        print(outcome.rawValue, row[1], found, row[0])
      }
    }
    for (outcome, count) in counts.sorted(by: { $0.key < $1.key }) { print(count, outcome) }
  }
}
