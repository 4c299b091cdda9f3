// SPDX-License-Identifier: Apache-2.0

// The same work as Benchmarks' own programs, with Go's libraries as Debian has them (GOPATH mode, build.sh).
//
//	peers hot zerolog|zap|zipkin-go|otel-go COUNT     nanoseconds of processor time per operation, all threads
//	peers lines zerolog|zap COUNT                     the same, with the lines going to standard output
//	peers latency zerolog|zap SECONDS                 percentiles of single records, as Benchmarks' Latency measures them
//
// The record: service, trace id, span id, event, order id, user id, retry count. The span: three tags. Each prints one
// JSON object, to standard error.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/codahale/hdrhistogram"
	"github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/model"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const traceID, spanID = "463ac35c9f6413ad48485a3953bb6124", "48485a3953bb6124"

func processorTime() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func logTo(library string, output io.Writer) func(int) {
	switch library {
	case "zerolog":
		zerolog.TimeFieldFormat = "2006-01-02T15:04:05.000Z07:00"
		logger := zerolog.New(output).With().Timestamp().Str("service", "order-service").Logger()
		return func(number int) {
			logger.Info().Str("trace_id", traceID).Str("span_id", spanID).Str("event", "payment_timeout").
				Str("order_id", "ORD7890").Str("user_id", "U5678").Int("retry_count", number).Msg("")
		}
	case "zap":
		config := zap.NewProductionEncoderConfig()
		config.EncodeTime = zapcore.ISO8601TimeEncoder
		core := zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.AddSync(output), zap.InfoLevel)
		logger := zap.New(core).With(zap.String("service", "order-service"))
		return func(number int) {
			logger.Info("payment_timeout", zap.String("trace_id", traceID), zap.String("span_id", spanID),
				zap.String("order_id", "ORD7890"), zap.String("user_id", "U5678"), zap.Int("retry_count", number))
		}
	}
	return nil
}

type discardReporter struct{}

func (discardReporter) Send(model.SpanModel) {}
func (discardReporter) Close() error         { return nil }

type discardExporter struct{}

func (discardExporter) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discardExporter) Shutdown(context.Context) error                             { return nil }

func spanWith(library string) func(int) {
	switch library {
	case "zipkin-go":
		tracer, err := zipkin.NewTracer(discardReporter{})
		if err != nil {
			panic(err)
		}
		return func(number int) {
			span := tracer.StartSpan("charge", zipkin.Kind(model.Client))
			span.Tag("order.id", "ORD7890")
			span.Tag("user.id", "U5678")
			span.Tag("retry.count", strconv.Itoa(number&3))
			span.Finish()
		}
	case "otel-go":
		provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(discardExporter{}))
		tracer := provider.Tracer("peers")
		return func(number int) {
			_, span := tracer.Start(context.Background(), "charge")
			span.SetAttributes(attribute.String("order.id", "ORD7890"))
			span.SetAttributes(attribute.String("user.id", "U5678"))
			span.SetAttributes(attribute.Int("retry.count", number&3))
			span.End()
		}
	}
	return nil
}

// latency does one operation each 200 microseconds, on a thread of its own that does not give the processor away. The
// time of an operation counts from the moment at which it is due.
func latency(work func(int), seconds int) {
	const pause = 200 * time.Microsecond
	runtime.LockOSThread()
	count := seconds * int(time.Second/pause)
	warmUp := count / 10
	histogram := hdrhistogram.New(1, int64(time.Minute), 3)
	due := time.Now()
	for number := 0; number < count+warmUp; number++ {
		if number == warmUp {
			histogram.Reset()
		}
		due = due.Add(pause)
		for time.Now().Before(due) {
		}
		work(number)
		histogram.RecordValue(int64(time.Since(due)))
	}
	percentiles := [][2]float64{}
	for _, percentile := range []float64{50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100} {
		percentiles = append(percentiles, [2]float64{percentile, float64(histogram.ValueAtQuantile(percentile))})
	}
	json.NewEncoder(os.Stderr).Encode(map[string]interface{}{
		"record": map[string]interface{}{"count": histogram.TotalCount(), "ns": percentiles}})
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: peers hot|lines|latency LIBRARY COUNT")
		os.Exit(2)
	}
	var output io.Writer = io.Discard
	if os.Args[1] != "hot" {
		output = os.Stdout
	}
	count, err := strconv.Atoi(os.Args[3])
	work := logTo(os.Args[2], output)
	if work == nil {
		work = spanWith(os.Args[2])
	}
	if err != nil || work == nil {
		fmt.Fprintln(os.Stderr, "usage: peers hot|lines|latency LIBRARY COUNT")
		os.Exit(2)
	}
	if os.Args[1] == "latency" {
		latency(work, count)
		return
	}
	if os.Args[1] == "hot" {
		for number := 0; number < count/10; number++ {
			work(number)
		}
	}
	start, began := time.Now(), processorTime()
	for number := 0; number < count; number++ {
		work(number)
	}
	json.NewEncoder(os.Stderr).Encode(map[string]interface{}{
		"cpu_ns": float64(processorTime()-began) / float64(count), "wall_s": time.Since(start).Seconds()})
}
