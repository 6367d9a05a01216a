import Foundation
import Kernels
import Support
import Testing

/// Every option of every command: what it does, what it refuses, and where it is refused because it does nothing.
///
/// The options are those that the binary itself lists, so that a new one without a row fails.
@Suite struct OptionTests {
  /// What is known of one option of a command.
  struct Row {
    /// What a value does, compared with the same command without the option.
    enum Effect {
      /// Another result.
      case changes
      /// Another match of a pattern, where the rest of the result differs each time.
      case changesMatch(of: String)
      /// The same result, as documented: the option is about time, memory or reliability.
      case keeps
      /// The result contains a match of a pattern that the other one does not have.
      case adds(String)
      /// A file in the output folder.
      case writes(String)
      /// The command needs it.
      case isNeeded
    }

    let option: String
    /// The command's other arguments, unless they are the usual ones.
    let base: String?
    /// A value; `nil` for a flag.
    let value: String?
    let effect: Effect
    /// Values that are usage errors.
    let wrong: [String]
    /// Arguments with which the option would have no effect.
    let useless: [String]

    init(
      _ option: String, _ value: String?, _ effect: Effect = .changes, in base: String? = nil,
      wrong: [String] = [],
      useless: [String] = []
    ) {
      self.option = option
      self.base = base
      self.value = value
      self.effect = effect
      self.wrong = wrong
      self.useless = useless
    }

    /// The option with its value.
    var text: String { option + (value.map { " '\($0)'" } ?? "") }
  }

  /// A command with its usual arguments and its options.
  struct Command: CustomTestStringConvertible {
    let name: String
    let base: String
    let rows: [Row]

    var testDescription: String { name }
  }

  private static let small =
    "lenet5_modern --set conv1Maps=2 --set conv2Maps=3 --set fc1Features=6 --set fc2Features=5"
  private static let layouts = "Tests/CLITests/Fixtures/layouts"
  private static let weights = "Models/LeNet/Weights/lenet5_modern/lenet5_modern.safetensors"
  private static let prepared = "lenet5_modern --tensor \(layouts)/gray.npy"
  private static let quick = "--runs 1 --seconds 0 --warm-up 0 --threads 1 --format json"
  private static let training = "--data DATA --output OUT --batch-size 2 --epochs 2"

  private static func format(_ value: String = "json", in base: String? = nil, useless: [String] = []) -> Row
  {
    Row("--format", value, in: base, wrong: ["xml", ""], useless: useless)
  }

  private static func preprocess(_ base: String?, useless: [String] = [prepared]) -> Row {
    Row(
      "--preprocess", "mean=0.5", in: base,
      wrong: ["mean", "mean=x", "mean=1,2", "std=0", "resize=0", "color=1", "conversion=no"], useless: useless
    )
  }

  /// The options that change a network; `rest` stands before and after its name.
  private static func network(_ before: String = "", _ rest: String = "") -> [Row] {
    let base = "\(before) lenet5_modern \(rest)"
    return [
      Row(
        "--set", "fc1Features=7", in: base, wrong: ["fc1Features", "fc1Features=0", "fc1Features=x", "no=1"]),
      Row("--classes", "7", in: base, wrong: ["0", "-3", "x", "1.5", "99999999999"]),
      Row(
        "--input-size", "1x36x36", in: base,
        wrong: ["0", "-1", "x", "224x", "28x28x1", "224x224x3", "1x2x3x4", "99999999999999999999"]),
    ]
  }

  /// The weights of `base`, a command with the network of ``small`` and no weights.
  private static func weightOptions(_ base: String, trained: String) -> [Row] {
    [
      Row("--weights", trained, .isNeeded, in: base, useless: ["\(base) --random-weights 1"]),
      Row(
        "--weights-key", "model_ema", .isNeeded, in: "\(base) --weights \(layouts)/torchvision_ema.pth",
        useless: [base, "\(base) --random-weights 1"]),
      Row(
        "--random-weights", "2", .isNeeded, in: base, wrong: ["x", "-1", "1.5"],
        useless: ["\(base) --weights \(trained)"]),
    ]
  }

  /// Commands with weights that are given, so that none are fetched.
  private static func given(_ inputs: String) -> [String] {
    ["lenet5_modern \(inputs) --random-weights 1", "lenet5_modern \(inputs) --weights \(weights)"]
  }

  /// A command through OpenBLAS, where that has no products of another precision.
  private static func float32Products(_ arguments: String) -> [String] {
    BLAS.multipliesBFloat16 && KernelSet.best.multipliesBFloat16Pairs
      ? [] : ["\(arguments) --convolution openblas"]
  }

