import Foundation
import Support
import TensorCore
import Testing
import Weights

/// One network in every layout that people's checkpoints have: `scripts/golden/make_checkpoint_layouts.py`.
@Suite struct CheckpointLayoutTests {
  /// A file with what is asked of it and what is to be said about it.
  struct Layout: Sendable, CustomTestStringConvertible {
    let folder: String
    let file: String
    /// The network with its settings.
    let network: String
    let input: String
    let logits: String
    let key: String?
    let note: String

    var testDescription: String { file }

    /// The command up to the option that names the weights.
    var command: [String] {
      ["infer"] + network.split(separator: " ").map(String.init) + [
        "--tensor", path("\(input).npy"), "--weights",
      ]
    }

    /// The path of a file in the same folder.
    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The layouts that stand in a folder.
    static func all(in folder: String) -> [Layout] {
      guard let text = try? String(contentsOfFile: "\(folder)/layouts.txt", encoding: .utf8) else {
        return []
      }
      return text.split(separator: "\n").map { line in
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        return Layout(
          folder: folder, file: fields[0], network: fields[1], input: fields[2], logits: fields[3],
          key: fields[4] == "-" ? nil : fields[4], note: fields[5])
      }
    }
  }

  /// Those of the repository; with CNNZOO_LAYOUTS also those of the folder that it names, made by the same script.
  static let layouts =
    Layout.all(in: Fixtures.path("layouts"))
    + (ProcessInfo.processInfo.environment["CNNZOO_LAYOUTS"].map(Layout.all) ?? [])

  @Test func thereAreLayouts() { #expect(Self.layouts.count >= 24) }

  @Test("The logits are torch's", arguments: layouts)
  func logits(layout: Layout) throws {
    let folder = try TemporaryFolder()
    let key = layout.key.map { ["--weights-key", $0] } ?? []
    let arguments = layout.command + [layout.path(layout.file), "--logits", folder.path("logits.npy")] + key
    let run = try RunningCommand(cnnzoo: arguments).result()
    #expect(run.status == 0, "\(run.errors)")
    let expected = try NumPyFile.read(path: layout.path("\(layout.logits)_logits.npy"))
    let found = try NumPyFile.read(path: folder.path("logits.npy"))
    #expect(found.shape == expected.shape)
    let largest = expected.values.map(abs).max() ?? 0
    for (a, b) in zip(found.values, expected.values) { #expect(abs(a - b) <= 1e-6 * largest) }
    // What was found where is said; nothing is said where there is nothing to say.
    if layout.note.isEmpty {
      // The tensors of this network are those of its twin in every layout.
      let notes = run.errors.split(separator: "\n").filter {
        !$0.contains("its tensors also fit lenet5_tutorial")
      }
      #expect(notes.isEmpty, "\(run.errors)")
    } else {
      #expect(run.errors.contains("\(layout.file): reading the tensors \(layout.note)\n"), "\(run.errors)")
    }
  }

  @Test(
    "Several candidates are listed",
    arguments: [
      ("timm_ema.pth.tar", "'state_dict', 'state_dict_ema'"), ("torchvision_ema.pth", "'model', 'model_ema'"),
      ("moco.pth.tar", "'state_dict.encoder_q', 'state_dict.encoder_k'"),
      ("dino.pth", "'student.backbone', 'teacher.backbone'"),
      ("lightning_teacher.ckpt", "'state_dict.student.net', 'state_dict.teacher.net'"),
    ])
  func candidates(file: String, names: String) throws {
    let layout = try #require(Self.layouts.first { $0.file == file })
    let run = try RunningCommand(cnnzoo: layout.command + [layout.path(file)]).result()
    #expect(run.status == 65 && run.output.isEmpty)
    #expect(
      run.errors.contains(
        "holds several sets of tensors that fit lenet5_modern: \(names); choose one with --weights-key"),
      "\(run.errors)")
  }

  @Test func aKeyThatIsNotThereListsThoseThatAre() throws {
    let file = Fixtures.path("layouts/timm_ema.pth.tar")
    let run = try CommandRun.shell("cnnzoo inspect '\(file)' --weights-key ema")
    #expect(run.status == 65)
    #expect(run.errors.contains("holds no tensors under 'ema', but under 'state_dict', 'state_dict_ema'"))
    #expect(
      try CommandRun.shell("cnnzoo infer resnet18 x.png --random-weights 1 --weights-key a").status == 64)
  }

  @Test func inspectShowsTheSetsOfAFile() throws {
    let file = Fixtures.path("layouts/moco.pth.tar")
    let text = try CommandRun.shell("cnnzoo inspect '\(file)'")
    #expect(text.output.contains("encoder_k.fc3.bias") && text.output.contains("under 'state_dict'"))
    let part = try CommandRun.shell("cnnzoo inspect '\(file)' --weights-key encoder_q --format csv")
    #expect(part.output.contains("\nfc3.bias,10,F32,40\n"), "\(part.output)")
    let json = try CommandRun.shell(
      "cnnzoo inspect '\(Fixtures.path("layouts/timm_ema.pth.tar"))' --format json")
    #expect(json.output.hasSuffix("\"key\":\"state_dict\",\"other_keys\":[\"state_dict_ema\"]}\n"))
  }

