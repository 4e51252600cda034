package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"waybill/handlers/api"
	"waybill/web"
)

// wantProblem fails the test unless an answer is a problem document of a kind.
func wantProblem(t *testing.T, what string, got *httptest.ResponseRecorder, status int, kind string) {
	t.Helper()
	var p struct {
		Type, Title, RequestID string
		Status                 int
	}
	err := json.Unmarshal(got.Body.Bytes(), &p)
	if err != nil || got.Code != status || got.Header().Get("Content-Type") != "application/problem+json" ||
		p.Type != "/api/problems/"+kind || p.Status != status || p.Title == "" || p.RequestID == "" {
		t.Errorf("%s answers %d %s: %s", what, got.Code, got.Header().Get("Content-Type"), got.Body)
	}
}

// Every address of the door refuses what it does not take as a problem document, and says what it takes.
func TestEveryAddressRefusesAsAProblem(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	takes := map[string][]string{}
	err := chi.Walk(d.routes.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if strings.HasPrefix(route, "/api/v1/") {
			takes[route] = append(takes[route], method)
		}
		return nil
	})
	if err != nil || len(takes) < 20 {
		t.Fatalf("%d addresses, %v", len(takes), err)
	}
	for route, methods := range takes {
		path := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(route, "7")
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
			if slices.Contains(methods, method) {
				continue
			}
			got := d.raw(method, path)
			if takenBy(takes, method, path) {
				continue // the address of something else, such as /orders/{id} and /orders/next
			}
			wantProblem(t, method+" "+path, got, http.StatusMethodNotAllowed, "method-not-allowed")
			for _, taken := range methods {
				if !strings.Contains(got.Header().Get("Allow"), taken) {
					t.Errorf("%s %s allows %q, which lacks %s", method, path, got.Header().Get("Allow"), taken)
				}
			}
		}
		wantProblem(t, "GET "+path+"/no/such", d.raw("GET", path+"/no/such"), http.StatusNotFound, "not-found")
	}
}

func takenBy(takes map[string][]string, method, path string) bool {
	for route, methods := range takes {
		if slices.Contains(methods, method) && matches(route, path) {
			return true
		}
	}
	return false
}

// A fault of ours tells no secrets, and is a problem document as well.
func TestAPanicIsAProblem(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	routes := web.Routes(web.Deps{
		Log: d.log(), Telemetry: web.NewTelemetry(nil), Sessions: web.NewSessions(d.Pool, false), Shutdown: t.Context(),
		PageError: web.PlainError, API: api.New(api.Config{}), APIError: api.Problem,
	})
	for _, path := range []string{"/api/v1/orders", "/api/v1/products"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer wb_something")
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, r)
		wantProblem(t, path, w, http.StatusInternalServerError, "internal")
		if strings.Contains(w.Body.String(), "nil") || strings.Contains(w.Body.String(), "goroutine") {
			t.Errorf("%s shows the cause: %s", path, w.Body)
		}
	}
	if !strings.Contains(d.logText.String(), "panic in a handler") {
		t.Error("the panic is not in the log")
	}
}