  static let commands = [
    Command(
      name: "list", base: "--format csv",
      rows: [
        Row("--family", "vgg", wrong: ["nonsense"]), Row("--sort", "name", wrong: ["size"]),
        Row("--max-params", "1.5M", wrong: ["many", "-1", "M"]),
        Row("--max-macs", "1e6", wrong: ["many", "-1", "M"]),
        format(in: ""),
      ]),
    Command(name: "about", base: "lenet5", rows: [format()]),
    Command(
      name: "summary", base: "lenet5_modern",
      rows: network() + [
        Row("--batch-size", "2", wrong: ["0", "x", "1,2", "65537"]),
        Row(
          "--depth", "1", wrong: ["0", "x"],
          useless: ["lenet5 --plan", "lenet5 --format json"]),
        Row("--training", nil),
        Row("--plan", nil, useless: ["lenet5 --graph svg"]),
        Row(
          "--precision", "bf16", in: "resnet20_cifar --plan", wrong: ["f8"],
          useless: ["lenet5 --graph dot", "lenet5 --format csv", "lenet5 --training"]
            + float32Products("lenet5")),
        Row(
          "--convolution", "openblas", in: "resnet20_cifar --plan", wrong: ["fft"],
          useless: [
            "lenet5 --graph dot", "lenet5 --format csv", "lenet5 --format markdown",
            "lenet5 --format csv --training",
          ]),
        Row(
          "--threads", "2", in: "resnet18", wrong: ["0", "x", "1,2", "100000"],
          useless: ["lenet5 --graph dot", "lenet5 --format csv", "lenet5 --plan --format markdown"]),
        Row("--graph", "svg", wrong: ["png"]), format(useless: ["lenet5 --graph dot"]),
        Row("--output", "OUT.png", .writes("OUT.png"), wrong: ["OUT.gif", "OUT"]),
        Row(
          "--direction", "right", in: "lenet5 --graph svg", wrong: ["left"],
          useless: ["lenet5", "lenet5 --graph dot", "lenet5 --output OUT.dot"]),
        Row(
          "--scale", "1", in: "lenet5 --output OUT.png", wrong: ["0", "17", "x"],
          useless: ["lenet5", "lenet5 --graph svg", "lenet5 --output OUT.svg"]),
      ]),
    Command(
      name: "params", base: "lenet5",
      rows: network() + [
        Row("--per-layer", nil),
        Row(
          "--as", "paper,fvcore", wrong: ["mine", "paper,", ""],
          useless: ["lenet5 --per-layer", "lenet5 --per-layer --format csv"]), format(),
      ]),
    Command(name: "diff", base: "lenet5_modern lenet5_modern", rows: network("lenet5_modern") + [format()]),
    Command(
      name: "inspect", base: weights,
      rows: [
        Row("--verify", nil), Row("--weights-key", "model", in: "\(layouts)/torchvision_ema.pth"), format(),
      ]),
    Command(
      name: "features", base: "lenet5_modern IMAGE --output OUT.csv",
      rows: network("", "IMAGE --layer fc3 --output OUT.npy --random-weights 1")
        + weightOptions(
          "\(small) --tensor \(layouts)/gray.npy --output OUT.npy", trained: "\(layouts)/plain.pth")
        + [
          Row(
            "-0", nil, .isNeeded, in: "lenet5_modern - --output OUT.npy <PATHS",
            useless: ["lenet5_modern IMAGE --output OUT.npy"]),
          Row(
            "--tensor", "\(layouts)/gray.npy", .isNeeded, in: "lenet5_modern --output OUT.npy",
            useless: ["lenet5_modern IMAGE --output OUT.npy"]),
          Row("--layer", "conv2", wrong: ["conv9", ""]),
          Row(
            "--pool", "max", in: "lenet5_modern IMAGE --layer conv2 --output OUT.npy", wrong: ["sum"],
            useless: ["lenet5_modern IMAGE --layer fc1 --output OUT.npy"]),
          Row("--output", "OUT.npy", .isNeeded, in: "lenet5_modern IMAGE", wrong: ["OUT.txt", ""]),
          preprocess(
            "lenet5_modern IMAGE --output OUT.npy", useless: ["\(prepared) --output OUT.npy"]),
          Row("--threads", "2", .keeps, wrong: ["0", "x", "100000"]),
          Row("--batch-size", "2", .keeps, wrong: ["0", "x", "65537"]),
        ]),
    Command(
      name: "similar", base: "lenet5_modern IMAGE FLAT --format csv",
      rows: network("", "IMAGE FLAT --layer fc3 --random-weights 1 --format json")
        + weightOptions("\(small) IMAGE FLAT", trained: "\(layouts)/plain.pth") + [
          Row("--layer", "conv1", wrong: ["conv9", ""]), Row("--top", "1", wrong: ["0", "x"]),
          preprocess("lenet5_modern IMAGE FLAT --format json", useless: []),
          Row("--threads", "2", .keeps, wrong: ["0", "x", "100000"]),
          format(in: "lenet5_modern IMAGE FLAT"),
        ]),
    Command(
      name: "explain", base: "lenet5_modern IMAGE --output OUT.png",
      rows: network("", "IMAGE --output OUT.png --random-weights 1")
        + weightOptions("\(small) IMAGE --output OUT.png", trained: "\(layouts)/plain.pth") + [
          Row("--output", "OUT.png", .isNeeded, in: "lenet5_modern IMAGE", wrong: ["OUT.jpg", ""]),
          Row("--class", "3", wrong: ["-1", "10", "x"]), Row("--layer", "conv1", wrong: ["conv9", "fc1"]),
          Row("--occlusion", nil),
          Row(
            "--occlusion-map", "OUT.npy", .writes("OUT.npy"),
            in: "lenet5_modern IMAGE --occlusion --output OUT.png", wrong: ["OUT.txt"],
            useless: ["lenet5_modern IMAGE --output OUT.png"]),
          Row("--map", "OUT.npy", .writes("OUT.npy"), wrong: ["OUT.txt"]),
          Row("--labels", "LABELS"), preprocess("lenet5_modern IMAGE --output OUT.png", useless: []),
          Row("--threads", "2", .keeps, wrong: ["0", "x", "100000"]),
        ]),
    Command(
      name: "filters", base: "lenet5_modern --output OUT.png",
      rows: [
        Row(
          "--set", "conv1Maps=7", in: "lenet5_modern --output OUT.png --random-weights 1",
          wrong: ["conv1Maps", "no=1"]),
        Row(
          "--classes", "7", .keeps, in: "lenet5_modern --output OUT.png --random-weights 1",
          wrong: ["0", "x"]),
        Row(
          "--input-size", "1x36x36", .keeps, in: "lenet5_modern --output OUT.png --random-weights 1",
          wrong: ["0", "x"]),
      ]
        + weightOptions("\(small) --output OUT.png", trained: "\(layouts)/plain.pth") + [
          Row("--output", "OUT.png", .isNeeded, in: "lenet5_modern", wrong: ["OUT.jpg", ""]),
          Row("--layer", "conv2", wrong: ["conv9", "fc1"]),
        ]),
    Command(
      name: "compare", base: "resnet18 alexnet --measure none --format csv",
      rows: [
        Row("--family", "vgg", in: "resnet18 --measure none", wrong: ["nonsense"]),
        Row("--all", nil, .isNeeded, in: "--measure none --format csv", useless: []),
        Row("--batch-size", "2", wrong: ["0", "x", "65537"]),
        Row("--threads", "1", wrong: ["0", "x", "100000"]),
        Row(
          "--measure", "none", .changesMatch(of: "timing 1"), in: "lenet5",
          wrong: ["some"]),
        Row(
          "--runs", "1", .adds(""), in: "lenet5 --seconds 0", wrong: ["0", "x"],
          useless: ["lenet5 --measure none"]),
        Row(
          "--seconds", "0.1", .adds(""), in: "lenet5 --runs 1", wrong: ["-1", "x"],
          useless: ["lenet5 --measure none"]),
        Row("--min-accuracy", "60", wrong: ["-1", "101", "x"]),
        Row("--max-ms", "0.0001", wrong: ["0", "-1", "x"]),
        Row("--max-memory", "100MB", wrong: ["many", "-1", "5 apples"]),
        Row("--max-params", "20M", wrong: ["many", "-1", "M"]),
        Row("--max-macs", "1e9", wrong: ["many", "-1", "M"]),
        Row("--sort", "accuracy", wrong: ["size"]),
        Row("--chart", "OUT.svg", .writes("OUT.svg"), wrong: ["OUT.gif", "OUT"]),
        Row("--output", "OUT.png", .writes("OUT.png")),
        Row(
          "--plot", "memory-macs", in: "resnet18 alexnet --measure none", wrong: ["pie"],
          useless: ["resnet18 --measure none --format json"]),
        Row(
          "--scale", "1", in: "resnet18 alexnet --measure none --chart OUT.png", wrong: ["0", "17", "x"],
          useless: ["resnet18 --measure none", "resnet18 --measure none --chart OUT.svg"]),
        format(in: "resnet18 --measure none"),
      ]),
    Command(
      name: "pick", base: "resnet18 alexnet --runs 1 --seconds 0 --format csv",
      rows: [
        Row("--family", "squeezenet", in: "lenet5 --runs 1 --seconds 0 --format csv", wrong: ["nonsense"]),
        Row("--batch-size", "2", wrong: ["0", "x", "65537"]),
        Row("--threads", "1", wrong: ["0", "x", "100000"]),
        Row("--measure", "none", in: "alexnet --format csv", wrong: ["some"]),
        Row(
          "--runs", "2", .adds(""), in: "alexnet --seconds 0", wrong: ["0", "x"],
          useless: ["lenet5 --measure none"]),
        Row(
          "--seconds", "0.1", .adds(""), in: "alexnet --runs 1", wrong: ["-1", "x"],
          useless: ["lenet5 --measure none"]),
        Row("--min-accuracy", "99", wrong: ["-1", "101", "x"]),
        Row("--max-ms", "0.0001", wrong: ["0", "-1", "x"]),
        Row("--max-memory", "1MB", wrong: ["many", "-1", "5 apples"]),
        Row("--max-params", "2M", wrong: ["many", "-1", "M"]),
        Row("--max-macs", "1e3", wrong: ["many", "-1", "M"]),
        format(in: "alexnet --runs 1 --seconds 0"),
      ]),
    Command(
      name: "export", base: "\(small) --output OUT.onnx --random-weights 1",
      rows: network("", "--output OUT.onnx --random-weights 1")
        + weightOptions("\(small) --output OUT.onnx", trained: "\(layouts)/plain.pth") + [
          Row("--output", "OUT.npz", .isNeeded, in: "lenet5_modern", wrong: ["OUT.pth", "onnx", ""]),
          Row(
            "--fold", nil, in: "resnet20_cifar --output OUT.onnx",
            useless: ["lenet5 --output OUT.npz", "lenet5 --output OUT.safetensors"]),
        ]),
    Command(
      name: "convert", base: "\(weights) --output OUT.safetensors",
      rows: [
        Row("--output", "OUT.safetensors", .isNeeded, in: weights, wrong: ["OUT.pth"]),
        Row("--type", "f16", wrong: ["f8", "int8"]),
        Row(
          "--weights-key", "model", .isNeeded, in: "\(layouts)/torchvision_ema.pth --output OUT.safetensors"),
      ]),
    Command(
      name: "quantize", base: "lenet5_modern --data DATA --output OUT.safetensors --format json",
      rows: network("", "--data DATA --random-weights 1 --output OUT.safetensors --format json")
        + weightOptions(
          "\(small) --data TEN --output OUT.safetensors", trained: "\(layouts)/plain.pth") + [
          Row("--data", "DATA", .isNeeded, in: "lenet5_modern --output OUT.safetensors"),
          Row("--output", "OUT.safetensors", .isNeeded, in: "lenet5_modern --data DATA", wrong: ["OUT.pth"]),
          Row("--workers", "2", .keeps, wrong: ["0", "x", "100000"]),
          Row(
            "--skip-broken", nil, .keeps,
            useless: ["lenet5_modern --data DIGITS --random-weights 1 --output OUT.safetensors"]),
          Row("--threads", "2", .keeps, wrong: ["0", "x", "100000"]),
          Row("--split", "val", wrong: ["none", "val,test"]),
          Row("--samples", "1", wrong: ["0", "x", "10001"]),
          Row(
            "--pull", nil, .keeps, in: "lenet5_modern --data DATA --output OUT.safetensors --format json",
            useless: given("--data DATA --output OUT.safetensors")),
          Row("--quiet", nil, .keeps),
          Row("--max-loss", "100", .keeps, wrong: ["-1", "101", "x"]),
          preprocess(nil, useless: []), format("csv"),
        ]),
    Command(
      name: "infer", base: "lenet5_modern IMAGE --random-weights 1 --format json",
      rows: network("", "IMAGE --random-weights 1 --format json")
        + weightOptions("\(small) --tensor \(layouts)/gray.npy", trained: "\(layouts)/plain.pth") + [
          Row("-0", nil, .isNeeded, in: "lenet5_modern - <PATHS", useless: ["lenet5_modern IMAGE"]),
          Row(
            "--tensor", "\(layouts)/gray.npy", .isNeeded, in: "lenet5_modern",
            useless: ["lenet5_modern IMAGE"]),
          Row("--labels", "LABELS"),
          Row(
            "--invert", nil, in: "lenet5_modern IMAGE",
            useless: [
              prepared
            ]),
          Row(
            "--no-invert", nil, in: "lenet5_modern Models/Samples/t-shirt.png",
            useless: [
              prepared
            ]),
          Row("--top", "2", wrong: ["0", "x", "1.5"]),
          Row("--batch-size", "2", .keeps, wrong: ["0", "x", "65537"]),
          Row("--threads", "2", .keeps, wrong: ["0", "x", "100000"]),
          Row(
            "--tune", nil, .adds("timed [0-9]+ problem"),
            useless: ["lenet5_modern IMAGE --convolution openblas"]),
          Row(
            "--linear-weights", "f16", wrong: ["f8"],
            useless: ["squeezenet1_1 Models/Samples/cat.jpg --random-weights 1 --input-size 32"]),
          Row(
            "--precision", "bf16", in: "resnet20_cifar IMAGE --random-weights 1 --logits OUT.npy",
            wrong: ["f8", "f16"],
            useless: ["lenet5_modern IMAGE --linear-weights f16"] + float32Products("lenet5_modern IMAGE")),
          Row(
            "--convolution", "winograd_4", in: "resnet20_cifar IMAGE --random-weights 1 --logits OUT.npy",
            wrong: ["fft", "openblas,auto"]),
          Row("--logits", "OUT.npy", .writes("OUT.npy")),
          preprocess("lenet5_modern IMAGE --format json"),
          Row("--pull", nil, .keeps, in: "lenet5_modern IMAGE --format json", useless: given("IMAGE")),
          Row("--quiet", nil, .keeps),
          Row("--receipt", "OUT.json", .writes("OUT.json"), wrong: ["OUT.txt"], useless: [prepared]),
          Row("--save-input", "OUT.npy", .writes("OUT.npy"), wrong: ["OUT.jpg"], useless: [prepared]),
          format("csv"),
        ]),
    Command(
      name: "eval", base: "lenet5_modern --data DATA --format json",
      rows: network("", "--data DATA --random-weights 1 --format json")
        + weightOptions("\(small) --data TEN", trained: "\(layouts)/plain.pth") + [
          Row("--data", "DATA", .isNeeded, in: "lenet5_modern"),
          Row("--workers", "2", .keeps, wrong: ["0", "x", "100000"]),
          Row("--skip-broken", nil, .keeps, useless: ["lenet5_modern --data DIGITS --random-weights 1"]),
          Row("--threads", "2", .keeps, wrong: ["0", "x", "100000"]),
          Row("--convolution", "openblas", .keeps, wrong: ["fft"]),
          Row(
            "--precision", "bf16", .adds("\"float32\":[{]\"top1\""), wrong: ["f8"],
            useless: float32Products("lenet5_modern --data DATA")),
          Row("--split", "train", wrong: ["none", "val,test"]),
          Row(
            "--val-fraction", "0.5", in: "lenet5_modern --data FLAT --format json",
            wrong: ["0", "1", "x", "nan"]),
          Row(
            "--val-seed", "1", .adds("[(]seed 1[)]"),
            in: "lenet5_modern --data FLAT --val-fraction 0.5 --format json",
            wrong: ["-1", "x"], useless: ["lenet5_modern --data FLAT"]),
          Row(
            "--float-weights", weights, .keeps, in: "lenet5_modern --weights INT8 --data DATA --format json",
            useless: ["lenet5_modern --data DATA", "lenet5_modern --data DATA --precision bf16"]),
          Row("--batch-size", "2", .keeps, wrong: ["0", "x", "65537"]),
          Row("--confusion", "OUT.png", .writes("OUT.png"), wrong: ["OUT.gif", "OUT"]),
          Row(
            "--scale", "1", in: "lenet5_modern --data DATA --confusion OUT.png", wrong: ["0", "17", "x"],
            useless: ["lenet5_modern --data DATA", "lenet5_modern --data DATA --confusion OUT.csv"]),
          Row("--logits", "OUT.npy", .writes("OUT.npy")), preprocess(nil, useless: []), format("csv"),
          Row(
            "--pull", nil, .keeps, in: "lenet5_modern --data DATA --format json",
            useless: given("--data DATA")),
          Row("--quiet", nil, .keeps),
        ]),
    Command(name: "train", base: "lenet5_modern \(training)", rows: trainRows),
    Command(name: "data", base: "check DATA", rows: dataRows),
    Command(
      name: "pull", base: "resnet18 --dry-run",
      rows: [
        Row("--dry-run", nil, .isNeeded, in: "resnet18 --mirror http://127.0.0.1:9"),
        Row("--mirror", "http://127.0.0.1:9", wrong: ["", "x", "ftp://127.0.0.1", "http://a b"]),
        Row("--quiet", nil, .keeps), format(),
      ]),
    Command(
      name: "weights", base: "list",
      rows: [format(useless: ["path lenet5", "remove lenet5"])]),
    Command(
      name: "plot", base: "RUN",
      rows: [
        Row("--output", "OUT.png", .writes("OUT.png"), wrong: ["OUT.gif", "OUT"]),
        Row("--svg", "OUT.svg", .writes("OUT.svg")),
        Row(
          "--scale", "1", in: "RUN --output OUT.png", wrong: ["0", "17", "x"],
          useless: ["RUN", "RUN --svg OUT.svg"]),
      ]),
    Command(name: "completion", base: "zsh", rows: []),
    Command(
      name: "bench", base: "lenet5_modern \(quick)",
      rows: [
        Row("--set", "fc1Features=7", .changesMatch(of: "\"macs\":[0-9]+"), wrong: ["fc1Features", "no=1"]),
        Row("--classes", "7", .changesMatch(of: "\"macs\":[0-9]+"), wrong: ["0", "x"]),
        Row("--input-size", "1x36x36", .changesMatch(of: "\"macs\":[0-9]+"), wrong: ["0", "224x224x3"]),
        Row(
          "--tune", nil, .adds("\"tuning\":"),
          useless: ["lenet5 --mode train", "lenet5 --convolution openblas"]),
        Row(
          "--linear-weights", "f16", .changesMatch(of: "\"weights_bytes\":[0-9]+"), wrong: ["f8"],
          useless: ["lenet5_modern --mode train", "squeezenet1_1 --input-size 32"]),
        Row(
          "--precision", "bf16", .changesMatch(of: "\"weights_bytes\":[0-9]+"), wrong: ["f8"],
          useless: ["lenet5_modern --mode train"] + float32Products("lenet5_modern")),
        Row(
          "--convolution", "openblas,auto", .adds("\"convolution\":\"openblas\""),
          wrong: ["fft", "auto,auto", "auto,"]),
        Row("--batch-size", "2", .changesMatch(of: "\"batch\":[0-9]+"), wrong: ["0", "1,,2", "x", "65537"]),
        Row(
          "--threads", "2", .changesMatch(of: "\"threads\":[0-9]+"),
          wrong: ["0", "1,,2", "x", "100000"]),
        Row("--mode", "train", .changesMatch(of: "\"mode\":\"[a-z]+\""), wrong: ["eval"]),
        Row("--per-layer", nil, .adds("\"layers\":")),
        Row("--runs", "3", .adds("\"samples_ms\":\\[[^,\\]]+,[^,\\]]+,"), wrong: ["0", "x", "1.5"]),
        Row("--seconds", "0.05", .adds("\"samples_ms\":\\[[^,\\]]+,"), wrong: ["-1", "x", "nan"]),
        Row("--warm-up", "1", .adds(""), wrong: ["-1", "x"]),
        format("csv", in: "lenet5_modern --runs 1 --seconds 0 --warm-up 0 --threads 1"),
      ]),
  ]

