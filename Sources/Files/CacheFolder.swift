import Glibc

/// The folder for downloads and measurements, which can be made again: `$CNNZOO_HOME`, default `~/.cache/cnnzoo`.
package enum CacheFolder {
  /// Its path, or `nil` if the environment has neither `CNNZOO_HOME` nor `HOME`.
  package static func path(environment: (_ name: String) -> String? = systemEnvironment) -> String? {
    func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    return variable("CNNZOO_HOME") ?? variable("HOME").map { "\($0)/.cache/cnnzoo" }
  }

  /// Creates a folder and its parents, unless they exist.
  ///
  /// Throws ``FileError/cannotCreate(path:errno:)``.
  package static func create(_ path: String) throws(FileError) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += prefix.isEmpty || prefix.hasSuffix("/") ? part : "/" + part
      guard unsafe mkdir(prefix, 0o777) == 0 || errno == EEXIST else {
        throw .cannotCreate(path: prefix, errno: errno)
      }
    }
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .cannotCreate(path: path, errno: ENOTDIR)
    }
  }

  /// An environment variable of this process.
  package static func systemEnvironment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
