import Foundation
import Support
import Synchronization
import Testing

/// `cnnzoo pull` and `cnnzoo weights`, with a server on this machine.
///
/// What has the right bytes is fetched by `tinyzoo`, whose only network has a small weight file.
@Suite struct PullTests {
  private static let file = "tinynet-52d996de.safetensors"
  private static let bytes = Array(
    FileManager.default.contents(atPath: Repository.path("Tests/TinyNet/Fixtures/\(file)")) ?? Data())

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    #expect(Self.bytes.count == 2384)
  }

  private var store: String { folder.path("store") }
  private var stored: [UInt8]? { contents(Self.file) }
  private var partial: [UInt8]? { contents(Self.file + ".partial") }

  private func contents(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: "\(store)/\(name)").map(Array.init)
  }

  private func run(_ line: String, mirror: LoopbackServer? = nil, home: String? = nil) throws -> CommandRun {
    try CommandRun.shell(line, environment: environment(mirror: mirror, home: home))
  }

  private func environment(mirror: LoopbackServer?, home: String? = nil) -> [String: String] {
    var environment = ["CNNZOO_HOME": home ?? store]
    if let mirror { environment["CNNZOO_MIRROR"] = mirror.address }
    return environment
  }

  private func expect(
    _ run: CommandRun, status: Int32, saying words: String..., location: SourceLocation = #_sourceLocation
  ) {
    #expect(run.status == status, "\(run.errors)", sourceLocation: location)
    #expect(run.output.isEmpty, "\(run.output)", sourceLocation: location)
    #expect(
      run.errors.hasPrefix("cnnzoo: ") && run.errors.split(separator: "\n").count == 1, "\(run.errors)",
      sourceLocation: location)
    for word in words { #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: location) }
  }

  private func server(
    _ change: @escaping @Sendable (LoopbackServer.Request, inout LoopbackServer.Reply) -> Void = { _, _ in }
  ) throws -> LoopbackServer {
    try LoopbackServer { request in
      var reply = LoopbackServer.Reply.file(Self.bytes, for: request)
      if request.path != "/\(Self.file)" { reply = .init(status: 404) }
      change(request, &reply)
      return reply
    }
  }

  // MARK: From a name to an answer

  @Test func pulledWeightsAreFoundByName() throws {
    let image = "Models/Samples/cat.jpg"
    let server = try server()
    let none = try run("tinyzoo infer tinynet \(image)", mirror: server)
    expect(none, status: 66, saying: "'cnnzoo pull tinynet' fetches http://127.0.0.1:9/\(Self.file)")
    #expect(server.requests.isEmpty, "nothing is fetched unasked")

    let pull = try run("tinyzoo pull tinynet --format json", mirror: server)
    #expect(pull.status == 0 && pull.errors.isEmpty, "\(pull.errors)")
    #expect(pull.output.contains("\"status\":\"fetched\"") && pull.output.contains(server.address))
    #expect(stored == Self.bytes && partial == nil)
    let again = try run("tinyzoo pull tinynet --format json", mirror: server)
    #expect(again.output.contains("\"status\":\"present\""))
    #expect(server.requests.count == 1)

    let answer = try run("tinyzoo infer tinynet \(image)")
    // Known by its name: nothing is assumed.
    #expect(answer.status == 0 && answer.errors.isEmpty, "\(answer.errors)")
  }

  @Test func inferFetchesIfAskedTo() throws {
    let server = try server()
    let line = "tinyzoo infer tinynet Models/Samples/cat.jpg --format json --pull"
    let first = try run(line, mirror: server)
    #expect(first.status == 0 && first.errors.isEmpty, "\(first.errors)")
    #expect(stored == Self.bytes)
    let second = try run(line, mirror: server)
    #expect(second.output == first.output && !first.output.isEmpty)
    #expect(server.requests.count == 1)
  }

  @Test func aDryRunFetchesNothing() throws {
    let server = try server()
    let dry = try run("tinyzoo pull tinynet --dry-run --format json", mirror: server)
    #expect(dry.status == 0 && dry.output.contains("\"status\":\"to fetch\""))
    #expect(dry.output.contains("\"path\":\"\(store)/\(Self.file)\""))
    #expect(server.requests.isEmpty && !FileManager.default.fileExists(atPath: store))
  }

  /// The first name may be fetched, and the status is that of several inputs.
  @Test func oneOfSeveralIsMissing() throws {
    let server = try server()
    let wrong = try run("tinyzoo pull tinynet nonsense", mirror: server)
    expect(wrong, status: 64, saying: "nonsense")
    #expect(server.requests.isEmpty)
    let some = try run("cnnzoo pull resnet18 efficientnet-lite0-57934424.pth", mirror: server)
    #expect(some.status == 66 && some.errors.split(separator: "\n").count == 2, "\(some.errors)")
  }

  // MARK: Interrupted downloads

  /// Killed in the middle, and resumed.
  @Test(arguments: [
    ("pull tinynet", SIGKILL, SIGKILL), ("pull tinynet", SIGINT, 130), ("pull tinynet", SIGTERM, 143),
    ("infer tinynet x.png --pull", SIGINT, 130),
  ]) func resumesAfter(command: String, signal: Int32, status: Int32) throws {
    let server = try server { request, reply in
      if request.number == 0 {
        reply.sends = 1000
        reply.holds = true
      }
    }
    let running = try RunningCommand(
      product: "tinyzoo", command.split(separator: " ").map(String.init),
      environment: environment(mirror: server))
    while running.isRunning && partial?.count != 1000 { usleep(20_000) }
    running.send(signal)
    let stopped = try running.result()
    #expect(stopped.status == status, "\(stopped.errors)")
    #expect(stopped.errors.contains("the same command resumes it") == (signal != SIGKILL))
    #expect(stored == nil && partial?.count == 1000)
    let listed = try run("tinyzoo weights verify --format csv")
    #expect(listed.output.contains("\(Self.file).partial,tinynet,1000,tests,partial"), "\(listed.output)")
    let resumed = try run("tinyzoo pull tinynet", mirror: server)
    #expect(resumed.status == 0 && stored == Self.bytes && partial == nil, "\(resumed.errors)")
    #expect(server.requests.map(\.offset) == [0, 1000])
  }

  /// Two at once: one fetches, the other waits for it.
  @Test func twoAtOnce() throws {
    let server = try server { _, reply in reply.piece = 300 }
    let both = try run(
      "tinyzoo pull tinynet --format json & tinyzoo pull tinynet --format json; first=$?; wait $! && exit $first",
      mirror: server)
    #expect(both.status == 0, "\(both.errors)")
    #expect(both.output.split(separator: "\n").count == 2)
    #expect(stored == Self.bytes && partial == nil)
    #expect(server.requests.count == 1)
  }

  // MARK: Servers that lie, stall or refuse

  @Test func anotherFileIsNotKept() throws {
    let server = try LoopbackServer { _ in .init(body: [UInt8](repeating: 7, count: 5000)) }
    for model in ["cnnzoo pull resnet18", "tinyzoo pull tinynet", "tinyzoo infer tinynet x.png --pull"] {
      expect(try run(model, mirror: server), status: 65, saying: "SHA-256", "not kept")
      #expect(try FileManager.default.contentsOfDirectory(atPath: store).isEmpty)
    }
  }

  @Test func aFileThatIsTooLargeIsNotFetched() throws {
    let server = try LoopbackServer { _ in
      var reply = LoopbackServer.Reply(body: [1])
      reply.length = 1 << 40
      return reply
    }
    expect(try run("cnnzoo pull resnet18", mirror: server), status: 65, saying: "\(1 << 40) bytes")
    #expect(try FileManager.default.contentsOfDirectory(atPath: store).isEmpty)
  }

  @Test func aConnectionThatBreaksOffKeepsWhatHasCome() throws {
    let server = try server { request, reply in
      reply.sends = request.number == 0 ? 1000 : 0
    }
    expect(
      try run("tinyzoo pull tinynet", mirror: server), status: 74,
      saying: "connection lost after 0.98 KiB of 2.33 KiB",
      "resumes")
    #expect(stored == nil && partial?.count == 1000)
  }

  @Test func otherAnswers() throws {
    let statuses: [(Int, [String: String], Int32, String)] = [
      (404, [:], 66, "does not have it"), (403, [:], 69, "status 403"),
      (429, ["Retry-After": "3600"], 69, "in 3600 s"),
      (302, ["Location": "/again"], 69, "redirected more than 5 times"),
      (302, ["Location": "file:///etc/passwd"], 69, "redirected to something other"),
    ]
    for (status, fields, expected, words) in statuses {
      let server = try LoopbackServer { _ in .init(status: status, fields: fields) }
      expect(try run("cnnzoo pull resnet18", mirror: server), status: expected, saying: words)
      #expect(try FileManager.default.contentsOfDirectory(atPath: store).isEmpty)
    }
  }

  /// A password in an address goes to the server, and nowhere else; that of `.netrc` goes nowhere.
  @Test func passwords() throws {
    let server = try server()
    let address = server.address.replacing("http://", with: "http://me:secret@")
    let run = try run(
      "tinyzoo pull tinynet --mirror \(address)/none && exit 1; tinyzoo pull tinynet --mirror \(address)")
    #expect(run.status == 0 && !(run.output + run.errors).contains("secret"), "\(run.errors)")
    #expect(server.requests.last?.fields["authorization"] == "Basic bWU6c2VjcmV0")
    try folder.write("machine 127.0.0.1 login me password secret\n", to: "home/.netrc")
    let other = try CommandRun.shell(
      "tinyzoo pull tinynet --mirror \(server.address)",
      environment: ["HOME": folder.path("home"), "CNNZOO_HOME": folder.path("other")])
    #expect(other.status == 0 && server.requests.last?.fields["authorization"] == nil)
  }

  @Test func proxiesAreUsed() throws {
    let proxy = try LoopbackServer { .file(Self.bytes, for: $0) }
    let run = try CommandRun.shell(
      "tinyzoo pull tinynet --mirror http://weights.invalid/zoo",
      environment: ["CNNZOO_HOME": store, "http_proxy": proxy.address])
    #expect(run.status == 0 && stored == Self.bytes, "\(run.errors)")
    #expect(proxy.requests.map(\.path) == ["http://weights.invalid/zoo/\(Self.file)"])
  }

  // MARK: Stores

  @Test func aStoreThatCannotBeWritten() throws {
    let server = try server()
    try folder.write("a file", to: "file")
    expect(
      try run("tinyzoo pull tinynet", mirror: server, home: folder.path("file/store")), status: 73,
      saying: "cannot be created")
    expect(
      try run("tinyzoo pull tinynet", mirror: server, home: "/proc/store"), status: 73, saying: "/proc/store")
    expect(
      try run("unset CNNZOO_HOME HOME; tinyzoo pull tinynet", mirror: server), status: 73,
      saying: "CNNZOO_HOME")
    #expect(server.requests.isEmpty)
  }

  @Test func theStoreIsListedVerifiedAndCleared() throws {
    let server = try server()
    #expect(try run("tinyzoo weights list --format csv").output == "file,models,bytes,source\n")
    _ = try run("tinyzoo pull tinynet", mirror: server)
    try folder.write(Self.bytes, to: "store/tinynet_wide.safetensors")
    try folder.write("tuning", to: "store/other.txt")
    #expect(
      try run("tinyzoo weights list --format csv").output
        == "file,models,bytes,source\n\(Self.file),tinynet,2384,tests\ntinynet_wide.safetensors,tinynet_wide,2384,\n"
    )
    #expect(try run("tinyzoo weights path tinynet").output == "\(store)/\(Self.file)\n")
    let verified = try run("tinyzoo weights verify --format csv")
    #expect(
      verified.status == 0 && verified.output.contains("tests,ok\n") && verified.output.contains(",unknown\n")
    )

    var damaged = Self.bytes
    damaged[2000] ^= 1
    try folder.write(damaged, to: "store/\(Self.file)")
    expect(
      try run("tinyzoo weights verify tinynet --format json"), status: 65,
      saying: "\(store)/\(Self.file): damaged")
    #expect(try run("tinyzoo weights verify --format json").status == 1)
    // A right file takes the place of the wrong one.
    let repaired = try run("tinyzoo pull tinynet", mirror: server)
    #expect(repaired.status == 0 && repaired.errors.contains("damaged") && stored == Self.bytes)

    // Somebody's own file is removed by its own name only.
    #expect(try run("tinyzoo weights remove tinynet_wide").errors.contains("tinynet_wide.safetensors"))
    #expect(contents("tinynet_wide.safetensors") != nil)
    #expect(try run("tinyzoo weights remove tinynet tinynet_wide.safetensors").status == 0)
    #expect(stored == nil && contents("tinynet_wide.safetensors") == nil && contents("other.txt") != nil)
    expect(try run("tinyzoo weights remove tinynet"), status: 66, saying: "tinynet")
    expect(try run("tinyzoo weights path tinynet"), status: 66, saying: "tinynet")
  }

  // MARK: Terminals

  /// On a terminal, progress stays on one line, however narrow it is and becomes; `--quiet` shows none.
  @Test func progressOnATerminal() throws {
    let server = try server { _, reply in reply.piece = 100 }
    func lines(_ arguments: String) throws -> [String] {
      try? FileManager.default.removeItem(atPath: store)
      let run = try run(
        "TERM=xterm script -qec 'stty cols 100; tinyzoo pull tinynet \(arguments) >/dev/null' /dev/null",
        mirror: server)
      #expect(run.status == 0 && stored == Self.bytes, "\(run.output)")
      return run.output.components(separatedBy: "\r\u{1b}[K")
    }
    let shown = try lines("")
    #expect(shown.count > 2 && shown.first == "" && shown.last == "")
    #expect(
      shown.allSatisfy { $0.count < 100 } && shown.contains { $0.contains("━") && $0.contains("of 2.33 KiB") }
    )
    #expect(try lines("--quiet") == [""])
  }
}
