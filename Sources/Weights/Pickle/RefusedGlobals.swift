/// Names that no honest checkpoint needs, and that run code, open files or reach the network when Python
/// loads a pickle that mentions them.
///
/// Here nothing is called, whatever the name; a file with one of these is refused because it was made to
/// harm whoever loads it elsewhere. Sources: the bypasses published against restricted unpicklers
/// (picklescan, fickling, torch.load with weights_only), CPython's library index.
enum RefusedGlobals {
  /// Whether a pickle that names `module.symbol` is refused.
  static func contains(module: String, _ symbol: String) -> Bool {
    // Dots in the symbol walk from attribute to attribute: `hub.load` of `torch`, `_os.system` of `argparse`.
    let steps = symbol.split(separator: ".", omittingEmptySubsequences: false)
    if let permitted = permitted[module] { return !permitted.contains(symbol) }
    if steps.contains(where: { $0.hasPrefix("__") }) { return true }
    if steps.dropLast().contains(where: { modules.contains(String($0.drop { $0 == "_" })) }) { return true }
    let path = "\(module).\(symbol)"
    let root = module.prefix { $0 != "." }
    if modules.contains(String(root)) { return true }
    return branches.contains { path == $0 || path.hasPrefix($0 + ".") } && !path.hasPrefix(activations)
  }

  /// Classes that `functools.partial` may stand around: what training frameworks note as hyperparameters.
  static func permitsPartial(of path: String) -> Bool {
    ["torch.optim.", "torch.nn.", "torchvision.", "timm."].contains { path.hasPrefix($0) }
  }

  /// Modules of which only these names are taken.
  private static let permitted: [String: Set<String>] = [
    "builtins": data, "__builtin__": data,
    "copyreg": constructors, "copy_reg": constructors,
    "_codecs": ["encode"],
    "functools": ["partial"],
    "io": ["BytesIO", "StringIO"], "_io": ["BytesIO", "StringIO"],
    "operator": ["itemgetter"],
    "types": ["SimpleNamespace", "NoneType"],
    "torch.serialization": ["_get_layout"],
    "torch.jit._pickle": [
      "build_intlist", "build_doublelist", "build_boollist", "build_tensorlist", "build_tensor_from_id",
      "restore_type_tag",
    ],
  ]

  /// Activations and poolings that a module keeps as attributes.
  private static let activations = "torch._C._nn."

  private static let constructors: Set<String> = ["_reconstructor", "__newobj__", "__newobj_ex__"]

  private static let data: Set<String> = [
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "long", "object",
    "range", "set", "slice", "str", "tuple", "type", "unicode", "xrange", "Ellipsis", "NotImplemented",
    "Exception", "KeyboardInterrupt", "RuntimeError", "ValueError",
  ]

  /// Modules that are refused with everything below them.
  private static let modules: Set<String> = [
    // The system, processes, other languages.
    "os", "posix", "nt", "posixpath", "ntpath", "subprocess", "posixsubprocess", "_posixsubprocess", "sys",
    "pty", "commands", "popen2", "shutil", "tempfile", "fileinput", "linecache", "mmap", "fcntl", "signal",
    "_signal", "ctypes", "_ctypes", "cffi", "platform", "resource", "multiprocessing", "concurrent",
    "asyncio", "threading", "_thread", "thread", "_aix_support", "_osx_support",
    // Code from text, from files, from objects.
    "builtins", "__builtin__", "importlib", "_frozen_importlib", "_frozen_importlib_external", "imp",
    "runpy", "code", "codeop", "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve",
    "pkgutil", "pkg_resources", "setuptools", "distutils", "pip", "ensurepip", "venv", "zipimport",
    "zipapp", "site", "sysconfig", "ast", "symtable", "types", "inspect", "gc", "atexit", "operator",
    "_operator", "functools", "_functools", "copyreg", "copy_reg", "codecs", "_codecs", "io", "_io",
    // Tools of programmers that evaluate their arguments.
    "pdb", "bdb", "cmd", "timeit", "trace", "profile", "cProfile", "pstats", "doctest", "unittest",
    "pydoc", "idlelib", "lib2to3", "rlcompleter", "readline", "IPython",
    // The network and the desktop.
    "socket", "_socket", "socketserver", "ssl", "http", "httplib", "urllib", "urllib2", "urllib3",
    "requests", "aiohttp", "ftplib", "smtplib", "poplib", "imaplib", "nntplib", "telnetlib", "xmlrpc",
    "webbrowser", "antigravity", "paramiko", "pexpect", "turtle", "tkinter", "sqlite3", "dbm",
  ]

  /// Parts of modules that are otherwise taken.
  private static let branches = [
    "logging.config", "uuid._get_command_stdout", "collections.namedtuple",
    "numpy.load", "numpy.save", "numpy.savez", "numpy.loadtxt", "numpy.genfromtxt", "numpy.fromfile",
    "numpy.memmap", "numpy.lib", "numpy.f2py", "numpy.distutils", "numpy.testing", "numpy.ctypeslib",
    "pandas.eval", "pandas.io", "pandas.read_pickle", "pandas.core.computation", "joblib.load",
    "joblib.numpy_pickle",
    "torch.load", "torch.save", "torch.hub", "torch.serialization", "torch.storage._load_from_bytes",
    "torch.jit", "torch.package", "torch.fx", "torch.compile", "torch.ops", "torch.classes",
    "torch.multiprocessing", "torch.testing", "torch.onnx", "torch._dynamo", "torch._inductor", "torch._C",
    "torch._jit_internal", "torch._utils_internal", "torch.distributed.rpc", "torch.distributed.run",
    "torch.distributed.launch", "torch.distributed.elastic", "torch.utils.bottleneck",
    "torch.utils.checkpoint", "torch.utils.collect_env", "torch.utils.cpp_extension",
    "torch.utils.model_zoo", "torch.utils._config_module",
  ]
}
