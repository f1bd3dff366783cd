import Foundation

/// A page in the browser.
struct Tab: Sendable {
  enum Size: String, CaseIterable {
    case desktop, phone

    var pixels: (width: Int, height: Int) { self == .desktop ? (1400, 900) : (390, 844) }
  }

  private let browser: Chromium
  private let session: String

  init(_ browser: Chromium, _ address: String, size: Size = .desktop, isDark: Bool = false) async throws {
    self.browser = browser
    let target = try await browser.call("Target.createTarget", ["url": "about:blank"]).targetId!
    session = try await browser.call("Target.attachToTarget", ["targetId": target, "flatten": true]).sessionId!
    for part in ["Page", "Runtime", "Log"] { try await browser.call("\(part).enable", session: session) }
    try await resize(size)
    try await browser.call(
      "Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]],
      session: session)
    try await browser.call("Page.navigate", ["url": address], session: session)
  }

  func resize(_ size: Size) async throws {
    let (width, height) = size.pixels
    try await browser.call(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == .phone], session: session)
  }

  /// What went wrong in it so far.
  var complaints: [String] { browser.complaints(session) }

  /// The value of an expression of JavaScript, by way of JSON.
  func value<Value: Decodable>(_ expression: String, as type: Value.Type = Value.self) async throws -> Value {
    let result = try await browser.call(
      "Runtime.evaluate",
      ["expression": "Promise.resolve(\(expression)).then(JSON.stringify)", "awaitPromise": true, "returnByValue": true],
      session: session)
    if let details = result.exceptionDetails {
      throw BrowserTrouble("\(expression): \(details.exception?.description ?? details.text ?? "")")
    }
    guard let text = result.result?.value else { throw BrowserTrouble("\(expression) has no value") }
    return try JSONDecoder().decode(Value.self, from: Data("[\(text)]".utf8).dropFirst().dropLast())
  }

  /// Runs statements.
  func run(_ statements: String) async throws { _ = try await value("(() => { \(statements); return true })()", as: Bool.self) }

  /// Presses a key, as a person at a keyboard does.
  func press(_ key: String, code: Int, text: String = "") async throws {
    for type in ["keyDown", "keyUp"] {
      var event: [String: any Sendable] = ["type": type, "key": key, "windowsVirtualKeyCode": code]
      if type == "keyDown", !text.isEmpty { event["text"] = text }
      try await browser.call("Input.dispatchKeyEvent", event, session: session)
    }
  }

  /// Returns once an expression is true; it may throw before, where the page does not have what it names yet.
  func waits(for what: String, _ expression: String) async throws {
    try await reached("\(what) (complaints: \(complaints))") {
      try await value("(async () => { try { return Boolean(await (\(expression))) } catch { return false } })()", as: Bool.self)
    }
  }

  /// A PNG of what is to be seen.
  func picture() async throws -> Data {
    let data = try await browser.call("Page.captureScreenshot", ["format": "png"], session: session).data ?? ""
    return Data(base64Encoded: data) ?? Data()
  }
}

/// Returns once the condition holds; a minute is taken for never.
func reached(_ what: String, _ condition: () async throws -> Bool) async throws {
  let end = ContinuousClock.now + .seconds(60)
  while try await !condition() {
    if ContinuousClock.now > end { throw BrowserTrouble("waited in vain for \(what)") }
    try await Task.sleep(for: .milliseconds(20))
  }
}
