#if Lake
  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #endif

  import AsyncHTTPClient
  import NIOCore
  import NIOHTTP1

  /// Writes objects only where there is none of their name, which Arrow's file systems cannot: `PUT` with `If-None-Match: *`.
  final class ConditionalPut: Sendable {
    private let bucket: String
    private let client: HTTPClient

    private static let timeout = TimeAmount.seconds(60)

    init(bucket: String) {
      self.bucket = bucket
      var configuration = HTTPClient.Configuration()
      configuration.redirectConfiguration = .disallow
      configuration.timeout = HTTPClient.Configuration.Timeout(connect: .seconds(10), read: Self.timeout)
      client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit { client.shutdown { _ in } }

    /// - Returns: whether the object was written; `false` when there is one of its name.
    func put(_ key: String, _ bytes: UnsafeRawBufferPointer, access: S3Access) throws(ArrowFailure) -> Bool {
      let signed = S3Request(puttingIfAbsent: key, bucket: bucket, bytes, access: access, seconds: Int(time(nil)))
      let response: HTTPClient.Response
      do {
        var request = try HTTPClient.Request(url: signed.url, method: .PUT)
        for header in signed.headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .byteBuffer(ByteBuffer(bytes: bytes))
        response = try client.execute(request: request, deadline: .now() + Self.timeout).wait()
      } catch {
        throw ArrowFailure(.io, "the store did not answer when \(key) was written: \(error)")
      }
      switch response.status.code {
      case 200..<300: return true
      case 412: return false
      // Another writer is at it at this very moment: whether it gets through is not said.
      case 409: throw ArrowFailure(.io, "another writer of \(key) is in the way")
      default:
        let body = response.body.map { String(decoding: $0.readableBytesView.prefix(500), as: UTF8.self) } ?? ""
        let kind: ArrowFailure.Kind =
          switch response.status.code {
          case 501: .unsupported
          // It was too slow to come, or there were too many: the same may get through later. S3 says the former with 400, too.
          case 408, 425, 429: .io
          case 400 where body.contains("<Code>RequestTimeout</Code>"): .io
          default: response.status.code < 500 ? .invalid : .io
          }
        throw ArrowFailure(kind, "the store answered \(response.status.code) when \(key) was written: \(body)")
      }
    }
  }
#endif
