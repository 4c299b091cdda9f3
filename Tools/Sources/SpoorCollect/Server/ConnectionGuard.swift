// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Limits connections: the time for a request to arrive, the time between two requests, the time that a client may
/// stall a response, and the number of connections.
///
/// A connection above the limit closes the one that has been idle longest, so that idle connections cannot block a
/// sender of spans.
final class ConnectionGuard: ChannelInboundHandler, ChannelOutboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// The event that makes the handler send `100 Continue` to a client that waits for it (`Expect: 100-continue`).
  struct SendsContinue: Sendable {}

  /// How long a client that has closed its half of the connection may wait for its response. Some close it after the
  /// request, and so does a client that was killed.
  private static let graceAfterHalfClose = TimeAmount.seconds(5)

  private let connections: OpenConnections
  private let requestTimeout: TimeAmount
  private let idleTimeout: TimeAmount
  private var deadline: Scheduled<Void>?
  private var stall: Scheduled<Void>?
  private var awaitsContinue = false
  private var isServing = false

  init(connections: OpenConnections, requestTimeout: TimeAmount, idleTimeout: TimeAmount) {
    self.connections = connections
    self.requestTimeout = requestTimeout
    self.idleTimeout = idleTimeout
  }

  func channelActive(context: ChannelHandlerContext) {
    connections.opened(context.channel)
    deadline = close(context, after: requestTimeout, instead: deadline)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    stall?.cancel()
    connections.closed(context.channel)
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      isServing = true
      awaitsContinue = head.headerFields[.expect]?.lowercased() == "100-continue"
      connections.busy(context.channel)
      deadline = close(context, after: requestTimeout, instead: deadline)
    case .body: break
    case .end: deadline?.cancel()
    }
    context.fireChannelRead(data)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed = event as? ChannelEvent, isServing {
      deadline = close(context, after: Self.graceAfterHalfClose, instead: deadline)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard event is SendsContinue else {
      context.triggerUserOutboundEvent(event, promise: promise)
      return
    }
    if awaitsContinue {
      awaitsContinue = false
      context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }
    promise?.succeed()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .end = unwrapOutboundIn(data) else {
      context.write(data, promise: promise)
      return
    }
    isServing = false
    connections.idle(context.channel)
    deadline = close(context, after: idleTimeout, instead: deadline)
    if awaitsContinue {
      // The client has not sent its body but may still do so. The next bytes could be the body or a new request.
      let channel = context.channel
      context.write(data).whenComplete { _ in channel.close(promise: nil) }
      promise?.succeed()
      context.flush()
    } else {
      context.write(data, promise: promise)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable {
      stall?.cancel()
    } else {
      stall = close(context, after: requestTimeout, instead: stall)
    }
    context.fireChannelWritabilityChanged()
  }

  private func close(_ context: ChannelHandlerContext, after time: TimeAmount, instead old: Scheduled<Void>?)
    -> Scheduled<Void>
  {
    old?.cancel()
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }
}
