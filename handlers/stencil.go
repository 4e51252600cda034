package handlers

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
)

// stencil is a drawn page with holes for what is another each time that it is shown.
type stencil struct {
	pieces [][]byte // each but the last is followed by a hole
	holes  []int    // which of the values goes there

	zip    sync.Once
	zipped [][]byte // the pieces, each compressed by itself
	err    error
}

// cutStencil cuts marks out of a page. A mark may stand in several places.
func cutStencil(html []byte, marks ...string) *stencil {
	s := &stencil{}
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

// size is about what the stencil takes in memory.
func (s *stencil) size() (n int) {
	for _, piece := range s.pieces {
		n += len(piece)
	}
	return n + n/zipRatio
}

// zipRatio is how many times smaller pages of lists are when compressed, at least.
const zipRatio = 4

// stencilBuffers are for pages on their way out: at some thousand pages a second, making room for each is felt.
var stencilBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// serve writes the page with its holes filled: a value for each mark, fit to stand in a page as it is, and shorter than
// 64 KiB.
func (s *stencil) serve(w http.ResponseWriter, r *http.Request, values ...string) error {
	body := stencilBuffers.Get().(*bytes.Buffer) //nolint:forcetypeassert // nothing else is put in
	defer stencilBuffers.Put(body)
	body.Reset()
	w.Header().Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if s.zip.Do(s.compress); s.err != nil {
			return s.err
		}
		s.fillZipped(body, values)
		w.Header().Set("Content-Encoding", "gzip")
	} else {
		s.fill(body, values)
	}
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body.Bytes()) // a reader who left is nobody's error
	return nil
}

func (s *stencil) fill(body *bytes.Buffer, values []string) {
	for i, piece := range s.pieces {
		body.Write(piece)
		if i < len(s.holes) {
			body.WriteString(values[s.holes[i]])
		}
	}
}

// compress makes each piece whole blocks of a DEFLATE stream (RFC 1951) that refer to nothing before them and end with a
// byte, so that anything may be put between them.
func (s *stencil) compress() {
	for _, piece := range s.pieces {
		var zipped bytes.Buffer
		zipper, err := flate.NewWriter(&zipped, keptLevel)
		if err == nil {
			_, err = zipper.Write(piece)
		}
		if err == nil {
			err = zipper.Flush()
		}
		if err != nil {
			s.err = err
			return
		}
		s.zipped = append(s.zipped, bytes.Clone(zipped.Bytes()))
	}
}

// What a gzip file (RFC 1952) begins with, and the empty block that ends its stream.
var (
	gzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	gzipLast = []byte{1, 0, 0, 0xff, 0xff}
)

// fillZipped writes the page as a gzip file. What is in the holes is a few bytes, in blocks that are not compressed; the
// checksum is that of the whole page.
func (s *stencil) fillZipped(body *bytes.Buffer, values []string) {
	body.Write(gzipHead)
	var sum, size uint32
	for i, piece := range s.pieces {
		body.Write(s.zipped[i])
		sum, size = crc32.Update(sum, crc32.IEEETable, piece), size+uint32(len(piece)) //nolint:gosec // pages are not gigabytes
		if i == len(s.holes) {
			break
		}
		value := []byte(values[s.holes[i]])
		n := uint16(len(value)) //nolint:gosec // serve says how long values are
		head := binary.LittleEndian.AppendUint16([]byte{0}, n)
		body.Write(binary.LittleEndian.AppendUint16(head, ^n))
		body.Write(value)
		sum, size = crc32.Update(sum, crc32.IEEETable, value), size+uint32(n)
	}
	body.Write(gzipLast)
	body.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, sum), size))
}
