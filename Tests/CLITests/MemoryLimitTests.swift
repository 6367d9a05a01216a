import Support
import Testing

/// Where address space is limited (`ulimit -v`), a command works or says in one line why not; it never hangs or crashes.
@Suite(.serialized) struct MemoryLimitTests {
  /// Longer than any of these commands takes, even in a debug build beside other tests.
  private static let patience = 120
  private static let documented: Set<Int32> = [0, 69]

  @Test(arguments: [
    "list", "summary resnet50", "summary vgg16 --plan", "params densenet121",
    "infer lenet5_modern --random-weights 1 Models/Samples/cat.jpg",
    "infer resnet18 --random-weights 1 Models/Samples/cat.jpg --threads 2",
    "infer resnet18 --random-weights 1 Models/Samples/cat.jpg --threads 2 --convolution openblas",
    "infer vgg16 --random-weights 1 Models/Samples/cat.jpg --threads 2",
    "infer resnet18 --random-weights 1 Models/Samples/cat.jpg --threads 1000",
    "bench lenet5_modern --seconds 0 --runs 1 --warm-up 0 --threads 2 --per-layer --batch-size 8 --format csv",
    "bench resnet18 --seconds 0 --runs 1 --warm-up 0 --threads 8 --mode train --batch-size 4 --input-size 64",
  ]) func worksOrSaysWhyNot(command: String) throws {
    for megabytes in [120, 200, 300, 500, 800, 1500, 4000] { try check(command, megabytes: megabytes) }
  }

  @Test func filesThatDoNotFit() throws {
    let folder = try TemporaryFolder()
    // 300 MB in one tensor, all zeros; the header has 8 bytes of length before it.
    let header = #"{"w":{"dtype":"F32","shape":[75000000],"data_offsets":[0,300000000]}}"#
    let path = folder.path("large.safetensors")
    let made = try CommandRun.shell(
      "{ printf '\\\(String(header.utf8.count, radix: 8))\\0\\0\\0\\0\\0\\0\\0'; printf '%s' '\(header)'; } > \(path)"
        + " && truncate -s \(8 + header.utf8.count + 300_000_000) \(path)")
    try #require(made.status == 0, "\(made.errors)")
    for megabytes in [120, 250, 500, 1000, 2000] {
      try check("inspect \(path)", megabytes: megabytes)
      try check("inspect \(path) --verify", megabytes: megabytes)
      try check("convert \(path) --type f16 --output \(folder.path("out.safetensors"))", megabytes: megabytes)
    }
  }

  @Test func imagesAndTrainingRunsThatDoNotFit() throws {
    let folder = try TemporaryFolder()
    let data = folder.path("data")
    let made = try CommandRun.shell(
      """
      for split in train val; do for class in a b; do mkdir -p \(data)/$split/$class
      for image in 1 2 3; do cp Models/Samples/cat.jpg \(data)/$split/$class/$image.jpg; done; done; done
      """)
    try #require(made.status == 0, "\(made.errors)")
    for megabytes in [120, 250, 500, 1000, 2000] {
      try check(
        "eval resnet18 --data \(data) --random-weights 1 --threads 2 --batch-size 4", megabytes: megabytes)
      try check(
        "train resnet18 --data \(data) --input-size 64 --epochs 1 --batch-size 4 --threads 2"
          + " --output \(folder.path("run\(megabytes)"))", megabytes: megabytes)
    }
  }

  private func check(
    _ command: String, megabytes: Int, location: SourceLocation = #_sourceLocation
  ) throws {
    let run = try CommandRun.shell(
      "ulimit -v \(megabytes << 10); exec timeout -s KILL \(Self.patience) cnnzoo \(command) > /dev/null")
    let label: Comment = "\(megabytes) MB, \(command): \(run.status), \(run.errors)"
    #expect(Self.documented.contains(run.status), label, sourceLocation: location)
    guard run.status != 0 else { return }
    let lines = run.errors.split(separator: "\n")
    #expect(lines.count == 1 && run.errors.hasPrefix("cnnzoo: "), label, sourceLocation: location)
  }
}
