/// The exact two-sided sign test: how probable is a split at least as uneven as `first` to `second`, when each
/// goes either way with probability one half?
package enum ExactBinomial {
  /// The p-value, 1 for an even split; 0 where it is below the smallest double. O(first + second).
  ///
  /// Terms C(n, k) are taken relative to the middle one, from there outwards: they only shrink, so nothing
  /// overflows, and the largest are exact to rounding.
  package static func pValue(_ first: Int, _ second: Int) -> Double {
    let count = first + second
    let smaller = min(first, second)
    var k = count / 2
    guard smaller < k else { return 1 }
    var term = 1.0
    // The middle term of an even count belongs to both halves.
    var half = count % 2 == 0 ? 0.5 : 1.0
    var tail = 0.0
    while k > 0, term > 0 {
      term *= Double(k) / Double(count - k + 1)
      k -= 1
      half += term
      if k <= smaller { tail += term }
    }
    return tail / half
  }
}
