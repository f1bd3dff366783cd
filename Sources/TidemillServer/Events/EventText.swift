#if Server
  import Hummingbird
  import Tidemill

  /// Server-sent events as text.
  enum EventText {
    /// An event up to its rows, a JSON array; `tail` follows them.
    static func head(_ name: String, epoch: Epoch, token: String, watermark: EventTime?, isCut: Bool?) -> [UInt8] {
      var head = Array("event: \(name)\nid: \(epoch).\(token)\ndata: ".utf8)
      head += rowsHead(epoch: epoch, id: nil, watermark: watermark, isCut: isCut)
      return head
    }

    static let tail = Array("}\n\n".utf8)
    /// A comment: nobody sees it, and it keeps the connection.
    static let heartbeat = ByteBuffer(string: ":\n\n")
    static let end = ByteBuffer(string: "event: end\ndata: {}\n\n")

    /// `{"epoch":…,"rows":`, which the rows and `}` complete.
    static func rowsHead(epoch: Epoch, id: String?, watermark: EventTime?, isCut: Bool?) -> [UInt8] {
      var text = JSONText.object { json in
        json.member("epoch", epoch)
        if let id { json.member("id", id) }
        json.member("watermark", watermark)
        if let isCut { json.member("cut", isCut) }
        json.key("rows")
      }
      text.removeLast()
      return text
    }

    /// `<epoch>.<token>`, as `Last-Event-ID` has it; `nil` for anything else.
    static func epoch(of id: String, token: String) -> Epoch? {
      guard let point = id.firstIndex(of: "."), id[id.index(after: point)...] == token, let number = UInt64(id[..<point]) else {
        return nil
      }
      return Epoch(number)
    }
  }
#endif
