import Foundation
import Support
import Testing

/// Commands of which one call to the system fails.
///
/// Each ends with one line and a documented status, and leaves every file as it was or as it should become; what it
/// leaves behind is usable, and no temporary file is.
@Suite struct FaultTests {
  private static let isLong = ProcessInfo.processInfo.environment["CNNZOO_LONG"] != nil
  /// How many calls of a kind are tried: all where `CNNZOO_LONG` is set; else some, the first and the last among them.
  private static let tries = isLong ? Int.max : 4

  /// A kind of call, the error that it fails with, and what the program may say then.
  ///
  /// Success is allowed too: not every call has to succeed for the result to be whole.
  fileprivate struct Kind {
    let name: String
    let error: Int32
    let statuses: Set<Int32>
  }

  /// All kinds in the order of `Tests/CFaults/faults.c`.
  fileprivate static let kinds = [
    Kind(name: "write", error: ENOSPC, statuses: [74]), Kind(name: "fsync", error: EIO, statuses: [74]),
    Kind(name: "rename", error: EIO, statuses: [73]), Kind(name: "create", error: EROFS, statuses: [73]),
    Kind(name: "open", error: EMFILE, statuses: [66]), Kind(name: "read", error: EIO, statuses: [74]),
    Kind(name: "close", error: EDQUOT, statuses: [74]), Kind(name: "truncate", error: EIO, statuses: [74]),
    Kind(name: "mkdir", error: ENOSPC, statuses: [73]), Kind(name: "lock", error: ENOLCK, statuses: [73]),
    Kind(name: "folder", error: EIO, statuses: [66]), Kind(name: "map", error: ENOMEM, statuses: [69]),
    Kind(name: "thread", error: EAGAIN, statuses: [69]),
    Kind(name: "allocate", error: ENOMEM, statuses: [69]),
  ]

  /// A command that reads and writes files in a folder, `@`.
  struct Command: Sendable, CustomTestStringConvertible {
    let line: String
    /// The files that it writes.
    let results: [String]

    init(_ line: String, writes results: String...) {
      self.line = line
      self.results = results
    }

    var testDescription: String { line }
  }

