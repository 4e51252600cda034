package handlers

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
)

// stencil is a drawn page with holes for what is another each time that it is shown.
type stencil struct {
	pieces [][]byte // each but the last is followed by a hole
	holes  []int    // which of the values goes there
}

// cutStencil cuts marks out of a page. A mark may stand in several places.
func cutStencil(html []byte, marks ...string) stencil {
	var s stencil
	for {
		at, which := len(html), -1
		for i, mark := range marks {
			if n := bytes.Index(html, []byte(mark)); n >= 0 && n < at {
				at, which = n, i
			}
		}
		s.pieces = append(s.pieces, html[:at])
		if which < 0 {
			return s
		}
		s.holes, html = append(s.holes, which), html[at+len(marks[which]):]
	}
}

func (s stencil) size() (n int) {
	for _, piece := range s.pieces {
		n += len(piece)
	}
	return n
}

// stencilBuffers are for pages on their way out: at some thousand pages a second, making room for each is felt.
var stencilBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// serve writes the page with its holes filled: a value for each mark, fit to stand in a page as it is.
func (s stencil) serve(w http.ResponseWriter, values ...string) {
	body := stencilBuffers.Get().(*bytes.Buffer) //nolint:forcetypeassert // nothing else is put in
	defer stencilBuffers.Put(body)
	body.Reset()
	for i, piece := range s.pieces {
		body.Write(piece)
		if i < len(s.holes) {
			body.WriteString(values[s.holes[i]])
		}
	}
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body.Bytes()) // a reader who left is nobody's error
}
