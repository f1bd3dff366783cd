#if Lake
  /// Where a lake is, as users write it: `s3://bucket/folder`, `gs://…`, `abfs://…`, or a directory of the machine.
  package struct StoreLocation: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case s3, gs, abfs

      /// What people call it.
      package var name: String {
        switch self {
        case .s3: "S3"
        case .gs: "Google Cloud Storage"
        case .abfs: "Azure Blob Storage"
        }
      }
    }

    /// Which kind of store it is.
    package var kind: Kind
    /// The scheme as Arrow knows it, such as `abfss`.
    var scheme: String
    /// Bucket, or container and account, perhaps with credentials before it.
    var authority: String
    /// Within the bucket, without slashes around it; taken as it is, not as a URI.
    package var path: String

    /// `nil` for a directory of the machine, which has no scheme, or `file:`.
    package init?(_ text: String) {
      guard let mark = text.firstRange(of: "://") else { return nil }
      let scheme = text[..<mark.lowerBound].lowercased()
      switch scheme {
      case "s3", "s3a", "s3n": (kind, self.scheme) = (.s3, "s3")
      case "gs", "gcs": (kind, self.scheme) = (.gs, "gs")
      case "abfs", "abfss": (kind, self.scheme) = (.abfs, scheme)
      default: return nil
      }
      let rest = text[mark.upperBound...]
      authority = String(rest.prefix { $0 != "/" })
      path = rest.dropFirst(authority.count).split(separator: "/").joined(separator: "/")
    }

    /// The location without credentials, for messages.
    package var description: String {
      var shown = authority
      // What precedes an @ is a container in Azure's locations, and a secret in others.
      if kind != .abfs, let at = shown.lastIndex(of: "@") { shown = String(shown[shown.index(after: at)...]) }
      return "\(scheme)://\(shown)" + (path.isEmpty ? "" : "/\(path)")
    }

    /// The directory that a text means which is no location of a store.
    package static func directory(_ text: String) -> String {
      text.hasPrefix("file://") ? String(text.dropFirst("file://".count)) : text
    }
  }
#endif
