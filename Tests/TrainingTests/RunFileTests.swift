import Foundation
import Graphics
import Support
import Testing
import Text
import Training

/// The files of a training run that people and other programs may have written to.
@Suite struct RunFileTests {
  @Test(arguments: [
    (#"{"epochs": 1e400}"#, "the number at byte 11 is too large for float64"),
    (#"{"epochs": -1e400}"#, "the number at byte 11 is too large for float64"),
    (#"{"epochs": 1"#, "not JSON from byte 12 on"),
    (#"{"epochs" 1}"#, "not JSON from byte 10 on"),
    (#"{"epochs": 1} 2"#, "not JSON from byte 14 on"),
    (#"{"epochs": on}"#, "not JSON from byte 11 on"),
    (String(repeating: "[", count: 70), "JSON nested more than 64 deep"),
    ("[3]", "it is not a JSON object"),
  ]) func saysWhatIsWrongWithAConfiguration(text: String, detail: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(text.utf8), to: "config.json")
    #expect(throws: TrainingError.wrongState(path: path, detail: detail)) {
      try RunFolder.storedConfig(in: folder.path)
    }
  }

  @Test(arguments: ["[true]", "[[null,false]]", #"{"a":[true]}"#, "true"]) func wordsEndAtBrackets(
    text: String
  ) throws {
    #expect(try JSON(parsing: Array(text.utf8)).text == text)
  }

  @Test func readsTheNumbersThatItWrites() throws {
    let numbers: [JSON] = [
      .integer(.min), .unsigned(.max), .number(.greatestFiniteMagnitude), .number(.leastNonzeroMagnitude),
      .number(-0.0),
      .float(0.1),
    ]
    let text = JSON.array(numbers).text
    #expect(try JSON(parsing: Array(text.utf8)).text == text)
  }

  @Test(arguments: [
    ["2.5"], ["2.5", "2.5"], ["1e17", "1e17"], ["3e38", "3e38"], ["-3e38", "3e38"], ["0", "5e-324"],
    ["2.5", "66666666666666666666666666666666666666666666661.5"], ["1e300"],
  ]) func drawsAnyLosses(losses: [String]) throws {
    let folder = try TemporaryFolder()
    let lines = losses.enumerated().map {
      #"{"kind": "epoch", "epoch": \#($0.offset + 1), "train_loss": \#($0.element)}"#
    }
    try folder.write(Array(lines.joined(separator: "\n").utf8), to: "metrics.jsonl")
    let history = try RunHistory(folder: folder.path)
    let plot = CurvePlot(
      title: "loss", curves: [.init("train_loss", history.curve("train_loss"))], yTitle: "loss")
    let drawing = CurvePlot.drawing(of: [plot]).svg
    #expect(!drawing.contains("nan") && !drawing.contains("inf"))
    #expect(plot.text().contains("epoch"))
  }
}
