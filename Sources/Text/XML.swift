/// Text in drawings.
package enum XML {
  /// Text escaped for XML, without the characters that XML cannot hold.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20: result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// About how wide a text is in a sans-serif font, in the unit of the font's size: rather too much than too little.
  package static func width(of text: String, fontSize: Double) -> Double {
    text.reduce(0) { $0 + ("ijlt.,:|'fr1I ".contains($1) ? 0.36 : "mwMW%".contains($1) ? 0.9 : 0.6) }
      * fontSize
  }
}
