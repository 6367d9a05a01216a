import Foundation
import Support
import Testing

/// `cnnzoo data` on folders that are not as they should be.
@Suite struct DataCommandTests {
  private let folder: TemporaryFolder

  /// Three images a class and split, with one that is in both, one with two classes, one that is cut short and one that is none.
  init() throws {
    folder = try TemporaryFolder()
    for split in ["train", "val"] {
      for (label, name) in ["a", "b"].enumerated() {
        for number in 0..<3 {
          let value = UInt8(100 * (split == "val" ? 1 : 0) + 10 * label + number)
          try folder.write(
            Array("P5 4 \(4 + label) 255\n".utf8) + [UInt8](repeating: value, count: 4 * (4 + label)),
            to: "data/\(split)/\(name)/\(number).pgm")
        }
      }
    }
    let copies = [
      ("train/a/0", "val/a/copy"), ("train/b/1", "train/a/relabeled"), ("val/b/2", "val/b/again"),
    ]
    for (from, to) in copies {
      try FileManager.default.copyItem(
        atPath: folder.path("data/\(from).pgm"), toPath: folder.path("data/\(to).pgm"))
    }
    try folder.write(Array("P5 9 9 255\n".utf8) + [1, 2, 3], to: "data/train/b/cut.pgm")
    try folder.write(Array("no image".utf8), to: "data/val/a/text.png")
  }

  private struct Report: Decodable {
    struct Split: Decodable {
      struct Class: Decodable { let images: Int, broken: Int }
      struct Size: Decodable, Equatable { let width: Int, height: Int }
      let split: String
      let images: Int
      let classes: [Class]
      let imbalance: Double
      let formats: [String: Int]
      let smallest: Size
      let largest: Size
    }
    struct Image: Decodable {
      let split: String
      let label: String
      let image: String
    }
    struct Broken: Decodable {
      let image: String
      let error: String
    }
    struct Duplicates: Decodable { let images: [Image] }
    let schema: String
    let splits: [Split]
    let broken: [Broken]
    let duplicates: [Duplicates]
  }

  @Test(arguments: [1, 2]) func saysWhatIsThere(workers: Int) throws {
    let run = try CommandRun.cnnzoo(
      "data", "check", folder.path("data"), "--format", "json", "--workers", "\(workers)")
    #expect(
      run.status == 1 && run.errors.hasSuffix("cnnzoo: 2 of 17 images cannot be read\n"), "\(run.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
    #expect(report.schema == "cnnzoo.data/1" && report.splits.map(\.split) == ["train", "val"])
    #expect(report.splits.map(\.images) == [8, 9])
    #expect(report.splits.map { $0.classes.map(\.images) } == [[4, 4], [5, 4]])
    #expect(report.splits.map { $0.classes.map(\.broken) } == [[0, 1], [1, 0]])
    #expect(report.splits.map(\.imbalance) == [1, 1.25])
    #expect(report.splits.map(\.formats) == [["PNM": 7], ["PNM": 8]])
    #expect(report.splits[1].smallest == .init(width: 4, height: 4))
    #expect(report.splits[1].largest == .init(width: 4, height: 5))
    #expect(report.broken.map { $0.image.split(separator: "/").last } == ["cut.pgm", "text.png"])
    #expect(report.broken.allSatisfy { $0.error.hasPrefix($0.image) })
    let groups = report.duplicates.map { group in
      group.images.map { "\($0.split)/\($0.label)/\($0.image.split(separator: "/").last ?? "")" }
    }
    #expect(
      groups == [
        ["train/a/0.pgm", "val/a/copy.pgm"], ["train/a/relabeled.pgm", "train/b/1.pgm"],
        ["val/b/2.pgm", "val/b/again.pgm"],
      ])
  }

  @Test func textAndTableSayTheSame() throws {
    let text = try CommandRun.cnnzoo("data", "check", folder.path("data"))
    #expect(text.status == 1)
    for words in ["2 broken", "1 duplicated in more than one split", "1 duplicated with more than one class"]
    {
      #expect(text.output.contains(words), "\(text.output)")
    }
    let csv = try CommandRun.cnnzoo("data", "check", folder.path("data"), "--format", "csv")
    #expect(
      csv.output.hasPrefix("split,class,label,images,share,broken\ntrain,0,a,4,0.5,0\ntrain,1,b,4,0.5,1\n"))
  }

  @Test func whereAllAreBrokenTheFirstDecides() throws {
    for name in ["a", "b"] { try folder.write(Array("no image".utf8), to: "all/\(name)/1.png") }
    let run = try CommandRun.cnnzoo("data", "check", folder.path("all"))
    #expect(run.status == 65 && run.errors == "cnnzoo: 2 of 2 images cannot be read\n", "\(run.errors)")
  }

  @Test func aSoundDataSetEndsWithZero() throws {
    for name in ["train/b/cut.pgm", "val/a/text.png"] {
      try FileManager.default.removeItem(atPath: folder.path("data/\(name)"))
    }
    let run = try CommandRun.cnnzoo("data", "check", folder.path("data"))
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
  }

  /// A broken image is an error of the preview as it is one of training.
  @Test func aPreviewNamesABrokenImage() throws {
    let run = try CommandRun.cnnzoo(
      "data", "preview", folder.path("data"), "--images", "8", "--output", folder.path("sheet.png"))
    #expect(run.status == 65 && run.errors.contains("cut.pgm"), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("sheet.png")))
  }
}
