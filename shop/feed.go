package shop

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// FeedCursor is a place in the feed of what happened. Entries are read in the order of their cursors: the transaction
// that wrote them first, then the order of writing. The zero cursor is before the first entry.
type FeedCursor struct {
	Xid int64 // transaction
	ID  int64 // entry
}

// String is the cursor as it travels, "xid-id": the id of a server-sent event.
func (c FeedCursor) String() string {
	return strconv.FormatInt(c.Xid, 10) + "-" + strconv.FormatInt(c.ID, 10)
}

// Compare is negative when c is before d, positive when it is after.
func (c FeedCursor) Compare(d FeedCursor) int {
	return cmp.Or(cmp.Compare(c.Xid, d.Xid), cmp.Compare(c.ID, d.ID))
}

// ParseFeedCursor reads what String wrote; anything else is CodeInvalid.
func ParseFeedCursor(s string) (FeedCursor, error) {
	xid, id, found := strings.Cut(s, "-")
	c := FeedCursor{}
	var errXid, errID error
	c.Xid, errXid = strconv.ParseInt(xid, 10, 64)
	c.ID, errID = strconv.ParseInt(id, 10, 64)
	if !found || errXid != nil || errID != nil || c.Xid < 0 || c.ID < 0 {
		return FeedCursor{}, invalid("This is not a place in the feed.")
	}
	return c, nil
}

// FeedEntry is something that happened, told to everybody who watches. It says what to look at again, not what is
// there: the tables are the truth.
type FeedEntry struct {
	Cursor     FeedCursor
	Topic      string // "order." and an EventKind, or TopicPickProgress
	MerchantID int64
	OrderID    OrderID // 0: not about an order
	CreatedAt  time.Time
}

// TopicPickProgress says that units of a parcel were picked but not yet all: no event of the order, but of interest to
// whoever looks at the queue.
const TopicPickProgress = "fulfillment.progress"

// FeedTopic is what somebody watches: everything of a merchant, one order, or what happened of one kind to anybody.
type FeedTopic struct {
	MerchantID int64
	OrderID    OrderID
	Kind       string // a FeedEntry.Topic: TopicDeliveryProblem
}
