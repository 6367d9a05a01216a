import TensorCore
import Testing
import Weights

/// What stands beside a state dict in a pickle, or around it: classes that are not known here.
@Suite struct InertObjectTests {
  private static let one = [("0", floatBytes([1]))]
  private static let weight = Pickle.tensor(
    storage: Pickle.storage("0", count: 1), shape: [1, 1], strides: [1, 1])
  private static let state = Pickle.dictionary([("w", weight)])

  /// `class()` with its attributes.
  private static func object(
    _ attributes: [(String, [UInt8])], of module: String = "project.models", _ name: String = "Net"
  ) -> [UInt8] {
    Pickle.global(module, name) + Array(")".utf8) + [0x81] + Pickle.dictionary(attributes) + Array("b".utf8)
  }

  private static func call(_ module: String, _ name: String, _ arguments: [[UInt8]] = []) -> [UInt8] {
    Pickle.global(module, name) + Pickle.tuple(arguments) + Array("R".utf8)
  }

  private static func module(_ parameters: [(String, [UInt8])], _ modules: [(String, [UInt8])]) -> [UInt8] {
    object([("_parameters", Pickle.dictionary(parameters)), ("_modules", Pickle.dictionary(modules))])
  }

  private func names(_ value: [UInt8], key: String? = nil) throws -> [String] {
    try Checkpoint(ByteSource(Pickle.torch(value, storages: Self.one), name: "f"), key: key).tensors.map(
      \.name)
  }

  // MARK: Harmless

  @Test(
    "Classes and functions that are not known stay names",
    arguments: [
      object([("lr", Pickle.int(1))], of: "argparse", "Namespace"),
      call("pathlib", "PosixPath", [Pickle.text("a")]),
      call("datetime", "datetime", [Pickle.text("x")]), call("builtins", "set", [Array("]".utf8)]),
      call("collections", "Counter", [Array("}".utf8)]), call("builtins", "complex", []),
      call("collections", "defaultdict", [Pickle.global("builtins", "list")]),
      call(
        "copyreg", "_reconstructor",
        [Pickle.global("a", "B"), Pickle.global("builtins", "object"), Array("N".utf8)]),
      call("numpy.core.multiarray", "scalar", [call("numpy", "dtype", [Pickle.text("f8")])]),
      call("functools", "partial", [Pickle.global("torch.optim.sgd", "SGD")]),
      // What a call gave may be called, given a state, appended to and filled.
      call("a", "b") + Array(")R}b".utf8), call("a", "b") + Array("NaN".utf8) + Array("Ns".utf8),
      // EMPTY_SET with ADDITEMS, FROZENSET, NEWOBJ_EX, BYTEARRAY8, LONG4, and numbers as Python 2 wrote them.
      [0x8f, 0x28] + Pickle.int(1) + [0x90], [0x28] + Pickle.int(1) + [0x91],
      Pickle.global("a", "B") + Array(")}".utf8) + [0x92], [0x96] + little(UInt64(2)) + [1, 2],
      [0x8b] + little(UInt32(9)) + [UInt8](repeating: 1, count: 9), Array("I12345678901\n".utf8),
      Array("L12L\n".utf8), Array("F0.5\n".utf8), Array("I01\n".utf8),
    ])
  func harmless(value: [UInt8]) throws {
    #expect(try names(Pickle.dictionary([("state_dict", Self.state), ("beside", value)])) == ["w"])
    // Around the state dict too.
    #expect(try names(Self.call("a", "b", [value, Self.state])) == ["w"])
  }