  private static let dataRows: [Row] = {
    let preview = "preview DATA --output OUT.png"
    let check = ["check DATA"]
    return [
      Row("--output", "OUT.png", .isNeeded, in: "preview DATA", wrong: ["OUT.jpg"], useless: check),
      Row(
        "--augment", "flip,cutout=50", in: preview, wrong: ["foo", "mixup=x"], useless: check),
      Row("--model", "lenet5_modern", in: preview, wrong: ["nonsense"], useless: check),
      Row("--input-size", "32", in: preview, wrong: ["0", "x"], useless: check),
      Row("--seed", "1", in: "\(preview) --augment cutout=50", wrong: ["-1", "x"], useless: check),
      Row(
        "--batch-size", "3", .isNeeded, in: "\(preview) --augment mixup=1", wrong: ["0", "x", "65537"],
        useless: check + [preview]),
      Row("--images", "2", in: preview, wrong: ["0", "x", "65"], useless: check),
      Row("--epochs", "2", in: preview, wrong: ["0", "x", "65"], useless: check),
      Row("--val-fraction", "0.5", in: "check FLAT", wrong: ["0", "1", "x", "nan"]),
      Row(
        "--val-seed", "1", .adds("[(]seed 1[)]"), in: "check FLAT --val-fraction 0.5", wrong: ["-1", "x"],
        useless: ["check FLAT"]),
      Row("--workers", "2", .keeps, wrong: ["0", "x", "100000"], useless: [preview]),
      format(useless: [preview]),
    ]
  }()

