package shop_test

import (
	"testing"

	"pgregory.net/rapid"

	"waybill/shop"
)

func TestFeedCursorReadsBackAndKeepsTheOrder(t *testing.T) {
	t.Parallel()
	cursor := rapid.Custom(func(t *rapid.T) shop.FeedCursor {
		return shop.FeedCursor{Xid: rapid.Int64Min(0).Draw(t, "xid"), ID: rapid.Int64Min(0).Draw(t, "id")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := cursor.Draw(t, "a"), cursor.Draw(t, "b")
		back, err := shop.ParseFeedCursor(a.String())
		if err != nil || back != a {
			t.Fatalf("%v reads back as %v, %v", a, back, err)
		}
		if (a.Compare(b) == 0) != (a == b) || a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%v and %v compare as %d and %d", a, b, a.Compare(b), b.Compare(a))
		}
		if later := (shop.FeedCursor{Xid: a.Xid, ID: a.ID/2 + 1}); a.ID > a.ID/2+1 && later.Compare(a) >= 0 {
			t.Fatalf("%v is not before %v", later, a)
		}
	})
}

func TestFeedCursorRefusesOtherText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "7", "7-", "-7", "a-1", "1-b", "1-2-3", "-1-2", "1--2", "99999999999999999999-1"} {
		if c, err := shop.ParseFeedCursor(text); shop.CodeOf(err) != shop.CodeInvalid || c != (shop.FeedCursor{}) {
			t.Errorf("%q is read as %v, %v", text, c, err)
		}
	}
}