  @Test func tensorsAreFoundInWhateverHoldsThem() throws {
    let holders = [
      Self.object([("ema", Self.state)]), Self.object([("a", Self.object([("b", Self.state)]))]),
      Self.call("types", "SimpleNamespace", [Self.state]), Array("](".utf8) + Self.state + Array("e".utf8),
      // A subclass of dict, a subclass of list, and a state in two parts, one of them __slots__.
      Pickle.global("a", "B") + Array(")".utf8) + [0x81] + Pickle.text("k") + Self.state + Array("s".utf8),
      Pickle.global("a", "B") + Array(")".utf8) + [0x81] + Self.state + Array("a".utf8),
      Pickle.global("a", "B") + Array(")".utf8) + [0x81]
        + Pickle.tuple([Array("N".utf8), Pickle.dictionary([("s", Self.state)])]) + Array("b".utf8),
    ]
    for (index, holder) in holders.enumerated() { #expect(try names(holder) == ["w"], "\(index)") }
    // The states of an optimizer stand under numbers.
    let optimizer = Array("}".utf8) + Pickle.int(0) + Self.state + Array("s".utf8)
    #expect(throws: CheckpointError.self) { try names(optimizer) }
  }

  @Test func modulesNameTheirTensors() throws {
    let inner = Self.module([("weight", Self.weight), ("bias", Array("N".utf8))], [])
    let net = Self.module([("scale", Self.weight)], [("conv", inner), ("none", Array("N".utf8))])
    #expect(try names(net) == ["scale", "conv.weight"])
    #expect(try names(Pickle.dictionary([("model", net)]), key: "conv") == ["weight"])
    // Buffers that are not saved are none of the state dict.
    let buffers = Pickle.dictionary([("mean", Self.weight), ("kept", Self.weight)])
    let unsaved = Self.call("builtins", "set", [Array("](".utf8) + Pickle.text("mean") + Array("e".utf8)])
    let buffered = Self.object([
      ("_buffers", buffers), ("_non_persistent_buffers_set", unsaved), ("_modules", Array("}".utf8)),
    ])
    #expect(try names(buffered) == ["kept"])
    let linear = Self.object([("weight", Self.weight)], of: "__torch__.nn", "Linear")
    let script = Self.object([("training", [0x89]), ("fc", linear)], of: "__torch__.models", "Net")
    #expect(try names(script) == ["fc.weight"])
  }

  @Test func frozenScriptsHaveTensorsWithoutNames() throws {
    let archive = ZipWriter(members: [
      .init(name: "a/data.pkl", content: Pickle.whole(Self.object([], of: "__torch__", "Net"))),
      .init(name: "a/constants.pkl", content: Pickle.whole(Pickle.tuple([Pickle.int(1), Self.weight]))),
      .init(name: "a/constants/0", content: floatBytes([7])),
    ])
    let file = try Checkpoint(ByteSource(archive.bytes, name: "f"))
    #expect(file.mainKey == "constants" && file.tensors.map(\.name) == ["c1"])
    #expect(try StateDict(file)["c1"]?.values == [7])
  }

  // MARK: Dangerous

  @Test(
    "Names that run code are refused wherever they stand",
    arguments: [
      ("os", "system"), ("posix", "system"), ("nt", "system"), ("subprocess", "Popen"), ("sys", "modules"),
      ("builtins", "eval"), ("builtins", "exec"), ("builtins", "getattr"), ("builtins", "__import__"),
      ("builtins", "open"), ("builtins", "compile"), ("__builtin__", "apply"), ("__builtin__", "file"),
      ("runpy", "run_path"), ("pty", "spawn"), ("socket", "create_connection"), ("shutil", "rmtree"),
      ("importlib", "import_module"), ("importlib.util", "find_spec"), ("ctypes", "CDLL"),
      ("webbrowser", "open"), ("code", "InteractiveInterpreter"), ("pickle", "loads"), ("_pickle", "loads"),
      ("cPickle", "loads"), ("dill", "loads"), ("marshal", "loads"), ("types", "FunctionType"),
      ("types", "CodeType"), ("copyreg", "add_extension"), ("_codecs", "decode"), ("codecs", "open"),
      ("io", "open"), ("operator", "attrgetter"), ("operator", "methodcaller"), ("_operator", "attrgetter"),
      ("functools", "reduce"), ("bdb", "Bdb"), ("pdb", "run"), ("timeit", "timeit"), ("cProfile", "run"),
      ("doctest", "debug_script"), ("asyncio", "run"), ("multiprocessing.util", "spawnv_passfds"),
      ("http.client", "HTTPConnection"), ("urllib.request", "urlopen"), ("requests.api", "get"),
      ("pip", "main"), ("pkgutil", "resolve_name"), ("pydoc", "pipepager"), ("logging.config", "listen"),
      ("collections", "namedtuple"), ("uuid", "_get_command_stdout"), ("torch", "load"), ("torch", "save"),
      ("torch", "hub"), ("torch.hub", "load"), ("torch.serialization", "load"), ("torch", "compile"),
      ("torch.storage", "_load_from_bytes"), ("torch._dynamo.guards", "CheckFunctionManager"),
      ("torch._inductor.codecache", "compile_file"), ("torch.jit", "load"), ("torch.jit._script", "script"),
      ("torch.fx.graph_module", "reduce_graph_module"), ("torch.utils.cpp_extension", "load_inline"),
      ("torch.utils._config_module", "ConfigModule.load_config"), ("torch.utils.collect_env", "run"),
      ("torch._C", "PyTorchFileWriter"), ("numpy", "load"), ("numpy", "fromfile"), ("pandas", "read_pickle"),
      ("numpy.testing._private.utils", "runstring"), ("joblib", "load"),
      // From attribute to attribute, as protocol 4 allows.
      ("torch", "hub.load"), ("argparse", "_os.system"), ("argparse", "_sys.modules"),
      ("pathlib", "os.system"),
      ("project", "Net.__init__.__globals__"), ("project", "__class__"), ("torch", "serialization.os.system"),
    ])
  func dangerous(module: String, name: String) {
    let global = Pickle.global(module, name)
    let stacked = Pickle.text(module) + Pickle.text(name) + [0x93]
    for value in [
      global, stacked, global + Array(")R".utf8), global + Array(")".utf8) + [0x81],
      Self.call("a", "b", [global]), Self.call("functools", "partial", [global]),
      Self.object([("x", global)]), Array("](".utf8) + stacked + Array("e".utf8),
    ] {
      let bytes = Pickle.torch(
        Pickle.dictionary([("state_dict", Self.state), ("beside", value)]), storages: Self.one)
      guard case .foreignGlobal(_, Label("\(module).\(name)")) = defect(bytes) else {
        Issue.record("\(module).\(name): \(defect(bytes).map { "\($0)" } ?? "read")")
        continue
      }
    }
  }

  @Test func partialsOfOtherCallablesAreRefused() {
    for callable in [
      Pickle.global("project", "run"), Pickle.text("x"), Self.call("a", "b"),
      Self.call("functools", "partial", [Pickle.global("torch.optim.sgd", "SGD")]),
    ] {
      let call = Self.call("functools", "partial", [callable])
      guard case .foreignGlobal = defect(Pickle.torch(Pickle.dictionary([("w", Self.weight), ("p", call)])))
      else {
        Issue.record("a partial of \(callable)")
        continue
      }
    }
  }

  // MARK: Hostile

  @Test func objectsThatHoldThemselves() throws {
    // The object in its own state, items, elements; a module in its own modules.
    let own = Pickle.global("a", "B") + Array(")".utf8) + [0x81] + Array("q\u{0}".utf8)
    for tail in ["h\u{0}b", "Nh\u{0}s", "h\u{0}a", "h\u{0}bh\u{0}b"] {
      let bytes = Pickle.torch(own + Array(tail.utf8))
      #expect(defect(bytes) == .noStateDict, "\(tail)")
    }
    let ring =
      own + Pickle.dictionary([("_modules", Pickle.dictionary([("again", Array("h\u{0}".utf8))]))])
      + Array("b".utf8)
    #expect(defect(Pickle.torch(ring)) == .searchLimit)
    let tensors =
      own
      + Pickle.dictionary([
        ("_parameters", Self.state), ("_modules", Pickle.dictionary([("again", Array("h\u{0}".utf8))])),
      ]) + Array("b".utf8)
    #expect(defect(Pickle.torch(tensors, storages: Self.one)) == .searchLimit)
  }

  /// Each module holds the one before twice: as many names as 2 to the power of 40.
  @Test func modulesSharedBeyondCounting() {
    var bytes = Self.module([("w", Self.weight)], []) + Array("q\u{0}0".utf8)
    for level in 1...40 {
      let before = [UInt8(ascii: "h"), UInt8(level - 1)]
      bytes += Self.module([], [("a", before), ("b", before)]) + [UInt8(ascii: "q"), UInt8(level)]
      if level < 40 { bytes += Array("0".utf8) }
    }
    #expect(defect(Pickle.torch(bytes, storages: Self.one)) != nil)
  }

  @Test func modulesNestedBeyondTheLimit() {
    // Deeper than the marks of a pickle may be: each module is given its parts after it was made.
    var bytes = Self.module([("w", Self.weight)], []) + Array("q\u{0}0".utf8)
    for _ in 0..<5000 {
      bytes += Self.module([], [("m", Array("h\u{0}".utf8))]) + Array("q\u{0}0".utf8)
    }
    #expect(defect(Pickle.torch(bytes + Array("h\u{0}".utf8), storages: Self.one)) == .searchLimit)
  }

  /// One name of a megabyte under which, or in front of which, a million tensors stand.
  @Test func longNamesAgainAndAgain() {
    let long = Pickle.text(String(repeating: "n", count: 1 << 20)) + Array("q\u{0}0".utf8)
    let tensor = Self.weight + Array("q\u{1}0".utf8)
    let pairs = [UInt8](Array(repeating: Array("h\u{0}h\u{1}".utf8), count: 100_000).joined())
    let flat = long + tensor + Array("}(".utf8) + pairs + Array("u".utf8)
    #expect(defect(Pickle.torch(flat, storages: Self.one)) == .searchLimit)
    let inner = [UInt8](Array(repeating: Array("}h\u{0}}h\u{0}h\u{1}ss".utf8), count: 10_000).joined())
    let nested = long + tensor + Array("(".utf8) + inner + Array("t".utf8)
    #expect(defect(Pickle.torch(nested, storages: Self.one)) == .searchLimit)
    // As names of classes and storages.
    let global = long + Array("h\u{0}h\u{0}".utf8) + [0x93]
    guard case .pickleValue = defect(Pickle.torch(global)) else {
      Issue.record("a class whose name takes a megabyte")
      return
    }
  }

  /// A shared dictionary as the state of every object, a shared list in every list.
  @Test func sharedStatesAreNotReadForEachThatSharesThem() {
    let items = [UInt8](Array(repeating: Pickle.text("k") + Array("N".utf8), count: 20_000).joined())
    let shared = Array("}(".utf8) + items + Array("uq\u{0}0".utf8)
    let object = Pickle.global("a", "B") + Array(")".utf8) + [0x81] + Array("h\u{0}b".utf8)
    let objects = [UInt8](Array(repeating: object, count: 20_000).joined())
    let bytes = Pickle.torch(shared + Array("](".utf8) + objects + Array("e".utf8))
    #expect(defect(bytes) == .searchLimit)
  }

  /// Deflated, a megabyte of one opcode is a kilobyte of a file.
  private func deflatedPickle(_ code: UInt8, count: Int) -> CheckpointDefect? {
    let content = Pickle.whole([UInt8](repeating: code, count: count))
    return defect(
      ZipWriter(members: [
        .init(
          name: "a/data.pkl", content: deflated(content), method: 8, count: UInt32(content.count),
          checksum: crc(content))
      ]).bytes)
  }

  @Test("Values have a limit", arguments: [")", "]", "}", "\u{8f}"])
  func values(opener: String) throws {
    let code = UInt8(try #require(opener.unicodeScalars.first).value)
    guard case .pickleNodes = deflatedPickle(code, count: 1_000_000) else {
      Issue.record("a million of \(opener)")
      return
    }
    guard case .zipMember = deflatedPickle(code, count: 2_000_000) else {
      Issue.record("two megabytes out of two kilobytes")
      return
    }
  }

  /// Tensors of the optimizer that lie about their storage are no concern of the network.
  @Test func onlyTensorsThatAreTakenMustBeSound() throws {
    let lying = Pickle.tensor(storage: Pickle.storage("9", count: 1 << 40), shape: [1 << 40], strides: [0])
    let bytes = Pickle.torch(
      Pickle.dictionary([
        ("model", Pickle.dictionary([("w", Self.weight), ("v", Self.weight)])),
        ("ema", Pickle.dictionary([("w", lying)])),
      ]), storages: Self.one)
    let file = try Checkpoint(ByteSource(bytes, name: "f"))
    #expect(try StateDict(file)["w"]?.values == [1])
    #expect(throws: CheckpointError.self) { try Checkpoint(ByteSource(bytes, name: "f"), key: "ema") }
  }

  @Test func wrappersMayNotMakeTwoNamesOne() {
    let bytes = Pickle.torch(
      Pickle.dictionary([("a._orig_mod.w", Self.weight), ("a.w", Self.weight)]), storages: Self.one)
    #expect(defect(bytes) == .duplicateTensor(Label("a.w")))
  }

  @Test(
    "What wrappers add to names",
    arguments: [
      (["module.a", "module.b.c"], ["a", "b.c"]), (["module.module.a", "module.module.b"], ["a", "b"]),
      (["module.a", "b"], ["module.a", "b"]),
      (["n_averaged", "module.a", "module.b"], ["n_averaged", "a", "b"]),
      (["_orig_mod.module.a"], ["a"]), (["module._orig_mod.a"], ["a"]), (["module."], ["module."]),
      (["l.0._checkpoint_wrapped_module.c", "_fsdp_wrapped_module.l.1.c"], ["l.0.c", "l.1.c"]),
      (["_forward_module.module.a"], ["a"]), (["x_orig_mod.a", "module_a"], ["x_orig_mod.a", "module_a"]),
    ])
  func wrappers(found: [String], expected: [String]) throws {
    #expect(try names(Pickle.dictionary(found.map { ($0, Self.weight) })) == expected)
  }
}
