import Foundation
import Support
import Testing

/// What `summary --plan` prints is what runs.
@Suite struct PlanTests {
  private func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func bench(_ arguments: String) throws -> [[String: Any]] {
    let run = try CommandRun.shell("cnnzoo bench \(arguments) --seconds 0 --runs 1 --warm-up 0 --format json")
    #expect(run.status == 0, "\(run.errors)")
    return try objects(run.output)
  }

  private func plan(_ arguments: String) throws -> [String: Any] {
    let run = try CommandRun.shell("cnnzoo summary \(arguments) --plan --format json")
    #expect(run.status == 0, "\(run.errors)")
    return try #require(try objects(run.output).first)
  }

  /// Names and algorithms of rows that are layers.
  private func steps(_ object: [String: Any], _ key: String) throws -> [[String]] {
    try #require(object[key] as? [[String: Any]]).compactMap { step in
      guard let algorithm = step["algorithm"] as? String, !algorithm.isEmpty else { return nil }
      return ["name", "half", "pass"].compactMap { step[$0] as? String } + [algorithm]
    }
  }

  @Test(
    arguments: ["lenet5", "resnet20_cifar", "densenet_bc40_k12_cifar"], ["auto", "openblas", "winograd_2"])
  func whatRanIsWhatWasPrinted(model: String, convolution: String) throws {
    for batch in [1, 3] {
      let arguments = "\(model) --batch-size \(batch) --threads 2 --convolution \(convolution)"
      let ran = try #require(try bench("\(arguments) --per-layer").first)
      let printed = try plan(arguments)
      #expect(try steps(ran, "layers") == steps(printed, "steps"))
      #expect(
        ran["convolution"] as? String == convolution && printed["convolution"] as? String == convolution)
      #expect(ran["memory"] as? [String: Int] == printed["memory"] as? [String: Int])
      #expect(ran["effective_threads"] as? Int == printed["effective_threads"] as? Int)
    }
  }

  @Test(arguments: ["lenet5", "resnet20_cifar", "densenet_bc40_k12_cifar"], ["f32", "bf16", "int8"])
  func whatRanInAPrecisionIsWhatWasPrinted(model: String, precision: String) throws {
    let arguments = "\(model) --threads 2 --precision \(precision)"
    let ran = try #require(try bench("\(arguments) --per-layer").first)
    let printed = try plan(arguments)
    #expect(try steps(ran, "layers") == steps(printed, "steps"))
    #expect(ran["precision"] as? String == precision && printed["precision"] as? String == precision)
    #expect(ran["memory"] as? [String: Int] == printed["memory"] as? [String: Int])
  }

  @Test(arguments: ["auto", "openblas"]) func whatTrainedIsWhatWasPrinted(convolution: String) throws {
    let arguments = "resnet20_cifar --batch-size 2 --threads 1 --convolution \(convolution)"
    let ran = try #require(try bench("\(arguments) --per-layer --mode train").first)
    #expect(try steps(ran, "layers") == steps(plan("\(arguments) --training"), "steps"))
  }

  @Test func ways() throws {
    let rows = try bench("lenet5_modern --threads 1 --convolution openblas,auto")
    #expect(rows.compactMap { $0["convolution"] as? String } == ["openblas", "auto"])
    let table = try CommandRun.shell(
      "cnnzoo bench lenet5_modern --threads 1 --convolution auto,im2col --seconds 0 --runs 1 --format csv")
    #expect(
      table.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[3] } == [
        "auto", "openblas",
      ])
  }

  @Test(arguments: ["infer lenet5 x.png", "eval lenet5 --data x", "bench lenet5", "summary lenet5 --plan"])
  func unknownAlgorithmsAreListed(command: String) throws {
    let run = try CommandRun.shell("cnnzoo \(command) --convolution fft")
    #expect(run.status == 64)
    for name in ["auto", "openblas", "implicit_gemm", "winograd_4", "im2col"] {
      #expect(run.errors.contains(name))
    }
  }

  @Test func tuningIsForTheAutomaticChoice() throws {
    #expect(try CommandRun.shell("cnnzoo infer lenet5 x.png --tune --convolution openblas").status == 64)
    #expect(try CommandRun.shell("cnnzoo bench lenet5 --tune --convolution openblas").status == 64)
  }

  @Test func everyFormatHasEveryStep() throws {
    let steps = try #require(try plan("resnet20_cifar")["steps"] as? [Any]).count
    for (format, headings) in [("csv", 1), ("markdown", 2)] {
      let run = try CommandRun.shell("cnnzoo summary resnet20_cifar --plan --format \(format)")
      #expect(run.status == 0 && run.output.split(separator: "\n").count == steps + headings)
    }
    let text = try CommandRun.shell("cnnzoo summary resnet20_cifar --plan").output
    #expect(text.contains("memory  ") && text.contains("1 run of 1 image"))
  }
}