  @Test(arguments: [
    Command("export lenet5_modern --output @/out.onnx", writes: "out.onnx"),
    Command("convert @/in.pth --output @/out.safetensors", writes: "out.safetensors"),
    Command(
      "infer lenet5_modern Models/Samples/t-shirt.png --logits @/l.npy --save-input @/i.png", writes: "l.npy",
      "i.png"),
    Command("infer lenet5_modern --tensor Tests/CLITests/Fixtures/layouts/gray.npy"),
    Command("eval lenet5_modern --data @/data --random-weights 1 --confusion @/c.svg", writes: "c.svg"),
    Command("plot @/run --svg @/p.svg", writes: "p.svg"),
    Command("inspect @/in.pth --verify"),
  ]) func wholeFiles(of command: Command) throws {
    let bench = try FaultBench()
    func reset() throws { for name in command.results { try bench.folder.write("old", to: name) } }
    func contents() throws -> [String: Data] {
      try Dictionary(
        uniqueKeysWithValues: command.results.map {
          ($0, try Data(contentsOf: URL(filePath: bench.folder.path($0))))
        })
    }
    try reset()
    let clean = try bench.run(command.line)
    try #require(clean.run.status == 0, "\(clean.run.errors)")
    let new = try contents()
    let entries = try bench.entries()
    for kind in Self.kinds {
      // A listing that breaks off may look like an end at any entry.
      let tries = kind.name == "folder" ? Int.max : Self.tries
      for number in Self.numbers(upTo: clean.calls[kind.name] ?? 0, tries) {
        try reset()
        let faulty = try bench.run(command.line, kind.name, number, kind.error)
        let label: Comment = "\(kind.name) \(number): \(faulty.run.status), \(faulty.run.errors)"
        Self.check(faulty.run, after: clean.run, kind, label)
        for (name, content) in try contents() {
          let isNew = content == new[name]
          #expect(isNew || (faulty.run.status != 0 && content == Data("old".utf8)), "\(name), \(label)")
        }
        #expect(try bench.entries() == entries, label)
        if faulty.run.status == 0 { #expect(faulty.run.output == clean.run.output, label) }
      }
    }
    // Transfers of half the bytes are no failures.
    try reset()
    let short = try bench.run(command.line, "short", 0, 0)
    #expect(short.run.status == 0 && short.run.output == clean.run.output, "\(short.run.errors)")
    #expect(try contents() == new)
  }

  /// A training run that fails at any call resumes as if nothing had happened.
  @Test func trainingResumes() throws {
    let bench = try FaultBench()
    func train(into folder: String) -> String {
      "train lenet5_modern --data @/data --val-fraction 0.5 --epochs 2 --batch-size 2 --save-every 1 --threads 1"
        + " --output @/\(folder)"
    }
    let clean = try bench.run(train(into: "clean"))
    try #require(clean.run.status == 0, "\(clean.run.errors)")
    let weights = try Data(contentsOf: URL(filePath: bench.folder.path("clean/last.safetensors")))
    let entries = try bench.entries(of: "clean")
    for kind in Self.kinds {
      for number in Self.numbers(upTo: clean.calls[kind.name] ?? 0) {
        let folder = "\(kind.name)\(number)"
        let faulty = try bench.run(train(into: folder), kind.name, number, kind.error)
        let label: Comment = "\(kind.name) \(number): \(faulty.run.status), \(faulty.run.errors)"
        Self.check(faulty.run, after: clean.run, kind, label)
        #expect(try bench.entries(of: folder).isSubset(of: entries), label)
        let resumed = try bench.run(train(into: folder) + " --resume")
        #expect(resumed.run.status == 0, "resumed after \(label): \(resumed.run.errors)")
        #expect(try bench.entries(of: folder) == entries, label)
        let path = bench.folder.path("\(folder)/last.safetensors")
        #expect(try Data(contentsOf: URL(filePath: path)) == weights, label)
      }
    }
  }

  /// A download that fails at any call is made up for by the next, and nothing wrong gets the file's name.
  @Test func pulls() throws {
    let bench = try FaultBench()
    let file = "tinynet-52d996de.safetensors"
    let bytes = try Data(contentsOf: URL(filePath: Repository.path("Tests/TinyNet/Fixtures/\(file)")))
    let server = try LoopbackServer { .file(Array(bytes), for: $0) }
    let line = "pull tinynet --mirror \(server.address)"
    let clean = try bench.run(line, home: "clean", program: "tinyzoo")
    try #require(clean.run.status == 0, "\(clean.run.errors)")
    for kind in Self.kinds
    where ["write", "fsync", "rename", "create", "truncate", "mkdir", "lock"].contains(kind.name) {
      for number in Self.numbers(upTo: clean.calls[kind.name] ?? 0) {
        let home = "\(kind.name)\(number)"
        func stored() -> Data? { FileManager.default.contents(atPath: bench.folder.path("\(home)/\(file)")) }
        let faulty = try bench.run(line, kind.name, number, kind.error, home: home, program: "tinyzoo")
        let label: Comment = "\(kind.name) \(number): \(faulty.run.status), \(faulty.run.errors)"
        Self.check(faulty.run, after: clean.run, kind, label)
        #expect(stored() == nil ? faulty.run.status != 0 : stored() == bytes, label)
        let again = try bench.run(line, home: home, program: "tinyzoo").run
        #expect(again.status == 0 && stored() == bytes, "after \(label): \(again.errors)")
        #expect(try bench.entries(of: home) == [file], label)
      }
    }
  }

  /// Measurements that cannot be kept or read cost time and nothing else.
  @Test func tuning() throws {
    let bench = try FaultBench()
    let line = "infer lenet5_modern Models/Samples/t-shirt.png --tune --threads 1"
    let clean = try bench.run(line, home: "clean")
    try #require(clean.run.status == 0, "\(clean.run.errors)")
    for kind in Self.kinds where !["read", "open", "map"].contains(kind.name) {
      for number in Self.numbers(upTo: clean.calls[kind.name] ?? 0) {
        let home = "\(kind.name)\(number)"
        let faulty = try bench.run(line, kind.name, number, kind.error, home: home)
        let label: Comment = "\(kind.name) \(number): \(faulty.run.status), \(faulty.run.errors)"
        #expect(kind.statuses.union([0]).contains(faulty.run.status), label)
        #expect(
          faulty.run.errors.split(separator: "\n").count <= clean.run.errors.split(separator: "\n").count + 1,
          label)
        #expect(try bench.entries(of: home).isSubset(of: bench.entries(of: "clean")), label)
        // Measured or kept: a damaged file would be said.
        let again = try bench.run(line, home: home).run
        let isQuiet = again.errors.isEmpty || Self.words(again) == Self.words(clean.run)
        #expect(again.status == 0 && isQuiet, "after \(label): \(again.errors)")
      }
    }
  }

