import CBLAS

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The BLAS routines used, under Swift names, over contiguous vectors of doubles.
///
/// Which library answers (the reference BLAS, OpenBLAS, …) is the system's choice at run time.
package enum BLAS {
  /// Makes the library run on the calling thread only: parallelism is ours, over fixed chunks, so that results do not
  /// depend on the number of threads. A BLAS without such a switch has no threads.
  package static let useOneThread: Void = {
    typealias SetThreads = @convention(c) (CInt) -> Void
    for name in ["openblas_set_num_threads", "bli_thread_set_num_threads", "MKL_Set_Num_Threads"] {
      if let symbol = dlsym(nil, name) { unsafeBitCast(symbol, to: SetThreads.self)(1) }
    }
    // OpenBLAS has started a thread for each further processor when it was loaded. They spin for a while before they sleep,
    // and take that time from the threads that work.
    typealias Shutdown = @convention(c) () -> CInt
    if let symbol = dlsym(nil, "blas_thread_shutdown_") { _ = unsafeBitCast(symbol, to: Shutdown.self)() }
  }()

  /// x · y
  package static func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int) -> Double {
    blocks(of: count).reduce(0) {
      $0 + cblas_ddot(Int32($1.count), x + $1.lowerBound, 1, y + $1.lowerBound, 1)
    }
  }

  /// ‖x‖₂, without overflow in between.
  package static func norm(_ x: UnsafePointer<Double>, count: Int) -> Double {
    var sum = 0.0
    for block in blocks(of: count) {
      let part = cblas_dnrm2(Int32(block.count), x + block.lowerBound, 1)
      sum = hypot(sum, part)
    }
    return sum
  }

  /// y ← a x + y
  package static func addScaled(
    _ a: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int
  ) {
    for block in blocks(of: count) {
      cblas_daxpy(Int32(block.count), a, x + block.lowerBound, 1, y + block.lowerBound, 1)
    }
  }

  /// x ← a x
  package static func scale(_ x: UnsafeMutablePointer<Double>, by a: Double, count: Int) {
    for block in blocks(of: count) { cblas_dscal(Int32(block.count), a, x + block.lowerBound, 1) }
  }

  /// y ← x
  package static func copy(_ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int) {
    for block in blocks(of: count) {
      cblas_dcopy(Int32(block.count), x + block.lowerBound, 1, y + block.lowerBound, 1)
    }
  }

  /// BLAS counts in 32 bits; longer vectors are cut.
  private static func blocks(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: 1 << 30).map { $0..<min($0 + 1 << 30, count) }
  }
}
