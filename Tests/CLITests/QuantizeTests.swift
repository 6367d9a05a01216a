import Foundation
import Support
import TensorCore
import Testing
import Weights

/// `quantize`, and what takes its files.
@Suite struct QuantizeTests {
  private let folder: TemporaryFolder
  private let file: String

  /// Calibrates on garments of two classes.
  init() throws {
    folder = try TemporaryFolder()
    file = folder.path("int8.safetensors")
    for name in ["bag", "coat"] {
      let image = try Data(
        contentsOf: Repository.root.appending(path: "Models/Samples/fashion-mnist/\(name).png"))
      try folder.write(image, to: "data/\(name.capitalized)/0.png")
    }
    let run = try quantize("lenet5_modern")
    #expect(run.status == 0, "\(run.errors)")
  }

  private func quantize(_ arguments: String...) throws -> CommandRun {
    try .cnnzoo(["quantize"] + arguments + ["--data", folder.path("data"), "--output", file])
  }

  private func logits(_ arguments: [String]) throws -> [Float] {
    let path = folder.path("logits.npy")
    try? FileManager.default.removeItem(atPath: path)
    let run = try CommandRun.cnnzoo(arguments + ["--logits", path])
    #expect(run.status == 0, "\(run.errors)")
    return try NumPyFile.read(path: path).values
  }

  private func object(_ run: CommandRun) throws -> [String: Any] {
    #expect(run.status == 0, "\(run.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
  }

  /// `eval` and `infer` give the same logits, with or without `--precision`, and they are near those of float32.
  @Test func evalAndInferAgree() throws {
    let data = folder.path("data")
    let weights = ["lenet5_modern", "--weights", file]
    let images = ["Bag", "Coat"].map { "\(data)/\($0)/0.png" }
    let evaluated = try logits(["eval"] + weights + ["--data", data])
    #expect(evaluated.count == 20)
    #expect(try logits(["eval"] + weights + ["--data", data, "--precision", "int8"]) == evaluated)
    #expect(try logits(["infer"] + weights + images) == evaluated)
    #expect(try logits(["infer"] + weights + images + ["--threads", "2", "--batch-size", "2"]) == evaluated)
    let float32 = try logits(["infer", "lenet5_modern"] + images)
    let comparison = Comparison(evaluated, float32)
    #expect(comparison.error > 0 && comparison.error < 0.05, "\(comparison)")
  }

  /// What `eval` says about float32 beside int8 is what it says in float32.
  @Test func float32BesideInt8() throws {
    let data = folder.path("data")
    let plain = try object(.cnnzoo("eval", "lenet5_modern", "--data", data, "--format", "json"))
    let int8 = try object(
      .cnnzoo("eval", "lenet5_modern", "--weights", file, "--data", data, "--format", "json"))
    #expect(int8["precision"] as? String == "int8" && plain["float32"] == nil)
    let beside = try #require(int8["float32"] as? [String: Any])
    for key in ["top1", "top5", "loss"] { #expect(beside[key] as? Double == plain[key] as? Double, "\(key)") }
  }

  /// Every set of kernels computes the same bytes.
  @Test func kernelsAgree() throws {
    let arguments = ["infer", "lenet5_modern", "--weights", file, "\(folder.path("data"))/Bag/0.png"]
    let path = folder.path("logits.npy")
    var results: Set<[Float]> = []
    for kernels in ["", "avx2", "portable"] {
      let run = try CommandRun.cnnzoo(
        arguments + ["--logits", path], environment: kernels.isEmpty ? [:] : ["CNNZOO_SIMD": kernels])
      if run.status == 64 { continue }  // not on this CPU
      #expect(run.status == 0, "\(run.errors)")
      results.insert(try NumPyFile.read(path: path).values)
    }
    #expect(results.count == 1)
  }

  @Test func reportNamesEveryLayer() throws {
    let report = try object(quantize("lenet5_modern", "--format", "json"))
    let layers = try #require(report["layers"] as? [[String: Any]])
    #expect(layers.compactMap { $0["name"] as? String } == ["conv1", "conv2", "fc1", "fc2", "fc3"])
    #expect(layers.allSatisfy { ($0["decibels"] as? Double ?? 0) > 20 })
    #expect(report["samples"] as? Int == 2 && report["float32_layers"] as? [String] == [])
    // Every value of it is pooled or goes through a fully connected layer.
    #expect((report["equalized"] as? [Any])?.isEmpty == true && report["alternative_decibels"] is NSNull)
  }

  /// The report, the file and the logits of a network that has channels to equalize.
  @Test func betterOfTwoCalibrationsIsKept() throws {
    let report = try object(quantize("resnet20_cifar", "--format", "json"))
    let decibels = try #require(report["logits_decibels"] as? Double)
    let alternative = try #require(report["alternative_decibels"] as? Double)
    let pairs = try #require(report["equalized"] as? [[String: String]])
    #expect(pairs.isEmpty ? decibels > alternative - 1 : decibels >= alternative + 1)
    #expect(pairs.isEmpty || pairs.first == ["value": "layer1.0.conv1", "reader": "layer1.0.conv2"])
    #expect(pairs.isEmpty || pairs.count == 9)
    let metadata = try object(.cnnzoo("inspect", file, "--format", "json"))["metadata"] as? [String: String]
    let values = pairs.compactMap { $0["value"] }.joined(separator: ",")
    #expect(metadata?["equalized"] == (pairs.isEmpty ? nil : values))

    let data = folder.path("data")
    let weights = ["resnet20_cifar", "--weights", file]
    let evaluated = try logits(["eval"] + weights + ["--data", data])
    #expect(try logits(["infer"] + weights + ["Bag", "Coat"].map { "\(data)/\($0)/0.png" }) == evaluated)
  }

  /// `inspect` reads the file like any other, and knows the network.
  @Test func inspectReadsTheFile() throws {
    #expect(try CommandRun.cnnzoo("inspect", file).output.contains("\nfits     lenet5_modern\n"))
    let run = try CommandRun.cnnzoo("inspect", file, "--format", "json", "--verify")
    #expect(
      run.status == 0 && run.output.contains("\"I8\"") && run.output.contains("lenet5_modern"),
      "\(run.errors)")
  }

