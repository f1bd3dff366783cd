#if Server
  import HummingbirdCore
  import HummingbirdTLS
  import NIOSSL
  import Tidemill

  /// TLS with a certificate and its key from PEM files.
  struct SecureTransport: Sendable {
    private let configuration: TLSConfiguration

    /// - Throws: `TidemillError` when they cannot be read or do not belong together.
    init(certificate: String, key: String) throws {
      let certificates: [NIOSSLCertificate]
      do { certificates = try NIOSSLCertificate.fromPEMFile(certificate) } catch {
        throw TidemillError(
          .invalidQuery, "no certificates can be read from \(certificate)", hint: "--tls-cert takes a file in PEM format")
      }
      let privateKey: NIOSSLPrivateKey
      do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
        throw TidemillError(.invalidQuery, "no key can be read from \(key)", hint: "--tls-key takes a file in PEM format")
      }
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(privateKey))
      configuration.minimumTLSVersion = .tlsv12
      do { _ = try NIOSSLContext(configuration: configuration) } catch {
        throw TidemillError(
          .invalidQuery, "the key in \(key) is not that of the certificate in \(certificate)",
          hint: "the certificate of the server comes first in its file, those that vouch for it behind it")
      }
      self.configuration = configuration
    }

    func over(_ plain: HTTPServerBuilder) -> HTTPServerBuilder {
      let configuration = configuration
      // What could go wrong has been tried.
      return (try? .tls(plain, tlsConfiguration: configuration)) ?? HTTPServerBuilder { _ in
        throw TidemillError(.io, "TLS cannot be set up")
      }
    }
  }
#endif
