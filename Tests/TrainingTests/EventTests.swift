import EventSchema
import Foundation
import Recipes
import Support
import SwiftProtobuf
import Testing
import Training

/// Event files for TensorBoard, read as it reads them.
@Suite struct EventTests {
  /// CRC-32C bit by bit: the polynomial 0x1edc6f41 reversed.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var rest: UInt32 = 0xffff_ffff
    for byte in bytes {
      rest ^= UInt32(byte)
      for _ in 0..<8 { rest = rest % 2 == 1 ? rest / 2 ^ 0x82f6_3b78 : rest / 2 }
    }
    return rest ^ 0xffff_ffff
  }

  private static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let sum = checksum(bytes)
    return (sum >> 15 | sum << 17) &+ 0xa282_ead8
  }

  /// The events of a file up to the first record that is incomplete.
  private static func events(_ bytes: [UInt8]) throws -> [Tensorboard_Event] {
    var events: [Tensorboard_Event] = []
    var rest = bytes[...]
    func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
    while rest.count >= 12 {
      let length = rest.prefix(8)
      let count = number(length)
      #expect(number(rest.dropFirst(8).prefix(4)) == Int(masked(length)))
      guard rest.count >= 16 + count else { break }
      let data = rest.dropFirst(12).prefix(count)
      #expect(number(rest.dropFirst(12 + count).prefix(4)) == Int(masked(data)))
      events.append(try Tensorboard_Event(serializedBytes: Array(data)))
      rest = rest.dropFirst(16 + count)
    }
    return events
  }

  private struct Scalar: Hashable {
    let tag: String
    let step: Int
    let value: Float
  }

  /// The scalars that count: a start in a later file takes back those of earlier ones from its step on.
  private static func scalars(in folder: String) throws -> [Scalar] {
    var scalars: [Scalar] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
      let events = try events(Array(bytes))
      #expect(events.first?.fileVersion == "brain.Event:2")
      for event in events {
        #expect(event.wallTime > 1.7e9)
        if event.sessionLog.status == .start { scalars.removeAll { $0.step >= Int(event.step) } }
        scalars += event.summary.value.map {
          Scalar(tag: $0.tag, step: Int(event.step), value: $0.simpleValue)
        }
      }
    }
    return scalars
  }

  private static func run(
    in path: String, resumes: Bool = false, network: ToyNetwork = ToyNetwork(batch: 8, inputs: 9, classes: 2)
  ) throws {
    var parts = try RunTests.parts(network, RunTests.settings())
    parts.eventFolder = "\(path)/tensorboard"
    _ = try Trainer(parts, folder: RunFolder(path: path)).run(resumes: resumes)
  }

  @Test func theChecksumIsTheKnownOne() {
    #expect(Self.checksum("123456789".utf8) == 0xe306_9283)
  }

  /// Each epoch's values are those of `metrics.jsonl`, at its last step.
  @Test func curvesAreThoseOfTheMetrics() throws {
    let folder = try TemporaryFolder()
    try Self.run(in: folder.path)
    let train = try Self.scalars(in: folder.path("tensorboard/train"))
    let test = try Self.scalars(in: folder.path("tensorboard/test"))
    #expect(Set(train.map(\.tag)) == ["loss", "top1", "learning_rate", "step/loss", "step/top1"])
    #expect(Set(test.map(\.tag)) == ["loss", "top1", "top5"])
    for (scalars, part) in [(train, "train"), (test, "test")] {
      for (tag, member) in [("loss", "loss"), ("top1", "accuracy")] {
        let curve = try RunHistory(folder: folder.path).curve("\(part)_\(member)")
        let found = scalars.filter { $0.tag == tag }
        #expect(found.map(\.step) == curve.map { 11 * Int($0.x) })
        #expect(found.map(\.value) == curve.map { Float($0.y) })
      }
    }
    #expect(train.filter { $0.tag == "step/loss" }.map(\.step) == Array(1...33))
    // The mean over the steps of an epoch is the epoch's.
    let means = (0..<3).map { epoch in
      train.filter { $0.tag == "step/loss" && ($0.step - 1) / 11 == epoch }.reduce(0) { $0 + $1.value } / 11
    }
    for (mean, loss) in zip(means, train.filter({ $0.tag == "loss" })) {
      #expect(abs(mean - loss.value) < 1e-5)
    }
  }

  /// A kill leaves the folder as it is before a step, and perhaps half a record.
  @Test func resumedCurvesHaveNoGapAndNothingTwice() throws {
    let folder = try TemporaryFolder()
    let network = ToyNetwork(batch: 8, inputs: 9, classes: 2)
    var copies = 0
    network.beforeForward = {
      copies += 1
      try? FileManager.default.copyItem(atPath: folder.path("run"), toPath: folder.path("copy\(copies)"))
    }
    try Self.run(in: folder.path("run"), network: network)
    for copy in [1, 4, 5, 11, 12, 13, 23, 33] {
      let place = folder.path("copy\(copy)")
      for part in ["train", "test"] {
        let events = "\(place)/tensorboard/\(part)"
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: events).first)
        let file = try #require(FileHandle(forWritingAtPath: "\(events)/\(name)"))
        try file.seekToEnd()
        try file.write(contentsOf: Data([30, 0, 0, 0, 0]))
      }
      try Self.run(in: place, resumes: true)
      for part in ["train", "test"] {
        #expect(
          try Self.scalars(in: "\(place)/tensorboard/\(part)")
            == Self.scalars(in: folder.path("run/tensorboard/\(part)")), "killed before step \(copy), \(part)"
        )
      }
    }
  }
}
