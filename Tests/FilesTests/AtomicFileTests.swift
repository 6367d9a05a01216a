import Files
import Foundation
import Glibc
import Support
import Testing

/// Writing over what already exists.
@Suite struct AtomicFileTests {
  private let folder: TemporaryFolder
  private func path(_ name: String) -> String { folder.path(name) }

  init() throws { folder = try TemporaryFolder() }

  private func status(_ name: String) -> stat {
    var status = stat()
    lstat(path(name), &status)
    return status
  }

  private func content(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }

  @Test func aNewFileHasTheUsualPermissionsAndNothingLiesBesideIt() throws {
    try AtomicFile.write(Array("new".utf8), to: path("new"))
    let mask = umask(0)
    umask(mask)
    #expect(status("new").st_mode & 0o777 == 0o666 & ~mask)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path("")) == ["new"])
  }

  @Test(arguments: [0o600, 0o640, 0o755] as [mode_t]) func aFileKeepsItsPermissions(mode: mode_t) throws {
    try folder.write("old", to: "file")
    chmod(path("file"), mode)
    try AtomicFile.write(Array("new".utf8), to: path("file"))
    #expect(status("file").st_mode & 0o7777 == mode)
    #expect(try content("file") == "new")
  }

  @Test func aLinkStaysAndItsTargetIsReplaced() throws {
    try folder.write("old", to: "deep/target")
    symlink("deep/other", path("link"))
    symlink("target", path("deep/other"))
    try AtomicFile.write(Array("new".utf8), to: path("link"))
    #expect(status("link").st_mode & S_IFMT == S_IFLNK && status("deep/other").st_mode & S_IFMT == S_IFLNK)
    #expect(try content("deep/target") == "new")
  }

  @Test func aLinkToNothingCreatesItsTarget() throws {
    symlink("target", path("link"))
    try AtomicFile.write(Array("new".utf8), to: path("link"))
    #expect(status("link").st_mode & S_IFMT == S_IFLNK)
    #expect(try content("target") == "new")
  }

  @Test func aCircleOfLinksIsRefused() throws {
    symlink("b", path("a"))
    symlink("a", path("b"))
    #expect(throws: FileError.cannotCreate(path: path("a"), errno: ELOOP)) {
      try AtomicFile.write([1], to: path("a"))
    }
  }

  @Test func aFolderIsRefused() throws {
    #expect(throws: FileError.cannotCreate(path: path(""), errno: EISDIR)) {
      try AtomicFile.write([1], to: path(""))
    }
  }

  @Test func aPipeIsWrittenTo() throws {
    mkfifo(path("pipe"), 0o600)
    // Opened for both, so that neither end waits for the other.
    let reader = open(path("pipe"), O_RDWR)
    defer { close(reader) }
    try AtomicFile.write(Array("through".utf8), to: path("pipe"))
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(read(reader, &bytes, bytes.count) == 7)
    #expect(status("pipe").st_mode & S_IFMT == S_IFIFO)
  }

  @Test func aDeviceIsWrittenToAndItsErrorsAreErrors() throws {
    try AtomicFile.write([1], to: "/dev/null")
    #expect(throws: FileError.writeFailed(path: "/dev/full", errno: ENOSPC)) {
      try AtomicFile.write([1], to: "/dev/full")
    }
    var status = stat()
    stat("/dev/full", &status)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func afterAFailureTheOldFileStandsAlone() throws {
    try folder.write("old", to: "file")
    let full = FileError.writeFailed(path: path("file"), errno: ENOSPC)
    func writeHalf() throws(FileError) {
      try AtomicFile.write(to: path("file")) { append throws(FileError) in
        try append(UnsafeRawBufferPointer(start: nil, count: 0))
        throw full
      }
    }
    #expect(throws: full) { try writeHalf() }
    #expect(try content("file") == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: path("")) == ["file"])
  }
}
