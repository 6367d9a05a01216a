import Support
import Testing

/// What people get wrong, and what they are told: one line on standard error that begins with `cnnzoo: `, nothing on
/// standard output, and the documented status.
@Suite struct WrongUseTests {
  /// A wrong use, its status, and what the line has to say.
  struct Use: Sendable, CustomTestStringConvertible {
    let arguments: String
    let status: Int32
    let words: [String]

    init(_ arguments: String, _ status: Int32, _ words: String...) {
      self.arguments = arguments
      self.status = status
      self.words = words
    }

    var testDescription: String { arguments }
  }

  static let uses = [
    // Commands and options.
    Use("inferr resnet18", 64, "inferr", "'cnnzoo help'"),
    Use("--nonsense", 64, "--nonsense"),
    Use("help nonsense", 64, "nonsense", "list, about"),
    Use("infer", 64, "<model>", "'cnnzoo help infer'"),
    Use("infer resnet18", 64, "--tensor"),
    Use("infer resnet18 cat.jpg --topp 3", 64, "--topp"),
    Use("infer resnet18 cat.jpg --top", 64, "--top"),
    Use("infer resnet18 cat.jpg --top many", 64, "--top", "many"),
    Use("infer resnet18 cat.jpg --top=-1", 64, "--top"),
    Use("infer resnet18 cat.jpg -top 1", 64, "'--top'"),
    Use("infer resnet18 cat.jpg --format xml", 64, "xml", "json"),
    Use("infer resnet18 cat.jpg --random-weights 1 --pull", 64, "--pull"),
    Use("list --family nonsense", 64, "nonsense", "resnet"),
    Use("list extra", 64, "extra"),
    Use("summary resnet18 resnet34", 64, "resnet34"),
    Use("summary resnet18 --plan --plan=1", 64, "--plan"),
    Use("eval resnet18", 64, "--data"),
    Use("bench resnet18 --threads 0", 64, "--threads"),
    Use("train resnet18 --data . --output out --lr nan", 64, "--lr"),
    Use("convert a.pth", 64, "--output"),
    // Data and training.
    Use("data", 64, "<action>"),
    Use("data check", 64, "<dir>"),
    Use("data look .", 64, "look"),
    Use("data check missing", 66, "missing"),
    Use("data check README.md", 65, "README.md", "not a folder"),
    Use("data check . --augment flip", 64, "--augment", "with check"),
    Use("data check Models/Samples --val-fraction 2", 64, "--val-fraction"),
    Use("data check Sources/Commands", 65, "Sources/Commands", "class folders"),
    Use("data preview .", 64, "--output"),
    Use("data preview missing --output x.png", 66, "missing"),
    Use("data preview . --output x.svg", 64, "--output", ".png"),
    Use("data preview . --output x.png --format json", 64, "--format", "with preview"),
    Use("data preview . --output x.png --augment turn", 64, "--augment", "turn"),
    Use("train resnet18 --data .", 64, "--output"),
    Use("train resnet18 --data . --find-lr --output rates.txt", 64, "--output", ".svg"),
    Use("train resnet18 --data . --find-lr --resume", 64, "--resume", "--find-lr"),
    Use("train resnet18 --data . --find-lr --lr 0.1", 64, "--lr", "--find-lr"),
    Use("train resnet18 --data missing --find-lr", 66, "missing"),
    Use("train resnet18 --data . --output out --lr-range 1e-6,1", 64, "--lr-range", "--find-lr"),
    Use("train resnet18 --data . --find-lr --lr-range 1,0.1", 64, "--lr-range"),
    Use("train resnet18 --data . --output out --early-stop 0", 64, "--early-stop"),
    Use("train resnet18 --data . --output out --min-delta 0.1", 64, "--min-delta", "--early-stop"),
    Use("train resnet18 --data . --output out --early-stop 3 --early-stop-metric speed", 64, "speed", "loss"),
    Use("train resnet18 --data . --output out --tensorboard=runs", 64, "--tensorboard"),
    Use("train resnet18 --data . --output out --val-fraction 1", 64, "--val-fraction"),
    Use("eval lenet5 --data . --val-seed 1", 64, "--val-seed", "--val-fraction"),
    // Looking into networks and taking them elsewhere.
    Use("export resnet18", 64, "--output"),
    Use("export resnet18 --output net.pb --random-weights 1", 64, "--output", ".onnx"),
    Use("export resnet18 --output net.npz --fold --random-weights 1", 64, "--fold"),
    Use("export resnet18 --output /nowhere/net.onnx --random-weights 1", 73, "/nowhere/net.onnx"),
    Use("export resnet18 --output net.onnx --weights missing.pth", 66, "missing.pth"),
    Use("features resnet18 --output x.npy", 64, "--tensor"),
    Use("features resnet18 cat.jpg", 64, "--output"),
    Use("features resnet18 cat.jpg --output x.txt", 64, "--output", ".npy"),
    Use(
      "features resnet18 cat.jpg --layer layr4 --random-weights 1 --output /tmp/x.npy", 64, "layr4", "layer4"),
    Use("similar resnet18 cat.jpg", 64, "<folder>"),
    Use("similar lenet5_modern missing.png Models/Samples/fashion-mnist", 66, "missing.png"),
    Use("explain lenet5 cat.jpg --output x.jpg", 64, "--output", ".png"),
    Use("explain lenet5 Models/Samples/t-shirt.png --output /tmp/x.png --class 10", 64, "--class", "10"),
    Use("explain lenet5 t-shirt.png --output x.png --occlusion-map x.npy", 64, "--occlusion"),
    Use("explain lenet5 missing.png --output /tmp/x.png", 66, "missing.png"),
    Use("filters lenet5 --output x.gif", 64, "--output", ".png"),
    Use("filters lenet5 --output /tmp/x.png --layer f6", 64, "f6"),
    // Drawings and comparisons.
    Use("summary lenet5 --output x.pdf", 64, "--output", ".svg, .png or .dot"),
    Use("summary lenet5 --graph dot --output x.png", 64, "x.png", "--graph dot"),
    Use("summary lenet5 --graph svg --output x.dot", 64, "x.dot", "--graph svg"),
    Use("summary lenet5 --graph svg --direction up", 64, "up", "right"),
    Use("summary lenet5 --direction right", 64, "--direction"),
    Use("summary lenet5 --graph svg --scale 3", 64, "--scale", ".png"),
    Use("summary lenet5 --graph svg --depth 0", 64, "--depth"),
    Use("summary lenet5 --output /nowhere/x.png", 73, "/nowhere/x.png"),
    Use("summary googlenet --output /tmp/cnnzoo-too-large.png --scale 16", 73, "pixels", "--scale"),
    Use("plot", 64, "<run>"),
    Use("plot missing --output x.gif", 64, "--output", ".svg or .png"),
    Use("plot missing --output /nowhere/x.svg", 73, "/nowhere/x.svg"),
    Use("eval lenet5 --data missing --confusion x.txt", 64, "--confusion", ".csv"),
    Use("eval lenet5 --data missing --confusion x.csv --scale 1", 64, "--scale"),
    Use("compare", 64, "--family", "--all"),
    Use("compare resnet18 --all", 64, "--all"),
    Use("compare resnet19 --measure none", 64, "resnet18"),
    Use("compare --family resnets", 64, "resnets", "resnet"),
    Use("compare resnet18 --chart x.jpg", 64, "--chart 'x.jpg'", ".png"),
    Use("compare resnet18 --output x.jpg", 64, "--output 'x.jpg'", ".png"),
    Use("compare resnet18 --plot pie", 64, "pie", "memory-batch"),
    Use("compare resnet18 --format csv --plot time-macs", 64, "--plot", "--chart"),
    Use("pick --min-accuracy 101", 64, "--min-accuracy"),
    Use("pick --max-ms 0", 64, "--max-ms"),
    Use("pick --max-memory lots", 64, "--max-memory", "lots"),
    Use("pick resnet18 --measure none --runs 3", 64, "--runs"),
    // Names.
    Use("params resnet-51", 64, "resnet50"),
    Use("params mobilenet_v4", 64, "mobilenet_v3_large"),
    Use("infer ResNet18x cat.jpg", 64, "resnet18"),
    Use("pull nonsense", 64, "nonsense", "'cnnzoo list'"),
    Use("pull resnet18 --mirror here", 64, "--mirror", "http://"),
    Use("weights remove", 64, "weights remove"),
    Use("weights empty", 64, "empty", "verify"),
    // Files.
    Use(
      "infer resnet18 cat.jpg", 66, "no weights found", "'cnnzoo pull resnet18'",
      "https://download.pytorch.org/"),
    Use("infer lenet5 missing.png", 66, "missing.png"),
    Use("infer lenet5 README.md", 65, "README.md", "first bytes"),
    Use("infer resnet18 Models/Samples/cat.jpg --weights README.md", 65, "README.md"),
    Use("infer resnet18 Models/Samples/cat.jpg --weights missing.pth", 66, "missing.pth"),
    Use("infer lenet5 Models/Samples/t-shirt.png --logits /nowhere/x.npy", 73, "/nowhere/x.npy"),
    Use("infer lenet5 Models/Samples/t-shirt.png --labels README.md", 65, "labels"),
    Use("eval lenet5 --data missing", 66, "missing"),
    Use("eval lenet5 --data Sources/Commands", 65, "Sources/Commands"),
    Use("inspect Models", 66, "Models"),
    Use("inspect missing.pth", 66, "missing.pth"),
    Use("convert README.md --output /tmp/x.safetensors", 65, "README.md"),
    Use("plot missing", 66, "missing"),
    Use("pull resnet1202_cifar", 66, "resnet1202_cifar", "no published weights"),
    Use("pull lenet5", 66, "lenet5", "embedded"),
    Use("pull efficientnet-lite0-57934424.pth", 66, "CNNZOO_MIRROR"),
    Use("pull resnet18 --mirror http://127.0.0.1:9", 69, "127.0.0.1:9", "cannot be reached"),
    Use("weights path resnet18", 66, "resnet18"),
    Use("weights remove resnet18", 66, "resnet18"),
    Use("weights verify nonsense.pth", 66, "nonsense.pth"),
  ]

  @Test(arguments: uses) func isToldInOneLine(_ use: Use) throws {
    let folder = try TemporaryFolder()
    let run = try CommandRun.cnnzoo(
      use.arguments.split(separator: " ").map(String.init), environment: ["CNNZOO_HOME": folder.path])
    #expect(run.status == use.status, "\(run.errors)")
    #expect(run.output.isEmpty, "\(run.output)")
    #expect(run.errors.hasPrefix("cnnzoo: ") && run.errors.hasSuffix("\n"), "\(run.errors)")
    #expect(run.errors.split(separator: "\n", omittingEmptySubsequences: false).count == 2, "\(run.errors)")
    for word in use.words { #expect(run.errors.contains(word), "\(run.errors)") }
  }
}
