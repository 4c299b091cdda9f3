// SPDX-License-Identifier: Apache-2.0

// Decodes a request body with OpenZipkin's Go library and prints the spans in the form of the tests' DecodedSpan.
//
//	zipkin-go json|proto FILE
//
// Built with Debian's golang-github-openzipkin-zipkin-go-dev in GOPATH mode (../build-zipkin-go.sh).
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/openzipkin/zipkin-go/model"
	zipkin_proto3 "github.com/openzipkin/zipkin-go/proto/v2"
)

type endpoint struct {
	ServiceName string `json:"serviceName,omitempty"`
	IPv4        string `json:"ipv4,omitempty"`
	IPv6        string `json:"ipv6,omitempty"`
	Port        uint16 `json:"port,omitempty"`
}

type annotation struct {
	Timestamp int64  `json:"timestamp"`
	Value     string `json:"value"`
}

type span struct {
	TraceID        string            `json:"traceId"`
	ParentID       string            `json:"parentId,omitempty"`
	ID             string            `json:"id"`
	Kind           string            `json:"kind,omitempty"`
	Name           string            `json:"name,omitempty"`
	Timestamp      int64             `json:"timestamp,omitempty"`
	Duration       int64             `json:"duration,omitempty"`
	LocalEndpoint  *endpoint         `json:"localEndpoint,omitempty"`
	RemoteEndpoint *endpoint         `json:"remoteEndpoint,omitempty"`
	Annotations    []annotation      `json:"annotations,omitempty"`
	Tags           map[string]string `json:"tags,omitempty"`
	Debug          bool              `json:"debug,omitempty"`
	Shared         bool              `json:"shared,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "zipkin-go:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("expected json|proto FILE, got %q", os.Args[1:])
	}
	body, err := os.ReadFile(os.Args[2])
	if err != nil {
		return err
	}
	var decoded []*model.SpanModel
	switch os.Args[1] {
	case "json":
		err = json.Unmarshal(body, &decoded)
	case "proto":
		decoded, err = zipkin_proto3.ParseSpans(body, false)
	default:
		err = fmt.Errorf("no format %q", os.Args[1])
	}
	if err != nil {
		return err
	}
	spans := make([]span, 0, len(decoded))
	for _, m := range decoded {
		spans = append(spans, seen(m))
	}
	return json.NewEncoder(os.Stdout).Encode(spans)
}

func seen(m *model.SpanModel) span {
	s := span{
		TraceID:        m.TraceID.String(),
		ID:             m.ID.String(),
		Kind:           string(m.Kind),
		Name:           m.Name,
		Duration:       m.Duration.Microseconds(),
		LocalEndpoint:  side(m.LocalEndpoint),
		RemoteEndpoint: side(m.RemoteEndpoint),
		Tags:           m.Tags,
		Debug:          m.Debug,
		Shared:         m.Shared,
	}
	if m.ParentID != nil {
		s.ParentID = m.ParentID.String()
	}
	if s.Kind == "SPAN_KIND_UNSPECIFIED" {
		s.Kind = ""
	}
	if !m.Timestamp.IsZero() {
		s.Timestamp = m.Timestamp.UnixNano() / 1000
	}
	for _, a := range m.Annotations {
		s.Annotations = append(s.Annotations, annotation{a.Timestamp.UnixNano() / 1000, a.Value})
	}
	return s
}

func side(e *model.Endpoint) *endpoint {
	if e == nil || e.Empty() {
		return nil
	}
	seen := endpoint{ServiceName: e.ServiceName, Port: e.Port}
	if len(e.IPv4) > 0 {
		seen.IPv4 = e.IPv4.String()
	}
	if len(e.IPv6) > 0 {
		seen.IPv6 = e.IPv6.String()
	}
	return &seen
}
