import Foundation
import Support
import Testing

/// Streams that the caller closed, and places that are not ours.
@Suite struct StreamTests {
  @Test func closedStandardInputIsAnEmptyList() throws {
    let run = try CommandRun.shell("cnnzoo infer lenet5_modern --format json - <&-")
    #expect(run.output.isEmpty)
    #expect(!run.errors.contains("safetensors"))
  }

  @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]) func noResultFileTakesTheNumberOfAClosedStream(
    closed: String
  ) throws {
    let folder = try TemporaryFolder()
    let logits = folder.path("logits.npy")
    let image = "Models/Samples/t-shirt.png"
    _ = try CommandRun.shell("cnnzoo infer lenet5_modern \(image) --logits \(logits) \(closed)")
    let bytes = try Data(contentsOf: URL(filePath: logits))
    #expect(bytes.count == 128 + 10 * 4)
    #expect(bytes.starts(with: [0x93] + Array("NUMPY".utf8)))
  }

  @Test func aRunWithoutStandardErrorKeepsItsFilesClean() throws {
    let folder = try TemporaryFolder()
    for (split, name) in [("train", "a"), ("train", "b"), ("val", "a"), ("val", "b")] {
      let target = folder.path("data/\(split)/\(name)")
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: Repository.root.appending(path: "Models/Samples/fashion-mnist/bag.png").path,
        toPath: target + "/image.png")
    }
    let run = try CommandRun.shell(
      "cnnzoo train lenet5_modern --data \(folder.path("data")) --output \(folder.path("run"))"
        + " --epochs 1 --batch-size 2 2>&- >&-")
    #expect(run.status == 0)
    let metrics = try String(contentsOfFile: folder.path("run/metrics.jsonl"), encoding: .utf8)
    let lines = metrics.split(separator: "\n")
    #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    #expect(try Data(contentsOf: URL(filePath: folder.path("run/.lock"))).isEmpty)
  }

  @Test func aFullDeviceIsAnErrorAndStaysADevice() throws {
    let run = try CommandRun.cnnzoo(
      "infer", "lenet5_modern", "Models/Samples/t-shirt.png", "--logits", "/dev/full")
    #expect(run.status == 74)
    #expect(run.errors.contains("/dev/full: cannot be written"))
  }
}
