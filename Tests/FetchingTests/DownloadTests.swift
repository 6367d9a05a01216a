import Fetching
import Files
import Foundation
import Support
import Synchronization
import Testing

/// Downloads from a server on this machine that is right, slow, cut off, lying, or gone.
///
/// Whatever it does: a file under the right name is the right file.
@Suite struct DownloadTests {
  private let folder: TemporaryFolder
  private let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  private let digest: String

  private var path: String { folder.path("net.pth") }
  private var partial: String { path + ".partial" }

  init() throws {
    folder = try TemporaryFolder()
    digest = unsafe bytes.withUnsafeBytes { unsafe SHA256.digest(of: $0) }
  }

  private var limits: DownloadLimits {
    var limits = DownloadLimits()
    limits.firstWait = 0
    limits.stallSeconds = 1
    return limits
  }

  private func address(_ text: String) throws -> WebAddress { try #require(WebAddress(text)) }

  private func download(
    _ server: LoopbackServer, digestPrefix: String? = nil, mostBytes: Int = 1 << 20,
    isStopped: @escaping () -> Bool = { false }, report: @escaping (Download.Event) -> Void = { _ in }
  ) throws -> Download.Outcome {
    try Download(
      from: address("\(server.address)/net.pth"), to: path,
      digestPrefix: digestPrefix ?? String(digest.prefix(8)), mostBytes: mostBytes, agent: "tests",
      limits: limits
    ).run(isStopped: isStopped, report: report)
  }

  private func content(_ path: String) -> [UInt8]? {
    FileManager.default.contents(atPath: path).map(Array.init)
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Expects that nothing has got the file's name.
  private func expectNothing(keeps kept: Int = 0, location: SourceLocation = #_sourceLocation) {
    #expect(!exists(path), sourceLocation: location)
    #expect(content(partial)?.count ?? 0 == kept, sourceLocation: location)
  }

  private func failure(
    _ server: LoopbackServer, digestPrefix: String? = nil, mostBytes: Int = 1 << 20
  ) -> DownloadError? {
    #expect(throws: DownloadError.self) {
      try download(server, digestPrefix: digestPrefix, mostBytes: mostBytes)
    }
  }

  // MARK: Right answers

  @Test func aFileIsFetchedOnce() throws {
    let server = try LoopbackServer { [bytes] in .file(bytes, for: $0) }
    var last: Download.Event?
    #expect(try download(server, report: { last = $0 }) == .fetched(bytes: bytes.count))
    #expect(content(path) == bytes && !exists(partial))
    #expect(last == .progress(received: bytes.count, earlier: 0, total: bytes.count))
    #expect(server.requests.map(\.path) == ["/net.pth"])
    #expect(server.requests.first?.fields["user-agent"] == "tests")
    #expect(try download(server) == .present)
    #expect(server.requests.count == 1)
  }

  @Test func aSlowServerIsWaitedFor() throws {
    let server = try LoopbackServer { [bytes] in
      var reply = LoopbackServer.Reply.file(bytes, for: $0)
      reply.piece = 20_000
      return reply
    }
    #expect(try download(server) == .fetched(bytes: bytes.count))
    #expect(content(path) == bytes)
  }

  @Test func redirectsAreFollowed() throws {
    let server = try LoopbackServer { [bytes] request in
      request.number < 3
        ? .init(status: 302, fields: ["Location": "/\(request.number)"]) : .file(bytes, for: request)
    }
    #expect(try download(server) == .fetched(bytes: bytes.count))
    #expect(server.requests.count == 4)
  }

  @Test func aDamagedFileIsReplaced() throws {
    try folder.write("something else", to: "net.pth")
    let server = try LoopbackServer { [bytes] in .file(bytes, for: $0) }
    var events: [Download.Event] = []
    #expect(try download(server, report: { events.append($0) }) == .fetched(bytes: bytes.count))
    #expect(content(path) == bytes && events.first == .damaged)
  }

  // MARK: Interrupted downloads

  @Test func whatIsThereIsNotFetchedAgain() throws {
    try folder.write(bytes[..<70_000], to: "net.pth.partial")
    let server = try LoopbackServer { [bytes] in .file(bytes, for: $0) }
    #expect(try download(server) == .fetched(bytes: bytes.count - 70_000))
    #expect(content(path) == bytes)
    #expect(server.requests.map(\.offset) == [70_000])
  }

  @Test func allThatIsThereIsEnough() throws {
    try folder.write(bytes, to: "net.pth.partial")
    let server = try LoopbackServer { [bytes] in .file(bytes, for: $0) }
    #expect(try download(server) == .fetched(bytes: 0))
    #expect(content(path) == bytes)
  }

  @Test func aServerThatKnowsNoRangesStartsOver() throws {
    try folder.write(bytes[..<70_000], to: "net.pth.partial")
    let server = try LoopbackServer { [bytes] _ in .init(body: bytes) }
    #expect(try download(server) == .fetched(bytes: bytes.count))
    #expect(content(path) == bytes)
  }

  @Test(arguments: [70_000, 200_000, 300_000]) func whatBelongsToAnotherFileIsDropped(size: Int) throws {
    try folder.write([UInt8](repeating: 7, count: size), to: "net.pth.partial")
    let server = try LoopbackServer { [bytes] in .file(bytes, for: $0) }
    _ = try download(server)
    #expect(content(path) == bytes)
    #expect(server.requests.map(\.offset) == [size, 0])
  }

  @Test func anotherRangeThanTheOneAskedForIsNotTaken() throws {
    try folder.write(bytes[..<70_000], to: "net.pth.partial")
    let server = try LoopbackServer { [bytes] request in
      request.offset == 0
        ? .init(body: bytes)
        : .init(
          status: 206, fields: ["Content-Range": "bytes 10-\(bytes.count - 1)/\(bytes.count)"],
          body: Array(bytes[10...]))
    }
    _ = try download(server)
    #expect(content(path) == bytes)
  }

  @Test func aConnectionThatBreaksOffIsTakenUpAgain() throws {
    let server = try LoopbackServer { [bytes] request in
      var reply = LoopbackServer.Reply.file(bytes, for: request)
      if request.number < 6 { reply.sends = 30_000 }
      return reply
    }
    #expect(try download(server) == .fetched(bytes: bytes.count))
    #expect(content(path) == bytes)
    #expect(server.requests.map(\.offset) == (0...6).map { $0 * 30_000 })
  }

  @Test func aServerThatGoesAwayLeavesWhatHasCome() throws {
    let place = Mutex<LoopbackServer?>(nil)
    let server = try LoopbackServer { [bytes] request in
      place.withLock { $0?.stop() }
      var reply = LoopbackServer.Reply.file(bytes, for: request)
      reply.sends = 30_000
      return reply
    }
    place.withLock { $0 = server }
    guard case .brokenOff(_, 30_000, bytes.count, _) = failure(server) else {
      Issue.record("no error that it broke off")
      return
    }
    expectNothing(keeps: 30_000)
    place.withLock { $0 = nil }
    // Another server has the rest.
    let other = try LoopbackServer { [bytes] in .file(bytes, for: $0) }
    #expect(try download(other) == .fetched(bytes: bytes.count - 30_000))
    #expect(content(path) == bytes)
  }

  @Test func aServerThatFallsSilentIsGivenUp() throws {
    let server = try LoopbackServer { [bytes] request in
      var reply = LoopbackServer.Reply.file(bytes, for: request)
      if request.number == 0 {
        reply.sends = 30_000
        reply.holds = true
      }
      return reply
    }
    #expect(try download(server) == .fetched(bytes: bytes.count))
    #expect(server.requests.map(\.offset) == [0, 30_000])
  }

  @Test func aUserStopsIt() throws {
    let server = try LoopbackServer { [bytes] request in
      var reply = LoopbackServer.Reply.file(bytes, for: request)
      reply.sends = 30_000
      reply.holds = true
      return reply
    }
    let isStopped = Mutex(false)
    let error = #expect(throws: DownloadError.self) {
      try download(server, isStopped: { isStopped.withLock(\.self) }) {
        if case .progress(30_000, _, _) = $0 { isStopped.withLock { $0 = true } }
      }
    }
    #expect(error == .stopped(path: path, received: 30_000))
    expectNothing(keeps: 30_000)
  }

