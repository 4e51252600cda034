package shop

import "slices"

// MaxQueueRevisions is how many of the last changes a revision of a queue knows. Behind an older transaction that still runs
// there may be more; then it cannot be told what changed, and something is taken to have.
const MaxQueueRevisions = 16

// QueueRevision is what one look at the changes of a merchant's queue sees of them.
type QueueRevision struct {
	// Horizon is the transaction before which all have ended when the look was taken: nobody can add a change before it.
	Horizon int64
	// Latest are the last transactions that changed the queue, the latest first, at most MaxQueueRevisions. Some may be
	// behind the horizon, beside others that are still to commit.
	Latest []int64
}

// Unchanged tells whether nothing of the queue has changed since an earlier look. It may say no without reason, never yes:
// what was before the earlier horizon cannot have changed, and behind it both looks know the same transactions, all of them.
func (r QueueRevision) Unchanged(since QueueRevision) bool {
	was, knewAll := since.behind(since.Horizon)
	is, knowsAll := r.behind(since.Horizon)
	return knewAll && knowsAll && slices.Equal(was, is)
}

// behind are the changes that are not before a transaction; all is false when there may be more of them.
func (r QueueRevision) behind(xid int64) (changes []int64, all bool) {
	n := slices.IndexFunc(r.Latest, func(change int64) bool { return change < xid })
	if n < 0 {
		return r.Latest, len(r.Latest) < MaxQueueRevisions
	}
	return r.Latest[:n], true
}
