package web

import (
	"net/http"
	"time"
)

// ImpatientRoutes are the routes with another limit on how long a stream waits for its reader.
func ImpatientRoutes(d Deps, streamWrite time.Duration) http.Handler {
	s := newShell(d)
	s.streamWriteTimeout = streamWrite
	return s.routes()
}
