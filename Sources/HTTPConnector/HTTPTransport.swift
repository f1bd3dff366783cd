import TidemillColumns

/// One request, as the sink wants it sent.
struct HTTPPost: Sendable {
  var url: String
  var headers: [HTTPOptions.Header]
  var body: [UInt8]
  /// How long the answer may take, from the first byte sent to the last one read.
  var timeout: TimeSpan
}

/// What a server said.
struct HTTPAnswer: Sendable {
  var status: Int
  /// Header `Retry-After`, as it came.
  var retryAfter: String?
  /// The first bytes of the body, for people.
  var beginning: [UInt8]

  init(status: Int, retryAfter: String? = nil, beginning: [UInt8] = []) {
    self.status = status
    self.retryAfter = retryAfter
    self.beginning = beginning
  }

  /// How much of a body is kept: more than is shown, since what must not be shown is taken out before it is cut.
  static let longestBeginning = 4096
}

/// That no answer came: the server may have taken the request, or not.
struct HTTPFailure: Error, Sendable {
  /// What happened, as a part of a sentence, without credentials.
  var problem: String
}

/// Sends requests, one at a time.
protocol HTTPTransport: AnyObject, Sendable {
  /// - Throws: `HTTPFailure` when no answer came, which may be otherwise the next time; anything else ends the job.
  func post(_ post: HTTPPost) async throws -> HTTPAnswer

  /// Gives connections back. Called once, after the last request.
  func close() async
}