  @Test func convertTakesWhatTheKeySays() throws {
    let folder = try TemporaryFolder()
    let file = Fixtures.path("layouts/timm_ema.pth.tar")
    let output = folder.path("a.safetensors")
    #expect(try CommandRun.shell("cnnzoo convert '\(file)' --output '\(output)'").status == 65)
    let run = try CommandRun.shell(
      "cnnzoo convert '\(file)' --output '\(output)' --weights-key state_dict_ema")
    #expect(run.status == 0, "\(run.errors)")
    let plain = try StateDict(.open(path: Fixtures.path("layouts/plain.pth")))
    let converted = try StateDict(.open(path: output))
    #expect(converted.names == plain.names)
    for name in plain.names { #expect(converted[name]?.values == plain[name]?.values) }
  }

  @Test func inspectMarksWhatCannotBeLoaded() throws {
    let folder = try TemporaryFolder()
    let header =
      #"{"w":{"dtype":"F8_E4M3","shape":[2,4],"data_offsets":[0,8]},"#
      + #""b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    let file = try folder.write(
      length + header.utf8 + [UInt8](repeating: 0, count: 12), to: "a.safetensors")
    let text = try CommandRun.shell("cnnzoo inspect '\(file)' --verify")
    #expect(text.status == 0 && text.errors.isEmpty)
    #expect(text.output.contains("F8_E4M3, numbers of 8 bits: cannot be loaded"))
    #expect(text.output.contains("tensors  1, 1 values, and 1 that cannot be loaded\n"))
    let json = try CommandRun.shell("cnnzoo inspect '\(file)' --format json")
    #expect(json.output.contains(#""type":"F8_E4M3, numbers of 8 bits","bytes":null,"loadable":false}"#))
    let run = try CommandRun.shell("cnnzoo convert '\(file)' --output '\(folder.path("b.safetensors"))'")
    #expect(run.status == 65 && run.errors.contains("w: F8_E4M3"))
  }

  @Test func verificationCountsWhatIsNotFinite() throws {
    let folder = try TemporaryFolder()
    var state = StateDict()
    state.set("w", shape: [4], [1, .nan, -.infinity, 3])
    state.set("v", shape: [2], [.nan, .nan])
    let path = folder.path("a.safetensors")
    try SafetensorsWriter.write(state, to: path)
    let csv = try CommandRun.shell("cnnzoo inspect '\(path)' --verify --format csv")
    #expect(csv.status == 0)
    #expect(
      csv.output
        == "name,shape,type,bytes,nan,infinite,min,max,mean\nw,4,F32,16,1,1,1.0,3.0,2.0\nv,2,F32,8,2,0,,,\n")
    let json = try CommandRun.shell("cnnzoo inspect '\(path)' --verify --format json")
    #expect(
      json.output.contains("\"verify\":{\"nan\":2,\"infinite\":0,\"min\":null,\"max\":null,\"mean\":null}"))
    let text = try CommandRun.shell("cnnzoo inspect '\(path)' --verify")
    #expect(text.output.contains("verified every byte read, values not finite in w, v\n"))
    // A flipped bit in the tensors of an archive with checksums.
    var bytes = try Fixtures.bytes("layouts/plain.pth")
    let place = try #require(try Checkpoint.open(path: Fixtures.path("layouts/plain.pth")).tensors.first)
    bytes[place.storageOffset] ^= 1
    let damaged = try folder.write(bytes, to: "b.pth")
    #expect(try CommandRun.shell("cnnzoo inspect '\(damaged)'").status == 0)
    let run = try CommandRun.shell("cnnzoo inspect '\(damaged)' --verify")
    #expect(run.status == 65 && run.errors.contains("damaged"))
  }

  @Test func weightsThatAreNotFiniteAreAnErrorOfTheFile() throws {
    let folder = try TemporaryFolder()
    var state = try StateDict(.open(path: Fixtures.path("layouts/plain.pth")))
    var values = try #require(state["conv2.weight"]).values
    values[17] = .nan
    state.set("conv2.weight", shape: [3, 2, 5, 5], values)
    let path = folder.path("weights.safetensors")
    try SafetensorsWriter.write(state, to: path)
    let layout = try #require(Self.layouts.first)
    let run = try RunningCommand(cnnzoo: layout.command + [path]).result()
    #expect(run.status == 65 && run.output.isEmpty)
    #expect(
      run.errors.contains(
        "\(path): conv2.weight[17] is not a number: is this a checkpoint of a run that diverged?"))
  }
}
