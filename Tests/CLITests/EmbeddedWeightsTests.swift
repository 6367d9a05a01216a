import Foundation
import Support
import Testing

/// The binary alone, without any weight file.
@Suite struct EmbeddedWeightsTests {
  /// Networks with embedded weights, and the folder of their family.
  static let models = [
    ("lenet5", "LeNet"), ("lenet5_modern", "LeNet"), ("resnet20_cifar", "ResNet"),
    ("densenet_bc40_k12_cifar", "DenseNet"),
  ]
  static let data = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"

  private let folder: TemporaryFolder
  private let nowhere = ["CNNZOO_HOME": "/nowhere", "TORCH_HOME": "/nowhere"]
  private let boot = "Models/Samples/fashion-mnist/ankle-boot.png"
  private let trousers = "Models/Samples/trousers.png"

  init() throws { folder = try TemporaryFolder() }

  private func weights(_ model: String, _ family: String) -> String {
    "Models/\(family)/Weights/\(model)/\(model).safetensors"
  }

  @Test(arguments: models.map(\.0)) func answersOnAFreshMachine(model: String) throws {
    let run = try CommandRun.cnnzoo(
      "infer", model, boot, "--top", "1", "--format", "json", environment: nowhere)
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      run.output.hasPrefix(
        "{\"schema\":\"cnnzoo.infer/1\",\"model\":\"\(model)\",\"path\":\"\(boot)\",\"status\":\"ok\","
          + "\"width\":28,\"height\":28,\"top\":[{\"class\":9,\"label\":\"Ankle boot\",\"probability\":0."),
      "\(run.output)")
    // The image is used as it is, so the result does not mention a conversion.
    #expect(run.output.hasSuffix("}]}\n"))
  }

  /// The file on disk gives the same results as the embedded one.
  @Test(arguments: models) func aFileGivesTheSameResults(model: String, family: String) throws {
    let options = ["infer", model, boot, trousers, "--format", "json"]
    let line = options.joined(separator: " ")
    let own = try CommandRun.shell("cnnzoo \(line)")
    let file = try CommandRun.shell("cnnzoo \(line) --weights \(weights(model, family))")
    #expect(own.status == 0 && own.output == file.output)
  }

  @Test(arguments: models.map(\.0)) func drawingsAreConvertedAndRecognized(model: String) throws {
    let run = try CommandRun.shell(
      "cnnzoo infer \(model) \(trousers) Models/Samples/t-shirt.png --top 1 --format json")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 2 && run.status == 0)
    #expect(lines.first?.contains("\"label\":\"Trouser\"") == true, "\(run.output)")
    #expect(lines.last?.contains("\"label\":\"T-shirt/top\"") == true, "\(run.output)")
    #expect(lines.allSatisfy { $0.hasSuffix("],\"inverted\":true}") })
  }

  @Test func invertDecides() throws {
    func run(_ options: String) throws -> CommandRun { try .shell("cnnzoo infer lenet5 \(options)") }
    let own = try run("\(trousers) --format json")
    #expect(try run("\(trousers) --format json --invert").output == own.output)
    let kept = try run("\(trousers) --format json --no-invert")
    #expect(kept.output.hasSuffix("\"inverted\":false}\n") && kept.output != own.output)
    #expect(try run("\(boot) --format json --invert").output.hasSuffix("\"inverted\":true}\n"))
    #expect(
      try run("\(trousers) --top 1").output.contains(
        "320×300  converted to light on black, like Fashion-MNIST"))
    #expect(try run("\(boot) --top 1").output.hasPrefix("\(boot)  28×28\n"))
    let foreign = try run("\(boot) --invert --random-weights 1")
    #expect(foreign.status == 64 && foreign.errors.contains("Fashion-MNIST"))
  }

  /// With options that the embedded weights do not fit, the search continues.
  @Test func otherNetworksAreSoughtElsewhere() throws {
    for options in ["--classes 7", "--input-size 3x32x32", "--set width=2"] {
      let run = try CommandRun.shell("cnnzoo infer resnet20_cifar \(boot) \(options)")
      #expect(run.status == 66, "\(options): \(run.errors)")
      #expect(run.errors.contains("the embedded ones are for 10 classes of fashion-mnist at 1×28×28"))
      #expect(run.errors.contains("/nowhere/.cache/cnnzoo/resnet20_cifar.safetensors"))
    }
    let color = try folder.write(NumPy.float32([1, 3, 32, 32], of: 3072), to: "x.npy")
    #expect(try CommandRun.cnnzoo("infer", "resnet20_cifar", "--tensor", color).status == 66)
    let gray = try folder.write(NumPy.float32([1, 1, 28, 28], of: 784), to: "y.npy")
    #expect(try CommandRun.cnnzoo("infer", "resnet20_cifar", "--tensor", gray).status == 0)
  }

  @Test func anotherNetworksFileIsNamed() throws {
    let file = weights("lenet5_modern", "LeNet")
    let run = try CommandRun.cnnzoo("infer", "lenet5", boot, "--weights", file)
    #expect(run.status == 65)
    #expect(
      run.errors
        == "cnnzoo: \(file): weights of lenet5_modern, not of lenet5: use the name lenet5_modern\n")
  }

  @Test(arguments: models) func inspectKnowsTheNetwork(model: String, family: String) throws {
    let text = try CommandRun.cnnzoo("inspect", weights(model, family)).output
    #expect(text.contains("origin   cnnzoo train \(model) --data fashion-mnist: input 1×"))
    #expect(text.contains("fits     \(model)\n"), "\(text)")
    let json = try CommandRun.cnnzoo("inspect", weights(model, family), "--format", "json").output
    #expect(json.contains("\"fits\":[{\"model\":\"\(model)\",\"exact\":true,"))
    #expect(json.contains(",\"metadata\":{\"format\":\"pt\",\"model\":\"\(model)\","))
  }

  @Test func convertedWeightsGiveTheSameAnswer() throws {
    let (half, single) = (folder.path("half.safetensors"), folder.path("single.safetensors"))
    let file = weights("lenet5_modern", "LeNet")  // a float16 one
    #expect(try CommandRun.cnnzoo("convert", file, "--output", single).status == 0)
    #expect(try CommandRun.cnnzoo("convert", single, "--output", half, "--type", "f16").status == 0)
    let bytes = try Data(contentsOf: Repository.root.appending(path: file))
    #expect(try Data(contentsOf: URL(filePath: half)) == bytes)
    #expect(try CommandRun.cnnzoo("convert", file, "--output", "x.pth").status == 64)
    #expect(try CommandRun.cnnzoo("convert", "/no.pth", "--output", single).status == 66)
  }

  /// The README beside the weights states their accuracy on the test images.
  ///
  /// Processors round differently: of ten thousand images, two may be that close to a tie.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: data), "needs Debian's package dataset-fashion-mnist"),
    arguments: models)
  func accuracyIsTheStatedOne(model: String, family: String) throws {
    let readme = try String(
      contentsOf: Repository.root.appending(path: "Models/\(family)/Weights/\(model)/README.md"),
      encoding: .utf8)
    let stated = try #require(
      readme.firstMatch(of: /\| float(?:16|32), [^|]*\| ([0-9.]+) % \|/).flatMap { Double($0.1) })
    let run = try CommandRun.cnnzoo(
      "eval", model, "--data", "fashion-mnist", "--format", "json", environment: nowhere)
    let top1 = try #require(run.output.firstMatch(of: /"top1":([0-9.]+),/).flatMap { Double($0.1) })
    #expect(abs(100 * top1 - stated) < 0.025, "\(model): \(100 * top1) %, stated \(stated) %")
    #expect(run.output.contains("\"label\":\"Ankle boot\""))
  }
}
