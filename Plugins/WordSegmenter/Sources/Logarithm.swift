#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Weights of counts.
enum Logarithm {
  /// 1 + ln n.
  static func frequency(_ count: Float) -> Float { 1 + logf(count) }
}
