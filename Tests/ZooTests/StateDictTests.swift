import Foundation
import GraphIR
import Support
import TensorCore
import Testing
import Zoo

/// Names and shapes of the tensors, compared with the reference definitions.
struct StateDictTests {
  /// What a golden file says about the state dict and the stages.
  private struct Golden: Decodable {
    struct Stage: Decodable {
      let name: String
      let shape: [Int]
    }
    struct Case: Decodable {
      let input: [Int]
      let stages: [Stage]
    }
    let stateDict: Data
    let auxiliaryStateDict: Data
    let cases: [Case]

    static func read(_ model: String) throws -> Golden {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let file = Repository.root.appending(path: "Tests/Fixtures/golden/\(model).json")
      return try decoder.decode(Golden.self, from: Data(contentsOf: file))
    }
  }

  /// FNV-1a, 32 bits.
  private func hash(_ line: String) -> UInt32 {
    line.utf8.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  /// Compares tensors with the recorded hash of each line `name d0,d1,…`, in the order of the sorted lines.
  ///
  /// The recording has no names, so a tensor that only the reference has is described by its neighbors.
  private func compare(_ parameters: [Parameter], _ recorded: Data, _ model: String) {
    let lines = parameters.filter { $0.role != .counter }
      .map { "\($0.name) \($0.shape.dimensions.map(String.init).joined(separator: ","))" }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let bytes = [UInt8](recorded)
    let expected: [UInt32] = stride(from: 0, to: bytes.count, by: 4).map { offset in
      bytes[offset..<offset + 4].reversed().reduce(0 as UInt32) { sum, byte in sum << 8 | UInt32(byte) }
    }
    let known = Set(expected)
    for line in lines where !known.contains(hash(line)) {
      Issue.record("\(model): no tensor of the reference is \(line)")
    }
    let own = Dictionary(lines.map { (hash($0), $0) }) { first, _ in first }
    for (index, tensor) in expected.enumerated() where own[tensor] == nil {
      let before = expected[..<index].lazy.reversed().compactMap { own[$0] }.first ?? "the beginning"
      let after = expected[index...].lazy.compactMap { own[$0] }.first ?? "the end"
      Issue.record("\(model): the reference has another tensor between \(before) and \(after)")
    }
    #expect(lines.count == expected.count, "\(model)")
  }

  @Test(arguments: Registry.standard.all.map(\.name))
  func namesAndShapesMatchTheReference(_ name: String) throws {
    let golden = try Golden.read(name)
    let parameters = try Registry.standard.entry(name).graph().parameters
    compare(parameters.filter { !$0.isAuxiliary }, golden.stateDict, name)
    compare(parameters.filter(\.isAuxiliary), golden.auxiliaryStateDict, name)
  }

  @Test(arguments: Registry.standard.all.map(\.name))
  func noNameIsUsedTwice(_ name: String) throws {
    let names = try Registry.standard.entry(name).graph().parameters.map(\.name)
    #expect(Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys.sorted() == [])
  }

  /// The stages that golden files record have the reference's names and shapes.
  @Test(arguments: Registry.standard.all.map(\.name))
  func stagesMatchTheReference(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    for recorded in try Golden.read(name).cases {
      let graph = try entry.graph(batch: recorded.input[0], input: .init(Array(recorded.input.dropFirst())))
      for stage in recorded.stages {
        let value = try #require(graph.value(of: stage.name), "\(stage.name)")
        #expect(value.shape.dimensions == stage.shape, "\(stage.name)")
      }
    }
  }
}
