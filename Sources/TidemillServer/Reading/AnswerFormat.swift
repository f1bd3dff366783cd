#if Server
  import Hummingbird

  /// How rows are written for a client.
  enum AnswerFormat: String, CaseIterable {
    case json, csv, arrow

    /// Those that this build writes.
    static var written: [AnswerFormat] {
      #if Lake
        [.json, .csv, .arrow]
      #else
        [.json, .csv]
      #endif
    }

    var mediaType: String {
      switch self {
      case .json: "application/json"
      case .csv: "text/csv"
      case .arrow: "application/vnd.apache.arrow.stream"
      }
    }

    var contentType: String { self == .csv ? "text/csv; charset=utf-8; header=present" : mediaType }

    /// By the parameter `format`, else by the header `Accept`, of which the first with the highest weight counts.
    ///
    /// - Throws: `Problem` when there is none that the client takes.
    static func chosen(parameter: String?, accept: String?) throws -> AnswerFormat {
      if let parameter {
        guard let format = AnswerFormat(rawValue: parameter) else {
          throw Problem(.badRequest, "Wrong parameter", "format cannot be '\(parameter)'; it takes json, csv or arrow")
        }
        return format
      }
      guard let accept, !accept.isEmpty else { return .json }
      var best: (format: AnswerFormat, weight: Double)?
      for part in accept.split(separator: ",") {
        let words = part.split(separator: ";").map { $0.trimming(" \t") }
        guard let range = words.first?.lowercased() else { continue }
        let weight = words.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
        let format = written.first { format in
          let type = format.mediaType
          return range == type || range == "*/*" || range == type.prefix { $0 != "/" } + "/*"
        }
        if let format, weight > best?.weight ?? 0 { best = (format, weight) }
      }
      if let best { return best.format }
      throw Problem(
        .notAcceptable, "Not acceptable",
        "rows come as \(written.map(\.mediaType).joined(separator: ", ")), and the request takes '\(accept)'")
    }
  }

  extension Substring {
    func trimming(_ characters: String) -> Substring {
      var text = self
      while let first = text.first, characters.contains(first) { text.removeFirst() }
      while let last = text.last, characters.contains(last) { text.removeLast() }
      return text
    }
  }
#endif