  /// Image libraries that get no memory: the image is not called damaged.
  ///
  /// Lossless WebP and compressed TIFF are not among them: libwebp 1.2.4 and libtiff 4.5.0 crash on some failures of
  /// their small allocations.
  @Test(arguments: [
    "rgb-interlaced.png", "palette8.png", "progressive.jpg", "cmyk.jpg", "lossy.webp", "planes.tiff",
  ]) func codecsWithoutMemory(image: String) throws {
    let bench = try FaultBench()
    let line = "infer resnet20_cifar Tests/InputsTests/Fixtures/\(image) --random-weights 1 --threads 1"
    let codecs = "cnnzoo,libpng,libjpeg,libwebp,libtiff,libz"
    let clean = try bench.run(line, callers: codecs)
    try #require(clean.run.status == 0, "\(clean.run.errors)")
    let kind = try #require(Self.kinds.last)
    for number in Self.numbers(upTo: clean.calls[kind.name] ?? 0) {
      let faulty = try bench.run(line, kind.name, number, kind.error, callers: codecs)
      Self.check(
        faulty.run, after: clean.run, kind,
        "\(number): \(faulty.run.status), \(faulty.run.output)\(faulty.run.errors)")
    }
  }

  /// Which of `count` calls fail.
  private static func numbers(upTo count: Int, _ tries: Int = tries) -> [Int] {
    count <= tries ? Array(1..<count + 1) : (0..<tries).map { 1 + $0 * (count - 1) / (tries - 1) }
  }

  /// A failure has a documented status, and one line more than success.
  private static func check(_ run: CommandRun, after clean: CommandRun, _ kind: Kind, _ label: Comment) {
    if run.status == 0 { return }
    #expect(kind.statuses.contains(run.status), label)
    let lines = words(run).subtracting(words(clean))
    #expect(lines.count == 1 && lines.first?.hasPrefix("cnnzoo: ") == true, label)
  }

  /// The lines on standard error without numbers: those on progress have times in them.
  private static func words(_ run: CommandRun) -> Set<String> {
    Set(run.errors.split(separator: "\n").map { $0.filter { !$0.isNumber } })
  }
}

/// A folder with inputs, and the library that makes calls fail.
private struct FaultBench {
  let folder: TemporaryFolder
  private let library: String

  init() throws {
    folder = try TemporaryFolder()
    library = folder.path("faults.so")
    // The compiler that built the package.
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let build = try CommandRun.shell(
      "clang -O1 -shared -fPIC -o \(library) Tests/CFaults/faults.c", environment: ["PATH": path])
    try #require(build.status == 0, "\(build.errors)")
    let weights = try Data(
      contentsOf: URL(filePath: Repository.path("Tests/CLITests/Fixtures/layouts/plain.pth")))
    try folder.write(weights, to: "in.pth")
    for name in ["t-shirt", "trousers"] {
      let image = try Data(contentsOf: URL(filePath: Repository.path("Models/Samples/\(name).png")))
      for number in 1...4 { try folder.write(image, to: "data/\(name)/\(number).png") }
    }
    let metrics =
      #"{"kind":"epoch","epoch":1,"train_loss":1,"test_loss":1,"train_accuracy":1,"test_accuracy":1}"#
    try folder.write(metrics + "\n", to: "run/metrics.jsonl")
    try folder.write([UInt8](repeating: 0, count: 8 * (FaultTests.kinds.count + 1)), to: "counters")
  }

  /// Runs a command; the `number`th call of `kind` fails, if there is one.
  func run(
    _ line: String, _ kind: String = "", _ number: Int = 0, _ error: Int32 = 0, home: String = "home",
    callers: String = "", program: String = "cnnzoo"
  ) throws -> (run: CommandRun, calls: [String: Int]) {
    let counters = folder.path("counters")
    try folder.write([UInt8](repeating: 0, count: 8 * (FaultTests.kinds.count + 1)), to: "counters")
    let variables = [
      "LD_PRELOAD": library, "FAULT_CALL": kind, "FAULT_NUMBER": "\(number)", "FAULT_ERROR": "\(error)",
      "FAULT_COUNTERS": counters, "FAULT_CALLERS": callers, "CNNZOO_HOME": folder.path(home),
    ]
    // Neither the shell nor env has them, so that only the program is counted.
    let run = try CommandRun.shell(
      "exec env \(variables.map { "'\($0)=\($1)'" }.joined(separator: " ")) \(program) "
        + line.replacing("@", with: folder.path))
    let bytes = Array(try Data(contentsOf: URL(filePath: counters)))
    let counts = stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    return (run, Dictionary(uniqueKeysWithValues: zip(FaultTests.kinds.map(\.name), counts)))
  }

  /// The names of the entries of a folder, or of the whole bench; none of a missing one.
  func entries(of name: String = "") throws -> Set<String> {
    Set((try? FileManager.default.subpathsOfDirectory(atPath: folder.path(name))) ?? [])
  }
}
