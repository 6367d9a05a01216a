import Files
import Foundation
import GraphIR
import Inputs
import Support
import TensorCore
import Testing
import Weights
import Zoo

/// One preprocessing per network: `eval` of a data set and `infer` of its images have the same logits, bit for bit.
@Suite struct PreprocessingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: [String]) throws -> CommandRun {
    try RunningCommand(cnnzoo: arguments).result()
  }

  /// The logits of a command that writes them.
  private func logits(_ arguments: [String]) throws -> [Float] {
    let path = folder.path("logits.npy")
    try? FileManager.default.removeItem(atPath: path)
    let run = try run(arguments + ["--logits", path])
    #expect(run.status == 0, "\(run.errors)")
    return try NumPyFile.read(path: path).values
  }

  /// Holds `eval` of a data set against `infer` of its images.
  private func compare(_ network: [String], data: String, images: [String]) throws {
    let weights = network.contains("--weights") ? [] : ["--random-weights", "3"]
    let evaluated = try logits(["eval"] + network + weights + ["--data", data, "--batch-size", "1"])
    let inferred = try logits(["infer", network[0]] + images + network.dropFirst() + weights)
    #expect(!inferred.isEmpty && evaluated == inferred, "\(network)")
  }

  /// What `eval` says about float32 beside another precision is what it says in float32, with the option and without.
  @Test func float32BesideBFloat16() throws {
    for (name, label) in [("420.jpg", "a"), ("gray.png", "b"), ("rgba.png", "a"), ("lossy.webp", "b")] {
      let source = Repository.path("Tests/InputsTests/Fixtures/\(name)")
      let bytes = try #require(FileManager.default.contents(atPath: source))
      _ = try folder.write(bytes, to: "data/\(label)/\(name)")
    }
    func object(_ options: [String]) throws -> [String: Any] {
      let run = try run(
        ["eval", "resnet18", "--input-size", "64", "--classes", "2", "--random-weights", "3"]
          + ["--data", folder.path("data"), "--format", "json"] + options)
      #expect(run.status == 0, "\(run.errors)")
      return try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    }
    let (plain, stated) = (try object([]), try object(["--precision", "f32"]))
    #expect(NSDictionary(dictionary: plain) == NSDictionary(dictionary: stated) && plain["float32"] == nil)
    let rounded = try object(["--precision", "bf16"])
    let beside = try #require(rounded["float32"] as? [String: Any])
    for key in ["top1", "top5", "loss"] { #expect(beside[key] as? Double == plain[key] as? Double, "\(key)") }
    #expect(
      rounded["precision"] as? String == "bf16" && rounded["loss"] as? Double != plain["loss"] as? Double)
    #expect((beside["largest_logit_difference"] as? Double ?? 0) > 0)
  }

  // MARK: Folders

  /// Networks with every kind of preprocessing in the registry: bilinear and bicubic, one and three channels, other sizes.
  static let networks = [
    ["lenet5_modern"], ["lenet5"], ["resnet20_cifar"], ["squeezenet1_1", "--input-size", "64"],
    ["resnet18", "--input-size", "48x80"], ["resnet18", "--preprocess", "interpolation=bicubic"],
    ["lenet5_modern", "--preprocess", "conversion=fashion-mnist", "--preprocess", "mean=0.3"],
    ["resnet18", "--input-size", "64", "--precision", "bf16"], ["lenet5_modern", "--precision", "bf16"],
  ]

  @Test(arguments: networks) func foldersOfImages(_ network: [String]) throws {
    let names = [
      ("a", "420.jpg"), ("a", "gray.png"), ("a", "rgba.png"), ("b", "cmyk.jpg"), ("b", "lossy.webp"),
      ("b", "orientation3.webp"),
    ]
    var images: [String] = []
    for (label, name) in names {
      let source = Repository.path("Tests/InputsTests/Fixtures/\(name)")
      guard let bytes = FileManager.default.contents(atPath: source) else { continue }
      images.append(try folder.write(bytes, to: "data/\(label)/\(name)"))
    }
    #expect(images.count > 3)
    try compare(
      network + ["--classes", "10"], data: folder.path("data"), images: images.sorted())
  }

  // MARK: Files with many images

  /// Writes images as PNG files, which sort in order, and returns their paths.
  private func write(_ images: [Raster]) throws -> [String] {
    try images.enumerated().map { index, image in
      let path = folder.path("image\(100 + index).png")
      return try folder.write(image.png(for: path), to: "image\(100 + index).png")
    }
  }

  @Test(arguments: [["lenet5_modern"], ["lenet5"], ["resnet20_cifar"], ["resnet18", "--input-size", "64"]])
  func imagesInIDXFiles(_ network: [String]) throws {
    let noise = FormulaNoise(name: "idx")
    let images = (0..<6).map { image in
      Raster(
        height: 28, width: 28, channels: 1,
        pixels: (0..<784).map { UInt8(128 + 127 * noise[image * 784 + $0 / 3]) })
    }
    for (name, part) in [("train", images[..<3]), ("t10k", images[3...])] {
      try folder.write(
        IDX.images(part.flatMap(\.pixels), height: 28, width: 28),
        to: "data/\(name)-images-idx3-ubyte")
      try folder.write(IDX.labels([0, 1, 9]), to: "data/\(name)-labels-idx1-ubyte")
    }
    try compare(network + ["--classes", "10"], data: folder.path("data"), images: write(Array(images[3...])))
  }

  @Test(arguments: [["resnet20_cifar"], ["lenet5_modern"], ["resnet18", "--input-size", "64"]])
  func imagesInCIFARFiles(_ network: [String]) throws {
    let noise = FormulaNoise(name: "cifar")
    let images = (0..<4).map { image in
      Raster(
        height: 32, width: 32, channels: 3,
        pixels: (0..<3072).map { UInt8(128 + 127 * noise[image * 3072 + $0 / 5]) })
    }
    // Plane by plane, behind the label.
    let records = images.enumerated().flatMap { label, image in
      [UInt8(label)] + (0..<3).flatMap { channel in (0..<1024).map { image.pixels[3 * $0 + channel] } }
    }
    for batch in 1...5 { try folder.write(records, to: "data/data_batch_\(batch).bin") }
    try folder.write(records, to: "data/test_batch.bin")
    try compare(network + ["--classes", "10"], data: folder.path("data"), images: write(images))
  }

  /// What a training run did to its images stands in its weights, and is done to any file.
  @Test func trainedWeightsPrepareFilesAsInTraining() throws {
    let noise = FormulaNoise(name: "trained")
    let images = (0..<20).map { image in
      Raster(
        height: 28, width: 28, channels: 1,
        pixels: (0..<784).map { UInt8(128 + 127 * noise[image * 784 + $0 / 3]) })
    }
    for name in ["train", "t10k"] {
      try folder.write(
        IDX.images(images.flatMap(\.pixels), height: 28, width: 28),
        to: "garments/\(name)-images-idx3-ubyte")
      try folder.write(
        IDX.labels((0..<20).map { UInt8($0 % 10) }), to: "garments/\(name)-labels-idx1-ubyte")
    }
    let trained = try run([
      "train", "lenet5_modern", "--data", folder.path("garments"), "--output", folder.path("fashion-mnist"),
      "--epochs", "2", "--batch-size", "5", "--seed", "1",
    ])
    #expect(trained.status == 0, "\(trained.errors)")
    let weights = folder.path("fashion-mnist/last.safetensors")
    let network = ["lenet5_modern", "--weights", weights]
    try compare(network, data: folder.path("garments"), images: write(images))
    // The loss within the run is that of `eval`.
    let evaluated = try run(["eval"] + network + ["--data", folder.path("garments"), "--format", "json"])
    let metrics = try String(contentsOfFile: folder.path("fashion-mnist/metrics.jsonl"), encoding: .utf8)
    func loss(_ text: String, _ key: String) -> Substring? {
      text.components(separatedBy: "\"\(key)\":").last?.prefix { $0 != "," && $0 != "}" }
    }
    #expect(loss(evaluated.output, "loss") == loss(metrics, "test_loss"), "\(evaluated.output)\n\(metrics)")
  }

  // MARK: Receipts

  @Test func receiptsTellWhatTheNetworkSaw() throws {
    let images = ["cat.jpg", "t-shirt.png"].map { Repository.path("Models/Samples/\($0)") }
    let (receipt, saved) = (folder.path("receipt.json"), folder.path("input.npy"))
    let network = ["resnet18", "--random-weights", "1", "--input-size", "64"]
    let expected = try logits(
      ["infer"] + network + images + ["--receipt", receipt, "--save-input", saved])
    // The saved input is the input.
    #expect(try logits(["infer"] + network + ["--tensor", saved]) == expected)
    let (shape, values) = try NumPyFile.read(path: saved)
    #expect(shape == [2, 3, 64, 64])
    let text = try String(contentsOfFile: receipt, encoding: .utf8)
    #expect(text.hasPrefix(#"{"schema":"cnnzoo.receipt/1","model":"resnet18","#))
    #expect(
      text.contains(
        #""conversion":"none","resize":73,"interpolation":"bilinear","crop_height":64,"crop_width":64"#))
    #expect(
      text.contains(
        #""width":451,"height":300,"resized_width":109,"resized_height":73,"crop_left":22,"crop_top":4"#),
      "\(text)")
    for image in 0..<2 {
      let input = values[image * 12288..<(image + 1) * 12288]
      let digest = Array(input).withUnsafeBytes { SHA256.digest(of: $0) }
      #expect(text.contains("\"input_sha256\":\"\(digest)\""))
    }
    // As an image, it is the crop.
    let picture = folder.path("input.png")
    let run = try run(["infer"] + network + images + ["--save-input", picture])
    #expect(run.status == 0)
    let crop = try ImageSource.file(FilePath(picture)).decoded()
    #expect((crop.width, crop.height, crop.channels) == (64, 128, 3))
    #expect(Float(crop.pixels[0]) == ((values[0] * 0.229 + 0.485) * 255).rounded())
  }

  @Test(arguments: [
    ("resize", "expected KEY=VALUE"), ("size=3", "expected KEY=VALUE with one of the keys resize,"),
    ("resize=0", "'0' is not a length"), ("interpolation=nearest", "is not bilinear or bicubic"),
    ("mean=1,2", "is not one number, or three"), ("std=0", "is not one number above 0"),
    ("conversion=garment", "is not none or fashion-mnist"),
  ])
  func wrongChangesAreUsageErrors(change: String, message: String) throws {
    let run = try run(["infer", "lenet5", "x.png", "--preprocess", change])
    #expect(run.status == 64 && run.output.isEmpty)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  // MARK: Values that are not finite

  @Test func inputsWithLogitsThatAreNotFiniteFail() throws {
    var values = [Float](repeating: 0.5, count: 2048)
    values[1500] = .nan
    let path = folder.path("inputs.npy")
    try NumPyFile.write(values, shape: [2, 1, 32, 32], to: path)
    let both = try run(["infer", "lenet5_modern", "--tensor", path, "--format", "json"])
    #expect(both.status == 1)
    #expect(both.output.split(separator: "\n").count == 2)
    #expect(both.output.contains(#""index":1,"status":"error","error":"#), "\(both.output)")
    #expect(both.errors.contains("inputs.npy[1]: the network's output for class 0 is not a finite number"))
    try NumPyFile.write(Array(values[1024...]), shape: [1, 1, 32, 32], to: path)
    #expect(try run(["infer", "lenet5_modern", "--tensor", path]).status == 65)
  }

  /// Fine-tuning takes from a file what `infer` takes, and says what is assumed.
  @Test func fineTuningAssumesWhatInferenceAssumes() throws {
    for (name, value) in [("a", UInt8(30)), ("b", 220)] {
      for split in ["train", "val"] {
        let image = Raster(height: 40, width: 40, channels: 3, filledWith: value)
        try folder.write(image.png(for: name), to: "data/\(split)/\(name)/1.png")
      }
    }
    let source = Repository.path("Tests/CLITests/Fixtures/layouts/plain.pth")
    let network =
      ["lenet5_modern"]
      + ["conv1Maps=2", "conv2Maps=3", "fc1Features=6", "fc2Features=5"].flatMap { ["--set", $0] }
    let image = folder.path("data/val/a/1.png")
    func assumptions(_ arguments: [String]) throws -> [Substring] {
      let run = try run(arguments)
      #expect(run.status == 0, "\(run.errors)")
      return run.errors.split(separator: "\n").filter { $0.contains("assuming") }
    }
    let inferred = try assumptions(["infer"] + network + [image, "--weights", source])
    let tuned = try assumptions(
      ["train"] + network + [
        "--data", folder.path("data"), "--output", folder.path("run"), "--epochs", "1", "--batch-size", "2",
        "--weights", source,
      ])
    #expect(inferred.count == 2 && tuned == inferred, "\(inferred)\n\(tuned)")
  }

  /// A published file is the same under its name, under another, behind a link, and converted.
  @Test func copiesOfAPublishedFileAnswerAlike() throws {
    let entry = try Registry.standard.entry("googlenet")
    let published = try #require(entry.weights.first)
    let named = folder.path(published.file)
    try SafetensorsWriter.write(StateDict(entry.graph().parameters, from: FormulaWeights(seed: 5)), to: named)
    let (renamed, link, converted) = (
      folder.path("mine.safetensors"), folder.path("link.pth"), folder.path("converted.safetensors")
    )
    try FileManager.default.copyItem(atPath: named, toPath: renamed)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: named)
    #expect(try run(["convert", named, "--output", converted]).status == 0)
    let image = Repository.path("Models/Samples/cat.jpg")
    func answer(_ weights: String, _ more: String...) throws -> [Float] {
      try logits(["infer", "googlenet", image, "--input-size", "64", "--weights", weights] + more)
    }
    let expected = try answer(named)
    for copy in [renamed, link, converted] { #expect(try answer(copy) == expected, "\(copy)") }
    #expect(try answer(named, "--set", "transformInput=false") != expected)
    // Only where nothing tells is something said.
    for (copy, isSaid) in [(named, false), (link, false), (converted, false), (renamed, true)] {
      let run = try run(["infer", "googlenet", image, "--input-size", "64", "--weights", copy, "--top", "1"])
      #expect(run.errors.contains("assuming transformInput=true") == isSaid, "\(run.errors)")
    }
  }
}
