package shop

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// changes is a database in which transactions that change one queue begin and end.
type changes struct {
	next      int64
	running   []int64
	committed []int64
}

func (c *changes) revision() QueueRevision {
	r := QueueRevision{Horizon: c.next}
	if len(c.running) > 0 {
		r.Horizon = slices.Min(c.running)
	}
	slices.Sort(c.committed)
	r.Latest = slices.Clone(c.committed[max(0, len(c.committed)-MaxQueueRevisions):])
	slices.Reverse(r.Latest)
	return r
}

// Whatever order transactions commit in: a queue that is said to be unchanged has no change more than at the look before,
// and one that has none is said to be unchanged unless too many changes wait behind an old transaction.
func TestARevisionMissesNoChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		db := &changes{next: 1}
		var was QueueRevision
		seen := 0
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(*rapid.T) {
				db.running = append(db.running, db.next)
				db.next++
			},
			"commit": func(t *rapid.T) {
				if len(db.running) == 0 {
					t.Skip("none runs")
				}
				i := rapid.IntRange(0, len(db.running)-1).Draw(t, "which")
				db.committed = append(db.committed, db.running[i])
				db.running = slices.Delete(db.running, i, i+1)
			},
			"roll back": func(t *rapid.T) {
				if len(db.running) == 0 {
					t.Skip("none runs")
				}
				i := rapid.IntRange(0, len(db.running)-1).Draw(t, "which")
				db.running = slices.Delete(db.running, i, i+1)
			},
			"look": func(*rapid.T) { was, seen = db.revision(), len(db.committed) },
			"": func(t *rapid.T) {
				is := db.revision()
				behind, _ := is.behind(was.Horizon)
				same := is.Unchanged(was)
				if same && len(db.committed) != seen {
					t.Fatalf("%d changes more, and %v is taken for %v", len(db.committed)-seen, is, was)
				}
				if !same && len(db.committed) == seen && len(behind) < MaxQueueRevisions {
					t.Fatalf("nothing changed, and %v is not taken for %v", is, was)
				}
			},
		})
	})
}
