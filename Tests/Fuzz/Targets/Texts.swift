import Graphics
import Recipes
import Session
import Support
import Text
import Training
import Tuning

extension FuzzTarget {
  /// Texts: JSON, label files, and the files of training runs and measurements.
  static let texts: [FuzzTarget] = [
    FuzzTarget("json", longest: 1 << 11) { bytes in
      let text = try JSON(parsing: bytes).text
      precondition((try? JSON(parsing: Array(text.utf8)))?.text == text, "what is written is what is read")
    },
    FuzzTarget("labels", longest: 1 << 11) { bytes in
      try inFolder { _ = try LabelList(path: $0.write(bytes, to: "labels"), classes: 3) }
    },
    FuzzTarget("run-config", longest: 1 << 11) { bytes in
      try inFolder { folder in
        try folder.write(bytes, to: "config.json")
        let run = try RunFolder(path: folder.path)
        _ = run.storedEpochs
        if let stored = try RunFolder.storedConfig(in: folder.path) {
          attempt { _ = try TrainingSettings(json: stored, schemes: [.torch]) }
        }
        try run.checkConfig(["epochs": .integer(3), "data": "here", "data_path": "/here"])
      }
    },
    FuzzTarget("metrics", longest: 1 << 11) { bytes in
      try inFolder { folder in
        try folder.write(bytes, to: "metrics.jsonl")
        let history = try RunHistory(folder: folder.path)
        let plot = CurvePlot(
          title: "loss",
          curves: ["train_loss", "test_loss"].map { CurvePlot.Curve($0, history.curve($0)) }, yTitle: "loss")
        precondition(!CurvePlot.drawing(of: [plot]).svg.contains("nan") && !plot.text().isEmpty)
      }
    },
    FuzzTarget("tuning", longest: 1 << 11) { bytes in
      attempt { try readTuning(bytes) }
      try readTuning(withEnd(bytes))
    },
  ]

  private static func readTuning(_ bytes: [UInt8]) throws {
    let file = try TuningFile(bytes, cpu: "a CPU")
    let again = try TuningFile(file.bytes, cpu: "a CPU")
    precondition(again == file, "what is written is what is read")
  }

  /// The same lines with the last line that they should have: mutations would not get past it.
  private static func withEnd(_ bytes: [UInt8]) -> [UInt8] {
    var lines = bytes.split(separator: 0x0a)
    if lines.last?.starts(with: "end ".utf8) == true { lines.removeLast() }
    let body = Array(lines.joined(separator: [0x0a])) + [0x0a]
    let hash = body.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return body + Array("end \(lines.count - 2) \(String(hash, radix: 16))\n".utf8)
  }
}
