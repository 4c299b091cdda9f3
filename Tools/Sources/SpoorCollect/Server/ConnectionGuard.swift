import Foundation
import NIOCore
import NIOHTTPTypes

/// Bounds what a connection may take: time for a request to arrive, time between two, and how many connections there are.
///
/// One connection more than allowed closes the one that has been idle longest: thousands of idle ones cannot keep out a
/// sender with something to say.
final class ConnectionGuard: ChannelInboundHandler, ChannelOutboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let connections: OpenConnections
  private let requestTimeout: TimeAmount
  private let idleTimeout: TimeAmount
  private var deadline: Scheduled<Void>?

  init(connections: OpenConnections, requestTimeout: TimeAmount, idleTimeout: TimeAmount) {
    self.connections = connections
    self.requestTimeout = requestTimeout
    self.idleTimeout = idleTimeout
  }

  func channelActive(context: ChannelHandlerContext) {
    connections.opened(context.channel)
    close(context, after: requestTimeout)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    connections.closed(context.channel)
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      connections.busy(context.channel)
      close(context, after: requestTimeout)
    case .body: break
    case .end: deadline?.cancel()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) {
      connections.idle(context.channel)
      close(context, after: idleTimeout)
    }
    context.write(data, promise: promise)
  }

  private func close(_ context: ChannelHandlerContext, after time: TimeAmount) {
    deadline?.cancel()
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }
}

/// The connections that are open, those that wait for a request in the order of their waiting.
final class OpenConnections: @unchecked Sendable {  // Everything mutable is guarded by `lock`.
  private let maximum: Int
  private let lock = NSLock()
  private var ages: [ObjectIdentifier: UInt64] = [:]
  private var idleByAge: [(age: UInt64, channel: any Channel)] = []
  private var oldest = 0
  private var clock: UInt64 = 0

  init(maximum: Int) { self.maximum = maximum }

  /// How many there are.
  var count: Int { lock.withLock { ages.count } }

  func opened(_ channel: any Channel) {
    let victim: (any Channel)? = lock.withLock {
      note(channel)
      return ages.count > maximum ? longestIdle() : nil
    }
    victim?.close(promise: nil)
  }

  func closed(_ channel: any Channel) { _ = lock.withLock { ages.removeValue(forKey: ObjectIdentifier(channel)) } }

  func busy(_ channel: any Channel) { lock.withLock { ages[ObjectIdentifier(channel)] = 0 } }

  func idle(_ channel: any Channel) {
    lock.withLock { if ages[ObjectIdentifier(channel)] != nil { note(channel) } }
  }

  private func note(_ channel: any Channel) {
    clock += 1
    ages[ObjectIdentifier(channel)] = clock
    idleByAge.append((clock, channel))
    // What lies before `oldest`, or was overtaken, is let go of when it is the greater part.
    guard idleByAge.count > 2 * ages.count + 64 else { return }
    idleByAge = idleByAge[oldest...].filter { ages[ObjectIdentifier($0.channel)] == $0.age }
    oldest = 0
  }

  private func longestIdle() -> (any Channel)? {
    while oldest < idleByAge.count {
      let entry = idleByAge[oldest]
      oldest += 1
      if ages[ObjectIdentifier(entry.channel)] == entry.age {
        ages[ObjectIdentifier(entry.channel)] = nil
        return entry.channel
      }
    }
    return nil
  }
}
