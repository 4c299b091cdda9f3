// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import SpoorTesting
import Testing
import Tracing

/// gRPC Swift 2 with Spoor's tracer: calls over HTTP/2, the trace in the metadata.
///
/// gRPC Swift 2 writes no spans itself; grpc-swift-extras has interceptors for that. The interceptors here are as small
/// as possible, to show what they need from a tracer.
@Suite struct GRPCTests {
  private struct TracingClientInterceptor: ClientInterceptor {
    let tracer: any Tracer

    func intercept<Input: Sendable, Output: Sendable>(
      request: StreamingClientRequest<Input>, context: ClientContext,
      next: (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
      try await tracer.withSpan(context.descriptor.fullyQualifiedMethod, ofKind: .client) { span in
        var request = request
        tracer.inject(span.context, into: &request.metadata, using: MetadataCarrier())
        return try await next(request, context)
      }
    }
  }

  private struct TracingServerInterceptor: ServerInterceptor {
    let tracer: any Tracer

    func intercept<Input: Sendable, Output: Sendable>(
      request: StreamingServerRequest<Input>, context: GRPCCore.ServerContext,
      next:
        @Sendable (StreamingServerRequest<Input>, GRPCCore.ServerContext) async throws -> StreamingServerResponse<
          Output
        >
    ) async throws -> StreamingServerResponse<Output> {
      var incoming = ServiceContext.topLevel
      tracer.extract(request.metadata, into: &incoming, using: MetadataCarrier())
      return try await tracer.withSpan(
        context.descriptor.fullyQualifiedMethod, context: incoming, ofKind: .server
      ) { _ in
        try await next(request, context)
      }
    }
  }

  private struct MetadataCarrier: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into metadata: inout Metadata) {
      metadata.replaceOrAddString(value, forKey: key)
    }

    func extract(key: String, from metadata: Metadata) -> String? {
      metadata[stringValues: key].first { _ in true }
    }
  }

  private struct Greeter: RegistrableRPCService {
    static let hello = MethodDescriptor(fullyQualifiedService: "shop.Greeter", method: "Hello")
    let tracer: any Tracer

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
      router.registerHandler(
        forMethod: Self.hello, deserializer: TextCoding(), serializer: TextCoding()
      ) { request, _ in
        let request = try await ServerRequest(stream: request)
        guard !request.message.isEmpty else { throw RPCError(code: .invalidArgument, message: "nobody to greet") }
        let greeting = tracer.withSpan("greet") { _ in "hello \(request.message)" }
        return StreamingServerResponse(single: ServerResponse(message: greeting))
      }
    }
  }

  private struct TextCoding: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: String) throws -> Bytes { Bytes(Array(message.utf8)) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> String {
      unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
  }

  private func greet(_ name: String, _ telemetry: TelemetryCapture) async throws -> String {
    let tracer = telemetry.tracer
    return try await withGRPCServer(
      transport: .http2NIOPosix(address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext),
      services: [Greeter(tracer: tracer)], interceptors: [TracingServerInterceptor(tracer: tracer)]
    ) { server in
      let address = try #require(try await server.listeningAddress?.ipv4)
      return try await withGRPCClient(
        transport: try .http2NIOPosix(
          target: .ipv4(address: address.host, port: address.port), transportSecurity: .plaintext),
        interceptors: [TracingClientInterceptor(tracer: tracer)]
      ) { client in
        try await client.unary(
          request: ClientRequest(message: name), descriptor: Greeter.hello, serializer: TextCoding(),
          deserializer: TextCoding(), options: .defaults
        ) { try $0.message }
      }
    }
  }

  @Test func aCallIsAClientSpanAServerSpanBelowItAndTheWorkBelowThat() async throws {
    let telemetry = try TelemetryCapture()
    #expect(try await greet("Ada", telemetry) == "hello Ada")
    let spans = try await telemetry.spans(atLeast: 3)
    let client = try #require(spans.first { $0.kind == .client })
    let server = try #require(spans.first { $0.kind == .server })
    let work = try #require(spans.first { $0.name == "greet" })
    #expect(client.name == "shop.Greeter/Hello" && server.name == client.name)
    #expect(server.parentSpanID == client.spanID && work.parentSpanID == server.spanID)
    #expect(Set(spans.map(\.traceID)).count == 1)
  }

  @Test func aCallThatIsRefusedMarksTheServersSpan() async throws {
    let telemetry = try TelemetryCapture()
    await #expect(throws: RPCError.self) { try await greet("", telemetry) }
    let server = try #require(try await telemetry.spans(atLeast: 2).first { $0.kind == .server })
    #expect(server.hasFailed && server.attributes["error.type"] == "RPCError")
  }
}
