import Foundation
import GraphIR
import TensorCore
import Testing
import Zoo

/// Names and shapes of the tensors, against hashes recorded from the reference definitions.
struct StateDictTests {
  /// What a golden file says about the state dict and its stages.
  private struct Golden: Decodable {
    struct Stage: Decodable {
      let name: String
      let shape: [Int]
    }
    struct Case: Decodable {
      let input: [Int]
      let stages: [Stage]
    }
    let state_dict_sha256: String
    let state_dict_with_auxiliary_sha256: String
    let classes: Int
    let cases: [Case]
  }

  private func golden(_ name: String) throws -> Golden {
    let file = URL(filePath: #filePath).appending(path: "../../Fixtures/golden/\(name).json").standardized
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }

  /// SHA-256 over a line a tensor, `name d0,d1,…`, sorted by name, without the counters of batch norm.
  private func digest(of parameters: [Parameter]) -> String {
    let lines = parameters.filter { $0.role != .counter }
      .map { "\($0.name) \($0.shape.dimensions.map(String.init).joined(separator: ","))\n" }
    return SHA256.hexadecimal(
      of: Array(lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined().utf8))
  }

  @Test(arguments: Registry.all.map(\.name))
  func namesAndShapesAreTheReferences(_ name: String) throws {
    let golden = try golden(name)
    let parameters = try Registry.entry(name).graph().parameters
    #expect(digest(of: parameters.filter { !$0.isAuxiliary }) == golden.state_dict_sha256)
    #expect(digest(of: parameters) == golden.state_dict_with_auxiliary_sha256)
  }

  @Test(arguments: Registry.all.map(\.name))
  func noNameIsUsedTwice(_ name: String) throws {
    let names = try Registry.entry(name).graph().parameters.map(\.name)
    #expect(Set(names).count == names.count)
  }

  /// The stages that golden files record exist under the reference's names, with its shapes.
  @Test(arguments: Registry.all.map(\.name))
  func stagesHaveTheReferencesShapes(_ name: String) throws {
    let entry = try Registry.entry(name)
    for recorded in try golden(name).cases {
      let graph = try entry.graph(batch: recorded.input[0], input: .init(Array(recorded.input.dropFirst())))
      for stage in recorded.stages {
        let value = try #require(graph.value(of: stage.name), "\(stage.name)")
        #expect(value.shape.dimensions == stage.shape, "\(stage.name)")
      }
    }
  }

  /// FIPS 180-4's own examples.
  @Test func sha256IsRight() {
    #expect(
      SHA256.hexadecimal(of: Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hexadecimal(of: Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
  }
}