  private static let trainRows: [Row] = {
    let data = "--data DATA --output OUT --epochs 2"
    let adamw = "lenet5_modern \(training) --optimizer adamw"
    let rmsprop = "lenet5_modern \(training) --optimizer rmsprop"
    let search = "lenet5_modern --data DATA --batch-size 2 --find-lr"
    let searches = ["\(search)"]
    return network("", training) + [
      Row("--data", "DATA", .isNeeded, in: "lenet5_modern --output OUT --batch-size 2 --epochs 1"),
      Row("--output", "OUT", .isNeeded, in: "lenet5_modern --data DATA --batch-size 2 --epochs 1"),
      Row("--workers", "2", .keeps, wrong: ["0", "x", "100000"]),
      Row("--skip-broken", nil, .keeps, useless: ["lenet5_modern --data DIGITS --output OUT --batch-size 2"]),
      Row("--threads", "2", .keeps, wrong: ["0", "x", "100000"]),
      Row(
        "--val-fraction", "0.5", .isNeeded,
        in: "lenet5_modern --data FLAT --output OUT --batch-size 2 --epochs 1",
        wrong: ["0", "1", "x", "nan"]),
      Row(
        "--val-seed", "1", .adds("[(]seed 1[)]"),
        in: "lenet5_modern --data FLAT --val-fraction 0.5 --output OUT --batch-size 2 --epochs 1",
        wrong: ["-1", "x"], useless: ["lenet5_modern \(training)"]),
      Row("--resume", nil, .keeps, useless: searches), preprocess("\(small) \(training)", useless: []),
      Row("--weights", "\(layouts)/plain.pth", in: "\(small) \(training)"),
      Row(
        "--weights-key", "model_ema", .isNeeded,
        in: "\(small) \(training) --weights \(layouts)/torchvision_ema.pth", useless: ["\(small) \(training)"]
      ),
      Row("--freeze", "conv*", wrong: ["nothing*"]),
      Row(
        "--recipe", "fashion-mnist", in: "lenet5_modern --data DATA --output OUT --epochs 1 --batch-size 2",
        wrong: ["none"]),
      Row(
        "--epochs", "1", in: "lenet5_modern --data DATA --output OUT --batch-size 2 --recipe paper",
        wrong: ["0", "x", "1.5"]),
      Row("--batch-size", "2", .isNeeded, in: "lenet5_modern \(data)", wrong: ["0", "x", "65537"]),
      Row("--optimizer", "rmsprop", wrong: ["adam"]),
      Row("--lr", "0.01", wrong: ["0", "-1", "x", "nan", "inf"]),
      Row("--momentum", "0.5", wrong: ["1", "-0.1", "x", "nan"], useless: [adamw]),
      Row("--nesterov", nil, .keeps, useless: [adamw, rmsprop, "lenet5_modern \(training) --momentum 0"]),
      Row("--no-nesterov", nil, useless: [adamw, rmsprop, "lenet5_modern \(training) --momentum 0"]),
      Row("--weight-decay", "0.1", wrong: ["2", "-0.1", "x", "nan"]),
      Row("--decay-all", nil, useless: ["lenet5_modern \(training) --weight-decay 0"]),
      Row("--no-decay-all", nil, .keeps, useless: ["lenet5_modern \(training) --weight-decay 0"]),
      Row(
        "--schedule", "step:1,0.5",
        wrong: [
          "foo", "step:1", "step:0,1", "step:1.5,1", "step:1,,1", "cosine:", "poly:inf", "one-cycle:1,1,1",
          "",
        ],
        useless: ["lenet5_modern \(training) --warmup 2"]),
      Row("--warmup", "1", wrong: ["-1", "x", "1.5"]),
      Row(
        "--smoothing", "0.1", wrong: ["1", "-0.1", "x", "nan"],
        useless: [
          "lenet5 \(training)", "lenet5_modern \(training) --loss radial-basis",
        ]),
      Row("--loss", "radial-basis", wrong: ["hinge"]),
      Row(
        "--competition", "2", in: "lenet5 \(training)", wrong: ["x", "nan", "inf"],
        useless: [
          "lenet5_modern \(training)", "lenet5 \(training) --loss cross-entropy",
        ]),
      Row("--clip", "0.01", wrong: ["0", "-1", "x", "nan"]),
      Row("--ema", "0.5", wrong: ["1", "-0.1", "x", "nan"]),
      Row(
        "--augment", "flip,cutout=3",
        wrong: [
          "foo", "flip,", "pad-crop=1.5", "cutout=0", "mixup=x", "none,flip", "rand-augment=31", "cutmix=11",
          "auto-augment,rand-augment", "",
        ]),
      Row(
        "--init", "xavier", wrong: ["ones"],
        useless: ["\(small) \(training) --classes 10 --weights \(layouts)/plain.pth"]),
      Row("--seed", "3", wrong: ["-1", "x", "1.5"]),
      Row("--convolution", "openblas", wrong: ["fft"]), Row("--save-every", "1", .keeps, wrong: ["0", "x"]),
      Row("--log-every", "1", wrong: ["0", "x"], useless: searches),
      Row("--early-stop", "1", wrong: ["0", "-1", "x"], useless: searches),
      Row(
        "--early-stop-metric", "loss", in: "lenet5_modern \(training) --early-stop 1", wrong: ["speed"],
        useless: ["lenet5_modern \(training)"]),
      Row(
        "--min-delta", "0.5", in: "lenet5_modern \(training) --early-stop 1", wrong: ["-1", "x", "nan"],
        useless: ["lenet5_modern \(training)"]),
      Row("--tensorboard", nil, .writes("OUT/tensorboard"), useless: searches),
      Row("--find-lr", nil, .isNeeded, in: "lenet5_modern --data DATA --batch-size 2"),
      Row(
        "--lr-range", "1e-4,1", in: search, wrong: ["1", "1,0.1", "0,1", "x,1", "1,inf"],
        useless: ["lenet5_modern \(training)"]),
      Row(
        "--scale", "1", in: "\(search) --output OUT.png", wrong: ["0", "17", "x"],
        useless: ["lenet5_modern \(training)", search, "\(search) --output OUT.svg"]),
      Row("--lr-steps", "20", in: search, wrong: ["1", "x"], useless: ["lenet5_modern \(training)"]),
      Row("--format", "json", in: search, wrong: ["xml", ""], useless: ["lenet5_modern \(training)"]),
      Row("--trace", "OUT.json", .writes("OUT.json"), wrong: ["OUT.txt"]),
      Row(
        "--sync-batch-norm", nil, in: "resnet20_cifar --input-size 1x28x28 \(training)",
        useless: ["lenet5_modern \(training)"]),
    ]
  }()

