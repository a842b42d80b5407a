import Foundation
import Nhan
import Testing

/// A headless Chromium, driven by its DevTools protocol (https://chromedevtools.github.io/devtools-protocol).
final class Browser {
  /// One browser for all tests, which run one after the other.
  private nonisolated(unsafe) static var running: Browser?

  /// The browser, started at the first call.
  static func shared() throws -> Browser {
    if let running { return running }
    let browser = try Browser()
    running = browser
    return browser
  }

  private let pipe: MessagePipe
  private var lastID = 0
  /// Events that came while an answer was waited for.
  private(set) var events: [JSONValue] = []

  /// Starts the browser.
  init() throws {
    let program = try Self.program()
    pipe = try MessagePipe(
      program,
      [
        // Tests in containers run as root, where Chromium's sandbox does not work; the pages are our own.
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking", "--remote-debugging-pipe", "about:blank",
      ])
  }

  /// The program: `NHAN_CHROMIUM`, or the first known name on the `PATH`.
  private static func program() throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let named = environment["NHAN_CHROMIUM"].map { [$0] }
    let candidates =
      named
      ?? ["chromium", "chromium-browser", "google-chrome"].flatMap { name in
        folders.map { "\($0)/\(name)" }
      }
    guard let found = candidates.first(where: FileManager.default.isExecutableFile) else {
      throw BrowserError(
        message: """
          these tests need Chromium, and there is \(named.map { "no program \($0[0])" } ?? "none on the PATH"): \
          apt-get install chromium (or set NHAN_CHROMIUM to the path of a Chromium or Chrome)
          """)
    }
    return found
  }

  /// Calls a method and waits for its answer.
  func call(
    _ method: String, _ parameters: [(key: String, value: JSONValue)] = [], session: String? = nil
  ) throws -> JSONValue {
    lastID += 1
    var members: [(key: String, value: JSONValue)] = [
      ("id", .integer(lastID)), ("method", .string(method)), ("params", .object(parameters)),
    ]
    if let session { members.append(("sessionId", .string(session))) }
    try pipe.send(.object(members))
    while true {
      let message = try pipe.receive()
      guard message["id"]?.intValue == lastID else {
        events.append(message)
        continue
      }
      if let error = message["error"] {
        throw BrowserError(message: "\(method): \(error["message"]?.stringValue ?? "failed")")
      }
      return message["result"] ?? .null
    }
  }

  /// Waits for an event of a page.
  func wait(for method: String, session: String) throws {
    func isIt(_ event: JSONValue) -> Bool {
      event["method"]?.stringValue == method && event["sessionId"]?.stringValue == session
    }
    while !events.contains(where: isIt) { events.append(try pipe.receive()) }
  }
}

/// How a page is looked at.
struct View: CustomTestStringConvertible {
  var width = 1100
  var scheme = "light"
  var runsScripts = true

  var testDescription: String { "\(scheme), \(width) pixels, scripts \(runsScripts ? "on" : "off")" }
}

/// A page that is open.
final class Page {
  private let browser: Browser
  private let session: String
  private let target: String

  /// Opens a file.
  init(_ file: String, in browser: Browser, _ view: View = View()) throws {
    self.browser = browser
    target = try browser.call("Target.createTarget", [("url", "about:blank")])["targetId"]?.stringValue ?? ""
    session =
      try browser.call("Target.attachToTarget", [("targetId", .string(target)), ("flatten", .bool(true))])[
        "sessionId"]?.stringValue ?? ""
    for domain in ["Page", "Runtime", "Log", "Network"] { try call("\(domain).enable") }
    try call(
      "Emulation.setDeviceMetricsOverride",
      [
        ("width", .integer(view.width)), ("height", 844), ("deviceScaleFactor", 1),
        ("mobile", .bool(view.width < 600)),
      ])
    let scheme = JSONValue.object([("name", "prefers-color-scheme"), ("value", .string(view.scheme))])
    try call("Emulation.setEmulatedMedia", [("features", .array([scheme]))])
    try call("Emulation.setScriptExecutionDisabled", [("value", .bool(!view.runsScripts))])
    try call("Page.navigate", [("url", .string(URL(fileURLWithPath: file).absoluteString))])
    try browser.wait(for: "Page.loadEventFired", session: session)
  }

  deinit { _ = try? browser.call("Target.closeTarget", [("targetId", .string(target))]) }

  @discardableResult
  private func call(_ method: String, _ parameters: [(key: String, value: JSONValue)] = []) throws
    -> JSONValue
  {
    try browser.call(method, parameters, session: session)
  }

  /// The value of a JavaScript expression.
  func evaluate(_ expression: String) throws -> JSONValue {
    let answer = try call(
      "Runtime.evaluate", [("expression", .string(expression)), ("returnByValue", .bool(true))])
    if let exception = answer["exceptionDetails"] {
      throw BrowserError(message: String(decoding: exception.serialized(), as: UTF8.self))
    }
    return answer["result"]?["value"] ?? .null
  }

  /// The strings that a JavaScript expression gives.
  func strings(_ expression: String) throws -> [String] {
    guard let values = try evaluate(expression).arrayValue else {
      throw BrowserError(message: "no list: \(expression)")
    }
    return values.compactMap(\.stringValue)
  }

  /// Presses a key.
  func press(_ key: String, code: Int) throws {
    for type in ["keyDown", "keyUp"] {
      try call(
        "Input.dispatchKeyEvent",
        [
          ("type", .string(type)), ("key", .string(key)), ("code", .string(key)),
          ("windowsVirtualKeyCode", .integer(code)),
        ])
    }
  }

  /// What the browser complained of, and addresses that were asked for besides the page's own.
  var complaints: [String] {
    browser.events.filter { $0["sessionId"]?.stringValue == session }.compactMap { event in
      let parameters = event["params"] ?? .null
      switch event["method"]?.stringValue {
      case "Log.entryAdded": return parameters["entry"]?["text"]?.stringValue
      case "Runtime.exceptionThrown", "Runtime.consoleAPICalled":
        return String(decoding: parameters.serialized(), as: UTF8.self)
      case "Network.requestWillBeSent":
        let url = parameters["request"]?["url"]?.stringValue ?? ""
        return parameters["type"]?.stringValue == "Document" ? nil : "asks for \(url)"
      default: return nil
      }
    }
  }

  /// Saves a picture of the whole page for a person to look at, if `NHAN_SCREENSHOTS` names a folder.
  func picture(_ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["NHAN_SCREENSHOTS"] else { return }
    let answer = try call("Page.captureScreenshot", [("captureBeyondViewport", .bool(true))])
    let data = Data(base64Encoded: answer["data"]?.stringValue ?? "") ?? Data()
    try data.write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).png"))
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A number.
  public init(integerLiteral value: Int) { self = .integer(value) }
}
