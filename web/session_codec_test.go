package web

import (
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSessionsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String().AsAny(), rapid.Int().AsAny(), rapid.Int64().AsAny())
		values := rapid.MapOf(rapid.String(), value).Draw(t, "values")
		until := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "until"), 0).UTC()
		data, err := sessionCodec{}.Encode(until, values)
		if err != nil {
			t.Fatal(err)
		}
		deadline, got, err := sessionCodec{}.Decode(data)
		if err != nil || !deadline.Equal(until) || !maps.Equal(got, values) {
			t.Fatalf("%v until %v became %v until %v, %v", values, until, got, deadline, err)
		}
	})
}

func TestSessionsHoldNothingElse(t *testing.T) {
	t.Parallel()
	if _, err := (sessionCodec{}).Encode(time.Now(), map[string]any{"x": 1.5}); err == nil {
		t.Error("a kind of value that would not come back as it was is written")
	}
}