  // MARK: The options of the binary

  /// The commands with their options, as the binary lists them.
  private static func listed() throws -> [String: Set<String>] {
    let text = try CommandRun.cnnzoo("--experimental-dump-help").output
    let dump = try JSONDecoder().decode(Dump.self, from: Data(text.utf8))
    let commands = (dump.command.subcommands ?? []).map { command in
      let names = (command.arguments ?? []).flatMap { $0.names ?? [] }.map { name in
        (name.kind == "short" ? "-" : "--") + name.name
      }
      return (command.commandName, Set(names).subtracting(["-h", "--help"]))
    }
    return Dictionary(commands) { $1 }
  }

  private struct Dump: Decodable {
    struct Command: Decodable {
      let commandName: String
      let subcommands: [Command]?
      let arguments: [Argument]?
    }
    struct Argument: Decodable { let names: [Name]? }
    struct Name: Decodable {
      let kind: String
      let name: String
    }
    let command: Command
  }

  @Test func everyOptionHasARow() throws {
    var listed = try Self.listed()
    #expect(listed.removeValue(forKey: "help") == [])
    #expect(Set(listed.keys) == Set(Self.commands.map(\.name)))
    for command in Self.commands {
      #expect(Set(command.rows.map(\.option)) == listed[command.name], "\(command.name)")
      #expect(Set(command.rows.map(\.option)).count == command.rows.count, "\(command.name)")
    }
  }

