import NhanCore
import Synchronization

/// Instances of a stage for any number of threads: one for all of them, or as many as work at once.
final class InstancePool: Sendable {
  private let stage: PluginStage
  private let prepare: @Sendable (PluginInstance) throws -> Void
  private let idle = Mutex<[PluginInstance]>([])
  private let shared: PluginInstance?

  /// - Parameter prepare: is called with each new instance, for example to load its state.
  init(_ stage: PluginStage, prepare: @escaping @Sendable (PluginInstance) throws -> Void = { _ in }) throws {
    self.stage = stage
    self.prepare = prepare
    let first = try stage.makeInstance()
    try prepare(first)
    shared = stage.concurrency == .perThread ? nil : first
    if stage.concurrency == .perThread { idle.withLock { $0.append(first) } }
  }

  /// Calls `body` with an instance that nobody else uses, unless the stage allows it.
  func withInstance<Result>(_ body: (PluginInstance) throws -> Result) throws -> Result {
    if let shared { return try body(shared) }
    let instance: PluginInstance
    if let found = idle.withLock({ $0.popLast() }) {
      instance = found
    } else {
      instance = try stage.makeInstance()
      try prepare(instance)
    }
    defer { idle.withLock { $0.append(instance) } }
    return try body(instance)
  }
}
