#if Lake
  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// Where an S3 store is and what requests to it are signed with.
  struct S3Access: Sendable {
    /// `https` or `http`.
    var scheme: String
    /// Host and port; empty for Amazon's own.
    var endpoint: String
    var region: String
    var accessKey: String
    var secretKey: String
    /// Empty for credentials that last.
    var sessionToken: String
    /// Whether the bucket is a part of the host's name.
    var usesVirtualHosts: Bool
  }

  /// A request to S3, signed by version 4 of its signatures.
  struct S3Request {
    var method: String
    var url: String
    /// Without `Host`, which belongs to the URL.
    var headers: [(name: String, value: String)]

    /// A `PUT` of an object that is refused if there is one of its name.
    ///
    /// - Parameters:
    ///   - key: the object's name within its bucket.
    ///   - seconds: the time since 1970.
    init(puttingIfAbsent key: String, bucket: String, _ bytes: UnsafeRawBufferPointer, access: S3Access, seconds: Int) {
      let (host, path) = Self.place(of: key, bucket: bucket, access: access)
      let hash = SHA256.hexadecimal(SHA256.of(bytes))
      let (day, moment) = Self.texts(of: seconds)
      var signed = [
        ("host", host), ("if-none-match", "*"), ("x-amz-content-sha256", hash), ("x-amz-date", moment),
      ]
      if !access.sessionToken.isEmpty { signed.append(("x-amz-security-token", access.sessionToken)) }

      let names = signed.map(\.0).joined(separator: ";")
      let canonical =
        "PUT\n\(path)\n\n" + signed.map { "\($0.0):\($0.1)\n" }.joined() + "\n\(names)\n\(hash)"
      let scope = "\(day)/\(access.region)/s3/aws4_request"
      let text = "AWS4-HMAC-SHA256\n\(moment)\n\(scope)\n" + SHA256.hexadecimal(SHA256.of(Array(canonical.utf8)))
      var key = Array("AWS4\(access.secretKey)".utf8)
      for part in [day, access.region, "s3", "aws4_request", text] { key = SHA256.of(Array(part.utf8), key: key) }

      method = "PUT"
      url = "\(access.scheme)://\(host)\(path)"
      headers = signed.dropFirst().map { (name: $0.0, value: $0.1) }
      headers.append(
        (
          "authorization",
          "AWS4-HMAC-SHA256 Credential=\(access.accessKey)/\(scope), SignedHeaders=\(names), Signature=\(SHA256.hexadecimal(key))"
        ))
    }

    /// The host, with a port that is not the usual one, and the path.
    private static func place(of key: String, bucket: String, access: S3Access) -> (host: String, path: String) {
      let usual = access.scheme == "https" ? ":443" : ":80"
      var host = access.endpoint.isEmpty ? "s3.\(access.region).amazonaws.com" : access.endpoint
      if host.hasSuffix(usual) { host.removeLast(usual.count) }
      if access.usesVirtualHosts { return ("\(bucket).\(host)", "/\(escaped(key))") }
      return (host, "/\(escaped(bucket))/\(escaped(key))")
    }

    /// Each byte but those that S3 leaves alone in a path as `%` and two digits.
    static func escaped(_ text: String) -> String {
      let digits = Array("0123456789ABCDEF".utf8)
      var result: [UInt8] = []
      for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
          result.append(byte)
        default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
      }
      return String(decoding: result, as: UTF8.self)
    }

    /// `20240301` and `20240301T120000Z`.
    static func texts(of seconds: Int) -> (day: String, moment: String) {
      var time = time_t(seconds)
      var parts = tm()
      gmtime_r(&time, &parts)
      func padded(_ number: Int32, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
      }
      let day = padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2) + padded(parts.tm_mday, 2)
      return (day, "\(day)T" + padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2) + "Z")
    }
  }
#endif
