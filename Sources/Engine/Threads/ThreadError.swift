import Glibc

/// A thread that the system does not start.
package struct ThreadError: Error, Hashable, Sendable {
  /// Threads that were asked for, the calling one included.
  package let threads: Int
  /// What the system says.
  package let code: Int32

  /// The error for a number of threads and a code of `pthread_create`.
  package init(threads: Int, code: Int32) {
    self.threads = threads
    self.code = code
  }

  /// Address space that each thread besides the calling one takes: its stack.
  package static var stackBytes: Int {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return 0 }
    defer { pthread_attr_destroy(&attributes) }
    var bytes = 0
    return pthread_attr_getstacksize(&attributes, &bytes) == 0 ? bytes : 0
  }
}

extension ThreadError: CustomStringConvertible {
  /// What happened, and what to do.
  package var description: String {
    "cannot start \(threads) threads: \(String(cString: strerror(code))): use fewer, or raise the limits (ulimit -u, -v)"
  }
}
