import CNhanPlugin
import NhanCore
import Synchronization

/// A stage of a plugin with everything that its instances share.
final class PluginStage: Sendable {
  let table: StageTable
  let identity: PluginIdentity
  /// The options as JSON text.
  private let optionBytes: [UInt8]
  /// What instances are made with.
  private let host: HostTable
  /// Held during each call of a serial stage.
  private let serial: SerialLock?

  init(
    _ table: StageTable, _ identity: PluginIdentity, options: [UInt8], host: HostTable = .shared
  ) {
    self.table = table
    self.identity = identity
    self.host = host
    optionBytes = options
    serial = table.description.concurrency == .serial ? SerialLock.of(table) : nil
  }

  var name: String { table.description.name }
  var concurrency: StageConcurrency { table.description.concurrency }

  /// Runs a call as the stage's concurrency demands.
  func call<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard let serial else { return try body() }
    return try serial.mutex.withLock { _ in try body() }
  }

  /// A new instance with the options.
  func makeInstance() throws(NhanError) -> PluginInstance {
    guard let handle = call({ table.create(table.table, host.pointer) }) else {
      throw NhanError(
        .failure, code: "plugin-failed", "stage '\(name)' of \(identity.file) could not be created")
    }
    let instance = PluginInstance(self, handle)
    try instance.run { handle, message in
      optionBytes.withUnsafeBytes {
        table.initialize(handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, message)
      }
    }
    return instance
  }
}

/// One instance of a plugin's stage; destroyed with this object.
final class PluginInstance: @unchecked Sendable {
  // Sendable: who shares it across threads does so as the stage's concurrency allows.
  let stage: PluginStage
  let handle: UnsafeMutableRawPointer

  init(_ stage: PluginStage, _ handle: UnsafeMutableRawPointer) {
    self.stage = stage
    self.handle = handle
  }

  deinit { stage.call { stage.table.destroy(handle) } }

  /// Calls a function that may fail with a reason.
  /// - Throws: `NhanError` (failure), code `plugin-failed`, with the plugin's reason.
  func run(_ body: (UnsafeMutableRawPointer, UnsafePointer<nhan_message>) -> nhan_status) throws(NhanError) {
    let reason = Reason()
    var message = nhan_message(
      size: UInt32(MemoryLayout<nhan_message>.size), reserved: 0,
      context: Unmanaged.passUnretained(reason).toOpaque(),
      set: { context, text, count in
        Unmanaged<Reason>.fromOpaque(context!).takeUnretainedValue().text = cText(text, count)
      })
    let status = withExtendedLifetime(reason) { stage.call { body(handle, &message) } }
    guard status == NHAN_OK else {
      throw NhanError(
        .failure, code: "plugin-failed",
        "stage '\(stage.name)' of plugin \(stage.identity.id) \(stage.identity.version) failed: \(reason.text)",
        hint: "the plugin's file is \(stage.identity.file)")
    }
  }

  private final class Reason {
    var text = "it gave no reason"
  }

  /// The state that a plugin's `save` function gives.
  func state(
    _ save: (
      UnsafeMutableRawPointer?, UnsafePointer<nhan_state_sink>?, UnsafePointer<nhan_message>?
    ) -> nhan_status
  ) throws(NhanError) -> [UInt8] {
    let collector = StateCollector()
    var sink = nhan_state_sink(
      size: UInt32(MemoryLayout<nhan_state_sink>.size), reserved: 0,
      context: Unmanaged.passUnretained(collector).toOpaque(),
      append: { context, bytes, count in
        Unmanaged<StateCollector>.fromOpaque(context!).takeUnretainedValue()
          .bytes.append(contentsOf: cElements(bytes, count))
      })
    try run { handle, message in withExtendedLifetime(collector) { save(handle, &sink, message) } }
    return collector.bytes
  }

  private final class StateCollector {
    var bytes: [UInt8] = []
  }
}

/// Elements that a plugin gives; none for NULL or a count that no memory has.
func cElements<Element>(_ start: UnsafePointer<Element>?, _ count: Int) -> UnsafeBufferPointer<Element> {
  start == nil || count < 0
    ? UnsafeBufferPointer(start: nil, count: 0) : UnsafeBufferPointer(start: start, count: count)
}

/// Text that a plugin gives, repaired where it is not UTF-8.
func cText(_ text: UnsafePointer<CChar>?, _ count: Int) -> String {
  cElements(text, count).withMemoryRebound(to: UInt8.self) { String(decoding: $0, as: UTF8.self) }
}

/// One lock a serial stage, for the whole process.
final class SerialLock: Sendable {
  let mutex = Mutex(())
  private static let known = Mutex<[UInt: SerialLock]>([:])

  static func of(_ table: StageTable) -> SerialLock {
    let key = UInt(bitPattern: table.table)
    return known.withLock { locks in
      if let lock = locks[key] { return lock }
      let lock = SerialLock()
      locks[key] = lock
      return lock
    }
  }
}

/// What this host offers to plugins.
public struct HostTable: @unchecked Sendable {
  // Sendable: written once, freed never.
  let pointer: UnsafePointer<nhan_host>

  private static let sink = Mutex<(@Sendable (String) -> Void)?>(nil)

  /// Sends what plugins log somewhere; before it is called nothing is shown.
  public static func setLog(_ body: @escaping @Sendable (String) -> Void) { sink.withLock { $0 = body } }

  /// With every function.
  static let shared = HostTable(logs: true)
  /// Without the optional ones.
  static let bare = HostTable(logs: false)

  private init(logs: Bool) {
    let memory = UnsafeMutablePointer<nhan_host>.allocate(capacity: 1)
    memory.initialize(
      to: nhan_host(
        size: UInt32(MemoryLayout<nhan_host>.size), abi_version: NHAN_PLUGIN_ABI,
        log: logs
          ? { _, text, count in
            let line = cText(text, count)
            HostTable.sink.withLock { $0 }?(line)
          } : nil))
    pointer = UnsafePointer(memory)
  }
}