  // MARK: Rows

  @Test(arguments: commands) func optionsHaveAnEffect(_ command: Command) throws {
    let place = try Place()
    for row in command.rows {
      let base = "\(command.name) \(row.base ?? command.base)"
      let (with, without) = (try place.run("\(base) \(row.text)"), try place.run(base))
      let text = "\(base) \(row.text)"
      #expect(with.status == 0, "\(text): \(with.errors)")
      if case .isNeeded = row.effect {
        #expect(without.status != 0, "\(text)")
        continue
      }
      #expect(without.status == 0, "\(base): \(without.errors)")
      switch row.effect {
      case .changes: #expect(with.result != without.result, "\(text)")
      case .changesMatch(let pattern):
        #expect(try with.matches(of: pattern) != without.matches(of: pattern), "\(text)")
      case .keeps: #expect(with.result == without.result, "\(text)")
      case .adds(let pattern):
        #expect(try with.matches(of: pattern) != [], "\(text): \(with.output)")
        #expect(try without.matches(of: pattern) == [] || pattern.isEmpty, "\(text)")
      case .writes(let name): #expect(with.files[name] != nil && without.files[name] == nil, "\(text)")
      case .isNeeded: break
      }
    }
  }

  @Test(arguments: commands) func wrongValuesAreNamed(_ command: Command) throws {
    let place = try Place()
    for row in command.rows {
      let base = "\(command.name) \(row.base ?? command.base)"
      for value in row.wrong {
        try place.expectRefusal(
          "\(base) \(row.option)='\(value)'", naming: [row.option, value, String(value.prefix { $0 != "=" })])
      }
      // A flag with a value, an option without one.
      let misuse = row.value == nil ? "\(row.option)=1" : row.option
      if misuse != "-0=1" { try place.expectRefusal("\(base) \(misuse)", naming: [row.option]) }
    }
  }

