// SPDX-License-Identifier: Apache-2.0

// Writes three log records with a library for Go, as its documentation configures it for JSON on standard output:
// an order that is placed (info), low stock (warning), a failed payment with its error (error).
//
//	go-logs zap|zerolog
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/rs/zerolog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const traceID, spanID = "463ac35c9f6413ad48485a3953bb6124", "48485a3953bb6124"

var failure = errors.New("no answer in 300 ms")

func withZap() {
	config := zap.NewProductionEncoderConfig()
	core := zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.Lock(os.Stdout), zap.InfoLevel)
	log := zap.New(core).With(zap.String("traceID", traceID), zap.String("spanID", spanID))
	log.Info("order placed", zap.String("order_id", "ORD1"))
	log.Warn("stock low", zap.String("order_id", "ORD2"))
	log.Error("payment failed", zap.String("order_id", "ORD3"), zap.Error(failure))
}

func withZerolog() {
	log := zerolog.New(os.Stdout).With().Timestamp().Str("trace_id", traceID).Str("span_id", spanID).Logger()
	log.Info().Str("order_id", "ORD1").Msg("order placed")
	log.Warn().Str("order_id", "ORD2").Msg("stock low")
	log.Error().Str("order_id", "ORD3").Err(failure).Msg("payment failed")
}

func main() {
	switch os.Args[len(os.Args)-1] {
	case "zap":
		withZap()
	case "zerolog":
		withZerolog()
	default:
		fmt.Fprintln(os.Stderr, "go-logs: the library must be zap or zerolog")
		os.Exit(2)
	}
}
