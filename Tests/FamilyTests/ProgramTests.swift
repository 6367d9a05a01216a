import Foundation
import Inputs
import Support
import Testing

/// A family that no source file knows goes through every command of the program.
@Suite struct ProgramTests {
  private let folder: TemporaryFolder

  /// Images whose left or right half is light, in a folder for each class.
  init() throws {
    folder = try TemporaryFolder()
    for split in ["train", "val"] {
      for (label, side) in [("left", 0), ("right", 1)] {
        for index in 0..<8 {
          let pixels = (0..<64).map { UInt8(($0 % 8 / 4 == side ? 200 : 20) + index) }
          let image = Raster(height: 8, width: 8, channels: 1, pixels: pixels)
          let name = "data/\(split)/\(label)/\(index).png"
          try folder.write(image.png(for: name), to: name)
        }
      }
    }
  }

  private func output(_ arguments: String) throws -> String {
    let run = try CommandRun.shell("cd '\(folder.path)' && tinyzoo \(arguments)")
    #expect(run.status == 0, "tinyzoo \(arguments)\n\(run.errors)")
    return run.output
  }

  @Test func itIsListedAndDescribed() throws {
    let list = try output("list --format csv").split(separator: "\n").dropFirst()
    #expect(list.map { $0.prefix { $0 != "," } } == ["tinynet", "tinynet_wide"])
    let about = try output("about tinynet")
    #expect(about.contains("One convolution is enough.") && about.contains("434 parameters"))
    #expect(about.contains("halves") && about.contains("tuned on this data set"))
    let unknown = try CommandRun.shell("tinyzoo about resnet50")
    #expect(unknown.status == 64 && unknown.errors.contains("the nearest names are tinynet"))
  }

  @Test func itIsCountedAndDrawn() throws {
    #expect(try output("params tinynet tinynet_wide --format csv").contains("434"))
    #expect(try output("params tinynet --as torchinfo,fvcore --format json").contains("\"parameters\":434"))
    #expect(try output("summary tinynet --training --format csv").contains("output,radial_basis,"))
    #expect(try output("summary tinynet --plan").contains("conv 3×3, padding 1, ReLU"))
    #expect(try output("summary tinynet --graph svg").hasPrefix("<svg"))
    #expect(try output("diff tinynet tinynet_wide").contains("conv"))
    #expect(
      try output("bench tinynet --threads 1 --seconds 0.01 --format json").contains("\"model\":\"tinynet\""))
  }

  @Test func itLearnsAndIsUsed() throws {
    let trained = try output("train tinynet --data data --output run --recipe paper --epochs 20 --seed 1")
    #expect(trained.contains("test accuracy 100.00 %"), "\(trained)")
    let weights = "--weights run/last.safetensors"
    #expect(try output("eval tinynet --data data \(weights) --format json").contains("\"top1\":1.0"))
    let predictions = try output("infer tinynet data/val/left/3.png \(weights) --top 1 --format json")
    #expect(predictions.contains("\"label\":\"left\""), "\(predictions)")
    #expect(try output("inspect run/last.safetensors").contains("fits     tinynet\n"))
    #expect(try output("convert run/last.safetensors --output half.safetensors --type f16").isEmpty)
    #expect(try output("infer tinynet data/val/right --weights half.safetensors --top 1").contains("right"))
    #expect(try output("plot run").contains("accuracy"))
  }
}
