import Files
import Glibc

/// Downloads a file to a path, complete and verified or not at all.
///
/// The part received so far is kept beside it (``PartialFile``). The file gets its name only after its SHA-256 has been
/// verified: whatever servers, networks and signals do, no wrong file has the right name.
package struct Download {
  /// What a download did.
  package enum Outcome: Hashable, Sendable {
    /// The file existed, with the right digest.
    case present
    /// This many bytes were received.
    case fetched(bytes: Int)
  }

  /// What happens during a download.
  package enum Event: Hashable, Sendable {
    /// Another process is downloading the same file.
    case waiting
    /// A file with this name exists, with another digest.
    case damaged
    /// Bytes received so far, how many of them by an earlier download, and the size of the file if it is known.
    case progress(received: Int, earlier: Int, total: Int?)
  }

  private let address: WebAddress
  private let path: String
  private let digestPrefix: String?
  private let mostBytes: Int
  private let agent: String
  private let limits: DownloadLimits

  /// A download.
  ///
  /// - Parameters:
  ///   - address: Address of the file.
  ///   - path: Destination, in an existing folder.
  ///   - digestPrefix: The first digits of its SHA-256; `nil` if the server states all of them.
  ///   - mostBytes: The largest size that is accepted.
  ///   - agent: The `User-Agent` of the requests.
  ///   - limits: Timeouts and retries.
  package init(
    from address: WebAddress, to path: String, digestPrefix: String?, mostBytes: Int, agent: String,
    limits: DownloadLimits = DownloadLimits()
  ) {
    self.address = address
    self.path = path
    self.digestPrefix = digestPrefix?.lowercased()
    self.mostBytes = mostBytes
    self.agent = agent
    self.limits = limits
  }

  /// Downloads the file unless it exists.
  ///
  /// - Parameters:
  ///   - isStopped: Whether to stop.
  ///   - report: Is told about events.
  ///   - check: A last check of the verified file at a path, before it gets its name.
  /// - Returns: What was done.
  /// - Throws: ``DownloadError``, and what `check` throws.
  package func run(
    isStopped: @escaping () -> Bool, report: @escaping (Event) -> Void,
    check: (String) throws -> Void = { _ in }
  ) throws -> Outcome {
    if try isPresent(report) { return .present }
    guard let partial = try lock(isStopped, report) else { return .present }
    let state = State(partial, mostBytes: mostBytes, report: report)
    do throws(DownloadError) { try fetch(into: state, isStopped) } catch {
      if partial.size == 0 { partial.remove() }
      throw error
    }
    do { try check(partial.path) } catch {
      partial.remove()
      throw error
    }
    do throws(FileError) { try partial.publish() } catch { throw DownloadError.file(error) }
    return .fetched(bytes: state.partial.size - state.earlier)
  }

  /// Whether the file exists with the right digest.
  private func isPresent(_ report: (Event) -> Void) throws(DownloadError) -> Bool {
    do throws(FileError) {
      let file = try RegularFile(path: path)
      guard let digestPrefix else { return true }
      if try file.sha256().hasPrefix(digestPrefix) { return true }
      report(.damaged)
      return false
    } catch {
      if case .notFound = error { return false }
      throw .file(error)
    }
  }

  /// Waits for the lock of the partial file; `nil` if another process has completed the download.
  private func lock(
    _ isStopped: () -> Bool, _ report: (Event) -> Void
  ) throws(DownloadError) -> PartialFile? {
    var isWaiting = false
    while true {
      let partial: PartialFile?
      do throws(FileError) { partial = try PartialFile.lock(for: path) } catch { throw .file(error) }
      if let partial {
        // Another process may have completed it meanwhile.
        if try isPresent({ _ in }) {
          partial.remove()
          return nil
        }
        return partial
      }
      if !isWaiting { report(.waiting) }
      isWaiting = true
      try pause(0.1, isStopped, received: 0)
    }
  }

  /// Sends requests until the file is complete and verified.
  private func fetch(into state: State, _ isStopped: @escaping () -> Bool) throws(DownloadError) {
    let partial = state.partial
    var fruitless = 0
    for _ in 0..<limits.requests {
      let before = partial.size
      do throws(Setback) {
        try request(into: state, isStopped)
        let digest = try digest(of: partial)
        guard let expected = digestPrefix ?? state.linkedDigest else {
          partial.remove()
          throw .final(.noDigest(address))
        }
        if digest.hasPrefix(expected) { return }
        // The earlier part may belong to another version of the file: start over.
        guard state.earlier > 0 else {
          partial.remove()
          throw .final(.wrongDigest(address, found: digest, expected: expected))
        }
        try state.restart()
      } catch {
        switch error {
        case .final(let error): throw error
        case .again(let error, let seconds):
          fruitless = partial.size > before ? 0 : fruitless + 1
          if fruitless >= limits.fruitlessRequests { throw error }
          let wait = seconds.map(Double.init) ?? limits.firstWait * Double(1 << max(0, fruitless - 1))
          try pause(wait, isStopped, received: partial.size)
        }
      }
    }
    throw .brokenOff(
      address, received: partial.size, expected: state.total,
      reason: "\(limits.requests) requests were not enough")
  }

  /// Why a request did not complete the file.
  private enum Setback: Error {
    /// A retry would not help.
    case final(DownloadError)
    /// To be retried after some seconds; if all retries fail, this is the error.
    case again(DownloadError, seconds: Int?)
  }

  /// Requests the missing part.
  private func request(into state: State, _ isStopped: @escaping () -> Bool) throws(Setback) {
    let transfer = Transfer(address: address, limits: limits, agent: agent, isStopped: isStopped)
    let response: Transfer.Response
    state.begin()
    do throws(Transfer.Failure) {
      response = try unsafe transfer.get(from: state.partial.size) { response, bytes in
        unsafe state.receive(bytes, response)
      }
    } catch {
      if let failure = state.failure { throw failure.setback(address) }
      switch error {
      case .stopped: throw .final(.stopped(path: path, received: state.partial.size))
      case .tooManyRedirects:
        throw .final(.tooManyRedirects(address, most: limits.redirects))
      case .forbiddenRedirect: throw .final(.forbiddenRedirect(address))
      case .brokenOff(let reason): throw .again(state.brokenOff(address, reason), seconds: nil)
      case .unreachable(let reason):
        // A server that has answered before may come back.
        throw state.hasReceived
          ? .again(state.brokenOff(address, reason), seconds: nil)
          : .final(.unreachable(address, reason: reason))
      }
    }
    if let failure = state.failure { throw failure.setback(address) }
    if let digest = response.linkedDigest { state.linkedDigest = digest }
    switch response.status {
    case 200, 206: return
    case 404, 410: throw .final(.missing(address, status: response.status))
    case 416:
      // The partial file is complete, or too long.
      if response.fields["content-range"] == "bytes */\(state.partial.size)" { return }
      try state.restart()
      throw .again(.refused(address, status: response.status), seconds: nil)
    case 408, 429, 500, 502, 503, 504:
      let busy = DownloadError.busy(address, status: response.status, seconds: response.retryAfter)
      if let seconds = response.retryAfter, seconds > limits.longestWait { throw .final(busy) }
      throw .again(busy, seconds: response.retryAfter)
    default: throw .final(.refused(address, status: response.status))
    }
  }

  private func digest(of partial: PartialFile) throws(Setback) -> String {
    do throws(FileError) { return try RegularFile(path: partial.path).sha256() } catch {
      throw .final(.file(error))
    }
  }

  private func pause(
    _ seconds: Double, _ isStopped: () -> Bool, received: Int
  ) throws(DownloadError) {
    let slice = 0.05
    for _ in 0..<max(1, Int((seconds / slice).rounded(.up))) {
      if isStopped() { throw .stopped(path: path, received: received) }
      usleep(UInt32(slice * 1e6))
    }
  }

  /// The state that the requests of one download share.
  private final class State {
    /// Why bytes were not accepted.
    enum Failure {
      case file(FileError)
      case tooLarge(bytes: Int, most: Int)
      /// Another range than the requested one.
      case otherRange

      func setback(_ address: WebAddress) -> Setback {
        switch self {
        case .file(let error): .final(.file(error))
        case .tooLarge(let bytes, let most): .final(.tooLarge(address, bytes: bytes, most: most))
        case .otherRange: .again(.refused(address, status: 206), seconds: nil)
        }
      }
    }

    let partial: PartialFile
    private let mostBytes: Int
    private let report: (Event) -> Void
    /// Bytes received by an earlier download.
    private(set) var earlier: Int
    /// Size of the whole file, if the server states it.
    private(set) var total: Int?
    private(set) var failure: Failure?
    /// Whether any byte has been received.
    private(set) var hasReceived = false
    var linkedDigest: String?
    private var isFirst = true

    init(_ partial: PartialFile, mostBytes: Int, report: @escaping (Event) -> Void) {
      self.partial = partial
      self.mostBytes = mostBytes
      self.report = report
      earlier = partial.size
    }

    /// Prepares for the next request.
    func begin() {
      failure = nil
      isFirst = true
    }

    /// Discards what was received, so that the next request is for the whole file.
    func restart() throws(Setback) {
      do throws(FileError) { try clear() } catch { throw .final(.file(error)) }
    }

    private func clear() throws(FileError) {
      try partial.clear()
      earlier = 0
    }

    func brokenOff(_ address: WebAddress, _ reason: String) -> DownloadError {
      .brokenOff(address, received: partial.size, expected: total, reason: reason)
    }

    /// Stores bytes of the body; `false` ends the request.
    func receive(_ bytes: UnsafeRawBufferPointer, _ response: Transfer.Response) -> Bool {
      // Other responses have bodies for people.
      guard response.status == 200 || response.status == 206 else { return false }
      do throws(FileError) {
        if isFirst {
          isFirst = false
          if !(try accepts(response)) { return false }
        }
        if let bytes = [total ?? 0, partial.size + bytes.count].max(), bytes > mostBytes {
          partial.remove()
          failure = .tooLarge(bytes: bytes, most: mostBytes)
          return false
        }
        try unsafe partial.append(bytes)
      } catch {
        failure = .file(error)
        return false
      }
      hasReceived = true
      report(.progress(received: partial.size, earlier: earlier, total: total))
      return true
    }

    /// Whether the response continues where the partial file ends; a whole file replaces it.
    private func accepts(_ response: Transfer.Response) throws(FileError) -> Bool {
      if response.status == 200 {
        if partial.size > 0 { try clear() }
        total = response.fields["content-length"].flatMap { Int($0) }
        return true
      }
      // bytes 100-199/200
      let range = response.fields["content-range"]?.split { " -/".contains($0) } ?? []
      guard range.count == 4, range[0] == "bytes", Int(range[1]) == partial.size else {
        try clear()
        failure = .otherRange
        return false
      }
      total = Int(range[3])
      return true
    }
  }
}
