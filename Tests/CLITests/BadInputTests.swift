import Foundation
import Support
import Testing

/// Bad input ends with one clear line and the right exit status.
@Suite struct BadInputTests {
  private let folder: TemporaryFolder
  private let cat = "Models/Samples/cat.jpg"

  init() throws { folder = try TemporaryFolder() }

  private func expect(
    _ run: CommandRun, status: Int32, saying words: String..., location: SourceLocation = #_sourceLocation
  ) {
    #expect(run.status == status, sourceLocation: location)
    #expect(run.output.isEmpty, sourceLocation: location)
    let lines = run.errors.split(separator: "\n")
    #expect(lines.count == 1 && run.errors.hasPrefix("cnnzoo: "), "\(run.errors)", sourceLocation: location)
    for word in words { #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: location) }
  }

  // MARK: The command line

  @Test(arguments: ["summary", "params", "about", "bench"])
  func unknownModelNamesTheNearest(_ command: String) throws {
    expect(try .cnnzoo(command, "resnte50"), status: 64, saying: "resnte50", "resnet50")
  }

  @Test func unknownModelIsFoundBeforeAnythingIsTimed() throws {
    expect(try .cnnzoo("bench", "resnet50", "nonsense"), status: 64, saying: "nonsense")
  }

  @Test(arguments: [
    ("nonsense", "nonsense"), ("summary", "<model>"), ("params", "<model>"), ("infer", "<model>"),
    ("infer resnet18", "--tensor"), ("list --format xml", "xml"),
    ("summary resnet18 --input-size 0", "--input-size"),
    ("summary resnet18 --input-size axb", "--input-size"),
    ("summary resnet18 --input-size 99999999999999999999", "--input-size"),
    ("summary resnet18 --input-size -1", "--input-size"),
    ("summary resnet18 --batch-size 0", "--batch-size"), ("summary resnet18 --classes -3", "--classes"),
    ("help foo", "help foo: no such command"), ("foo", "foo"),
    ("summary resnet18 --set width", "--set"), ("params resnet18 --as mine", "--as"),
    ("bench resnet18 --threads 0", "--threads"), ("bench resnet18 --batch-size 1,,2", "--batch-size"),
    ("infer resnet18 a.png --top 0", "--top"), ("infer resnet18 a.png --tensor b.npy", "--tensor"),
    ("infer resnet18 a.png --weights a --random-weights 1", "--random-weights"),
  ])
  func wrongArgumentsAreNamed(_ arguments: String, _ name: String) throws {
    let run = try CommandRun.shell("cnnzoo \(arguments)")
    expect(run, status: 64, saying: name)
  }

  @Test func channelsComeFirst() throws {
    expect(try .cnnzoo("summary", "resnet18", "--input-size", "224x224x3"), status: 64, saying: "3x224x224")
  }

  @Test func noArgumentsPrintHelp() throws {
    let run = try CommandRun.shell("cnnzoo")
    #expect(run.status == 0 && run.output.contains("USAGE"))
  }

  @Test func impossibleSettingsSayWhatIsPossible() throws {
    expect(
      try .cnnzoo("params", "resnet18", "--set", "growthRate=3"), status: 64, saying: "growthRate", "width")
    expect(try .cnnzoo("params", "resnet18", "--set", "width=0"), status: 64, saying: "width=0", "from 1 to")
    expect(try .cnnzoo("list", "--family", "nonsense"), status: 64, saying: "nonsense", "vgg")
  }

  @Test func inputThatANetworkCannotTakeNamesTheLayer() throws {
    expect(
      try .cnnzoo("summary", "alexnet", "--input-size", "30"), status: 64, saying: "alexnet", "3×30×30",
      "features"
    )
  }

  @Test(arguments: [
    ["65536x65536"], ["65536", "--batch-size", "65536"], ["16384", "--batch-size", "65536"],
  ])
  func sizesBeyondAnyMachineAreRefused(_ arguments: [String]) throws {
    expect(
      try .shell("cnnzoo summary resnet1202_cifar --input-size \(arguments.joined(separator: " "))"),
      status: 64,
      saying: "2147483648 values")
  }

  // MARK: Images

  @Test func missingImage() throws {
    expect(
      try .cnnzoo("infer", "resnet18", "/no/such.png", "--random-weights", "1"), status: 66,
      saying: "/no/such.png")
  }

  @Test func truncatedImage() throws {
    let whole = try Data(contentsOf: Repository.root.appending(path: "Tests/InputsTests/Fixtures/gray.png"))
    let path = try folder.write(whole.prefix(whole.count / 2), to: "cut.png")
    expect(try .cnnzoo("infer", "lenet5", path, "--random-weights", "1"), status: 65, saying: "cut.png")
  }

  @Test func textInPlaceOfAnImage() throws {
    let path = try folder.write("This is no image.\n", to: "text.png")
    expect(
      try .cnnzoo("infer", "lenet5", path, "--random-weights", "1"), status: 65, saying: "text.png",
      "This is no")
  }

  @Test func namesCannotForgeASecondLine() throws {
    expect(
      try .cnnzoo("infer", "lenet5", "/no\u{1b}[2J\ncnnzoo: all is well.png", "--random-weights", "1"),
      status: 66)
  }

  @Test func someFailuresAndAllFailures() throws {
    let text = try folder.write("no image", to: "text.png")
    let some = try CommandRun.cnnzoo(
      "infer", "lenet5", text, cat, "/no/such.png", "--random-weights", "1", "--format", "json")
    #expect(some.status == 1)
    let lines = some.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.map { $0.contains("\"status\":\"ok\"") } == [false, true, false])
    #expect(some.errors.split(separator: "\n").count == 2)
    let all = try CommandRun.cnnzoo("infer", "lenet5", text, "/no/such.png", "--random-weights", "1")
    #expect(all.status == 65)
    let reversed = try CommandRun.cnnzoo("infer", "lenet5", "/no/such.png", text, "--random-weights", "1")
    #expect(reversed.status == 66)
  }