  @Test(arguments: commands) func optionsWithoutAnEffectAreRefused(_ command: Command) throws {
    let place = try Place()
    for row in command.rows {
      for base in row.useless {
        try place.expectRefusal("\(command.name) \(base) \(row.text)", naming: [row.option])
      }
    }
  }

  @Test(arguments: commands) func oneDashIsNotEnough(_ command: Command) throws {
    let place = try Place()
    for row in command.rows where row.option.hasPrefix("--") {
      let word = row.text.dropFirst()
      try place.expectRefusal("\(command.name) \(command.base) \(word)", naming: ["'\(row.option)'"])
    }
  }

  @Test func lightingNeedsColors() throws {
    let command = "train lenet5_modern --data DATA --output OUT --batch-size 2 --augment lighting=0.1"
    try Place().expectRefusal(command, naming: ["--augment"])
  }

  // MARK: Words that are no options

  @Test func aFileThatBeginsWithADash() throws {
    let place = try Place()
    try place.expectRefusal("infer lenet5_modern -photo.png", naming: ["'./-photo.png'"])
    for argument in ["./-photo.png", "-- -photo.png"] {
      let run = try CommandRun.shell("cd \(place.path("")) && cnnzoo infer lenet5_modern \(argument)")
      #expect(run.status == 0, "\(run.errors)")
    }
  }

