package api

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"waybill/shop"
)

// The media types of the door. Whatever else an endpoint answers with, its refusals are problem documents.
const (
	typeJSON    = "application/json"
	typeProblem = "application/problem+json"
	PDF         = "application/pdf"
	JPEG        = "image/jpeg"
)

// maxAccepted bounds the media ranges of a request that are looked at.
const maxAccepted = 50

// acceptable tells whether a client can read anything that an endpoint answers with: JSON, problem documents, and the types
// of its files. Who does not say, or nothing that can be read, takes all.
func acceptable(r *http.Request, files []string) bool {
	header := strings.Join(r.Header.Values("Accept"), ",")
	if header == "" || header == "*/*" || header == typeJSON {
		return true
	}
	var ranges []mediaRange
	for text := range strings.SplitSeq(header, ",") {
		if m, ok := parseRange(text); ok && len(ranges) < maxAccepted {
			ranges = append(ranges, m)
		}
	}
	if ranges == nil {
		return true
	}
	for _, mediaType := range append([]string{typeJSON, typeProblem}, files...) {
		if takes(ranges, mediaType) {
			return true
		}
	}
	return false
}

// mediaRange is one of the types that a client takes (RFC 9110, section 12.5.1). refused is weight 0: not that one.
type mediaRange struct {
	name    string
	refused bool
}

func parseRange(text string) (mediaRange, bool) {
	name, params, err := mime.ParseMediaType(text)
	if err != nil {
		return mediaRange{}, false
	}
	weight, err := strconv.ParseFloat(params["q"], 64)
	return mediaRange{name: name, refused: err == nil && weight <= 0}, true
}

// takes tells whether a type is wanted: the range that names it most exactly decides.
func takes(ranges []mediaRange, mediaType string) bool {
	group, _, _ := strings.Cut(mediaType, "/")
	for _, name := range []string{mediaType, group + "/*", "*/*"} {
		for _, m := range ranges {
			if m.name == name {
				return !m.refused
			}
		}
	}
	return false
}

// notAcceptable refuses a request whose answer the client could not read, before anything is done.
func notAcceptable(files []string) error {
	return &refusal{http.StatusNotAcceptable, &shop.Error{
		Code: shop.CodeInvalid, Message: "This address answers with " + strings.Join(append([]string{typeJSON}, files...), " or ") + ", which the Accept header does not take.",
	}}
}
