import Graphics

extension Drawing {
  /// What a reader would stumble over, in words: something outside of the page, labels that cover each other or that the outline of a
  /// box cuts, and where `linesMayCross` is false labels that a line crosses.
  package func faults(linesMayCross: Bool = false) -> [String] {
    var faults: [String] = []
    let page = page.widened(by: 0.05)
    let labels = labels.filter { !$0.text.isEmpty }
    for label in labels where !page.contains(label.box) { faults.append("'\(label.text)' leaves the page") }
    for (index, label) in labels.enumerated() {
      for other in labels[(index + 1)...] where label.box.widened(by: -0.3).overlaps(other.box) {
        faults.append("'\(label.text)' and '\(other.text)' cover each other")
      }
    }
    for element in elements {
      switch element {
      case .label: break
      case .circle(let center, let radius, _, _):
        if !page.contains(Box(around: center, width: 2 * radius, height: 2 * radius)) {
          faults.append("a circle leaves the page")
        }
      case .box(let box, _, let style):
        if !page.contains(box) { faults.append("a box leaves the page") }
        guard style.stroke != nil else { continue }
        for label in labels where box.overlaps(label.box) && !box.contains(label.box) {
          faults.append("the outline of a box cuts '\(label.text)'")
        }
      case .path(let path, _, _):
        let points = path.points(every: 2)
        if !points.allSatisfy({ page.contains($0) }) { faults.append("a line leaves the page") }
        if linesMayCross { continue }
        for label in labels where points.contains(where: label.box.widened(by: -0.5).contains) {
          faults.append("a line crosses '\(label.text)'")
        }
      }
    }
    return faults
  }
}
