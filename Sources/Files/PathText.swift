import Glibc

/// A path for use in a message: control characters are escaped, so that a file name cannot move the cursor, color the
/// terminal or forge a second line.
package func escaped(_ path: String) -> String {
  var text = ""
  for scalar in path.unicodeScalars {
    let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    let isDirectional = (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    if isControl || isDirectional {
      text += "\\u{\(String(scalar.value, radix: 16))}"
    } else {
      text.unicodeScalars.append(scalar)
    }
  }
  return text
}

/// The system's message for an error number.
package func systemMessage(_ code: Int32) -> String {
  unsafe String(cString: strerror(code))
}