  // MARK: Wrong answers

  @Test func anotherFileIsNotKept() throws {
    let server = try LoopbackServer { .file([UInt8](repeating: 7, count: 1000), for: $0) }
    guard case .wrongDigest = failure(server) else {
      Issue.record("no error of the digest")
      return
    }
    expectNothing()
    #expect(server.requests.count == 1)
  }

  /// Half of the file, as if it were all of it.
  @Test func aLengthThatIsTooSmallIsFoundOut() throws {
    let server = try LoopbackServer { [bytes] _ in
      var reply = LoopbackServer.Reply(body: bytes)
      reply.length = 100_000
      return reply
    }
    guard case .wrongDigest = failure(server) else {
      Issue.record("no error of the digest")
      return
    }
    expectNothing()
  }

  /// More than there is: the connection ends too early each time.
  @Test func aLengthThatIsTooLargeIsFoundOut() throws {
    let server = try LoopbackServer { [bytes] request in
      var reply = LoopbackServer.Reply(
        status: request.offset > 0 ? 206 : 200,
        fields: request.offset > 0
          ? ["Content-Range": "bytes \(request.offset)-\(bytes.count + 99)/\(bytes.count + 100)"] : [:],
        body: Array(bytes[request.offset...]))
      reply.length = bytes.count - request.offset + 100
      return reply
    }
    guard case .brokenOff(_, bytes.count, _, _) = failure(server) else {
      Issue.record("no error that it broke off")
      return
    }
    expectNothing(keeps: bytes.count)
  }

