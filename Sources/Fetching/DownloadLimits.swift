/// Timeouts of a download, and how often it retries.
package struct DownloadLimits: Sendable {
  /// Timeout of a connection attempt, in seconds.
  package var connectSeconds = 30
  /// Seconds below ``slowestRate`` after which a connection is given up.
  package var stallSeconds = 30
  /// Bytes a second below which a connection counts as stalled.
  package var slowestRate = 100
  /// The longest chain of redirects that is followed.
  package var redirects = 5
  /// Requests in a row without a single byte after which the download fails.
  package var fruitlessRequests = 5
  /// Requests after which the download fails in any case.
  package var requests = 100
  /// Seconds before the first retry; doubled for each further one.
  package var firstWait = 0.5
  /// The longest `Retry-After` that is honored, in seconds.
  package var longestWait = 60

  /// The limits of `cnnzoo pull`.
  package init() {}
}
