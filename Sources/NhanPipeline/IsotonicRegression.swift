#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Calibration {
  /// Isotonic regression: the rising function of the score of greatest likelihood, by pooling adjacent violators, for
  /// scores of documents held out from training. O(n log n).
  ///
  /// The pools are made into one knot each, at their mean score, with straight lines of the log-odds between them and
  /// Platt's slope outside. So the function rises everywhere, no two scores fall together, and a threshold can be put
  /// between any two. Outcomes are drawn in from 0 and 1 like Platt's, so no probability is 0 or 1.
  /// (Zadrozny and Elkan 2002; centred at pools: Oron and Flournoy 2017.)
  ///
  /// Where Platt's line does not rise, or all documents are alike, there is nothing to fit: Platt's result.
  static func isotonic(_ scores: [Double], _ positives: [Bool]) -> Calibration {
    var calibration = platt(scores, positives)
    let hits = positives.count { $0 }
    guard calibration.slope > 0, hits > 0, hits < positives.count else { return calibration }
    let high = (Double(hits) + 1) / (Double(hits) + 2)
    let low = 1 / (Double(positives.count - hits) + 2)
    calibration.knots = pools(scores, positives).map { pool in
      let misses = pool.count - pool.hits
      let share = (Double(pool.hits) * high + Double(misses) * low) / Double(pool.count)
      return Knot(score: pool.scores / Double(pool.count), logOdds: log(share / (1 - share)))
    }
    return calibration
  }

  /// Documents that get one probability.
  private struct Pool {
    var scores: Double
    var hits: Int
    var count: Int

    /// Whether its share of hits is not below another's; exact.
    func isAtLeast(_ other: Pool) -> Bool { hits * other.count >= other.hits * count }

    mutating func take(_ other: Pool) {
      scores += other.scores
      hits += other.hits
      count += other.count
    }
  }

  /// The pools by rising score; their shares of hits rise too.
  private static func pools(_ scores: [Double], _ positives: [Bool]) -> [Pool] {
    let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    var pools: [Pool] = []
    var at = 0
    while at < order.count {
      // Documents of one score cannot be told apart.
      let score = scores[order[at]]
      var pool = Pool(scores: 0, hits: 0, count: 0)
      while at < order.count, scores[order[at]] == score {
        pool.take(Pool(scores: score, hits: positives[order[at]] ? 1 : 0, count: 1))
        at += 1
      }
      while let last = pools.last, last.isAtLeast(pool) {
        pools.removeLast()
        pool.take(last)
      }
      pools.append(pool)
    }
    return pools
  }
}