  @Test(arguments: [true, false]) func moreBytesThanTheFileCanHaveAreNotFetched(isSaid: Bool) throws {
    let server = try LoopbackServer { [bytes] _ in
      var reply = LoopbackServer.Reply(body: bytes)
      if !isSaid { reply.length = nil }
      return reply
    }
    guard case .tooLarge(_, _, 100_000) = failure(server, mostBytes: 100_000) else {
      Issue.record("no error of the size")
      return
    }
    expectNothing()
  }

  @Test func redirectsInACircleEnd() throws {
    let server = try LoopbackServer { _ in .init(status: 302, fields: ["Location": "/net.pth"]) }
    #expect(try failure(server) == .tooManyRedirects(address("\(server.address)/net.pth"), most: 5))
    #expect(server.requests.count == 6)
    expectNothing()
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"])
  func redirectsToOtherProtocolsAreNotFollowed(target: String) throws {
    let server = try LoopbackServer { _ in .init(status: 302, fields: ["Location": target]) }
    #expect(try failure(server) == .forbiddenRedirect(address("\(server.address)/net.pth")))
    expectNothing()
  }

  @Test(arguments: [
    "SSH-2.0-OpenSSH_9.2\r\n", "\0\u{1}\u{2}", "",
    "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 2000) + "\r\nbody",
    "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nbody", "HTTP/9.9 200 OK\r\n\r\nbody",
  ]) func whatIsNoWebServer(answer: String) throws {
    let server = try LoopbackServer { _ in
      var reply = LoopbackServer.Reply(body: Array(answer.utf8))
      reply.isRaw = true
      return reply
    }
    switch failure(server) {
    case .unreachable, .brokenOff, .wrongDigest: break
    case let error: Issue.record("\(String(describing: error))")
    }
    expectNothing()
  }

  @Test(arguments: [404, 410]) func aFileThatIsNotThere(status: Int) throws {
    let server = try LoopbackServer { _ in .init(status: status, body: Array("no such file".utf8)) }
    #expect(try failure(server) == .missing(address("\(server.address)/net.pth"), status: status))
    #expect(server.requests.count == 1)
    expectNothing()
  }

  @Test(arguments: [400, 401, 403, 451, 501]) func aRefusalIsFinal(status: Int) throws {
    let server = try LoopbackServer { _ in .init(status: status) }
    #expect(try failure(server) == .refused(address("\(server.address)/net.pth"), status: status))
    #expect(server.requests.count == 1)
    expectNothing()
  }

  @Test(arguments: [429, 500, 503]) func aBusyServerIsAskedAgain(status: Int) throws {
    let server = try LoopbackServer { [bytes] request in
      request.number < 3
        ? .init(status: status, fields: request.number == 0 ? ["Retry-After": "1"] : [:])
        : .file(bytes, for: request)
    }
    #expect(try download(server) == .fetched(bytes: bytes.count))
    #expect(server.requests.count == 4)
  }

  @Test func aServerThatStaysBusyIsLeft() throws {
    let server = try LoopbackServer { _ in .init(status: 503) }
    #expect(
      try failure(server) == .busy(address("\(server.address)/net.pth"), status: 503, seconds: nil))
    #expect(server.requests.count == 5)
    expectNothing()
  }

