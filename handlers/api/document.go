package api

import (
	_ "embed"
	"net/http"
)

// document is the OpenAPI description of the door. It is written by hand and is what integrators rely on; the tests walk
// it against the running server, in both directions.
//
//go:embed openapi.json
var document []byte

// Document (GET /api/openapi.json) serves the OpenAPI document.
func Document(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(document)
}
