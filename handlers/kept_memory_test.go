package handlers

import (
	"strconv"
	"testing"
	"time"
)

// However many pages are looked at, they are kept within the bound, the last ones best.
func TestKeptPagesAreBounded(t *testing.T) {
	t.Parallel()
	var kept keptPages
	now := time.Now()
	const size = 1 << 20
	body := make([]byte, size)
	last := keptSlot{}
	for n := range 3 * maxKeptBytes / size {
		last = keptSlot{path: strconv.Itoa(n), userID: 1}
		kept.keep(last, keptLook{}, keptPage{body: body, from: now, until: now.Add(keptFor)})
		kept.keep(last, keptLook{}, keptPage{body: body, from: now, until: now.Add(keptFor)}) // in its own place
		if kept.bytes > maxKeptBytes || len(kept.slots)*size != kept.bytes || kept.used.Len() != len(kept.slots) {
			t.Fatalf("%d pages are kept as %d in %d bytes", kept.used.Len(), len(kept.slots), kept.bytes)
		}
	}
	if _, ok := kept.find(last, keptLook{}, now); !ok {
		t.Error("the last page is forgotten")
	}
	if _, ok := kept.find(keptSlot{path: "0", userID: 1}, keptLook{}, now); ok {
		t.Error("the first page is still there")
	}
	if len(kept.slots) != maxKeptBytes/size {
		t.Errorf("%d pages are kept, there is room for %d", len(kept.slots), maxKeptBytes/size)
	}
}