  @Test func aServerThatAsksForHoursIsNotWaitedFor() throws {
    let server = try LoopbackServer { _ in .init(status: 429, fields: ["Retry-After": "7200"]) }
    #expect(
      try failure(server) == .busy(address("\(server.address)/net.pth"), status: 429, seconds: 7200))
    #expect(server.requests.count == 1)
  }

  @Test func nobodyListens() throws {
    let server = try LoopbackServer { _ in .init() }
    server.stop()
    guard case .unreachable = failure(server) else {
      Issue.record("no error that it cannot be reached")
      return
    }
    expectNothing()
  }

  // MARK: Files without a digest in their name

  private func hub(_ digest: String?) throws -> Download.Outcome {
    let server = try LoopbackServer { [bytes] request in
      request.path == "/net.pth"
        ? .init(
          status: 302,
          fields: ["Location": "/content"].merging(digest.map { ["X-Linked-ETag": "\"\($0)\""] } ?? [:]) {
            $1
          })
        : .file(bytes, for: request)
    }
    return try Download(
      from: address("\(server.address)/net.pth"), to: path, digestPrefix: nil, mostBytes: 1 << 20,
      agent: "tests", limits: limits
    ).run(isStopped: { false }, report: { _ in })
  }

  @Test func theHubSaysTheDigest() throws {
    #expect(try hub(digest) == .fetched(bytes: bytes.count))
    #expect(content(path) == bytes)
  }

  @Test(arguments: [nil, "abc", String(repeating: "0", count: 64)])
  func withoutTheRightDigestNothingIsKept(digest: String?) throws {
    #expect(throws: DownloadError.self) { try hub(digest) }
    expectNothing()
  }

  @Test func aFileThatIsRefusedAtTheEndIsNotKept() throws {
    struct Refusal: Error {}
    let server = try LoopbackServer { [bytes] in .file(bytes, for: $0) }
    let download = try Download(
      from: address("\(server.address)/net.pth"), to: path, digestPrefix: digest, mostBytes: 1 << 20,
      agent: "tests")
    #expect(throws: Refusal.self) {
      try download.run(isStopped: { false }, report: { _ in }) { _ in throw Refusal() }
    }
    expectNothing()
  }

  // MARK: Addresses

  @Test(arguments: [
    "", "x", "ftp://host/x", "http://", "http:///x", "https://:80/", "http://user@/x", "http://a b/x",
    "http://host/\u{e9}", "http://host/\n", "HTTP://host",
  ]) func otherAddressesAreRefused(text: String) { #expect(WebAddress(text) == nil) }

  @Test func passwordsAreNotShown() throws {
    let address = try address("https://me:secret@host:81/a@b")
    #expect("\(address)" == "https://host:81/a@b")
    #expect(try "\(#require(address.appending("c")))" == "https://host:81/a@b/c")
  }
}
