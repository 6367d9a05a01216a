/// The number of bytes to insert, remove or replace to turn one name into another (Levenshtein distance), or
/// `nil` where it exceeds `limit`.
///
/// Takes time proportional to the product of the lengths without common prefix and suffix.
package func editDistance(_ first: String, _ second: String, limit: Int) -> Int? {
  var a = Array(first.utf8)[...]
  var b = Array(second.utf8)[...]
  guard abs(a.count - b.count) <= limit else { return nil }
  while let x = a.first, x == b.first { (a, b) = (a.dropFirst(), b.dropFirst()) }
  while let x = a.last, x == b.last { (a, b) = (a.dropLast(), b.dropLast()) }
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    var best = row[0]
    for (j, y) in b.enumerated() {
      let distance = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
      diagonal = row[j + 1]
      row[j + 1] = distance
      best = min(best, distance)
    }
    if best > limit { return nil }
  }
  return row[b.count] <= limit ? row[b.count] : nil
}
