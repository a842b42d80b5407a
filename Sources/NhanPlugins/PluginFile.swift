import Crypto
import NhanCore

/// A shared library on disk, looked at without running anything of it.
struct PluginFile: Sendable {
  /// Its path.
  let path: String
  /// The SHA-256 of its bytes, in lower-case hexadecimal.
  let digest: String

  /// Reads the file and checks that it is a shared library for this machine.
  /// - Throws: `NhanError` (failure): `unreadable`, `not-a-plugin`, `plugin-architecture`.
  init(_ path: String) throws(NhanError) {
    self.path = path
    let bytes = try MappedFile.map(path)
    let header = bytes.withUnsafeBytes { Array($0.prefix(20)) }
    guard header.count == 20, header[0..<4] == [0x7f, 0x45, 0x4c, 0x46] else {
      throw NhanError(
        .failure, code: "not-a-plugin", "not a shared library: it is no ELF file", at: Place(file: path),
        hint: "build it with 'swift build' or 'cc -shared -fPIC'")
    }
    let found = Self.architecture(header)
    let own = Self.ownArchitecture
    guard found == own else {
      throw NhanError(
        .failure, code: "plugin-architecture", "the plugin is built for \(found), this program for \(own)",
        at: Place(file: path), hint: "build it on this machine")
    }
    digest = bytes.withUnsafeBytes { buffer in
      var hash = SHA256()
      hash.update(bufferPointer: buffer)
      let digits = Array("0123456789abcdef".utf8)
      return String(
        decoding: hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
  }

  /// The machine that an ELF header names (class, byte order, `e_machine`).
  static func architecture(_ header: [UInt8]) -> String {
    let machine =
      header[5] == 1
      ? Int(header[18]) | Int(header[19]) << 8 : Int(header[18]) << 8 | Int(header[19])
    let name =
      switch machine {
      case 3: "x86"
      case 40: "arm"
      case 62: "x86_64"
      case 183: "aarch64"
      case 243: "riscv"
      default: "machine \(machine)"
      }
    return name + (header[4] == 2 ? ", 64 bits" : ", 32 bits")
  }

  /// The machine of this program, in the same words.
  static var ownArchitecture: String {
    #if arch(x86_64)
      "x86_64, 64 bits"
    #elseif arch(arm64)
      "aarch64, 64 bits"
    #elseif arch(riscv64)
      "riscv, 64 bits"
    #else
      "another machine"
    #endif
  }
}
