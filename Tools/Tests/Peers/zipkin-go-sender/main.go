// SPDX-License-Identifier: Apache-2.0

// Sends spans with OpenZipkin's own Go tracer and HTTP reporter, and prints what it sent, as the tests' Sent.
//
//	zipkin-go-sender URL
//
// Built against Debian's golang-github-openzipkin-zipkin-go-dev in GOPATH mode (Tests/Peers/build-zipkin-go.sh).
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/model"
	httpreporter "github.com/openzipkin/zipkin-go/reporter/http"
)

type sent struct {
	TraceID     string            `json:"traceId"`
	ID          string            `json:"id"`
	ParentID    string            `json:"parentId,omitempty"`
	Name        string            `json:"name"`
	Kind        string            `json:"kind,omitempty"`
	Tags        map[string]string `json:"tags"`
	Annotations []string          `json:"annotations"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "zipkin-go-sender:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("expected URL, got %q", os.Args[1:])
	}
	sender := httpreporter.NewReporter(os.Args[1])
	endpoint, err := zipkin.NewEndpoint("go-service", "10.0.0.7:8080")
	if err != nil {
		return err
	}
	tracer, err := zipkin.NewTracer(sender, zipkin.WithLocalEndpoint(endpoint), zipkin.WithTraceID128Bit(true))
	if err != nil {
		return err
	}
	parent := tracer.StartSpan("place order", zipkin.Kind(model.Server))
	child := tracer.StartSpan("charge", zipkin.Kind(model.Client), zipkin.Parent(parent.Context()))
	child.Tag("order.id", "ORD7890")
	zipkin.TagError.Set(child, errors.New("no answer").Error())
	child.Annotate(time.Now(), "retried")
	time.Sleep(time.Millisecond)
	child.Finish()
	parent.Finish()
	// Sends what is left.
	if err := sender.Close(); err != nil {
		return err
	}
	name := func(context model.SpanContext) (string, string, string) {
		parent := ""
		if context.ParentID != nil {
			parent = context.ParentID.String()
		}
		return context.TraceID.String(), context.ID.String(), parent
	}
	parentTrace, parentID, _ := name(parent.Context())
	childTrace, childID, childParent := name(child.Context())
	return json.NewEncoder(os.Stdout).Encode([]sent{
		{TraceID: parentTrace, ID: parentID, Name: "place order", Kind: "SERVER", Tags: map[string]string{}, Annotations: []string{}},
		{TraceID: childTrace, ID: childID, ParentID: childParent, Name: "charge", Kind: "CLIENT",
			Tags: map[string]string{"order.id": "ORD7890", "error": "no answer"}, Annotations: []string{"retried"}},
	})
}
