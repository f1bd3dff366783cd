#if Server
  import Hummingbird
  import NIOCore
  import NIOHTTPTypes
  import Synchronization

  /// The connections that are open.
  final class Connections: Sendable {
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let stall: TimeAmount
    private let metrics: ServerMetrics

    init(stall: Duration, metrics: ServerMetrics) {
      self.stall = .seconds(stall.components.seconds)
      self.metrics = metrics
    }

    var count: Int { open.withLock { $0.count } }

    /// What watches one of them.
    func handler() -> ConnectionHandler { ConnectionHandler(self, stall: stall) }

    func closeAll() {
      for channel in open.withLock({ Array($0.values) }) { channel.close(promise: nil) }
    }

    /// Closes one whose client takes nothing, or sends a body too slowly.
    fileprivate func cut(_ channel: any Channel) {
      metrics.countCutConnection()
      channel.close(promise: nil)
    }

    fileprivate func add(_ channel: any Channel) { open.withLock { $0[ObjectIdentifier(channel)] = channel } }
    fileprivate func remove(_ channel: any Channel) { open.withLock { $0[ObjectIdentifier(channel)] = nil } }
  }

  /// Counts a connection, and closes it when the client has taken nothing for too long of what waits for it, or sends a request so
  /// slowly that it could hold the connection for ever; also one that was refused, and is read for the sake of the next.
  ///
  /// What waits is little: writers stop as soon as the channel is not writable, and write in pieces, so that
  /// it becomes writable again with each few that the client takes.
  final class ConnectionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let connections: Connections
    private let stall: TimeAmount
    private var closing: Scheduled<Void>?
    private var pacing: Scheduled<Void>?
    /// Bytes of the body since the pace was last looked at.
    private var received = 0

    /// Bytes a second that a client sends at least of a body that has begun.
    private static let slowestPace = 1 << 10

    fileprivate init(_ connections: Connections, stall: TimeAmount) {
      self.connections = connections
      self.stall = stall
    }

    func handlerAdded(context: ChannelHandlerContext) { connections.add(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { forget(context) }

    func channelInactive(context: ChannelHandlerContext) {
      forget(context)
      context.fireChannelInactive()
    }

    private func forget(_ context: ChannelHandlerContext) {
      closing?.cancel()
      closing = nil
      pacing?.cancel()
      pacing = nil
      connections.remove(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head: watchPace(context)
      case .body(let part): received += part.readableBytes
      case .end:
        pacing?.cancel()
        pacing = nil
      }
      context.fireChannelRead(data)
    }

    private func watchPace(_ context: ChannelHandlerContext) {
      received = 0
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      let least = Int(stall.nanoseconds / 1_000_000_000) * Self.slowestPace
      pacing = context.eventLoop.scheduleTask(in: stall) {
        let (handler, context) = bound.value
        if handler.received < least { handler.connections.cut(context.channel) } else { handler.watchPace(context) }
      }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
      closing?.cancel()
      closing = nil
      if !context.channel.isWritable {
        let (connections, channel) = (connections, context.channel)
        closing = context.eventLoop.scheduleTask(in: stall) { connections.cut(channel) }
      }
      context.fireChannelWritabilityChanged()
    }
  }

  @available(*, unavailable)
  extension ConnectionHandler: Sendable {}
#endif
