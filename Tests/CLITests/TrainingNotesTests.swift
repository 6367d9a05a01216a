import Foundation
import Inputs
import Support
import Testing

/// What `train` and its relatives say, and what they refuse, before a run starts.
@Suite struct TrainingNotesTests {
  private let folder: TemporaryFolder

  /// Four images in two classes, for training and validation, beside files that are no images.
  init() throws {
    folder = try TemporaryFolder()
    for split in ["train", "val"] {
      for (label, value) in [("dark", 20), ("light", 220)] {
        for index in 0..<4 {
          let image = Raster(height: 8, width: 8, channels: 3, filledWith: UInt8(value + index))
          let name = "data/\(split)/\(label)/\(index).png"
          try folder.write(image.png(for: name), to: name)
        }
      }
    }
    try folder.write("notes", to: "data/train/dark/notes.txt")
    try folder.write("photo", to: "data/val/light/photo.heic")
    try folder.write("photo", to: "data/val/light/other.HEIC")
  }

  private func run(_ line: String) throws -> CommandRun {
    try CommandRun.shell("cd '\(folder.path)' && \(line)")
  }

  @Test func skippedFilesAreCounted() throws {
    let expected = "skipped 3 files that are not supported images: 2 .heic, 1 .txt\n"
    let trained = try run(
      "cnnzoo train lenet5_modern --data data --output run --epochs 1 --batch-size 4 --lr 0.001")
    #expect(trained.status == 0 && trained.errors.contains("cnnzoo: data: \(expected)"), "\(trained.errors)")
    for command in [
      "eval lenet5 --random-weights 1 --classes 2 --data data", "infer lenet5 --random-weights 1 data",
    ] {
      let run = try run("cnnzoo \(command)")
      #expect(run.status == 0 && run.errors.hasSuffix(expected), "\(run.errors)")
    }
  }

  @Test func frozenBatchNormsAreCounted() throws {
    func text(_ patterns: String) throws -> String {
      let run = try run(
        "rm -rf run; cnnzoo train resnet20_cifar --input-size 16 --data data --output run --epochs 1 --batch-size 4"
          + " --lr 0.001 --augment none --freeze \(patterns)")
      #expect(run.status == 0, "\(run.errors)")
      return run.errors
    }
    #expect(
      try text("'bn1.*' --freeze 'layer1.*'").contains("; 7 of 19 batch norms use their running statistics\n")
    )
    // With one of its tensors still learning, a batch norm stays in training mode.
    #expect(try text("'bn1.weight'").contains("1 tensors frozen; 0 of 19 batch norms"))
  }

  @Test func batchNormOverOneValueIsRefused() throws {
    let trained = try run(
      "cnnzoo train resnet18 --input-size 32 --data data --output run --epochs 1 --batch-size 1 --lr 0.001")
    let message = "layer4.0.bn1: batch norm cannot learn from one value per channel (its input is 1×512×1×1)"
    #expect(trained.status == 64 && trained.errors.contains(message), "\(trained.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/config.json")))
    let timed = try run("cnnzoo bench resnet18 --mode train --input-size 32 --seconds 0.01")
    #expect(timed.status == 64 && timed.errors.contains(message), "\(timed.errors)")
    // Frozen ones do not learn.
    let frozen = try run(
      "cnnzoo train resnet18 --input-size 32 --data data --output run --epochs 1 --batch-size 1 --lr 0.001"
        + " --freeze '*bn*' --freeze '*downsample.1*'")
    #expect(frozen.status == 0, "\(frozen.errors)")
  }

  @Test func aStepThatBreaksTheWeightsIsAnError() throws {
    // Its largest weight is 2.35.
    let weights = Repository.path("Models/LeNet/Weights/lenet5_modern/lenet5_modern.safetensors")
    let line =
      "cnnzoo train lenet5_modern --data data --output run --batch-size 8 --augment none --schedule constant"
      + " --momentum 0 --weights '\(weights)'"
    let sound = try run("\(line) --epochs 1 --lr 0.001")
    #expect(sound.status == 0, "\(sound.errors)")
    let before = FileManager.default.contents(atPath: folder.path("run/last.safetensors"))
    #expect(before != nil)
    // One step an epoch: no later loss can show what the last step did.
    let broken = try run("rm -r run; \(line) --epochs 1 --lr 3e38 --weight-decay 1")
    #expect(broken.status == 65 && broken.errors.contains("are not finite"), "\(broken.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/last.safetensors")))
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/best.safetensors")))
  }

  @Test func brokenImagesAreErrorsUnlessSkipped() throws {
    try folder.write("no image", to: "data/train/dark/9.jpg")
    try folder.write("no image", to: "data/val/light/8.png")
    let line = "cnnzoo train lenet5_modern --data data --output run --epochs 1 --batch-size 4 --lr 0.001"
    let refused = try run(line)
    #expect(refused.status == 65 && refused.errors.contains("9.jpg: not a PNG"), "\(refused.errors)")
    let skipped = try run("rm -rf run; \(line) --skip-broken")
    #expect(skipped.status == 0, "\(skipped.errors)")
    for name in ["train/dark/9.jpg", "val/light/8.png"] {
      #expect(skipped.errors.contains("cnnzoo: skipped: data/\(name): not a PNG"), "\(skipped.errors)")
    }
    let evaluated = try run(
      "cnnzoo eval lenet5 --random-weights 1 --classes 2 --data data --skip-broken --format json")
    #expect(evaluated.output.contains("\"count\":8"), "\(evaluated.output)\(evaluated.errors)")
    // A split of which nothing would be left.
    for index in 0..<4 {
      for name in ["dark", "light"] { try folder.write("no", to: "data/val/\(name)/\(index).png") }
    }
    let nothing = try run("rm -rf run; \(line) --skip-broken")
    #expect(nothing.status == 65 && nothing.errors.contains("val/dark/0.png: not a PNG"), "\(nothing.errors)")
  }
}