  @Test func emptyFolder() throws {
    expect(
      try .cnnzoo("infer", "lenet5", folder.path, "--random-weights", "1"), status: 66,
      saying: "no image")
  }

  // MARK: Weights

  @Test func noWeightsSaysWhereItLooked() throws {
    expect(
      try .cnnzoo(
        "infer", "resnet18", cat, environment: ["CNNZOO_HOME": "/my/place", "TORCH_HOME": "/torch"]),
      status: 66, saying: "/my/place/resnet18.safetensors", "/torch/hub/checkpoints/resnet18-f37072fd.pth",
      "--weights")
  }

  @Test(arguments: ["infer", "inspect"])
  func missingWeightFile(_ command: String) throws {
    let arguments = command == "infer" ? "resnet18 \(cat) --weights /no.pth" : "/no.pth"
    expect(try .shell("cnnzoo \(command) \(arguments)"), status: 66, saying: "/no.pth")
  }

  @Test(arguments: ["infer", "inspect"])
  func safetensorsWithALyingHeader(_ command: String) throws {
    // The header claims 2^40 bytes.
    let bytes = Data([0, 0, 0, 0, 0, 1, 0, 0]) + Data("{\"a\":{}}".utf8)
    let path = try folder.write(bytes, to: "lie.safetensors")
    let arguments = command == "infer" ? "resnet18 \(cat) --weights \(path)" : path
    expect(try .shell("cnnzoo \(command) \(arguments)"), status: 65, saying: "lie.safetensors")
  }

  @Test func pickleWithAForeignGlobal() throws {
    // Protocol 2: the global os.system called with a text.
    let bytes =
      Data([0x80, 2]) + Data("cos\nsystem\nX".utf8) + Data([4, 0, 0, 0]) + Data("true".utf8)
      + Data([0x85, 0x52, 0x2e])
    let path = try folder.write(bytes, to: "foreign.pth")
    expect(try .cnnzoo("inspect", path), status: 65, saying: "foreign.pth")
  }

  @Test func weightsOfAnotherNetwork() throws {
    let fixture = "Tests/WeightsTests/Fixtures/zip.pth"
    expect(try .cnnzoo("infer", "resnet18", cat, "--weights", fixture), status: 65, saying: "missing")
  }

  // MARK: Tensors, labels, outputs

  @Test func tensorOfTheWrongShape() throws {
    let path = try folder.write(NumPy.float32([1, 3, 8], of: 24), to: "x.npy")
    expect(
      try .cnnzoo("infer", "resnet18", "--tensor", path, "--random-weights", "1"), status: 65,
      saying: "[1, 3, 8]", "[N, 3, H, W]")
  }

  @Test func wrongNumberOfLabels() throws {
    let path = try folder.write("a\nb\n", to: "labels.txt")
    expect(
      try .cnnzoo("infer", "lenet5", cat, "--random-weights", "1", "--labels", path), status: 65,
      saying: "2 labels for 10 classes")
  }

  @Test func logitsThatCannotBeWritten() throws {
    let run = try CommandRun.cnnzoo(
      "infer", "lenet5", cat, "--random-weights", "1", "--logits", "/no/where.npy")
    #expect(run.status == 73)
    #expect(run.errors.contains("/no/where.npy"))
  }

  /// Before anything is computed: otherwise the message would be about the input.
  @Test(arguments: [
    "infer lenet5_modern /nowhere/x.png --logits /nowhere/OUT.npy",
    "infer lenet5_modern /nowhere/x.png --receipt /nowhere/OUT.json",
    "infer lenet5_modern /nowhere/x.png --save-input /nowhere/OUT.png",
    "eval lenet5_modern --data /nowhere/data --logits /nowhere/OUT.npy",
    "eval lenet5_modern --data /nowhere/data --confusion /nowhere/OUT.csv",
  ])
  func outputsAreTriedFirst(_ arguments: String) throws {
    expect(try .shell("cnnzoo \(arguments)"), status: 73, saying: "OUT.")
  }

  @Test func fullDisk() throws {
    let run = try CommandRun.shell("cnnzoo list > /dev/full")
    #expect(run.status == 74)
    #expect(run.errors.contains("standard output"))
  }
}

/// Tensor files as NumPy writes them.
enum NumPy {
  /// A float32 array of `count` zeros that claims `shape`.
  static func float32(_ shape: [Int], of count: Int) -> Data {
    let tuple = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(tuple)), }"
    while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
    header += "\n"
    return Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(header.utf8.count), 0]) + Data(header.utf8)
      + Data(count: count * 4)
  }
}
