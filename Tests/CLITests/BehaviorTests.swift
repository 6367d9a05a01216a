import Foundation
import Support
import Testing

/// How the command behaves together with other programs.
@Suite struct BehaviorTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [["--help"], ["help"], ["--version"], ["summary", "--help"], ["help", "infer"]])
  func helpIsNoError(_ arguments: [String]) throws {
    let run = try CommandRun.shell("cnnzoo \(arguments.joined(separator: " "))")
    #expect(run.status == 0)
    #expect(!run.output.isEmpty)
    #expect(run.errors.isEmpty)
  }

  @Test func aClosedPipeIsNoError() throws {
    let run = try CommandRun.shell("{ cnnzoo summary resnet152 --format json; echo $? >&2; } | true")
    #expect(run.errors == "0\n")
  }

  /// A file that was asked for is complete although nobody reads what is printed.
  @Test func aClosedPipeLeavesFilesComplete() throws {
    let image = "Models/Samples/t-shirt.png"
    let images = Array(repeating: image, count: 40).joined(separator: " ")
    let (whole, closed) = (folder.path("whole.npy"), folder.path("closed.npy"))
    _ = try CommandRun.shell("cnnzoo infer lenet5_modern \(images) --logits \(whole)")
    let run = try CommandRun.shell(
      "{ cnnzoo infer lenet5_modern \(images) --logits \(closed); echo $? >&2; } | true")
    #expect(run.errors == "0\n")
    #expect(try Data(contentsOf: URL(filePath: closed)) == Data(contentsOf: URL(filePath: whole)))
  }

  /// Progress and warnings that nobody reads do not end the work.
  @Test func aClosedPipeOnStandardErrorChangesNothing() throws {
    let run = try CommandRun.shell(
      "exec 3>&1; { cnnzoo infer lenet5_modern README.md Models/Samples/t-shirt.png --format csv 2>&1 >&3; } | true"
    )
    #expect(run.output.split(separator: "\n").count > 2)
  }

  @Test func noEscapeSequencesOutsideATerminal() throws {
    for command in ["list", "summary resnet18", "params resnet18", "about resnet18", "diff vgg11 vgg13"] {
      #expect(try !CommandRun.shell("cnnzoo \(command)").output.contains("\u{1b}"))
    }
  }

  @Test func colorOnATerminalUnlessRefused() throws {
    // script(1) gives the command a terminal.
    let terminal = "script -qec 'cnnzoo params resnet18' /dev/null"
    #expect(try CommandRun.shell("TERM=xterm \(terminal)").output.contains("\u{1b}["))
    #expect(try !CommandRun.shell("TERM=xterm NO_COLOR=1 \(terminal)").output.contains("\u{1b}["))
    #expect(try !CommandRun.shell("TERM=dumb \(terminal)").output.contains("\u{1b}["))
  }

  /// On a terminal, progress stays on one line however narrow it is, and leaves nothing behind.
  @Test(arguments: [24, 60, 200]) func progressFitsTheTerminal(columns: Int) throws {
    let images = Array(repeating: "Models/Samples/cat.jpg", count: 300).joined(separator: " ")
    let command = "cnnzoo infer squeezenet1_1 \(images) --random-weights 1"
    let run = try CommandRun.shell(
      "TERM=xterm script -qec 'stty cols \(columns); \(command) >/dev/null' /dev/null")
    #expect(run.status == 0, "\(run.output)")
    let lines = run.output.components(separatedBy: "\r\u{1b}[K")
    #expect(lines.count > 3)
    #expect(lines.first == "" && lines.last == "")
    #expect(lines.allSatisfy { $0.count < columns })
    #expect(
      lines.contains { $0.contains("/300 images") } && lines.contains { $0.contains("━") } == (columns > 50))
    #expect(try CommandRun.shell("\(command) >/dev/null").errors.isEmpty)
  }

  @Test(arguments: ["infer squeezenet1_1 @/data", "eval squeezenet1_1 --data @/data --batch-size 4"])
  func quietShowsNoProgress(_ command: String) throws {
    let cat = try Data(contentsOf: Repository.root.appending(path: "Models/Samples/cat.jpg"))
    for number in 0..<60 { try folder.write(cat, to: "data/\(number % 2)/\(number).jpg") }
    let line = "cnnzoo \(command.replacing("@", with: folder.path)) --random-weights 1"
    func output(_ option: String) throws -> String {
      try CommandRun.shell("TERM=xterm script -qec '\(line) \(option) >/dev/null' /dev/null").output
    }
    #expect(try output("").contains("/60 images"))
    #expect(try !output("--quiet").contains("images/s"))
  }

  /// The window becomes narrower while the line is shown: from then on, no line is wider.
  @Test func progressFollowsTheWindow() throws {
    let paths = "echo Models/Samples/cat.jpg; sleep 0.2"
    let run = try CommandRun.shell(
      "TERM=xterm script -qec 'stty cols 60; (for i in 1 2 3 4 5 6 7 8; do \(paths); done; stty cols 12 </dev/tty;"
        + " for i in 1 2 3 4 5; do \(paths); done) | cnnzoo infer squeezenet1_1 - --random-weights 1 >/dev/null'"
        + " /dev/null")
    let widths = run.output.components(separatedBy: "\r\u{1b}[K").map(\.count)
    let wide = try #require(widths.lastIndex { $0 >= 12 }, "\(run.output)")
    #expect(widths[wide] < 60 && widths.count - wide > 3, "\(widths)")
  }

  /// Bars beside the classes on a terminal, however narrow; none elsewhere.
  @Test(arguments: [20, 40, 80, 200]) func barsOfClasses(columns: Int) throws {
    let command = "cnnzoo infer lenet5 Models/Samples/t-shirt.png"
    let run = try CommandRun.shell("TERM=xterm script -qec 'stty cols \(columns); \(command)' /dev/null")
    let lines = run.output.split(separator: "\r\n").dropFirst()
    #expect(lines.count == 5 && lines[lines.startIndex].hasSuffix("T-shirt/top"), "\(run.output)")
    #expect(lines.first?.contains("━━━") == (columns >= 40), "\(run.output)")
    #expect(columns < 40 || lines.allSatisfy { $0.count < columns })
    let plain = try CommandRun.shell("\(command); TERM=dumb script -qec '\(command)' /dev/null")
    #expect(plain.status == 0 && !plain.output.contains("━"))
  }

  @Test func everyModelAnswersEveryQuestion() throws {
    let names = try CommandRun.cnnzoo("list", "--format", "csv").output.split(separator: "\n").dropFirst()
      .compactMap { $0.split(separator: ",").first }.map(String.init)
    #expect(names.count > 20)
    let list = names.joined(separator: " ")
    let run = try CommandRun.shell(
      "cnnzoo params \(list) >/dev/null && for m in \(list); do"
        + " cnnzoo summary $m >/dev/null && cnnzoo about $m >/dev/null || exit 1; done")
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test func listFiltersAndSorts() throws {
    func names(_ arguments: String) throws -> [String] {
      try CommandRun.shell("cnnzoo list --format csv \(arguments)").output.split(separator: "\n").dropFirst()
        .compactMap { $0.split(separator: ",").first }.map(String.init)
    }
    #expect(try names("--family vgg --sort params").first == "vgg11")
    #expect(try names("--family vgg --sort name").first == "vgg11")
    #expect(try names("--max-params 61000 --family lenet") == ["lenet5"])
    #expect(try names("--max-macs 0.4M --family lenet") == ["lenet5"])
    // Best first; networks without a published accuracy come last.
    let accuracies = try CommandRun.shell("cnnzoo list --sort accuracy --format csv").output
      .split(separator: "\n").dropFirst().map { line in
        line.split(separator: ",", omittingEmptySubsequences: false).last.flatMap { Double($0) } ?? 0
      }
    #expect(accuracies.count > 50 && accuracies.contains(0))
    #expect(accuracies == accuracies.sorted(by: >))
  }

  // MARK: infer

  @Test func listOnStandardInput() throws {
    let cat = "Models/Samples/cat.jpg"
    let options = "--random-weights 1 --format json"
    let byArgument = try CommandRun.shell("cnnzoo infer lenet5 \(cat) \(cat) \(options)")
    #expect(byArgument.output.split(separator: "\n").count == 2)
    let byLine = try CommandRun.shell("printf '%s\\n' \(cat) \(cat) | cnnzoo infer lenet5 - \(options)")
    let byNUL = try CommandRun.shell("printf '%s\\0' \(cat) \(cat) | cnnzoo infer lenet5 - -0 \(options)")
    #expect(byLine.output == byArgument.output)
    #expect(byNUL.output == byArgument.output)
    #expect(byNUL.status == 0)
  }

  @Test func tensorBatchesAndLogits() throws {
    let tensor = try folder.write(NumPy.float32([5, 1, 32, 32], of: 5 * 1024), to: "x.npy")
    let logits = folder.path("logits.npy")
    let run = try CommandRun.cnnzoo(
      "infer", "lenet5", "--tensor", tensor, "--random-weights", "1", "--batch-size", "2", "--logits", logits,
      "--format", "json", "--top", "2")
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 5)
    for (index, line) in lines.enumerated() {
      #expect(
        line.hasPrefix(
          "{\"schema\":\"cnnzoo.infer/1\",\"model\":\"lenet5\",\"path\":\"\(tensor)\",\"index\":\(index),"))
      #expect(line.components(separatedBy: "\"class\":").count == 3)
    }
    let file = try Data(contentsOf: URL(filePath: logits))
    #expect(file.starts(with: [0x93] + Array("NUMPY".utf8)))
    #expect(String(decoding: file.prefix(128), as: UTF8.self).contains("'shape': (5, 10)"))
    #expect(file.count == 128 + 5 * 10 * 4)
    // Five inputs of zeros give five equal rows, whatever the batch.
    let rows = (0..<5).map { file[(128 + $0 * 40)..<(168 + $0 * 40)] }
    #expect(rows.allSatisfy { $0.elementsEqual(rows[0]) })
  }

  @Test func labelsFromAFile() throws {
    let labels = try folder.write((0..<10).map { "class, \"\($0)\"\n" }.joined(), to: "labels.txt")
    let run = try CommandRun.cnnzoo(
      "infer", "lenet5", "Models/Samples/cat.jpg", "--random-weights", "1", "--labels", labels, "--top", "1",
      "--format", "csv")
    #expect(run.output.contains(",\"class, \"\""))
  }

  @Test func labelsCannotMoveTheCursor() throws {
    let labels = try folder.write((0..<10).map { "class\u{1b}[2J\($0)\n" }.joined(), to: "labels.txt")
    let run = try CommandRun.cnnzoo(
      "infer", "lenet5", "Models/Samples/cat.jpg", "--random-weights", "1", "--labels", labels)
    #expect(run.output.contains("class\\u{1b}[2J") && !run.output.contains("\u{1b}"))
  }

  @Test func aSignalEndsARunThatWaits() throws {
    for (name, status) in [("INT", "130"), ("TERM", "143")] {
      // A shell without job control starts background commands with SIGINT ignored, hence env.
      let run = try CommandRun.shell(
        "mkfifo \(folder.path(name)); exec 9<>\(folder.path(name));"
          + " env --default-signal=INT cnnzoo infer lenet5 - --random-weights 1 <&9 >/dev/null & child=$!;"
          + " sleep 1; kill -\(name) $child; wait $child; echo $?")
      #expect(run.output == "\(status)\n", "\(run.errors)")
    }
  }

  /// A name of kernels that this CPU does not run is said, with those that it runs.
  @Test func unknownKernelsAreAnError() throws {
    let run = try CommandRun.cnnzoo("list", environment: ["CNNZOO_SIMD": "sse9"])
    #expect(run.status == 64 && run.output.isEmpty)
    #expect(run.errors.contains("sse9") && run.errors.contains("portable"))
    #expect(run.errors.split(separator: "\n").count == 1)
    #expect(try CommandRun.cnnzoo("list", environment: ["CNNZOO_SIMD": "portable"]).status == 0)
    #expect(try CommandRun.cnnzoo("list", environment: ["CNNZOO_SIMD": ""]).status == 0)
  }

  @Test func numbersKnowNoLocale() throws {
    // The tests use a locale with decimal commas.
    #expect(
      try CommandRun.shell("cnnzoo list --family resnet --format json").output.contains(
        "\"top1_percent\":69.758"))
    #expect(try CommandRun.shell("cnnzoo summary resnet18").output.contains("1.81 G"))
  }
}