  // MARK: What is refused

  /// The file with another header and other data.
  private func lie(
    _ name: String, header: (String) -> String = { $0 },
    data: (inout Data, [String: [Int]]) -> Void = { _, _ in }
  ) throws -> String {
    let bytes = try Data(contentsOf: URL(filePath: file))
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let text = try #require(String(data: bytes[8..<8 + length], encoding: .utf8))
    let members = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]])
    let places = members.compactMapValues { $0["data_offsets"] as? [Int] }
    var rest = Data(bytes[(8 + length)...])
    data(&rest, places)
    var changed = header(text).trimmingCharacters(in: .whitespaces)
    changed += String(repeating: " ", count: changed.utf8.count.roundedUp(to: 8) - changed.utf8.count)
    var lying = Data((0..<8).map { UInt8(truncatingIfNeeded: changed.utf8.count >> (8 * $0)) })
    lying += Data(changed.utf8) + rest
    return try folder.write(lying, to: "\(name).safetensors")
  }

  private func expectRefusal(_ path: String, saying word: String) throws {
    let run = try CommandRun.cnnzoo(
      "infer", "lenet5_modern", "--weights", path, "\(folder.path("data"))/Bag/0.png")
    #expect(run.status == 65 && run.output.isEmpty, "\(word): \(run.errors)")
    let lines = run.errors.split(separator: "\n")
    #expect(
      lines.count == 1 && run.errors.hasPrefix("cnnzoo: ") && run.errors.contains(word), "\(run.errors)")
  }

  @Test(
    arguments: ["conv1.output_scale", "image.output_scale", "conv2.weight_scale", "fc3.weight_scale"],
    [Float.nan, .infinity, 0, -1])
  func scalesThatLie(tensor: String, value: Float) throws {
    let path = try lie(
      "scale",
      data: { data, places in
        guard let place = places[tensor] else { return }
        withUnsafeBytes(of: value.bitPattern) { data.replaceSubrange(place[0]..<place[0] + 4, with: $0) }
      })
    try expectRefusal(path, saying: tensor)
  }

  @Test func tensorsThatLie() throws {
    let shape = try lie("shape", header: { $0.replacing("\"shape\":[1]", with: "\"shape\":[1,1]") })
    try expectRefusal(shape, saying: "expected [1]")
    let type = try lie("type", header: { $0.replacing("\"dtype\":\"I8\"", with: "\"dtype\":\"U8\"") })
    try expectRefusal(type, saying: "must be I8")
    let zero = try lie("zero", header: { $0.replacing("image.output_zero_point", with: "image.output_zero") })
    try expectRefusal(zero, saying: "image.output_zero_point is missing")
    let name = try lie("name", header: { $0.replacing("conv1.output_", with: "conv9.output_") })
    try expectRefusal(name, saying: "conv9.output_scale")
  }

  /// Finite weights whose products are not: nothing is written.
  @Test func valuesThatAreNotFinite() throws {
    let source = Repository.path("Models/LeNet/Weights/lenet5_modern/lenet5_modern.safetensors")
    let state = try StateDict(Checkpoint.open(path: source))
    let path = folder.path("huge.safetensors")
    var tensors: [(name: String, shape: Shape)] = []
    for name in state.names { if let tensor = state[name] { tensors.append((name, tensor.shape)) } }
    try SafetensorsWriter(tensors, metadata: Checkpoint.open(path: source).metadata).write(to: path) {
      _, values in values.update(repeating: 1e38)
    }
    let output = folder.path("none.safetensors")
    let run = try CommandRun.cnnzoo(
      "quantize", "lenet5_modern", "--weights", path, "--data", folder.path("data"), "--output", output)
    #expect(run.status == 65 && run.errors.contains("not finite"), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1 && !FileManager.default.fileExists(atPath: output))
  }

  @Test func precisionsThatDoNotFit() throws {
    let image = "\(folder.path("data"))/Bag/0.png"
    let floats = try CommandRun.cnnzoo("infer", "lenet5_modern", image, "--precision", "int8")
    #expect(
      floats.status == 65 && floats.errors.contains("cnnzoo quantize lenet5_modern"), "\(floats.errors)")
    for precision in ["f32", "bf16"] {
      let run = try CommandRun.cnnzoo(
        "infer", "lenet5_modern", image, "--weights", file, "--precision", precision)
      #expect(run.status == 64 && run.errors.contains("int8"), "\(run.errors)")
    }
    let again = try quantize("lenet5_modern", "--weights", file)
    #expect(again.status == 64 && again.errors.contains("int8"), "\(again.errors)")
  }
}
