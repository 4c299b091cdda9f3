// SPDX-License-Identifier: Apache-2.0

// Serves the contract of Examples/TraceContextService with OpenZipkin's Go library: POST /test with
// [{"url", "arguments"}] posts the arguments of each to its url, within the trace of the request.
//
//	zipkin-go-relay SPANS_URL
//
// Prints its port. Built with Debian's golang-github-openzipkin-zipkin-go-dev in GOPATH mode (../build-zipkin-go.sh).
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	zipkin "github.com/openzipkin/zipkin-go"
	zipkinhttp "github.com/openzipkin/zipkin-go/middleware/http"
	reporterhttp "github.com/openzipkin/zipkin-go/reporter/http"
)

type call struct {
	URL       string          `json:"url"`
	Arguments json.RawMessage `json:"arguments"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "zipkin-go-relay:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("expected SPANS_URL, got %q", os.Args[1:])
	}
	reporter := reporterhttp.NewReporter(os.Args[1], reporterhttp.BatchInterval(100*time.Millisecond))
	defer reporter.Close()
	endpoint, err := zipkin.NewEndpoint("zipkin-go", "127.0.0.1:0")
	if err != nil {
		return err
	}
	tracer, err := zipkin.NewTracer(
		reporter, zipkin.WithLocalEndpoint(endpoint), zipkin.WithTraceID128Bit(true), zipkin.WithSharedSpans(false))
	if err != nil {
		return err
	}
	client, err := zipkinhttp.NewClient(tracer)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/test", func(answer http.ResponseWriter, request *http.Request) {
		if err := relay(client, request); err != nil {
			http.Error(answer, err.Error(), http.StatusBadGateway)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return http.Serve(listener, zipkinhttp.NewServerMiddleware(tracer)(mux))
}

func relay(client *zipkinhttp.Client, request *http.Request) error {
	var calls []call
	if err := json.NewDecoder(request.Body).Decode(&calls); err != nil {
		return err
	}
	for _, call := range calls {
		outgoing, err := http.NewRequest("POST", call.URL, bytes.NewReader(call.Arguments))
		if err != nil {
			return err
		}
		outgoing.Header.Set("Content-Type", "application/json")
		answer, err := client.DoWithAppSpan(outgoing.WithContext(request.Context()), "relay")
		if err != nil {
			return err
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answered %d", call.URL, answer.StatusCode)
		}
	}
	return nil
}
