/// The version of this program, which `cnnzoo --version` prints.
package enum Version {
  /// Major, minor and patch number, as semver.org defines them.
  package static let current = "0.2.0"
}
