// SPDX-License-Identifier: Apache-2.0

// The service of Benchmarks/service.py in Go: an answer to /orders with three spans, as FailingService has them.
//
//	service PORT [COLLECTOR]     COLLECTOR: the URL for Jaeger's format; without it there is no tracing
//
// Debian's OpenTelemetry for Go has no exporter for OTLP or Zipkin, only the one for Jaeger over HTTP.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/jaeger"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: service PORT [COLLECTOR]")
		os.Exit(2)
	}
	var provider *sdktrace.TracerProvider
	if len(os.Args) > 2 {
		exporter, err := jaeger.New(jaeger.WithCollectorEndpoint(jaeger.WithEndpoint(os.Args[2])))
		if err != nil {
			panic(err)
		}
		provider = sdktrace.NewTracerProvider(
			sdktrace.WithBatcher(exporter),
			sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "go-service"))))
		otel.SetTracerProvider(provider)
	}
	otel.SetTextMapPropagator(propagation.TraceContext{})
	tracer := otel.Tracer("service")

	handler := func(writer http.ResponseWriter, request *http.Request) {
		context := otel.GetTextMapPropagator().Extract(request.Context(), propagation.HeaderCarrier(request.Header))
		context, span := tracer.Start(context, "GET /orders", trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		span.SetAttributes(
			attribute.String("http.request.method", "GET"), attribute.String("url.path", request.URL.Path),
			attribute.String("http.route", "/orders"), attribute.String("server.address", request.Host))
		orders(context, tracer)
		span.SetAttributes(attribute.Int("http.response.status_code", 200))
		fmt.Fprint(writer, "7 orders")
	}
	http.HandleFunc("/orders", handler)
	http.HandleFunc("/health", func(writer http.ResponseWriter, _ *http.Request) {})
	go func() {
		if err := http.ListenAndServe("127.0.0.1:"+os.Args[1], nil); err != nil {
			panic(err)
		}
	}()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
	if provider != nil {
		provider.Shutdown(context.Background())
	}
}

func orders(context context.Context, tracer trace.Tracer) {
	context, span := tracer.Start(context, "load orders")
	defer span.End()
	_, render := tracer.Start(context, "render")
	render.SetAttributes(attribute.Int("orders", 7))
	render.End()
}
