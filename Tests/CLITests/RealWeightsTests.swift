import Foundation
import Support
import Testing

private let folder = Repository.path(".build/real-weights")
private let areFetched = ["weights/efficientnet-lite2-9656183e.pth", "photographs/chelsea.png"]
  .allSatisfy { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }

/// From a photograph to its label with published weights, as timm answers; left out unless `scripts/real-weights` has put
/// them into `.build/real-weights`, as `scripts/test` asks it to.
@Suite(.enabled(if: areFetched, "scripts/real-weights has not fetched weights"))
struct RealWeightsTests {
  private struct Answer: Decodable {
    let path: String
    let top: [Class]

    struct Class: Decodable {
      let `class`: Int
      let probability: Double
    }
  }

  /// A store is a mirror of itself: what one machine has, another pulls from it.
  @Test func areFetchedFromAMirror() throws {
    let file = "efficientnet-lite0-57934424.pth"
    let bytes = try Array(Data(contentsOf: URL(filePath: "\(folder)/weights/\(file)")))
    let server = try LoopbackServer { $0.path == "/\(file)" ? .file(bytes, for: $0) : .init(status: 404) }
    let store = try TemporaryFolder()
    let run = try CommandRun.shell(
      "cnnzoo pull \(file) && cnnzoo weights verify efficientnet_lite0 --format csv"
        + " && cnnzoo infer efficientnet_lite0 Models/Samples/cat.jpg --top 1",
      environment: ["CNNZOO_HOME": store.path, "CNNZOO_MIRROR": server.address])
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(run.output.contains(",ok\n") && run.output.hasSuffix(" cat\n"), "\(run.output)")
    #expect(server.requests.count == 1)
  }

  @Test(arguments: 0..<3) func answersAsTimm(version: Int) throws {
    let model = "efficientnet_lite\(version)"
    let recorded = try JSONSerialization.jsonObject(
      with: Data(contentsOf: Repository.root.appending(path: "Tests/CLITests/Fixtures/real_answers.json")))
    let expected = try #require((recorded as? [String: [String: [[Double]]]])?[model])
    let photographs = expected.keys.sorted()
    #expect(photographs.count >= 10)
    // Found by the name of the published file, prepared as it asks for, and labeled.
    let run = try CommandRun.shell(
      "cd \(folder)/photographs && CNNZOO_HOME=\(folder)/weights "
        + "cnnzoo infer \(model) \(photographs.joined(separator: " ")) --format json")
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == photographs.count)
    for (line, photograph) in zip(lines, photographs) {
      let answer = try JSONDecoder().decode(Answer.self, from: Data(line.utf8))
      #expect(answer.path == photograph)
      for (found, recorded) in zip(answer.top, try #require(expected[photograph])) {
        #expect(found.class == Int(recorded[0]), "\(model), \(photograph)")
        #expect(abs(found.probability - recorded[1]) < 2e-3, "\(model), \(photograph)")
      }
    }
  }
}