  @Test(arguments: ["-1", "-0.5", "-inf"]) func aMinusSignNeedsAnEqualsSign(value: String) throws {
    try Place().expectRefusal(
      "train lenet5 --data DATA --output OUT --competition \(value)", naming: ["'--competition=\(value)'"])
  }

  @Test(arguments: ["", "list", "infer", "train"]) func hAloneIsHelp(command: String) throws {
    let run = try CommandRun.shell("cnnzoo \(command) -h")
    #expect(run.status == 0 && run.errors.isEmpty && run.output.contains("USAGE: cnnzoo \(command)"))
  }

  @Test func versionStandsAlone() throws {
    try Place().expectRefusal("--version list", naming: ["--version"])
  }
}

/// The files that the rows name, and a folder for what the commands write.
private final class Place {
  /// What a command left behind.
  struct Trace {
    let status: Int32
    let errors: String
    let output: String
    let files: [String: Data]

    /// What two commands with the same result share.
    var result: [String: Data] { files.merging(["standard output": Data(output.utf8)]) { $1 } }

    func matches(of pattern: String) throws -> [String] {
      (output + errors).matches(of: try Regex(pattern)).map { String((output + errors)[$0.range]) }
    }
  }

  private let folder: TemporaryFolder
  private var count = 0

  init() throws {
    folder = try TemporaryFolder()
    let samples = Repository.root.appending(path: "Models/Samples/fashion-mnist")
    for (name, sample) in [("Bag", "bag"), ("Coat", "coat")] {
      let image = try Data(contentsOf: samples.appending(path: "\(sample).png"))
      for number in 0..<3 {
        for split in ["data/train", "data/val", "flat"] {
          try folder.write(image, to: "\(split)/\(name)/\(number).png")
        }
      }
    }
    let bag = try Data(contentsOf: samples.appending(path: "bag.png"))
    for label in 0..<10 {
      for split in ["train", "val"] { try folder.write(bag, to: "ten/\(split)/\(label)/0.png") }
    }
    for name in ["train", "t10k"] {
      let pixels = [UInt8](repeating: 99, count: 2 * 28 * 28)
      try folder.write(IDX.images(pixels, height: 28, width: 28), to: "digits/\(name)-images-idx3-ubyte")
      try folder.write(IDX.labels([3, 4]), to: "digits/\(name)-labels-idx1-ubyte")
    }
    try folder.write(bag, to: "-photo.png")
    try folder.write(folder.path("-photo.png") + "\0", to: "paths")
    try folder.write((0..<10).map { "class \($0)\n" }.joined(), to: "labels")
    try folder.write(
      (1...2).map {
        "{\"kind\":\"epoch\",\"epoch\":\($0),\"train_loss\":1,\"test_loss\":1,\"train_accuracy\":0.5,\"test_accuracy\":0.5}\n"
      }
      .joined(), to: "run/metrics.jsonl")
  }

  func path(_ name: String) -> String { folder.path(name) }

  private func line(_ command: String, out: String) -> String {
    "CNNZOO_HOME=\(folder.path(out)).home cnnzoo "
      + [
        "DATA": "data", "FLAT": "flat", "TEN": "ten", "IMAGE": "-photo.png", "PATHS": "paths",
        "LABELS": "labels", "RUN": "run", "DIGITS": "digits", "INT8": "int8.safetensors",
        "OUT": out,
      ].reduce(command) { $0.replacing($1.key, with: folder.path($1.value)) }
  }

  /// Runs a command with its own output folder.
  func run(_ command: String) throws -> Trace {
    count += 1
    let out = "out\(count)"
    if command.contains("INT8") && !FileManager.default.fileExists(atPath: folder.path("int8.safetensors")) {
      _ = try CommandRun.shell(line("quantize lenet5_modern --data DATA --output INT8", out: out))
    }
    let run = try CommandRun.shell(line(command, out: out))
    var files: [String: Data] = [:]
    for name in [
      "OUT.npy", "OUT.csv", "OUT.svg", "OUT.json", "OUT.safetensors", "OUT.onnx", "OUT.npz", "OUT.png",
      "OUT/config.json",
      "OUT/last.safetensors",
      "OUT/metrics.jsonl",
    ] {
      guard var data = FileManager.default.contents(atPath: folder.path(name.replacing("OUT", with: out)))
      else { continue }
      // Of the metrics, how many lines there are: the rest has times.
      if name.hasSuffix("jsonl") { data = Data("\(data.count { $0 == UInt8(ascii: "\n") })".utf8) }
      files[name] = data
    }
    if FileManager.default.fileExists(atPath: folder.path("\(out)/tensorboard/train")) {
      files["OUT/tensorboard"] = Data()
    }
    return Trace(
      status: run.status, errors: run.errors, output: run.output.replacing(folder.path(out), with: "OUT"),
      files: files)
  }

  /// Expects status 64, nothing on standard output, and one line that has one of `words`.
  func expectRefusal(_ command: String, naming words: [String], location: SourceLocation = #_sourceLocation)
    throws
  {
    let run = try run(command)
    #expect(run.status == 64, "\(command): \(run.errors)", sourceLocation: location)
    #expect(run.output.isEmpty, "\(command)", sourceLocation: location)
    let lines = run.errors.split(separator: "\n")
    #expect(
      lines.count == 1 && run.errors.hasPrefix("cnnzoo: "), "\(command): \(run.errors)",
      sourceLocation: location)
    #expect(
      words.contains { !$0.isEmpty && run.errors.contains($0) } && !run.errors.contains("CommandError"),
      "\(command): \(run.errors)", sourceLocation: location)
  }
}
