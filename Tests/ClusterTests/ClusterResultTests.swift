import Foundation
import Support
import TensorCore
import Testing

extension ClusterTests {
  /// `eval` and `infer` on several processes print what one process prints.
  @Suite struct Result {
    private let cluster: Cluster

    init() throws { cluster = try Cluster() }

    @Test(arguments: [2, 3]) func evalPrintsTheSame(processes: Int) throws {
      #expect(try cluster.run(1, cluster.training("run")).status == 0)
      func line(_ logits: String) -> String {
        "eval lenet5_modern --data \(cluster.data) --weights \(cluster.folder.path("run/last.safetensors")) --batch-size 5 "
          + "--threads 1 --format json --logits \(cluster.folder.path(logits))"
      }
      let one = try cluster.run(1, line("one.npy"))
      let many = try cluster.run(processes, line("many.npy"))
      #expect(one.status == 0 && many.status == 0, "\(many.errors)")
      // The loss is a sum of other parts.
      func rounded(_ text: String) -> String {
        text.replacing(/"loss":([0-9.]+)/) { "\"loss\":\(String(format: "%.9f", Double($0.1) ?? 0))" }
      }
      #expect(rounded(one.output) == rounded(many.output))
      #expect(
        FileManager.default.contents(atPath: cluster.folder.path("one.npy"))
          == FileManager.default.contents(atPath: cluster.folder.path("many.npy")))
    }

    /// Images one by one and in batches, from folders and from a list; one is broken, and one is missing.
    @Test(arguments: ["--batch-size 1", "--batch-size 3"]) func inferPrintsTheSame(batch: String) throws {
      var paths: [String] = []
      for image in 0..<11 {
        let noise = FormulaNoise(name: "\(image)")
        let pixels = (0..<784).map { UInt8(120 + noise[$0] * 100) }
        paths.append(
          try cluster.folder.write(
            Array("P5 28 28 255\n".utf8) + pixels, to: "images/\(String(format: "%02d", image)).pgm"))
      }
      paths.append(try cluster.folder.write([1, 2, 3], to: "images/05b.png"))
      let arguments =
        "infer lenet5_modern --format json \(batch) --threads 1 \(cluster.folder.path("images")) /nowhere.png "
        + "\(paths[3]) --logits "
      let one = try cluster.run(1, arguments + cluster.folder.path("one.npy"))
      #expect(one.status == 1 && one.output.split(separator: "\n").count == 14, "\(one.errors)")
      let many = try cluster.run(3, arguments + cluster.folder.path("many.npy"))
      #expect(many.status == 1 && many.output == one.output && many.errors == one.errors)
      #expect(
        FileManager.default.contents(atPath: cluster.folder.path("one.npy"))
          == FileManager.default.contents(atPath: cluster.folder.path("many.npy")))
      let list = try cluster.folder.write(paths.joined(separator: "\n"), to: "list")
      let fromList = "infer lenet5_modern - --format csv \(batch) --threads 1 < \(list)"
      let (single, several) = (try cluster.run(1, fromList), try cluster.run(2, fromList))
      #expect(
        single.status == 1 && several.status == 1 && single.output == several.output, "\(several.errors)")
    }

    @Test func inferTakesTensors() throws {
      let tensor =
        "infer lenet5_modern --tensor Tests/CLITests/Fixtures/layouts/gray.npy --format json --threads 1"
      let (one, many) = (try cluster.run(1, tensor), try cluster.run(2, tensor))
      #expect(one.status == 0 && many.status == 0 && one.output == many.output, "\(many.errors)")
    }
  }
}
